"""The commands of this package, each with its use case. A new one is added here."""

from typing import get_args

from commands.accounts import (
    change_roles,
    close_alerts,
    find_credentials,
    hold_withdrawals,
    limit_account,
    move_money,
    open_account,
    reality,
    restrict_account,
    sessions,
)
from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from domain.account.commands import GrantRole, RealityCheckCommand, RevokeRole, SessionCommand, SignIn
from domain.account_gate.commands import DeclineDepositLimit, HoldCommand, LimitCommand, PersonCommand, StaffCommand
from domain.monitoring.commands import CloseAlerts

USE_CASES: dict[type, UseCase] = {
    move_money.MoveMoney: UseCase(move_money.move_money, move_money.streams_of, lane=Lane.ACCOUNTS),
    open_account.OpenAccount: UseCase(open_account.open_account, open_account.streams_of_open, lane=Lane.ACCOUNTS),
    open_account.FindCredentials: UseCase(open_account.find_credentials, open_account.streams_of_find, lane=Lane.ACCOUNTS),
    find_credentials.FindCredentialsByEmail: UseCase(find_credentials.find_by_email, find_credentials.streams_of_email, lane=Lane.ACCOUNTS),
    find_credentials.FindCredentialsById: UseCase(find_credentials.find_by_id, find_credentials.streams_of_id, lane=Lane.ACCOUNTS),
    SignIn: UseCase(sessions.sign_in, sessions.streams_of_sign_in, lane=Lane.ACCOUNTS),
    sessions.FindAccess: UseCase(sessions.find_access, sessions.streams_of_find, lane=Lane.BETS),
    sessions.FindStaffAccess: UseCase(sessions.find_access, sessions.streams_of_find, lane=Lane.SAFETY),
    **dict.fromkeys(get_args(SessionCommand), UseCase(sessions.change_sessions, sessions.streams_of_change, lane=Lane.ACCOUNTS)),
    GrantRole: UseCase(change_roles.change_roles, change_roles.streams_of, lane=Lane.ACCOUNTS),
    RevokeRole: UseCase(change_roles.change_roles, change_roles.streams_of, lane=Lane.SAFETY),
    **dict.fromkeys(
        get_args(PersonCommand | StaffCommand), UseCase(restrict_account.restrict_account, restrict_account.streams_of, lane=Lane.SAFETY)
    ),
    **dict.fromkeys(get_args(LimitCommand), UseCase(limit_account.limit_account, limit_account.streams_of, lane=Lane.SAFETY)),
    **dict.fromkeys(get_args(HoldCommand), UseCase(hold_withdrawals.hold_withdrawals, hold_withdrawals.streams_of, lane=Lane.SAFETY)),
    CloseAlerts: UseCase(close_alerts.close_alerts, close_alerts.streams_of, lane=Lane.ACCOUNTS),
    hold_withdrawals.FindWithdrawals: UseCase(hold_withdrawals.find_withdrawals, hold_withdrawals.streams_of, lane=Lane.ACCOUNTS),
    DeclineDepositLimit: UseCase(limit_account.decline_deposit_limit, limit_account.streams_of, lane=Lane.ACCOUNTS),
    limit_account.FindLimits: UseCase(limit_account.find_limits, limit_account.streams_of, lane=Lane.ACCOUNTS),
    **dict.fromkeys(get_args(RealityCheckCommand), UseCase(reality.check_reality, reality.streams_of, lane=Lane.ACCOUNTS)),
    reality.FindRealityChecks: UseCase(reality.find_reality_checks, reality.streams_of, lane=Lane.ACCOUNTS),
    restrict_account.FindAccountGate: UseCase(restrict_account.find_account_gate, restrict_account.streams_of, lane=Lane.ACCOUNTS),
}
