"""What may be asked of an account's gate.

`now_us` is the log's time as far as it is known when the command is decided: the commit comes then or later. Whoever runs the command
fills it in.
"""

from datetime import datetime

import msgspec


class TimeOut(msgspec.Struct, frozen=True, gc=False):
    """Take a pause from betting until a moment."""

    account_id: str
    until: datetime
    actor: str
    at: datetime
    now_us: int = 0


class ExcludeSelf(msgspec.Struct, frozen=True, gc=False):
    """Shut oneself out until a moment, at least six months away, or for ever."""

    account_id: str
    until: datetime | None
    actor: str
    at: datetime
    now_us: int = 0


class RequestReturn(msgspec.Struct, frozen=True, gc=False):
    """Come back after an exclusion that has ended; it takes a day."""

    account_id: str
    actor: str
    at: datetime
    now_us: int = 0


class CloseAccount(msgspec.Struct, frozen=True, gc=False):
    """Close an account, for a reason; what it holds can still be withdrawn."""

    account_id: str
    reason: str
    actor: str
    at: datetime
    now_us: int = 0


class ReopenAccount(msgspec.Struct, frozen=True, gc=False):
    """Open a closed account again; a time-out or an exclusion goes on."""

    account_id: str
    actor: str
    at: datetime
    now_us: int = 0


class TakeOffice(msgspec.Struct, frozen=True, gc=False):
    """Note that the account acts for the bookmaker in a role."""

    account_id: str
    role: str
    actor: str
    at: datetime


class LeaveOffice(msgspec.Struct, frozen=True, gc=False):
    """Note that the account no longer has that role."""

    account_id: str
    role: str
    actor: str
    at: datetime


class SetLimit(msgspec.Struct, frozen=True, gc=False):
    """Set a limit of one's own; a kind and a period have one."""

    account_id: str
    kind: str
    period: str
    amount_minor: int
    actor: str
    at: datetime
    now_us: int = 0


class RemoveLimit(msgspec.Struct, frozen=True, gc=False):
    """Remove a limit of one's own; it takes a day."""

    account_id: str
    kind: str
    period: str
    actor: str
    at: datetime
    now_us: int = 0


class DeclineDepositLimit(msgspec.Struct, frozen=True, gc=False):
    """Want no limit on deposits before the first one; only what is `confirmed` counts."""

    account_id: str
    confirmed: bool
    actor: str
    at: datetime


class SetStakeFactor(msgspec.Struct, frozen=True, gc=False):
    """Multiply the most that is paid on a bet of the account by a factor, for a reason; 1 is as for anybody."""

    account_id: str
    factor: str
    reason: str
    actor: str
    at: datetime


class HoldWithdrawals(msgspec.Struct, frozen=True, gc=False):
    """Hold withdrawals from an account, for a reason that its holder is told."""

    account_id: str
    reason: str
    actor: str
    at: datetime


class ReleaseWithdrawals(msgspec.Struct, frozen=True, gc=False):
    """Hold withdrawals from an account no more."""

    account_id: str
    actor: str
    at: datetime


PersonCommand = TimeOut | ExcludeSelf | RequestReturn
StaffCommand = CloseAccount | ReopenAccount
OfficeCommand = TakeOffice | LeaveOffice
LimitCommand = SetLimit | RemoveLimit
HoldCommand = HoldWithdrawals | ReleaseWithdrawals
AccountGateCommand = PersonCommand | StaffCommand | OfficeCommand | LimitCommand | DeclineDepositLimit | SetStakeFactor | HoldCommand
