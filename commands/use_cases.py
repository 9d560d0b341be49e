"""Every command that the dispatcher takes, and the use case that handles it."""

from typing import get_args

from commands import account_roles, guard_account, open_account, place_bet, settle_bet, trade
from commands.lanes import Lane
from commands.move_money import MoveMoney, move_money
from commands.move_money import touches as touches_money
from commands.use_case import UseCase
from domain.account.commands import GrantRole, RevokeRole, SignIn
from domain.account_gate.commands import PersonCommand, StaffCommand
from domain.fixture.commands import FixtureCommand
from domain.market.commands import MarketCommand

USE_CASES: dict[type, UseCase] = {
    place_bet.PlaceBet: UseCase(place_bet.place_bet, place_bet.touches),
    settle_bet.SettleBet: UseCase(settle_bet.settle_bet, settle_bet.touches, cold=True),
    MoveMoney: UseCase(move_money, touches_money, lane=Lane.ACCOUNTS),
    open_account.OpenAccount: UseCase(open_account.open_account, open_account.touches_open, lane=Lane.ACCOUNTS),
    open_account.FindCredentials: UseCase(open_account.find_credentials, open_account.touches_find, lane=Lane.ACCOUNTS),
    SignIn: UseCase(open_account.sign_in, open_account.touches_sign_in, lane=Lane.ACCOUNTS),
    GrantRole: UseCase(account_roles.change_roles, account_roles.touches, lane=Lane.ACCOUNTS),
    account_roles.FindRoles: UseCase(account_roles.find_roles, account_roles.touches_find, lane=Lane.SAFETY),
    RevokeRole: UseCase(account_roles.change_roles, account_roles.touches, lane=Lane.SAFETY),
    **dict.fromkeys(get_args(PersonCommand | StaffCommand), UseCase(guard_account.guard_account, guard_account.touches, lane=Lane.SAFETY)),
    guard_account.FindAccountGate: UseCase(guard_account.find_account_gate, guard_account.touches, lane=Lane.ACCOUNTS),
    **dict.fromkeys(get_args(FixtureCommand), UseCase(trade.run_fixture, trade.touches_fixture)),
    trade.FinishFixture: UseCase(trade.finish_fixture, trade.touches_finish),
    **dict.fromkeys(get_args(MarketCommand), UseCase(trade.run_market, trade.touches_market)),
}
