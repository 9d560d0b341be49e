"""The table of keys. Every method waits for the database: call it from a thread that may."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.resources import files
from os import urandom
from typing import TypeVar
from uuid import UUID

import psycopg
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg.rows import TupleRow

from commands.ports import StoreUnavailable
from domain.sealed_text import NONCE_BYTES
from infra.one_connection import OneConnection
from infra.sealed_text.scheme import KEY_BYTES

Answer = TypeVar("Answer")

DESTROYED = b""
_SQL = files("infra.sealed_text") / "sql"
_STATEMENTS = {name: (_SQL / f"{name}.sql").read_bytes() for name in ("find_keys", "keep_key", "delete_key", "keep_destroyed")}

logger = structlog.get_logger()


class KeyTable:
    """Keeps keys, each encrypted with the operator's own (AES-256-GCM): a copy of the database alone opens nothing. For any thread."""

    def __init__(self, dsn: str, operator_key: str) -> None:
        self._wrapping = AESGCM(blake2b(operator_key.encode(), digest_size=32, person=b"text keys").digest())
        self._connection = OneConnection(dsn, "slipstream sealed text")

    def find(self, account_ids: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys of those accounts that ever had one; empty for one that was destroyed.

        A key that was kept under another key of the operator's is left out.

        Raises:
            StoreUnavailable: when the database is unavailable; as from every method.

        """
        found = self._connection.run(lambda connection: _found(connection, account_ids))
        keys = {account_id: self._unwrapped(account_id, wrapped) for account_id, wrapped in found.items()}
        return {account_id: key for account_id, key in keys.items() if key is not None}

    def find_or_make(self, account_id: str) -> bytes:
        """Return an account's key, made now if it never had one; empty where it was destroyed.

        Raises:
            StoreUnavailable: also when the key was kept under another key of the operator's.

        """
        key, nonce = urandom(KEY_BYTES), urandom(NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, key, UUID(account_id).bytes)

        def keep(connection: psycopg.Connection[TupleRow]) -> bytes:
            kept = _found(connection, (account_id,))
            if not kept:
                connection.execute(_STATEMENTS["keep_key"], {"account_id": account_id, "wrapped_key": wrapped})
                kept = _found(connection, (account_id,))
            return kept[account_id]

        kept = self._unwrapped(account_id, self._connection.run(keep))
        if kept is None:
            raise StoreUnavailable("the keys of texts were kept under another SLIPSTREAM_TEXT_KEY")
        return kept

    def destroy(self, account_id: str) -> None:
        """Destroy an account's key, and see that it never gets another."""

        def replace(connection: psycopg.Connection[TupleRow]) -> None:
            is_kept = False
            while not is_kept:  # a key that is made at the same moment is destroyed in the next round
                with connection.transaction():
                    connection.execute(_STATEMENTS["delete_key"], {"account_id": account_id})
                    connection.execute(_STATEMENTS["keep_destroyed"], {"account_id": account_id})
                is_kept = _found(connection, (account_id,)).get(account_id) == DESTROYED

        self._connection.run(replace)

    def close(self) -> None:
        """Give up the connection."""
        self._connection.close()

    def _unwrapped(self, account_id: str, wrapped: bytes) -> bytes | None:
        if not wrapped:
            return DESTROYED
        try:
            return self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], UUID(account_id).bytes)
        except InvalidTag:
            logger.warning("the key of an account's texts was kept under another key of the operator's", account_id=account_id)
            return None


def _found(connection: psycopg.Connection[TupleRow], account_ids: Sequence[str]) -> dict[str, bytes]:
    rows = connection.execute(_STATEMENTS["find_keys"], {"account_ids": list(account_ids)}).fetchall()
    return {str(account_id): bytes(wrapped) for account_id, wrapped in rows}
