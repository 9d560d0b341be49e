"""What the operator's console does with accounts."""

from datetime import datetime

from commands.accounts.access import CONSOLES
from commands.accounts.open_account import Credentials, FindCredentials
from commands.dispatch.blocking_client import Calls
from domain.account.commands import GrantRole, RevokeRole
from domain.account.decider import AccountUnknown


def credentials_of(calls: Calls, handle: str) -> Credentials:
    """Return who has a handle.

    Raises:
        AccountUnknown: when nobody does.

    """
    found: Credentials = calls.call(FindCredentials(handle)).receipt
    if not found.account_id:
        raise AccountUnknown(handle)
    return found


def set_role(calls: Calls, handle: str, role: str, now: datetime, *, held: bool) -> None:
    """Grant a role to the account with that handle, or revoke it.

    Raises:
        AccountUnknown, RoleUnknown: with the evidence of each.

    """
    account_id = credentials_of(calls, handle).account_id
    change = GrantRole if held else RevokeRole
    calls.call(change(account_id, role, CONSOLES[0], now))
