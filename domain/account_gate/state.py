"""What keeps an account from betting, and until when."""

from datetime import UTC, datetime

import msgspec

from domain.account_gate.factor import NO_FACTOR, StakeFactor
from domain.account_gate.limits import AccountLimits
from domain.account_gate.withdrawals import NOT_HELD, WithdrawalHold
from domain.fact import micros, moment
from domain.refused import Refused

FOR_EVER_US = micros(datetime(9999, 1, 1, tzinfo=UTC))
"""Until when an exclusion without an end lasts."""


class TimedOutNow(Refused):
    """The account is in a time-out: it can neither bet nor deposit until then."""

    until: datetime


class SelfExcludedNow(Refused):
    """The account excluded itself: it neither bets nor deposits until the exclusion has ended and a return has taken effect."""

    until: datetime | None
    returns_from: datetime | None


class AccountIsClosed(Refused):
    """The account is closed: it neither bets nor deposits. What it holds can be withdrawn."""


class StaffDoNotBet(Refused):
    """The account acts for the bookmaker: it neither bets, cashes out nor deposits."""

    roles: tuple[str, ...]


class AccountGate(msgspec.Struct, frozen=True, gc=False):
    """What keeps an account from betting; nothing by default. Moments are in microseconds of the log's time, 0 for none.

    `excluded_until_us` is 0 unless the account excluded itself, `FOR_EVER_US` where that has no end; with `returns_from_us` the exclusion
    is lifted from then on. `closed_for` is why the account is closed, `offices` are the roles in which it acts for the bookmaker.
    `limits` are those of its own, `factor` is what traders multiply its largest payouts by. `declined_deposit_limit` tells that the person
    was asked whether to limit deposits, and did not want to. `withdrawal_hold` keeps money from going out, and nothing else.
    """

    timed_out_until_us: int = 0
    excluded_until_us: int = 0
    returns_from_us: int = 0
    closed_for: str = ""
    offices: tuple[str, ...] = ()
    limits: AccountLimits = ()
    factor: StakeFactor = NO_FACTOR
    declined_deposit_limit: bool = False
    withdrawal_hold: WithdrawalHold = NOT_HELD


def betting_from_us(gate: AccountGate, now_us: int) -> int:
    """Return the log's time from which the account may bet and deposit: a condition of the commit, 0 where there is none.

    `now_us` is the log's time as far as it is known; the commit comes then or later.

    Raises:
        StaffDoNotBet, AccountIsClosed: until that changes.
        SelfExcludedNow, TimedOutNow: where the moment has not come yet.

    """
    if gate.offices:
        raise StaffDoNotBet(gate.offices)
    if gate.closed_for:
        raise AccountIsClosed
    if gate.excluded_until_us and not 0 < gate.returns_from_us <= now_us:
        raise SelfExcludedNow(end_of(gate.excluded_until_us), moment(gate.returns_from_us) if gate.returns_from_us else None)
    if gate.timed_out_until_us > now_us:
        raise TimedOutNow(moment(gate.timed_out_until_us))
    return max(gate.timed_out_until_us, gate.returns_from_us)


def status_of(gate: AccountGate, now_us: int) -> str:
    """Name what keeps the account from betting now: staff, closed, self_excluded, timed_out, or active for nothing."""
    try:
        betting_from_us(gate, now_us)
    except StaffDoNotBet:
        return "staff"
    except AccountIsClosed:
        return "closed"
    except SelfExcludedNow:
        return "self_excluded"
    except TimedOutNow:
        return "timed_out"
    return "active"


def end_of(until_us: int) -> datetime | None:
    """Return when an exclusion ends, None where it never does."""
    return None if until_us == FOR_EVER_US else moment(until_us)
