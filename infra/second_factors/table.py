"""The tables of second factors. Every method waits for the database: call it from a thread that may."""

from collections.abc import Iterable
from hashlib import blake2b
from hmac import digest
from importlib.resources import files
from os import urandom
from typing import Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg.rows import TupleRow

from infra.one_connection import OneConnection

ATTEMPTS_MAX = 5
ATTEMPTS_WINDOW_S = 900
"""How many codes of one factor may be tried within a quarter of an hour. One that is right begins anew."""
NONCE_BYTES = 12
_SQL = files("infra.second_factors") / "sql"


def statement(name: str) -> bytes:
    """Return the SQL of a name."""
    return (_SQL / f"{name}.sql").read_bytes()


_NAMES = ("keep_secret", "forget_others", "count_attempt", "seconds_to_wait", "use_step", "keep_recovery_code", "use_recovery_code")
_STATEMENTS = {name: statement(name) for name in _NAMES}


class SecondFactorTable:
    """Keeps secrets sealed (AES-256-GCM, bound to the account and the factor) and recovery codes as keyed hashes. For any thread."""

    def __init__(self, dsn: str, key: str) -> None:
        self._sealing = AESGCM(blake2b(key.encode(), digest_size=32, person=b"second factors").digest())
        self._hashing = blake2b(key.encode(), digest_size=32, person=b"recovery codes").digest()
        self._connection = OneConnection(dsn, "slipstream second factors")

    def keep(self, account_id: str, factor_id: str, secret: str) -> None:
        """Keep the secret of a factor that is not confirmed yet; what is kept under that id stays.

        Raises:
            StoreUnavailable: when the database is unavailable; as from every method.

        """
        nonce = urandom(NONCE_BYTES)
        sealed = nonce + self._sealing.encrypt(nonce, secret.encode(), _bound(account_id, factor_id))
        self._run("keep_secret", account_id=account_id, factor_id=factor_id, sealed_secret=sealed)

    def forget_others(self, account_id: str, factor_id: str) -> None:
        """Forget the account's factors but one."""
        self._run("forget_others", account_id=account_id, factor_id=factor_id)

    def attempt(self, account_id: str, factor_id: str) -> str | int | None:
        """Count an attempt and return the secret; seconds to wait after too many; None where it is not kept, or sealed with another key."""
        limits = {"attempts_max": ATTEMPTS_MAX, "window_s": ATTEMPTS_WINDOW_S}
        found = self._run("count_attempt", account_id=account_id, factor_id=factor_id, **limits)
        if found is None:
            waiting = self._run("seconds_to_wait", account_id=account_id, factor_id=factor_id, window_s=ATTEMPTS_WINDOW_S)
            return None if waiting is None else int(waiting[0])
        sealed = bytes(found[0])
        try:
            return self._sealing.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(account_id, factor_id)).decode()
        except InvalidTag:
            return None

    def use_step(self, factor_id: str, step: int) -> bool:
        """Use the code of a time step; False where it, or a later one, was used before."""
        return self._run("use_step", factor_id=factor_id, step=step) is not None

    def keep_recovery_codes(self, factor_id: str, codes: Iterable[str]) -> None:
        """Keep recovery codes, hashed."""
        for code in codes:
            self._run("keep_recovery_code", factor_id=factor_id, code_hash=self._hash(factor_id, code))

    def use_recovery_code(self, factor_id: str, code: str) -> bool:
        """Use a recovery code; False where there is no such code, or not any more."""
        return self._run("use_recovery_code", factor_id=factor_id, code_hash=self._hash(factor_id, code)) is not None

    def close(self) -> None:
        """Give up the connection."""
        self._connection.close()

    def _hash(self, factor_id: str, code: str) -> bytes:
        return digest(self._hashing, f"{factor_id} {code}".encode(), "sha256")

    def _run(self, name: str, **values: Any) -> TupleRow | None:
        def ask(connection: psycopg.Connection[TupleRow]) -> TupleRow | None:
            cursor = connection.execute(_STATEMENTS[name], values)
            return cursor.fetchone() if cursor.description is not None else None

        return self._connection.run(ask)


def _bound(account_id: str, factor_id: str) -> bytes:
    return UUID(account_id).bytes + UUID(factor_id).bytes
