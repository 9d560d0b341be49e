"""What operators ask for that needs the keys of texts or the hash of a password, which this machine has."""

import asyncio
from contextlib import closing
from datetime import datetime

from api.auth.passwords import Passwords
from commands.accounts import operators
from commands.accounts.operators import AccountAsked
from commands.dispatch.blocking_client import BlockingClient
from infra.clock import Clock
from infra.delivery.device_holders import DeviceHolders
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable


def erase(calls: BlockingClient, dsn: str, text_secret: str, handle: str, now: datetime) -> None:
    """Forget what an account wrote, and which phones it registered; see `commands.accounts.operators.erase`."""
    with closing(KeyTable(dsn, text_secret)) as keys, closing(DeviceHolders(dsn, text_secret)) as devices:

        def forget(account_id: str) -> None:
            keys.destroy(account_id)
            devices.forget_account(account_id)

        operators.erase(calls, handle, now, forget)


def open_account(calls: BlockingClient, dsn: str, text_secret: str, asked: AccountAsked, password: str) -> str:
    """Open an account; see `commands.accounts.operators.open_account`."""
    clock = Clock()

    def hashed() -> str:
        hasher = Passwords()
        try:
            return asyncio.run(hasher.hash(password))
        finally:
            hasher.close()

    with closing(KeyTable(dsn, text_secret)) as keys:
        seal = KeyedSealer(keys, clock.monotonic_s).seal
        return operators.open_account(calls, asked, clock.now(), hash_password=hashed, seal=seal)
