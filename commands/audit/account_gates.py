"""The gates of accounts: time-outs, exclusions, closures and roles of staff, each of which keeps an account from betting and depositing."""

import calendar
from datetime import UTC, date, datetime
from typing import Any

from commands.audit import limits, stake_limits
from commands.audit.account_streams import AuditedAccountGate
from commands.audit.accounts import check_role
from commands.audit.actors import CONSOLES
from commands.audit.auditor import LATENESS_US, Auditor, check_id, check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountGateOutOfOrder,
    AccountMissing,
    AccountShut,
    OfficeWithoutGrant,
    RoleNotGranted,
    WithdrawnWhileHeld,
)
from domain.account.facts import RoleGranted, RoleRevoked
from domain.account_gate.facts import (
    AccountClosed,
    AccountReopened,
    DepositLimitDeclined,
    LimitRemoved,
    LimitSet,
    OfficeLeft,
    OfficeTaken,
    ReturnRequested,
    SelfExcluded,
    StakeFactorSet,
    TimedOut,
    WithdrawalHoldPlaced,
    WithdrawalHoldReleased,
)
from domain.fact import Recorded, micros, moment
from domain.ids import account_gate_of

FOREVER_US = 1 << 62
DAY_US = 24 * 3600 * 1_000_000
TIMED_OUT = "timed out"
TIME_OUT_US_MAX = 366 * DAY_US
EXCLUSION_MONTHS_MIN = 6
EXCLUSION_BEFORE = datetime(2201, 1, 1, tzinfo=UTC)
RETURN_AFTER_US = DAY_US
"""How long after it was asked for a return takes effect, at least."""
REASON_CHARACTERS_MAX = 120
ACTOR_CHARACTERS_MAX = 100


def begun(state: AuditState, recorded: Recorded[Any], fact: Any) -> AuditedAccountGate:
    """Check the first fact of an account's gate: the stream's id is right and the account exists; then as any further fact."""
    check_id(recorded, account_gate_of(fact.account_id))
    if state.of(AuditedAccount, fact.account_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id)
    gate = AuditedAccountGate(1, account_id=fact.account_id)
    AUDITOR.follows[type(fact)](state, recorded, gate, fact)
    return gate


def _account(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: Any) -> AuditedAccount:
    if fact.account_id != gate.account_id:
        check_id(recorded, account_gate_of(fact.account_id))
    check_text(recorded, "actor", fact.actor, ACTOR_CHARACTERS_MAX)
    account = state.of(AuditedAccount, gate.account_id)
    assert account is not None, "a gate is begun for an account that exists, and accounts have no end"
    account.is_shut = True
    return account


def _check_own(recorded: Recorded[Any], fact: Any) -> None:
    """Check that nobody else asked for what is the person's own."""
    if fact.actor != fact.account_id:
        raise ViolationFound(RoleNotGranted, recorded, actor=fact.actor[:60], role="the account's own")


def _check_staff(state: AuditState, recorded: Recorded[Any], fact: Any) -> None:
    """Check that support, an admin or the console asked."""
    if fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, ("support", "admin"))


def timed_out(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: TimedOut) -> None:
    """Check TimedOut: asked for by the account, within bounds, and no shorter than a running pause; update the audit state."""
    _check_own(recorded, fact)
    account, now_us, until_us = _account(state, recorded, gate, fact), state.committed_us, micros(fact.until)
    in_bounds = now_us - LATENESS_US < until_us <= now_us + TIME_OUT_US_MAX
    check_value(recorded, "until", fact.until.isoformat(), allowed=in_bounds)
    if now_us < account.timed_out_until_us and until_us <= account.timed_out_until_us:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=f"timed out until {moment(account.timed_out_until_us).isoformat()}")
    account.timed_out_until_us = until_us


def self_excluded(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: SelfExcluded) -> None:
    """Check SelfExcluded: asked for by the account, half a year or more, longer than a standing exclusion; update the audit state."""
    _check_own(recorded, fact)
    account = _account(state, recorded, gate, fact)
    until_us = FOREVER_US if fact.until is None else micros(fact.until)
    if fact.until is not None:
        earliest = _months_later(moment(state.committed_us - LATENESS_US).date(), EXCLUSION_MONTHS_MIN)
        in_bounds = fact.until < EXCLUSION_BEFORE and fact.until.astimezone(UTC).date() >= earliest
        check_value(recorded, "until", fact.until.isoformat(), allowed=in_bounds)
    if account.excluded_until_us and not account.returns_from_us and until_us <= account.excluded_until_us:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=_standing(account, state.committed_us))
    account.excluded_until_us, account.returns_from_us = until_us, 0


def return_requested(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: ReturnRequested) -> None:
    """Check ReturnRequested: the exclusion has run out, and the return takes effect a day later; update the audit state."""
    _check_own(recorded, fact)
    account, now_us = _account(state, recorded, gate, fact), state.committed_us
    if not account.excluded_until_us or account.returns_from_us or now_us < account.excluded_until_us:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=_standing(account, now_us))
    from_us = micros(fact.effective_from)
    earliest_us = now_us + RETURN_AFTER_US
    check_value(recorded, "effective_from", fact.effective_from.isoformat(), allowed=earliest_us <= from_us <= earliest_us + LATENESS_US)
    account.returns_from_us = from_us


def closed(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: AccountClosed) -> None:
    """Check AccountClosed: by staff, and the account is not closed; update the audit state."""
    _check_staff(state, recorded, fact)
    account = _account(state, recorded, gate, fact)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if account.closed:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing="closed")
    account.closed = True


