"""The sealer: keys from a store, kept in memory for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from api.refusals import AccountErased
from api.sealed_text import SealedText
from infra.sealed_text.scheme import AccountKey

KEYS_MAX = 20_000
"""How many keys are in memory: some 10 MB."""

KEY_KEPT_S = 30.0
"""For so long a process opens text with a key that another process destroyed."""


class KeyStore(Protocol):
    """Keeps the keys of accounts. Every method may wait, and raises `StoreUnavailable` when the keys cannot be reached."""

    def find(self, account_ids: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys of those accounts that ever had one; empty for one that was destroyed."""
        ...

    def find_or_make(self, account_id: str) -> bytes:
        """Return an account's key, made now if it never had one; empty where it was destroyed."""
        ...

    def destroy(self, account_id: str) -> None:
        """Destroy an account's key, and see that it never gets another."""
        ...


class KeyedSealer:
    """Seals and opens text with the keys of a store; see `api.sealed_text.TextSealer`. For any thread."""

    def __init__(self, store: KeyStore, monotonic_s: Callable[[], float], *, keys_max: int = KEYS_MAX) -> None:
        self._store, self._monotonic_s, self._keys_max = store, monotonic_s, keys_max
        self._keys: OrderedDict[str, tuple[float, AccountKey | None]] = OrderedDict()
        self._lock = threading.Lock()

    def seal(self, account_id: str, stream_id: str, text: str) -> str:
        """Return the sealed text; the empty text as it is.

        The store is asked each time: what is sealed with a key that another process destroyed would never be opened.

        Raises:
            AccountErased: when the account's key was destroyed.

        """
        if not text:
            return ""
        raw = self._store.find((account_id,)).get(account_id)
        key = self._keep(account_id, raw if raw is not None else self._store.find_or_make(account_id))
        if key is None:
            raise AccountErased
        return key.seal(stream_id, text)

    def open(self, account_id: str, sealed: str) -> str | None:
        """Return the text; None where it cannot be opened, or not any more."""
        return self.open_many((SealedText(account_id, sealed),))[0]

    def open_many(self, texts: Sequence[SealedText]) -> list[str | None]:
        """Open many texts, with one question for the keys that are not in memory."""
        keys: dict[str, AccountKey | None] = {}
        missing: list[str] = []
        for account_id in {each.account_id for each in texts if each.sealed}:
            known, keys[account_id] = self._cached(account_id)
            if not known:
                missing.append(account_id)
        if missing:
            keys.update({account_id: self._keep(account_id, raw) for account_id, raw in self._store.find(missing).items()})
        return [_opened(keys.get(each.account_id), each.sealed) for each in texts]

    def erase(self, account_id: str) -> None:
        """Destroy the account's key for good."""
        self._store.destroy(account_id)
        self._keep(account_id, b"")

    def has_keys(self, account_ids: Sequence[str]) -> bool:
        """Tell whether all these accounts' keys are in memory."""
        return all(self._cached(account_id)[0] for account_id in account_ids)

    def _cached(self, account_id: str) -> tuple[bool, AccountKey | None]:
        """Return whether the account's key is in memory, and the key; None where it was destroyed."""
        with self._lock:
            kept_until_s, key = self._keys.get(account_id, (float("-inf"), None))
            return self._monotonic_s() < kept_until_s, key

    def _keep(self, account_id: str, raw: bytes) -> AccountKey | None:
        key = AccountKey(account_id, raw) if raw else None
        with self._lock:
            self._keys[account_id] = self._monotonic_s() + KEY_KEPT_S, key
            self._keys.move_to_end(account_id)
            while len(self._keys) > self._keys_max:
                self._keys.popitem(last=False)
        return key


def _opened(key: AccountKey | None, sealed: str) -> str | None:
    if not sealed:
        return ""
    return None if key is None else key.open(sealed)
