"""A bet is settled, settled anew upon a corrected result, or cashed out: its account is told.

One notice a bet; its last settlement or cash-out is what it says. A void bet that returned nothing was a free bet, which is given back.
One with a leg that was struck at an obvious price error is told that the right odds were paid.
"""

from collections.abc import Sequence

from domain.bet.facts import BetCashedOut, BetSettled
from domain.fact import Recorded
from domain.notification.wording.catalog import BY_KIND
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _settled(recorded: Recorded[BetSettled], fact: BetSettled) -> Sequence[NoticeTold]:
    is_free_void = fact.outcome == "void" and not fact.returns_minor
    what = "free_void" if is_free_void else fact.outcome
    if fact.repriced and what in ("won", "part_lost"):
        what = "repriced"
    row = at(recorded, bet_id=recorded.stream_id, what=what, amount_minor=fact.returns_minor)
    return (NoticeTold(fact.account_id, recorded.stream_id, row),)


def _cashed_out(recorded: Recorded[BetCashedOut], fact: BetCashedOut) -> Sequence[NoticeTold]:
    what = "part_cashed_out" if fact.stake_left_minor else "cashed_out"
    return (
        NoticeTold(fact.account_id, recorded.stream_id, at(recorded, bet_id=recorded.stream_id, what=what, amount_minor=fact.amount_minor)),
    )


def says(shown: Shown) -> str:
    """Say how the bet came out, and what it returned."""
    outcome = shown.row.what if f"bet_settled.{shown.row.what}" in BY_KIND["bet_settled"] else "lost"
    return shown.say(f"bet_settled.{outcome}", amount=shown.amount)


TELLING = Telling("bet_settled", {BetSettled: _settled, BetCashedOut: _cashed_out}, says)