def reopened(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: AccountReopened) -> None:
    """Check AccountReopened: by staff, and the account is closed; update the audit state."""
    _check_staff(state, recorded, fact)
    account = _account(state, recorded, gate, fact)
    if not account.closed:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing="not closed")
    account.closed = False


def office_taken(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: OfficeTaken) -> None:
    """Check OfficeTaken: the account has the role or is granted it in the same append, new to its gate; update the audit state."""
    account = _account(state, recorded, gate, fact)
    granted = state.together(RoleGranted, gate.account_id)
    said = (granted.body.role, granted.body.granted_by) if granted is not None else (fact.role, gate.account_id)
    if (granted is None and fact.role not in account.roles) or said != (fact.role, fact.actor):
        raise ViolationFound(OfficeWithoutGrant, recorded, role=fact.role)
    if fact.role in account.offices:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=f"acting as {fact.role}")
    account.offices = (*account.offices, fact.role)


def office_left(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: OfficeLeft) -> None:
    """Check OfficeLeft: the account acts in the role, which is revoked in the same append; update the audit state."""
    account = _account(state, recorded, gate, fact)
    revoked = state.together(RoleRevoked, gate.account_id)
    if fact.role not in account.offices or revoked is None or revoked.body.role != fact.role:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=f"acting as {', '.join(account.offices) or 'nobody'}")
    account.offices = tuple(role for role in account.offices if role != fact.role)


def limit_changed(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: LimitSet | LimitRemoved) -> None:
    """Check LimitSet and LimitRemoved: asked for by the account, and what loosens waits; update the audit state."""
    _check_own(recorded, fact)
    limits.changed(state, recorded, _account(state, recorded, gate, fact), fact)


def deposit_limit_declined(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: DepositLimitDeclined) -> None:
    """Check DepositLimitDeclined: the account's own answer, the first one and the only one; update the audit state."""
    _check_own(recorded, fact)
    account = _account(state, recorded, gate, fact)
    if account.declined_deposit_limit or any(key.startswith("deposit/") for key in account.limits):
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing="answered whether to limit deposits")
    account.declined_deposit_limit = True


def stake_factor_set(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: StakeFactorSet) -> None:
    """Check StakeFactorSet: a trader, an admin or the console asked, for a reason, and it changes something; update the audit state."""
    if fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, ("trader", "admin"))
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    stake_limits.factor_set(recorded, _account(state, recorded, gate, fact), fact)


def hold_placed(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: WithdrawalHoldPlaced) -> None:
    """Check WithdrawalHoldPlaced: compliance, an admin or the console asked, for a reason, and nothing is held; update the audit state."""
    account = _held(state, recorded, gate, fact)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if account.withdrawals_held:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing="withdrawals are held")
    account.withdrawals_held = True


def hold_released(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: WithdrawalHoldReleased) -> None:
    """Check WithdrawalHoldReleased: compliance, an admin or the console asked, and withdrawals are held; update the audit state."""
    account = _held(state, recorded, gate, fact)
    if not account.withdrawals_held:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing="withdrawals are not held")
    account.withdrawals_held = False


def _held(state: AuditState, recorded: Recorded[Any], gate: AuditedAccountGate, fact: Any) -> AuditedAccount:
    if fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, ("compliance", "admin"))
    return _account(state, recorded, gate, fact)


def check_not_held(state: AuditState, recorded: Recorded[Any], account_id: str) -> None:
    """Check that withdrawals from an account are not held at this moment."""
    account = state.live.get(account_id)
    if type(account) is AuditedAccount and account.withdrawals_held:
        raise ViolationFound(WithdrawnWhileHeld, recorded, account_id=account_id)


def check_open(state: AuditState, recorded: Recorded[Any], account_id: str, *, asked_now: bool = True) -> None:
    """Check that an account may bet and deposit at this moment; a time-out takes back nothing that was asked for before it."""
    account = state.live.get(account_id)
    if type(account) is not AuditedAccount:
        raise ViolationFound(AccountMissing, recorded, account_id=account_id)
    if account.is_shut and (standing := _standing(account, state.committed_us)) and (asked_now or standing != TIMED_OUT):
        raise ViolationFound(AccountShut, recorded, account_id=account_id, standing=standing)


def _standing(account: AuditedAccount, now_us: int) -> str:
    """Return what shuts an account; empty where nothing does."""
    if account.offices:
        return f"acting as {', '.join(account.offices)}"
    if account.closed:
        return "closed"
    if account.excluded_until_us and not 0 < account.returns_from_us <= now_us:
        return "excluded"
    return TIMED_OUT if now_us < account.timed_out_until_us else ""


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


AUDITOR = Auditor(
    aggregate="account_gate",
    holds=AuditedAccountGate,
    begins=dict.fromkeys(
        (TimedOut, SelfExcluded, AccountClosed, OfficeTaken, LimitSet, DepositLimitDeclined, StakeFactorSet, WithdrawalHoldPlaced), begun
    ),
    follows={
        TimedOut: timed_out,
        SelfExcluded: self_excluded,
        ReturnRequested: return_requested,
        AccountClosed: closed,
        AccountReopened: reopened,
        OfficeTaken: office_taken,
        OfficeLeft: office_left,
        LimitSet: limit_changed,
        LimitRemoved: limit_changed,
        DepositLimitDeclined: deposit_limit_declined,
        StakeFactorSet: stake_factor_set,
        WithdrawalHoldPlaced: hold_placed,
        WithdrawalHoldReleased: hold_released,
    },
)
