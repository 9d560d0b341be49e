"""Sealing what people write before it goes into a fact, and opening it when a page or a frame is made."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class SealedText(NamedTuple):
    """A sealed text and the account whose key opens it. The empty text needs no seal: it stands for itself."""

    account_id: str
    sealed: str


class TextSealer(Protocol):
    """Seals and opens text with keys of accounts. Every method may wait for a database: call it from a thread that may.

    Adapters are in `infra.sealed_text`. Every method raises `StoreUnavailable` when the keys cannot be reached.
    """

    def seal(self, account_id: str, stream_id: str, text: str) -> str:
        """Return the sealed text: the same for the same account, stream and text, so that a retry has the same body.

        An account's first text makes its key. The empty text is returned as it is.

        Raises:
            AccountErased: when the account's key was destroyed; there will never be another.

        """
        ...

    def open(self, account_id: str, sealed: str) -> str | None:
        """Return the text; None where the account's key is gone, or the text was sealed with another key, or is no sealed text."""
        ...

    def open_many(self, texts: Sequence[SealedText]) -> list[str | None]:
        """Open many, as `open` does, with one question for all the keys that are not in memory."""
        ...

    def erase(self, account_id: str) -> None:
        """Destroy the account's key for good: all that was sealed with it stays closed. A repeat changes nothing."""
        ...

    def has_keys(self, account_ids: Sequence[str]) -> bool:
        """Tell whether the keys of these accounts are in memory, so that nothing would wait."""
        ...


class SealedTexts:
    """A sealer for an event loop: it goes to a thread only where a key has to be fetched."""

    def __init__(self, sealer: TextSealer) -> None:
        self._sealer = sealer

    async def seal(self, account_id: str, stream_id: str, text: str) -> str:
        """Seal a text; see `TextSealer.seal`."""
        if not text:
            return ""
        return await asyncio.to_thread(self._sealer.seal, account_id, stream_id, text)

    async def open_many(self, texts: Sequence[SealedText]) -> list[str | None]:
        """Open the texts of a page; see `TextSealer.open_many`."""
        if self._sealer.has_keys([each.account_id for each in texts if each.sealed]):
            return self._sealer.open_many(texts)
        return await asyncio.to_thread(self._sealer.open_many, texts)

    async def erase(self, account_id: str) -> None:
        """Destroy an account's key; see `TextSealer.erase`."""
        await asyncio.to_thread(self._sealer.erase, account_id)
