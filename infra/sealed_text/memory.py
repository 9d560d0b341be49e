"""Keys in memory, for tests and benchmarks."""

from collections.abc import Mapping, Sequence
from os import urandom

from infra.sealed_text.scheme import KEY_BYTES


class KeysInMemory:
    """Keeps keys for as long as it is there."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}

    def find(self, account_ids: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys of those accounts that ever had one; empty for one that was destroyed."""
        return {account_id: self._keys[account_id] for account_id in account_ids if account_id in self._keys}

    def find_or_make(self, account_id: str) -> bytes:
        """Return an account's key, made now if it never had one; empty where it was destroyed."""
        return self._keys.setdefault(account_id, urandom(KEY_BYTES))

    def destroy(self, account_id: str) -> None:
        """Destroy an account's key, and see that it never gets another."""
        self._keys[account_id] = b""
