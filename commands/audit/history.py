"""One wallet or one stream at any moment of the past."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from domain.fact import Recorded, micros
from domain.ids import wallet_of
from domain.wallet.facts import WalletOpened
from domain.wallet.postings import available, postings, reserved


class StreamReader(Protocol):
    """What gives a stream's facts: every event store does."""

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order; a stream without any is absent."""
        ...


class WalletBalance(msgspec.Struct, frozen=True):
    """What an account held after `position`, the last fact that counted; `currency` is empty and `position` 0 before it had a wallet."""

    account_id: str
    currency: str
    available_minor: int
    reserved_minor: int
    position: int


def balance_at(streams: StreamReader, account_id: str, *, at: datetime | None = None, position: int | None = None) -> WalletBalance:
    """Return what an account held at a moment or a position of the log, from its wallet's postings alone; by default, now.

    A moment is compared with the commit times of facts, not with the times that their authors gave.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    ledger: Counter[str] = Counter()
    currency, last = "", 0
    at_us = micros(at) if at is not None else None
    for recorded in replay_stream(streams, wallet_of(account_id)):
        fact: Any = recorded.body
        if (position is not None and recorded.position > position) or (at_us is not None and recorded.committed_us > at_us):
            break
        if isinstance(fact, WalletOpened):
            currency = fact.currency
        for source, destination, amount_minor in postings(fact):
            ledger[source] -= amount_minor
            ledger[destination] += amount_minor
        last = recorded.position
    return WalletBalance(account_id, currency, ledger[available(account_id)], ledger[reserved(account_id)], last)


def replay_stream(streams: StreamReader, stream_id: str) -> Sequence[Recorded]:
    """Return every fact of a stream in order, none if there is no such stream.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    return streams.load({stream_id: 0}).get(stream_id, ())
