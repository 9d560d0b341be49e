"""Checks each tail: another account's slip that the tailer may see, and a bet in the same append on the same or opposite selections."""

from typing import Any

from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.seen import check_seen
from commands.audit.social_streams import AuditedSlip
from commands.audit.state import AuditState
from commands.audit.streams import AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import SlipOfAnother, TailDiffers, TailNotCounted, TailOfOwnSlip, TailWithoutBet
from domain.bet.facts import BetPlaced
from domain.fact import Recorded
from domain.ids import tail_day_of, tail_of
from domain.tail.facts import SlipTailed, TailCounted

SIDES = frozenset({"tail", "fade"})
SELECTIONS_OF_FADED = 2


def tailed(state: AuditState, recorded: Recorded[Any], fact: SlipTailed) -> None:
    """Check SlipTailed: the slip is another's and visible to the tailer; the bet in the append is on its selections or the opposite."""
    check_id(recorded, tail_of(fact.bet_id))
    check_value(recorded, "side", fact.side, allowed=fact.side in SIDES)
    slip = check_seen(state, recorded, fact.tailer_id, fact.slip_id)
    if fact.slip_author_id != slip.author_id:
        raise ViolationFound(SlipOfAnother, recorded, author_id=slip.author_id, named=fact.slip_author_id[:60])
    if fact.tailer_id == slip.author_id:
        raise ViolationFound(TailOfOwnSlip, recorded, slip_id=fact.slip_id)
    placed = state.together(BetPlaced, fact.bet_id)
    if placed is None or placed.body.account_id != fact.tailer_id:
        raise ViolationFound(TailWithoutBet, recorded, bet_id=fact.bet_id)
    counted = state.together(TailCounted, tail_day_of(fact.tailer_id, fact.day)) if fact.day else None
    if fact.day and (counted is None or counted.body.bet_id != fact.bet_id):
        raise ViolationFound(TailNotCounted, recorded, bet_id=fact.bet_id, stake_minor=placed.body.stake_minor)
    expected = (slip.type, slip.legs if fact.side == "tail" else _opposite(state, slip))
    struck = (placed.body.type, tuple([(leg.market_id, leg.selection) for leg in placed.body.legs]))
    if struck != expected:
        shown = {"expected": repr(expected)[:300], "struck": repr(struck)[:300]}
        raise ViolationFound(TailDiffers, recorded, slip_id=fact.slip_id, side=fact.side, **shown)


def _opposite(state: AuditState, slip: AuditedSlip) -> tuple[tuple[str, str], ...]:
    """Return the other selection of a single on a market of two selections; empty for any other slip."""
    (market_id, selection), *more = slip.legs
    market = state.of(AuditedMarket, market_id)
    if more or market is None or len(market.selections) != SELECTIONS_OF_FADED:
        return ()
    return tuple((market_id, other) for other in market.selections if other != selection)


AUDITOR = Auditor(aggregate="tail", holds=None, begins={SlipTailed: tailed})
