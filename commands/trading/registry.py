"""The commands of this package, each with its use case. A new one is added here."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

from commands.dispatch.lanes import Lane
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef, UseCase
from commands.process_manager import ProcessManager
from commands.trading import (
    abandon_unplayed,
    four_eyes,
    limit_fixture,
    limit_stakes,
    move_gate,
    producer_heartbeat,
    propose_abandonment,
    run_fixture,
    run_market,
    void_market,
)
from commands.trading.authority import traders_only
from domain.account_gate.commands import SetStakeFactor
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, FixtureCommand
from domain.fixture_limit.commands import LimitFixturePayout
from domain.gate.commands import ReopenBetting, StopBetting
from domain.market.commands import CloseMarket, CorrectResult, LimitPayout, MarketCommand, RestoreBets, SuspendMarket, VoidBets
from domain.producer.commands import Beat

STOPS_BETTING = (ChangeScore, EndFixture, AbandonFixture, SuspendMarket, CloseMarket, LimitPayout, LimitFixturePayout, StopBetting)
"""What stops betting or limits it goes before all others: a bet that is decided before it would be struck on what is no longer so."""


Handle = Callable[[Any, UnitOfWork], Outcome]


def _lane_of(command: type) -> Lane:
    return Lane.SAFETY if command in STOPS_BETTING else Lane.TRADING


def _traders_only(handle: Handle, streams_of: Callable[[Any], Sequence[StreamRef]], *kinds: type) -> dict[type, UseCase]:
    return {kind: traders_only(UseCase(handle, streams_of, lane=_lane_of(kind))) for kind in kinds}


USE_CASES: dict[type, UseCase] = {
    **_traders_only(run_fixture.run_fixture, run_fixture.streams_of, *get_args(FixtureCommand)),
    **_traders_only(run_market.run_market, run_market.streams_of, *get_args(MarketCommand)),
    **_traders_only(run_market.correct_result, run_market.streams_of, CorrectResult, VoidBets, RestoreBets),
    **_traders_only(limit_fixture.limit_fixture, limit_fixture.streams_of, LimitFixturePayout),
    **_traders_only(move_gate.move_gate, move_gate.streams_of, StopBetting, ReopenBetting),
    abandon_unplayed.AbandonUnplayed: UseCase(
        abandon_unplayed.abandon_unplayed, abandon_unplayed.streams_of, load_first=True, lane=Lane.SAFETY
    ),
    void_market.VoidMarket: UseCase(void_market.void_market, void_market.streams_of, load_first=True, lane=Lane.TRADING),
    SetStakeFactor: UseCase(limit_stakes.set_stake_factor, limit_stakes.streams_of_factor, lane=Lane.SAFETY),
    limit_stakes.FindRestrictions: UseCase(limit_stakes.find_restrictions, limit_stakes.streams_of_restrictions, lane=Lane.ACCOUNTS),
    Beat: UseCase(producer_heartbeat.beat, producer_heartbeat.streams_of, lane=Lane.TRADING),
    propose_abandonment.AskAbandonment: UseCase(propose_abandonment.ask_abandonment, propose_abandonment.streams_of, lane=Lane.SAFETY),
    four_eyes.AskAsTrader: UseCase(four_eyes.ask_as_trader, four_eyes.streams_of_ask, lane=Lane.TRADING),
    four_eyes.ApproveProposal: UseCase(four_eyes.approve, four_eyes.streams_of_approval, lane=Lane.TRADING),
    four_eyes.RejectProposal: UseCase(four_eyes.reject, four_eyes.streams_of_rejection, lane=Lane.TRADING),
}


def process_managers(never_played_after_hours: float) -> tuple[ProcessManager, ...]:
    """Return the process managers of this package; a match that does not kick off for so many hours was never played."""
    return (void_market.ABANDONMENT, abandon_unplayed.unplayed(never_played_after_hours))
