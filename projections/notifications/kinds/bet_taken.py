"""A trader took a bet that was over its limit, all of it or a part: its account is told for which stake it was struck."""

from collections.abc import Sequence

from domain.bet.facts import ReferralAnswered
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _taken(recorded: Recorded[ReferralAnswered], fact: ReferralAnswered) -> Sequence[NoticeTold]:
    if not fact.struck_minor:
        return ()
    return (NoticeTold(fact.account_id, recorded.stream_id, at(recorded, bet_id=recorded.stream_id, amount_minor=fact.struck_minor)),)


def says(shown: Shown) -> str:
    """Say that the bet was struck, and for how much."""
    return shown.say("bet_taken", amount=shown.amount)


TELLING = Telling("bet_taken", {ReferralAnswered: _taken}, says)
