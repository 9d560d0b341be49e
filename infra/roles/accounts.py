"""What the operator's console does with accounts."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime

from api.auth.passwords import Passwords
from api.sealed_text import TextSealer
from commands.accounts.access import CONSOLES
from commands.accounts.open_account import Credentials, FindCredentials, OpenAccount
from commands.accounts.sessions import AccountAccess, FindAccess
from commands.dispatch.blocking_client import BlockingClient
from domain.account.commands import EndSessions, GrantRole, RemoveSecondFactor, RevokeRole
from domain.account.decider import checked_email
from domain.account_gate.commands import CloseAccount
from domain.account_gate.decider import AlreadyClosed
from domain.unknown import AccountUnknown
from infra.clock import Clock
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable

ERASED = "erased on request"
"""The reason for which an erased account is closed: with its actor and time, the record of the request."""


def credentials_of(calls: BlockingClient, handle: str) -> Credentials:
    """Return who has a handle.

    Raises:
        AccountUnknown: when nobody does.

    """
    found: Credentials = calls.call(FindCredentials(handle)).receipt
    if not found.account_id:
        raise AccountUnknown(handle)
    return found


def set_role(calls: BlockingClient, handle: str, role: str, now: datetime, *, held: bool) -> None:
    """Grant a role to the account with that handle, or revoke it.

    Raises:
        AccountUnknown, RoleUnknown: with the evidence of each.

    """
    account_id = credentials_of(calls, handle).account_id
    change = GrantRole if held else RevokeRole
    calls.call(change(account_id, role, CONSOLES[0], now))


def sign_out(calls: BlockingClient, handle: str, now: datetime) -> None:
    """End every session of the account with that handle.

    Raises:
        AccountUnknown: when nobody has it.

    """
    account_id = credentials_of(calls, handle).account_id
    access: AccountAccess = calls.call(FindAccess(account_id)).receipt
    calls.call(EndSessions(account_id, "", access.sessions.version, CONSOLES[0], now))


def remove_second_factor(calls: BlockingClient, handle: str, now: datetime) -> None:
    """Remove the second factor of the account with that handle, where it has one, and end its sessions.

    Raises:
        AccountUnknown: when nobody has it.

    """
    found = credentials_of(calls, handle)
    calls.call(RemoveSecondFactor(found.account_id, found.factor_id, CONSOLES[0], now))


def erase(calls: BlockingClient, dsn: str, text_secret: str, handle: str, now: datetime) -> None:
    """Forget what the account with that handle wrote: close it, end its sessions, destroy the key of its texts. A repeat changes nothing.

    Raises:
        AccountUnknown: when nobody has it. StoreUnavailable: when the key could not be destroyed; do it again.

    """
    account_id = credentials_of(calls, handle).account_id
    with suppress(AlreadyClosed):
        calls.call(CloseAccount(account_id, ERASED, CONSOLES[0], now))
    sign_out(calls, handle, now)
    with closing(KeyTable(dsn, text_secret)) as keys:
        keys.destroy(account_id)


@contextmanager
def sealer(dsn: str, text_secret: str) -> Iterator[TextSealer]:
    """Return what seals with the keys in the database, for as long as the block lasts."""
    with closing(KeyTable(dsn, text_secret)) as keys:
        yield KeyedSealer(keys, Clock().monotonic_s)


def open_account(calls: BlockingClient, clock: Clock, sealer: TextSealer, handle: str, email: str, password: str, currency: str) -> str:
    """Open an account with its wallet; return its id.

    Raises:
        PasswordMalformed, HandleMalformed, HandleTaken, EmailMalformed, CurrencyUnknown: with the evidence of each.

    """
    email = checked_email(email)
    hasher = Passwords()
    try:
        password_hash = asyncio.run(hasher.hash(password))
    finally:
        hasher.close()
    account_id = clock.new_id()
    sealed = sealer.seal(account_id, account_id, email)
    calls.call(OpenAccount(account_id, handle, email, password_hash, currency, clock.now(), sealed))
    return account_id
