"""What operators ask for at the command line, by handle: grant or revoke a role, end sessions, erase an account, open one."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from commands.accounts.access import CONSOLES
from commands.accounts.open_account import Credentials, FindCredentials, OpenAccount
from commands.accounts.restrict_account import FindAccountGate
from commands.accounts.sessions import AccountAccess, FindAccess
from commands.dispatch.blocking_client import BlockingClient
from domain.account.commands import EndSessions, GrantRole, RemoveSecondFactor, RevokeRole
from domain.account.decider import checked_email
from domain.account_gate.commands import CloseAccount
from domain.account_gate.decider import AlreadyClosed
from domain.unknown import AccountUnknown

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


def is_promoted_to(calls: BlockingClient, account_id: str) -> bool:
    """Tell whether betting may be promoted to an account: it is in no time-out and not excluded."""
    return calls.call(FindAccountGate(account_id)).receipt.betting not in ("self_excluded", "timed_out")


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


def erase(calls: BlockingClient, handle: str, now: datetime, destroy_key: Callable[[str], None]) -> None:
    """Forget what the account with that handle wrote: close it, end its sessions, destroy the key of its texts. A repeat changes nothing.

    `destroy_key` destroys the key of an account's texts, for good, and forgets what is kept beside them.

    Raises:
        AccountUnknown: when nobody has it. StoreUnavailable: when the key could not be destroyed; do it again.

    """
    account_id = credentials_of(calls, handle).account_id
    with suppress(AlreadyClosed):
        calls.call(CloseAccount(account_id, ERASED, CONSOLES[0], now))
    sign_out(calls, handle, now)
    destroy_key(account_id)


class AccountAsked(NamedTuple):
    """An account as it is asked for on the command line."""

    account_id: str
    handle: str
    email: str
    currency: str


def open_account(
    calls: BlockingClient, asked: AccountAsked, now: datetime, *, hash_password: Callable[[], str], seal: Callable[[str, str, str], str]
) -> str:
    """Open an account with its wallet; return its id. `seal` takes whose key it is, who wrote the text, and the text.

    Raises:
        EmailMalformed: before the password is hashed. PasswordMalformed: from `hash_password`.
        HandleMalformed, HandleTaken, HandleLooksTaken, CurrencyUnknown: with the evidence of each.

    """
    account_id, email = asked.account_id, checked_email(asked.email)
    password_hash = hash_password()
    sealed = seal(account_id, account_id, email)
    calls.call(OpenAccount(account_id, asked.handle, email, password_hash, asked.currency, now, sealed))
    return account_id
