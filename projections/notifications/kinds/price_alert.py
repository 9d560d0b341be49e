"""A selection is offered at the price that an account wanted: it is told, once. It promotes a bet, so that who is protected is not."""

from collections.abc import Sequence

from domain.fact import Recorded, micros
from domain.notification.facts import PriceAlertReached
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _reached(recorded: Recorded[PriceAlertReached], fact: PriceAlertReached) -> Sequence[NoticeTold]:
    where = {"fixture_id": fact.fixture_id, "market_id": fact.market_id, "what": fact.selection, "odds": fact.odds.text}
    return (NoticeTold(fact.account_id, str(recorded.version), at(recorded, **where, chosen_us=micros(fact.asked_at))),)


def says(shown: Shown) -> str:
    """Say what is offered at which price; which match it is stands beside it."""
    return shown.say("price_alert", what=shown.row.what, odds=shown.words.odds(shown.row.odds))


TELLING = Telling("price_alert", {PriceAlertReached: _reached}, says)
