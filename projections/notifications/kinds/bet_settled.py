"""A bet is settled, or settled anew upon a corrected result: its account is told. One notice a bet; the last settlement is what it says."""

from collections.abc import Sequence

from domain.bet.facts import BetSettled
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at

RETURNED = {"won": "won and returned", "part_lost": "came out in part and returned", "void": "is void, back came"}


def _settled(recorded: Recorded[BetSettled], fact: BetSettled) -> Sequence[NoticeTold]:
    row = at(recorded, bet_id=recorded.stream_id, what=fact.outcome, amount_minor=fact.returns_minor)
    return (NoticeTold(fact.account_id, recorded.stream_id, row),)


def says(shown: Shown) -> str:
    """Say how the bet came out, and what it returned."""
    returned = RETURNED.get(shown.row.what)
    return "Your bet lost" if returned is None else f"Your bet {returned} {shown.money(shown.row.amount_minor)}"


TELLING = Telling("bet_settled", {BetSettled: _settled}, says)
