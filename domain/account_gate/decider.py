"""The rules of an account's gate: what keeps the account from betting, from bringing money in, and from taking it out.

Tightening takes effect at once, loosening takes its time: a time-out and an exclusion can be lengthened, never shortened, and an exclusion
ends a day after a return was asked for. Every moment is judged by the log's time (`Recorded.committed_us`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import assert_never, get_args

import msgspec

from domain.account_gate.commands import (
    AccountGateCommand,
    CloseAccount,
    DeclineDepositLimit,
    ExcludeSelf,
    HoldWithdrawals,
    LeaveOffice,
    OfficeCommand,
    PersonCommand,
    ReleaseWithdrawals,
    RemoveLimit,
    ReopenAccount,
    RequestReturn,
    SetLimit,
    SetStakeFactor,
    StaffCommand,
    TakeOffice,
    TimeOut,
)
from domain.account_gate.factor import decide_factor, evolve_factor
from domain.account_gate.facts import (
    AccountClosed,
    AccountGateFact,
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
from domain.account_gate.limits import DeclineNotConfirmed, decide_limit, evolve_limits, has_answered
from domain.account_gate.state import FOR_EVER_US, AccountGate, end_of
from domain.account_gate.withdrawals import decide_hold, evolve_hold
from domain.aggregate import Aggregate
from domain.fact import micros, moment
from domain.refused import Refused
from domain.text import check_reason

TIME_OUT_DAYS_MAX = 366
EXCLUSION_MONTHS_MIN = 6
UNTIL_BEFORE = datetime(2201, 1, 1, tzinfo=UTC)
DAY_US = 24 * 3_600 * 1_000_000
RETURN_AFTER_US = DAY_US
RETURN_MARGIN_US = 60 * 1_000_000
"""A return takes effect a day and at most this long after it was asked for, since the commit's time is not known when it is decided."""


class TimeOutOutOfRange(Refused):
    """A time-out ends in the future, at most 366 days away; for longer there is the exclusion."""

    until: datetime
    days_max: int


class TimeOutNotShortened(Refused):
    """A running time-out can be lengthened, not shortened."""

    until: datetime


class ExclusionTooShort(Refused):
    """An exclusion lasts at least six months, and ends before the year 2201 or never."""

    until: datetime
    months_min: int


class ExclusionNotShortened(Refused):
    """An exclusion can be lengthened, not shortened."""

    until: datetime | None


class ExclusionNotOver(Refused):
    """The exclusion has not ended yet; a return can be asked for when it has."""

    until: datetime | None


class NotSelfExcluded(Refused):
    """The account is not excluded, so there is nothing to return from."""


class AlreadyClosed(Refused):
    """The account was closed already, for another reason."""

    reason: str


def return_span_us(gate: AccountGate, command: RequestReturn) -> tuple[int, int]:
    """Return the first and the last commit time for which a return that was decided on holds: an exclusion does not end too early."""
    return gate.excluded_until_us, command.now_us + RETURN_MARGIN_US


def decide(gate: AccountGate, command: AccountGateCommand) -> Sequence[AccountGateFact]:
    """Decide what follows from a command. A return holds for a span of commit times (`return_span_us`); what tightens always holds.

    Raises:
        TimeOutOutOfRange, TimeOutNotShortened: from `TimeOut`.
        ExclusionTooShort, ExclusionNotShortened: from `ExcludeSelf`.
        NotSelfExcluded, ExclusionNotOver: from `RequestReturn`.
        AlreadyClosed, ReasonMalformed: from `CloseAccount`.
        LimitUnknown, LimitOutOfRange, LimitNotSet: from `SetLimit` and `RemoveLimit`.
        DeclineNotConfirmed: from `DeclineDepositLimit`.
        FactorMalformed, ReasonMalformed: from `SetStakeFactor`.
        HeldForAnotherReason, ReasonMalformed: from `HoldWithdrawals`.

    """
    match command:
        case TimeOut() | ExcludeSelf() | RequestReturn():
            return _of_the_person(gate, command)
        case CloseAccount() | ReopenAccount():
            return _of_staff(gate, command)
        case TakeOffice() | LeaveOffice():
            return _of_offices(gate, command)
        case SetLimit() | RemoveLimit():
            return decide_limit(gate.limits, command)
        case DeclineDepositLimit(account_id, confirmed, actor, at):
            if not confirmed:
                raise DeclineNotConfirmed
            return () if has_answered(gate.limits, gate.declined_deposit_limit) else (DepositLimitDeclined(account_id, actor, at),)
        case SetStakeFactor():
            return decide_factor(gate.factor, command)
        case HoldWithdrawals() | ReleaseWithdrawals():
            return decide_hold(gate.withdrawal_hold, command)
        case _:
            assert_never(command)


