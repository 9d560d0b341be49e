"""Every command that the dispatcher takes with the use case that handles it, and every process manager."""

from typing import get_args

from commands.accounts import change_roles, open_account, restrict_account, sessions
from commands.accounts.move_money import MoveMoney, move_money
from commands.accounts.move_money import touches as touches_money
from commands.betting import place_bet, settle_bet
from commands.betting.settlement import SETTLEMENT
from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.process_manager import ProcessManager
from commands.trading import abandon_unplayed, four_eyes, heartbeat, move_gate, run_fixture, run_market, void_bets
from domain.account.commands import GrantRole, RevokeRole, SessionCommand, SignIn
from domain.account_gate.commands import PersonCommand, StaffCommand
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, FixtureCommand
from domain.gate.commands import ReopenBetting, StopBetting
from domain.market.commands import CloseMarket, MarketCommand, SuspendMarket
from domain.producer.commands import Beat

STOPS_BETTING = (ChangeScore, EndFixture, AbandonFixture, SuspendMarket, CloseMarket, StopBetting)
"""What traders and feeds ask for that must not wait: every bet in front of it would be struck on what is no longer so."""


def _lane_of(command: type) -> Lane:
    return Lane.SAFETY if command in STOPS_BETTING else Lane.TRADING


USE_CASES: dict[type, UseCase] = {
    place_bet.PlaceBet: UseCase(place_bet.place_bet, place_bet.touches, lane=Lane.BETS),
    settle_bet.SettleBet: UseCase(settle_bet.settle_bet, settle_bet.touches, cold=True, lane=Lane.SETTLEMENT),
    MoveMoney: UseCase(move_money, touches_money, lane=Lane.ACCOUNTS),
    open_account.OpenAccount: UseCase(open_account.open_account, open_account.touches_open, lane=Lane.ACCOUNTS),
    open_account.FindCredentials: UseCase(open_account.find_credentials, open_account.touches_find, lane=Lane.ACCOUNTS),
    SignIn: UseCase(sessions.sign_in, sessions.touches_sign_in, lane=Lane.ACCOUNTS),
    sessions.FindAccess: UseCase(sessions.find_access, sessions.touches_find, lane=Lane.BETS),
    sessions.FindStaffAccess: UseCase(sessions.find_access, sessions.touches_find, lane=Lane.SAFETY),
    **dict.fromkeys(get_args(SessionCommand), UseCase(sessions.change_sessions, sessions.touches_change, lane=Lane.ACCOUNTS)),
    GrantRole: UseCase(change_roles.change_roles, change_roles.touches, lane=Lane.ACCOUNTS),
    RevokeRole: UseCase(change_roles.change_roles, change_roles.touches, lane=Lane.SAFETY),
    **dict.fromkeys(
        get_args(PersonCommand | StaffCommand), UseCase(restrict_account.guard_account, restrict_account.touches, lane=Lane.SAFETY)
    ),
    restrict_account.FindAccountGate: UseCase(restrict_account.find_account_gate, restrict_account.touches, lane=Lane.ACCOUNTS),
    **{kind: UseCase(run_fixture.run_fixture, run_fixture.touches, lane=_lane_of(kind)) for kind in get_args(FixtureCommand)},
    **{kind: UseCase(run_market.run_market, run_market.touches, lane=_lane_of(kind)) for kind in get_args(MarketCommand)},
    **{kind: UseCase(move_gate.move_gate, move_gate.touches, lane=_lane_of(kind)) for kind in (StopBetting, ReopenBetting)},
    abandon_unplayed.AbandonUnplayed: UseCase(abandon_unplayed.abandon_unplayed, abandon_unplayed.touches, cold=True, lane=Lane.SAFETY),
    void_bets.VoidBets: UseCase(void_bets.void_bets, void_bets.touches, cold=True, lane=Lane.TRADING),
    Beat: UseCase(heartbeat.beat, heartbeat.touches, lane=Lane.TRADING),
    four_eyes.AskAsTrader: UseCase(four_eyes.ask_as_trader, four_eyes.touches_ask, lane=Lane.TRADING),
    four_eyes.ApproveProposal: UseCase(four_eyes.approve, four_eyes.touches_approval, lane=Lane.TRADING),
    four_eyes.RejectProposal: UseCase(four_eyes.reject, four_eyes.touches_rejection, lane=Lane.TRADING),
}


def process_managers(never_played_after_hours: float = 24.0) -> tuple[ProcessManager, ...]:
    """Return every process manager; a match that does not kick off for so many hours was never played."""
    return (SETTLEMENT, void_bets.ABANDONMENT, abandon_unplayed.unplayed(never_played_after_hours))
