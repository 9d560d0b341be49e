"""Counts previews from the primary log, in a thread, one at a time: a preview of many bets is work."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing

from commands.audit.history import StreamReader
from commands.trading.previews import preview_of
from domain.fact import Fact, Recorded
from domain.proposal.preview import Preview
from infra.log.audit_tail import AuditTail


class PrimaryLog:
    """A `PreviewedLog`: streams from the store, the rest over a connection of its own. For one thread."""

    def __init__(self, store: StreamReader, tail: AuditTail) -> None:
        self._store, self._tail = store, tail

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given."""
        return self._store.load(streams)

    def head(self) -> int:
        """Return the last position."""
        return self._tail.head()

    def ends_of(self, stream_ids: Collection[str], upto: int) -> Mapping[str, tuple[Recorded, Recorded]]:
        """Return the first and the last fact of each stream up to a position."""
        return self._tail.ends_of(stream_ids, upto)

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return facts of some kinds that name a stream."""
        return self._tail.naming(kinds, stream_id, after, upto, limit)


class LogPreviews:
    """Answers the API's question what a proposal would do."""

    def __init__(self, store: StreamReader, dsn: str) -> None:
        self._store, self._dsn = store, dsn
        self._one = asyncio.Semaphore(1)

    async def of(self, proposal_id: str) -> Preview | None:
        """Return the preview of a proposal; see `commands.trading.previews.preview_of` for what it raises."""
        async with self._one:
            return await asyncio.to_thread(self._counted, proposal_id)

    def _counted(self, proposal_id: str) -> Preview | None:
        with closing(AuditTail(self._dsn)) as tail:
            return preview_of(PrimaryLog(self._store, tail), proposal_id)
