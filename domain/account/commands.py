"""What may be asked of an account."""

from datetime import datetime

import msgspec


class Register(msgspec.Struct, frozen=True, gc=False):
    """Open an account under a handle that nobody else has. `sealed_email` is the address as it is kept: sealed, or empty for none."""

    account_id: str
    handle: str
    email: str
    password_hash: str
    currency: str
    at: datetime
    sealed_email: str = ""


class GrantRole(msgspec.Struct, frozen=True, gc=False):
    """Let the account act as trader, auditor, support, moderator or admin."""

    account_id: str
    role: str
    granted_by: str
    at: datetime


class RevokeRole(msgspec.Struct, frozen=True, gc=False):
    """Take a role from the account again."""

    account_id: str
    role: str
    revoked_by: str
    at: datetime


class SignIn(msgspec.Struct, frozen=True, gc=False):
    """Note that a session was opened. `password_hash` and `factor_id` are what password and code were checked against before.

    `place` is from where, as a keyed hash; empty where that is not known.
    """

    account_id: str
    password_hash: str
    factor_id: str
    at: datetime
    place: str = ""


class SeePlace(msgspec.Struct, frozen=True, gc=False):
    """Note from where a session is opened, a keyed hash; empty where that is not known."""

    account_id: str
    place: str
    at: datetime


class EndSession(msgspec.Struct, frozen=True, gc=False):
    """Sign one session out; `version` is that of the account's sessions when it was opened, `expires_at` is when it would run out."""

    account_id: str
    session_id: str
    version: int
    expires_at: datetime
    at: datetime


class EndSessions(msgspec.Struct, frozen=True, gc=False):
    """Sign every session out that is of `version` or older; the session that asks is named unless the console does."""

    account_id: str
    session_id: str
    version: int
    ended_by: str
    at: datetime


class ChangePassword(msgspec.Struct, frozen=True, gc=False):
    """Take another password and end every session; `old_hash` is what the old password was checked against before."""

    account_id: str
    old_hash: str
    password_hash: str
    at: datetime


class ConfirmSecondFactor(msgspec.Struct, frozen=True, gc=False):
    """Ask for one-time codes from now on and end every session; a code of this factor was checked before."""

    account_id: str
    factor_id: str
    at: datetime


class RemoveSecondFactor(msgspec.Struct, frozen=True, gc=False):
    """Ask for no one-time codes any more and end every session; who asks for it either gave a code, or is the console."""

    account_id: str
    factor_id: str
    removed_by: str
    at: datetime


class SetRealityCheck(msgspec.Struct, frozen=True, gc=False):
    """Be told every so many minutes of a session how long it lasts and what it cost; 0 is never."""

    account_id: str
    interval_minutes: int
    actor: str
    at: datetime


class AcknowledgeRealityCheck(msgspec.Struct, frozen=True, gc=False):
    """Note that a reality check was read. `since` is what its interval counted from, by which a repeat is told."""

    account_id: str
    since: datetime
    actor: str
    at: datetime


class ClaimHandle(msgspec.Struct, frozen=True, gc=False):
    """Take a handle for an account."""

    handle: str
    account_id: str
    at: datetime


class ClaimSkeleton(msgspec.Struct, frozen=True, gc=False):
    """Take the skeleton of a handle for an account: nobody else gets a handle that looks like it."""

    handle: str
    account_id: str
    at: datetime


class ClaimEmail(msgspec.Struct, frozen=True, gc=False):
    """Take an e-mail address for an account."""

    email: str
    account_id: str
    at: datetime


SessionCommand = EndSession | EndSessions | ChangePassword | ConfirmSecondFactor | RemoveSecondFactor
RealityCheckCommand = SetRealityCheck | AcknowledgeRealityCheck
AccountCommand = Register | GrantRole | RevokeRole | SeePlace | SessionCommand | RealityCheckCommand
ClaimCommand = ClaimHandle | ClaimSkeleton | ClaimEmail
