"""Every command that the dispatcher takes, and the use case that handles it."""

from typing import get_args

from commands import account_roles, beat, four_eyes, guard_account, move_gate, open_account, place_bet, run_fixture, run_market, settle_bet
from commands.lanes import Lane
from commands.move_money import MoveMoney, move_money
from commands.move_money import touches as touches_money
from commands.use_case import UseCase
from domain.account.commands import GrantRole, RevokeRole, SignIn
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
    SignIn: UseCase(open_account.sign_in, open_account.touches_sign_in, lane=Lane.ACCOUNTS),
    GrantRole: UseCase(account_roles.change_roles, account_roles.touches, lane=Lane.ACCOUNTS),
    account_roles.FindRoles: UseCase(account_roles.find_roles, account_roles.touches_find, lane=Lane.SAFETY),
    RevokeRole: UseCase(account_roles.change_roles, account_roles.touches, lane=Lane.SAFETY),
    **dict.fromkeys(get_args(PersonCommand | StaffCommand), UseCase(guard_account.guard_account, guard_account.touches, lane=Lane.SAFETY)),
    guard_account.FindAccountGate: UseCase(guard_account.find_account_gate, guard_account.touches, lane=Lane.ACCOUNTS),
    **{kind: UseCase(run_fixture.run_fixture, run_fixture.touches, lane=_lane_of(kind)) for kind in get_args(FixtureCommand)},
    **{kind: UseCase(run_market.run_market, run_market.touches, lane=_lane_of(kind)) for kind in get_args(MarketCommand)},
    **{kind: UseCase(move_gate.move_gate, move_gate.touches, lane=_lane_of(kind)) for kind in (StopBetting, ReopenBetting)},
    Beat: UseCase(beat.beat, beat.touches, lane=Lane.TRADING),
    four_eyes.AskAsTrader: UseCase(four_eyes.ask_as_trader, four_eyes.touches_ask, lane=Lane.TRADING),
    four_eyes.ApproveProposal: UseCase(four_eyes.approve, four_eyes.touches_approval, lane=Lane.TRADING),
    four_eyes.RejectProposal: UseCase(four_eyes.reject, four_eyes.touches_rejection, lane=Lane.TRADING),
}
