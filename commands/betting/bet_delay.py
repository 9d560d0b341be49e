"""The process manager that ends the waiting of bets: a pending bet is a case with a time, so many seconds after its commit."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from commands.betting.end_bet_delay import EndBetDelay
from commands.betting.waiting import US_PER_S
from commands.process_manager import Case, CaseTables, Change, Due, Over, ProcessManager
from domain.bet.facts import BetPending, BetPlaced, BetRefused
from domain.fact import Fact, Recorded

TABLES = CaseTables(key="delay_of", case_id="bet_id", later="pending_bet")


def waits(recorded: Recorded[BetPending]) -> Sequence[Change]:
    """Let a pending bet be decided once its delay, or the time that a trader has, is over; both begin with its commit."""
    bet_id = recorded.stream_id
    return (Due(bet_id, bet_id, recorded.committed_us + recorded.body.waits_s * US_PER_S),)


def decided(recorded: Recorded[BetPlaced | BetRefused]) -> Sequence[Change]:
    """Let a bet that was decided wait no more. One that never waited began with this, and changes nothing."""
    return (Over(recorded.stream_id),) if recorded.version > 1 else ()


def end(case: Case, at: datetime) -> EndBetDelay:
    """Return the command that decides a bet whose delay is over. When that was, and what it was asked for, is found in the log."""
    return EndBetDelay(case.case_id, at)


REACTIONS: dict[type[Fact], Callable[[Recorded[Any]], Sequence[Change]]] = {BetPending: waits, BetPlaced: decided, BetRefused: decided}

BET_DELAY = ProcessManager("bet_delay", TABLES, REACTIONS, end)
