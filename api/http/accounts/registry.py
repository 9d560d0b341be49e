"""What the HTTP API takes from this package: the status of each of its refusals, and its routes. A new route or refusal is added here."""

from fastapi import APIRouter

from api.account_mails import MailNotSent, MailsWaiting
from api.auth.mail_links import MailLinkInvalid
from api.http.dependencies import HttpDependencies
from api.http.view_reader import HttpViewReader
from domain.account import decider as account
from domain.account import reality_checks, sessions
from domain.account_gate import decider as account_gate
from domain.account_gate import limits, withdrawals
from domain.account_gate import state as account_gate_state
from domain.monitoring import decider as monitoring
from domain.refused import Refused
from domain.unknown import AccountUnknown
from domain.wallet import decider as wallet
from domain.wallet import transfer, usage

STATUSES: dict[type[Refused], int] = {
    sessions.SessionOver: 401,
    account.ActorWithoutRole: 403,
    account_gate_state.TimedOutNow: 403,
    account_gate_state.SelfExcludedNow: 403,
    account_gate_state.AccountIsClosed: 403,
    account_gate_state.StaffDoNotBet: 403,
    withdrawals.WithdrawalsHeld: 403,
    wallet.WalletOfAnother: 403,
    AccountUnknown: 404,
    sessions.SecondFactorUnknown: 404,
    wallet.WalletUnknown: 404,
    monitoring.AlertUnknown: 404,
    account.HandleTaken: 409,
    account.HandleLooksTaken: 409,
    sessions.SignInOutdated: 409,
    sessions.SecondFactorStands: 409,
    account_gate.TimeOutNotShortened: 409,
    account_gate.ExclusionNotShortened: 409,
    account_gate.ExclusionNotOver: 409,
    account_gate.NotSelfExcluded: 409,
    account_gate.AlreadyClosed: 409,
    withdrawals.HeldForAnotherReason: 409,
    monitoring.TooManyAlerts: 409,
    limits.LimitNotSet: 409,
    usage.LimitReached: 409,
    usage.DepositLimitReached: 409,
    limits.DepositLimitUnanswered: 409,
    limits.DeclineNotConfirmed: 422,
    usage.StakeLimitReached: 409,
    usage.LossLimitReached: 409,
    wallet.InsufficientFunds: 409,
    wallet.BalanceOutOfRange: 409,
    wallet.DepositsPerDayExceeded: 409,
    account.HandleMalformed: 422,
    account.EmailMalformed: 422,
    account.AccountKeyReused: 422,
    account_gate.TimeOutOutOfRange: 422,
    account_gate.ExclusionTooShort: 422,
    limits.LimitUnknown: 422,
    limits.LimitOutOfRange: 422,
    reality_checks.RealityCheckIntervalUnknown: 422,
    account.RoleUnknown: 422,
    wallet.CurrencyMismatch: 422,
    wallet.DepositTooLarge: 422,
    MailLinkInvalid: 422,
    MailNotSent: 403,
    MailsWaiting: 503,
    transfer.ReferenceMalformed: 422,
    transfer.ReferenceReused: 422,
}


def routers(dependencies: HttpDependencies, view_reader: HttpViewReader) -> tuple[APIRouter, ...]:
    """Return the routes of accounts: register, sign in, pause, move money, export."""
    from api.http.accounts.compliance import compliance
    from api.http.accounts.export import account_export
    from api.http.accounts.limits import limits as own_limits
    from api.http.accounts.password_reset import password_reset
    from api.http.accounts.pauses import account_gates
    from api.http.accounts.payment_webhook import payment_webhook
    from api.http.accounts.reality_check import reality_checks as reality_check_routes
    from api.http.accounts.registration import accounts
    from api.http.accounts.second_factor import second_factor
    from api.http.accounts.sessions import sessions as session_routes
    from api.http.accounts.socket_tokens import socket_tokens
    from api.http.accounts.transfers import transfers

    deps = dependencies.deps
    return (
        accounts(deps),
        session_routes(deps),
        password_reset(deps),
        second_factor(deps),
        account_gates(deps),
        compliance(deps),
        own_limits(deps),
        reality_check_routes(deps),
        socket_tokens(deps),
        transfers(deps),
        payment_webhook(deps),
        account_export(deps, dependencies.auditing),
    )
