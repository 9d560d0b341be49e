"""What happens to an account's gate. Its stream's id follows from the account's (`domain.ids.account_gate_of`).

Every moment here is judged by the log's own time.
"""

from datetime import datetime

from domain.fact import Fact


class TimedOut(Fact, frozen=True, tag="account_gate.timed_out.v1"):
    """The person takes a pause: no bet and no deposit before `until`. A running time-out can be lengthened, never shortened."""

    account_id: str
    until: datetime
    actor: str
    at: datetime


class SelfExcluded(Fact, frozen=True, tag="account_gate.self_excluded.v1"):
    """The person shut themselves out: no bet and no deposit before `until`, for ever where there is none, and not before a return."""

    account_id: str
    until: datetime | None
    actor: str
    at: datetime


class ReturnRequested(Fact, frozen=True, tag="account_gate.return_requested.v1"):
    """After an exclusion the person asked to come back: betting and deposits go on from `effective_from`, a day later at the earliest."""

    account_id: str
    effective_from: datetime
    actor: str
    at: datetime


class AccountClosed(Fact, frozen=True, tag="account_gate.closed.v1"):
    """The account is closed: no bet and no deposit any more; what is left can be withdrawn."""

    account_id: str
    reason: str
    actor: str
    at: datetime


class AccountReopened(Fact, frozen=True, tag="account_gate.reopened.v1"):
    """A closed account is open again."""

    account_id: str
    actor: str
    at: datetime


class OfficeTaken(Fact, frozen=True, tag="account_gate.office_taken.v1"):
    """The account acts for the bookmaker in a role, and bets no more. Written with the grant of the role."""

    account_id: str
    role: str
    actor: str
    at: datetime


class OfficeLeft(Fact, frozen=True, tag="account_gate.office_left.v1"):
    """The account no longer has that role. With the last one gone it may bet again."""

    account_id: str
    role: str
    actor: str
    at: datetime


class LimitSet(Fact, frozen=True, tag="account_gate.limit_set.v1"):
    """The person limits what may be deposited, staked or lost in a day, a week or a month.

    `amount_minor` counts from `effective_from`, before that `until_then_minor`: the same amount where it is the first limit of its kind
    and period or a lower one, which counts at once, the limit that stood where it is a higher one, which waits for a day.
    """

    account_id: str
    kind: str
    period: str
    amount_minor: int
    until_then_minor: int
    effective_from: datetime
    actor: str
    at: datetime


class LimitRemoved(Fact, frozen=True, tag="account_gate.limit_removed.v1"):
    """The person removed a limit: `until_then_minor` counts before `effective_from`, at least a day later; nothing does from then on."""

    account_id: str
    kind: str
    period: str
    until_then_minor: int
    effective_from: datetime
    actor: str
    at: datetime


class DepositLimitDeclined(Fact, frozen=True, tag="account_gate.deposit_limit_declined.v1"):
    """The person was asked before the first deposit whether to limit deposits, wants no limit, and confirmed it."""

    account_id: str
    actor: str
    at: datetime


class StakeFactorSet(Fact, frozen=True, tag="account_gate.stake_factor_set.v1"):
    """A trader set what the most that is paid on a bet of the account is multiplied by: `factor`, a decimal such as "0.25"; 1 is none."""

    account_id: str
    factor: str
    reason: str
    actor: str
    at: datetime


class WithdrawalHoldPlaced(Fact, frozen=True, tag="account_gate.withdrawal_hold_placed.v1"):
    """Staff hold withdrawals, for a `reason` that the holder is told: no money goes out. Bets and deposits go on."""

    account_id: str
    reason: str
    actor: str
    at: datetime


class WithdrawalHoldReleased(Fact, frozen=True, tag="account_gate.withdrawal_hold_released.v1"):
    """Withdrawals are held no more."""

    account_id: str
    actor: str
    at: datetime


OfficeFact = OfficeTaken | OfficeLeft
LimitFact = LimitSet | LimitRemoved | DepositLimitDeclined
HoldFact = WithdrawalHoldPlaced | WithdrawalHoldReleased
PauseFact = TimedOut | SelfExcluded | ReturnRequested | AccountClosed | AccountReopened
AccountGateFact = PauseFact | OfficeFact | LimitFact | StakeFactorSet | HoldFact
