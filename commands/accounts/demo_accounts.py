"""The accounts that `slipstream up` opens: their roles, second factors and first money."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import AccountAccess, FindAccess
from commands.dispatch.blocking_client import BlockingClient
from domain.account.commands import ConfirmSecondFactor, GrantRole
from domain.ids import derived

DEMO_FUNDS_MINOR = 1_000_00
DEMO_ACCOUNTS = {"demo": (), "trader": ("trader",), "trader_2": ("trader",), "auditor": ("auditor",)}
"""Handle -> roles beyond the bettor's. Two traders, since what one gives by hand another has to approve."""


class FactorSecrets(Protocol):
    """Keeps the secrets of second factors."""

    def keep(self, account_id: str, factor_id: str, secret: str) -> None:
        """Keep the secret of a factor."""
        ...

    def forget_others(self, account_id: str, factor_id: str) -> None:
        """Forget the secrets of an account's other factors."""
        ...


def give_second_factors(calls: BlockingClient, table: FactorSecrets, secrets: Mapping[str, str], now: datetime) -> None:
    """Give the demo's staff its second factors, where there are none."""
    for handle, secret in secrets.items():
        account_id = derived("account", "demo", handle)
        access: AccountAccess = calls.call(FindAccess(account_id)).receipt
        if not access.sessions.factor_id:
            factor_id = derived("second factor", account_id, str(access.sessions.version))
            table.keep(account_id, factor_id, secret)
            table.forget_others(account_id, factor_id)
            calls.call(ConfirmSecondFactor(account_id, factor_id, now))


def not_opened(calls: BlockingClient) -> list[str]:
    """Return the handles of the demo accounts that are not there yet."""

    def is_there(handle: str) -> bool:
        access: AccountAccess = calls.call(FindAccess(derived("account", "demo", handle))).receipt
        return bool(access.handle)

    return [handle for handle in DEMO_ACCOUNTS if not is_there(handle)]


def seed(calls: BlockingClient, password_hashes: Mapping[str, str], currency: str, now: datetime) -> None:
    """Open the demo accounts with their roles, and fund the bettor's wallet; whatever is there already stays as it is.

    An account that is there already needs no password here: a hash takes long to make, on purpose.
    """
    for handle, roles in DEMO_ACCOUNTS.items():
        account_id = derived("account", "demo", handle)
        calls.call(OpenAccount(account_id, handle, f"{handle}@slipstream.example", password_hashes.get(handle, ""), currency, now))
        calls.call_many([GrantRole(account_id, role, "slipstream up", now) for role in roles])
    demo = derived("account", "demo", "demo")
    calls.call(MoveMoney("deposit", demo, DEMO_FUNDS_MINOR, currency, "welcome", now))
