"""Which account was the last to register a phone: what it is told goes there, and what others are told does not any more."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from api.http.dependencies import DeviceHolder
from infra.delivery.tables import STATEMENTS
from infra.one_connection import OneConnection


class DeviceHolders:
    """Knows phones by a keyed hash of their tokens, which says nothing to who has the database alone."""

    def __init__(self, dsn: str, secret: str) -> None:
        """`secret` is the operator's: with another one, phones that were registered before are not known."""
        self._connection = OneConnection(dsn, "slipstream devices")
        self._key = blake2b(secret.encode(), digest_size=32, person=b"push devices").digest()

    async def register(self, provider: str, token: str, account_id: str, address_id: str, position: int) -> DeviceHolder:
        """Note that an account registered a phone just now, and return those that did before; of two at once one is the later.

        `position` is one of the log at which the account has the address.

        Raises:
            StoreUnavailable: when the database is unavailable; as from every method.

        """
        device = blake2b(f"{provider} {token}".encode(), digest_size=32, key=self._key).digest()
        of_account = {"device": device, "account_id": account_id, "address_id": address_id, "position": position}
        ((number,),) = await self._asked("register_device", of_account)
        earlier = await self._asked("find_earlier_devices", {"device": device, "number": number})
        return DeviceHolder(device, number, tuple((each, address) for each, address in earlier))

    async def forget_earlier(self, holder: DeviceHolder) -> None:
        """Forget who registered a phone before: nothing that they are told goes there any more."""
        await self._asked("forget_earlier_devices", {"device": holder.device, "number": holder.number})

    def forget_account(self, account_id: str) -> None:
        """Forget which phones an account registered. It blocks."""
        self._connection.run(lambda connection: connection.execute(STATEMENTS["forget_devices"], {"account_id": account_id}))

    def close(self) -> None:
        """Give up the connection."""
        self._connection.close()

    async def _asked(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a statement away from the event loop."""

        def ask(connection: Any) -> Sequence[Sequence[Any]]:
            cursor = connection.execute(STATEMENTS[statement], parameters)
            return list(cursor.fetchall()) if cursor.description is not None else []

        return await asyncio.to_thread(self._connection.run, ask)