def _of_the_person(gate: AccountGate, command: PersonCommand) -> Sequence[AccountGateFact]:
    match command:
        case TimeOut(account_id, until, actor, at, now_us):
            if until.tzinfo is None:
                raise TimeOutOutOfRange(until, TIME_OUT_DAYS_MAX)
            until_us = micros(until)
            if until_us == gate.timed_out_until_us:
                return ()
            if now_us < gate.timed_out_until_us and until_us < gate.timed_out_until_us:
                raise TimeOutNotShortened(moment(gate.timed_out_until_us))
            if not now_us < until_us <= now_us + TIME_OUT_DAYS_MAX * DAY_US:
                raise TimeOutOutOfRange(until, TIME_OUT_DAYS_MAX)
            return (TimedOut(account_id, until.astimezone(UTC), actor, at),)
        case ExcludeSelf():
            return _exclude(gate, command)
        case RequestReturn(account_id, actor, at, now_us):
            if not gate.excluded_until_us:
                raise NotSelfExcluded
            if gate.returns_from_us:
                return ()
            if now_us < gate.excluded_until_us:
                raise ExclusionNotOver(end_of(gate.excluded_until_us))
            return (ReturnRequested(account_id, moment(now_us + RETURN_AFTER_US + RETURN_MARGIN_US), actor, at),)
        case _:
            assert_never(command)


def _exclude(gate: AccountGate, command: ExcludeSelf) -> Sequence[AccountGateFact]:
    if command.until is not None and command.until.tzinfo is None:
        raise ExclusionTooShort(command.until, EXCLUSION_MONTHS_MIN)
    until_us = FOR_EVER_US if command.until is None else micros(command.until)
    if gate.excluded_until_us and not gate.returns_from_us:
        if until_us == gate.excluded_until_us:
            return ()
        if until_us < gate.excluded_until_us:
            raise ExclusionNotShortened(end_of(gate.excluded_until_us))
    if command.until is None:
        return (SelfExcluded(command.account_id, None, command.actor, command.at),)
    if not micros(_months_later(moment(command.now_us), EXCLUSION_MONTHS_MIN)) <= until_us < micros(UNTIL_BEFORE):
        raise ExclusionTooShort(command.until, EXCLUSION_MONTHS_MIN)
    return (SelfExcluded(command.account_id, command.until.astimezone(UTC), command.actor, command.at),)


def _of_staff(gate: AccountGate, command: StaffCommand) -> Sequence[AccountGateFact]:
    match command:
        case CloseAccount():
            if gate.closed_for:
                if gate.closed_for != command.reason:
                    raise AlreadyClosed(gate.closed_for)
                return ()
            check_reason(command.reason)
            return (AccountClosed(command.account_id, command.reason, command.actor, command.at),)
        case ReopenAccount():
            return (AccountReopened(command.account_id, command.actor, command.at),) if gate.closed_for else ()
        case _:
            assert_never(command)


def _of_offices(gate: AccountGate, command: OfficeCommand) -> Sequence[AccountGateFact]:
    held = command.role in gate.offices
    match command:
        case TakeOffice(account_id, role, actor, at):
            return () if held else (OfficeTaken(account_id, role, actor, at),)
        case LeaveOffice(account_id, role, actor, at):
            return (OfficeLeft(account_id, role, actor, at),) if held else ()
        case _:
            assert_never(command)


def evolve(gate: AccountGate, fact: AccountGateFact) -> AccountGate:
    """Return the gate after the fact."""
    replace = msgspec.structs.replace
    match fact:
        case TimedOut():
            return replace(gate, timed_out_until_us=micros(fact.until))
        case SelfExcluded():
            return replace(gate, excluded_until_us=FOR_EVER_US if fact.until is None else micros(fact.until), returns_from_us=0)
        case ReturnRequested():
            assert gate.excluded_until_us, "only who is excluded returns"
            return replace(gate, returns_from_us=micros(fact.effective_from))
        case AccountClosed():
            return replace(gate, closed_for=fact.reason)
        case AccountReopened():
            return replace(gate, closed_for="")
        case OfficeTaken():
            assert fact.role not in gate.offices, "an office is taken once"
            return replace(gate, offices=(*gate.offices, fact.role))
        case OfficeLeft():
            assert fact.role in gate.offices, "only an office that is held is left"
            return replace(gate, offices=tuple(role for role in gate.offices if role != fact.role))
        case LimitSet() | LimitRemoved():
            return replace(gate, limits=evolve_limits(gate.limits, fact))
        case DepositLimitDeclined():
            return replace(gate, declined_deposit_limit=True)
        case StakeFactorSet():
            return replace(gate, factor=evolve_factor(fact))
        case WithdrawalHoldPlaced() | WithdrawalHoldReleased():
            return replace(gate, withdrawal_hold=evolve_hold(gate.withdrawal_hold, fact))
        case _:
            assert_never(fact)


def _months_later(day: datetime, months: int) -> datetime:
    """Return the beginning of the same day some months later, or of the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=UTC)
    last = (following - timedelta(days=1)).day
    return datetime(year, month + 1, min(day.day, last), tzinfo=UTC)


ACCOUNT_GATE = Aggregate("account_gate", AccountGate(), decide, evolve, get_args(AccountGateFact), snapshot=AccountGate, shared="accounts")
