"""The secrets of the accounts that `slipstream up` opens: their passwords and second factors, kept in files of the data folder."""

import asyncio
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from api.auth.passwords import Passwords
from api.auth.second_factors import code_at
from commands.accounts.demo_accounts import DEMO_ACCOUNTS
from infra.kept_secret import kept_secret
from infra.operator_errors import NoSuchThing

DEMO_PASSWORD_CHARACTERS = 12


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
    if handle not in DEMO_ACCOUNTS or not file.exists():
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
