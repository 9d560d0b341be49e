"""The accounts that `slipstream up` opens: their passwords, second factors, roles and first money."""

import asyncio
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from api.auth.passwords import Passwords
from api.auth.second_factors import code_at
from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import AccountAccess, FindAccess
from commands.dispatch.dispatcher import Dispatcher
from domain.account.commands import ConfirmSecondFactor, GrantRole
from domain.account.decider import HANDLE
from domain.ids import derived
from infra.kept_secret import kept_secret
from infra.operator_errors import NoSuchThing
from infra.second_factors.table import SecondFactorTable

DEMO_FUNDS_MINOR = 1_000_00
DEMO_PASSWORD_CHARACTERS = 12
DEMO_ACCOUNTS = {"demo": (), "trader": ("trader",), "trader_2": ("trader",), "auditor": ("auditor",)}
"""Handle -> roles beyond the bettor's. Two traders, since what one gives by hand another has to approve."""


def demo_passwords(data_dir: Path) -> dict[str, str]:
    """Return the passwords of the demo accounts by handle: made at the first start, each in a file that only its owner reads.

    The bettor's is printed and typed, so it is short: the beginning of its file. A data folder of an earlier version has that one for all
    of them, which their accounts were opened with.
    """
    folder, bettors = passwords_folder(data_dir), data_dir / "demo_password"
    is_earlier = bettors.exists() and not folder.exists()
    demo = kept_secret(bettors)[:DEMO_PASSWORD_CHARACTERS]
    others = [handle for handle in DEMO_ACCOUNTS if handle != "demo"]
    return {"demo": demo} | {handle: demo if is_earlier else kept_secret(folder / handle) for handle in others}


def kept_password(data_dir: Path, handle: str) -> str:
    """Return the password of a demo account of this data folder; empty where there is no such account, or it was never opened."""
    file = data_dir / "demo_password" if handle == "demo" else passwords_folder(data_dir) / handle
    return demo_passwords(data_dir)[handle] if handle in DEMO_ACCOUNTS and file.exists() else ""


def passwords_folder(data_dir: Path) -> Path:
    """Return where the passwords of the demo accounts beside the bettor's are, a file each."""
    return data_dir / "demo_passwords"


def demo_second_factors(data_dir: Path) -> dict[str, str]:
    """Return the secrets of the second factors of the demo's staff by handle, in base32: each kept in a file beside the password."""
    return {handle: _base32(kept_secret(_second_factor_file(data_dir, handle))) for handle, roles in DEMO_ACCOUNTS.items() if roles}


def demo_code(data_dir: Path, handle: str, now: datetime) -> str:
    """Return the one-time code of a demo account at a moment.

    Raises:
        NoSuchThing: when no second factor is kept for that handle.

    """
    file = _second_factor_file(data_dir, handle)
    if not HANDLE.fullmatch(handle) or not file.exists():
        raise NoSuchThing(f"No second factor of {handle} is kept in {data_dir}: its codes come from the app of whoever has the account")
    return code_at(_base32(kept_secret(file)), now)


def _second_factor_file(data_dir: Path, handle: str) -> Path:
    return passwords_folder(data_dir) / f"{handle}.second_factor"


def _base32(kept: str) -> str:
    return b32encode(blake2b(kept.encode(), digest_size=20).digest()).decode()


async def hashed(passwords: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of passwords by handle."""
    hasher = Passwords()
    try:
        return dict(zip(passwords, await asyncio.gather(*map(hasher.hash, passwords.values())), strict=True))
    finally:
        hasher.close()


def give_second_factors(dispatcher: Dispatcher, table: SecondFactorTable, secrets: Mapping[str, str], now: datetime) -> None:
    """Give the demo's staff its second factors, where there are none."""
    for handle, secret in secrets.items():
        account_id = derived("account", "demo", handle)
        access: AccountAccess = dispatcher.call(FindAccess(account_id)).receipt
        if not access.sessions.factor_id:
            factor_id = derived("second factor", account_id, str(access.sessions.version))
            table.keep(account_id, factor_id, secret)
            table.forget_others(account_id, factor_id)
            dispatcher.call(ConfirmSecondFactor(account_id, factor_id, now))


def not_opened(dispatcher: Dispatcher) -> list[str]:
    """Return the handles of the demo accounts that are not there yet."""

    def is_there(handle: str) -> bool:
        access: AccountAccess = dispatcher.call(FindAccess(derived("account", "demo", handle))).receipt
        return bool(access.handle)

    return [handle for handle in DEMO_ACCOUNTS if not is_there(handle)]


def seed(dispatcher: Dispatcher, password_hashes: Mapping[str, str], currency: str, now: datetime) -> None:
    """Open the demo accounts with their roles, and fund the bettor's wallet; whatever is there already stays as it is.

    An account that is there already needs no password here: a hash takes long to make, on purpose.
    """
    for handle, roles in DEMO_ACCOUNTS.items():
        account_id = derived("account", "demo", handle)
        dispatcher.call(OpenAccount(account_id, handle, f"{handle}@slipstream.example", password_hashes.get(handle, ""), currency, now))
        dispatcher.call_many([GrantRole(account_id, role, "slipstream up", now) for role in roles])
    demo = derived("account", "demo", "demo")
    dispatcher.call(MoveMoney("deposit", demo, DEMO_FUNDS_MINOR, currency, "welcome", now))
