"""A bet is settled, settled anew upon a corrected result, or cashed out: its account is told.

One notice a bet; its last settlement or cash-out is what it says.
"""

from collections.abc import Sequence

from domain.bet.facts import BetCashedOut, BetSettled
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at

RETURNED = {
    "won": "won and returned",
    "part_lost": "came out in part and returned",
    "void": "is void, back came",
    "cashed_out": "was cashed out for",
    "part_cashed_out": "was cashed out in part for",
}


def _settled(recorded: Recorded[BetSettled], fact: BetSettled) -> Sequence[NoticeTold]:
    row = at(recorded, bet_id=recorded.stream_id, what=fact.outcome, amount_minor=fact.returns_minor)
    return (NoticeTold(fact.account_id, recorded.stream_id, row),)


def _cashed_out(recorded: Recorded[BetCashedOut], fact: BetCashedOut) -> Sequence[NoticeTold]:
    what = "part_cashed_out" if fact.stake_left_minor else "cashed_out"
    return (
        NoticeTold(fact.account_id, recorded.stream_id, at(recorded, bet_id=recorded.stream_id, what=what, amount_minor=fact.amount_minor)),
    )


def says(shown: Shown) -> str:
    """Say how the bet came out, and what it returned."""
    returned = RETURNED.get(shown.row.what)
    return "Your bet lost" if returned is None else f"Your bet {returned} {shown.money(shown.row.amount_minor)}"


TELLING = Telling("bet_settled", {BetSettled: _settled, BetCashedOut: _cashed_out}, says)
