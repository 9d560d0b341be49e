"""What may be asked of an account."""

from datetime import datetime

import msgspec


class Register(msgspec.Struct, frozen=True, gc=False):
    """Open an account under a handle and an address that nobody else has."""

    account_id: str
    handle: str
    email: str
    password_hash: str
    currency: str
    at: datetime


class GrantRole(msgspec.Struct, frozen=True, gc=False):
    """Let the account act as trader, auditor, support or admin."""

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
    """Note that a session was opened; the password was checked before."""

    account_id: str
    at: datetime


class ClaimHandle(msgspec.Struct, frozen=True, gc=False):
    """Take a handle for an account."""

    handle: str
    account_id: str
    at: datetime


class ClaimEmail(msgspec.Struct, frozen=True, gc=False):
    """Take an e-mail address for an account."""

    email: str
    account_id: str
    at: datetime


AccountCommand = Register | GrantRole | RevokeRole
ClaimCommand = ClaimHandle | ClaimEmail
