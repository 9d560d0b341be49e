"""The process manager of settlement: a leg waits for its market's result, which then settles its bet."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from commands.betting.settle_bet import SettleBet
from commands.process_manager import Came, Case, CaseTables, Change, ProcessManager, Waits
from domain.bet.facts import BetPlaced
from domain.fact import Fact, Recorded
from domain.market.facts import MarketPriceErrorsSet, MarketResulted, MarketVoidWindowsSet

TABLES = CaseTables(key="market_id", case_id="bet_id", later="unsettled_leg", waiting="open_leg", came="resulted_market")


def legs_wait(recorded: Recorded[BetPlaced]) -> Sequence[Waits]:
    """Let each leg of a bet wait for its market."""
    body, bet_id = recorded.body, recorded.stream_id
    return [Waits(leg.market_id, bet_id, part, body.account_id) for part, leg in enumerate(body.legs)]


def market_resulted(recorded: Recorded[MarketResulted]) -> Sequence[Came]:
    """Let every leg on a market be settled; upon a corrected result also those of bets that are settled, which are then settled anew."""
    return (Came(recorded.stream_id, recorded.body.number),)


def set_anew(recorded: Recorded[MarketVoidWindowsSet | MarketPriceErrorsSet]) -> Sequence[Came]:
    """Let every bet on a market that came out be settled anew; on one that did not, void windows and wrong prices count when it does."""
    return (Came(recorded.stream_id, recorded.body.number),) if recorded.body.number else ()


def settle(case: Case, at: datetime) -> SettleBet:
    """Return the command that settles a leg. What it is paid, and to whom, is found in the log."""
    return SettleBet(case.case_id, case.key, at, case.account_id)


REACTIONS: Mapping[type[Fact], Callable[[Recorded[Any]], Sequence[Change]]] = {
    BetPlaced: legs_wait,
    MarketResulted: market_resulted,
    MarketVoidWindowsSet: set_anew,
    MarketPriceErrorsSet: set_anew,
}

SETTLEMENT = ProcessManager("settlement", TABLES, REACTIONS, settle)
