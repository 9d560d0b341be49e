"""Queries of views: wait for the position that the client has seen, and return the position of the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

import msgspec

from api.positions import Positions
from api.read_loop import ReadLoop
from api.refusals import ViewUnavailable
from domain.refused import Refused
from projections.ports import Ask, ReadModels, View

WAIT_MS_MAX = 500
LOOK_EVERY_S = 0.02

Found = TypeVar("Found")
encode = msgspec.json.Encoder().encode
Noted = dict[str, tuple[View, dict[int, int]]]
"""Views by name, with the position of each partition at its first read."""

_noted: ContextVar[Noted] = ContextVar("noted")


class ViewAnswer(NamedTuple):
    """An answer as JSON, a position that it is true at, or later, and the position of each partition that it was read from."""

    body: bytes
    position: int
    positions: Mapping[int, int]


def note_kept(view: View, position: int) -> None:
    """Note, for the question being answered, the position at which a kept answer of a view was read: every partition had reached it."""
    _, noted = _noted.get({}).setdefault(view.name, (view, {}))
    noted[0] = min(position, noted.get(0, position))


class PositionRecordingReads:
    """Read models that note, for the question being answered, the position of each partition at its first read."""

    def __init__(self, reads: ReadModels) -> None:
        self._reads = reads
        self.positions = reads.positions
        self.wait_for = reads.wait_for
        self.keep_list = reads.keep_list

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all in one round trip."""
        _, answers = await self.many_at(view, asks)
        return answers

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[Mapping[int, int], Sequence[Any]]:
        """Answer all in one round trip, with the position of each partition that is asked."""
        positions, answers = await self._reads.many_at(view, asks)
        _, noted = _noted.get({}).setdefault(view.name, (view, {}))
        for partition, position in positions.items():
            noted[partition] = min(position, noted.get(partition, position))
        return positions, answers


async def read_at(reads: ReadModels, ask: Callable[[ReadModels], Awaitable[Found]]) -> tuple[Found, int]:
    """Ask something of views, however often; return the answer with a position that all of it is true at, or later."""
    noted: Noted = {}
    _noted.set(noted)
    found = await ask(PositionRecordingReads(reads))
    return found, min((position for _, positions in noted.values() for position in positions.values()), default=0)


class ViewReader:
    """Asks views on the reader's loop, whoever they are shown to."""

    def __init__(self, reads: ReadModels, reader: ReadLoop, positions: Positions) -> None:
        self.reads: ReadModels = PositionRecordingReads(reads)
        self.positions = positions
        self.reader = reader
        self._seen_views: set[str] = set()

    async def show(self, view: View, wanted: int, ask: Callable[[], Awaitable[Any]], *, log_has_facts: bool = False) -> ViewAnswer:
        """Answer a question on the reader's loop.

        What the view has is read first, and what `ask` reads of others. Where a partition of one turns out to be older than wanted, that
        one is waited for, at most `WAIT_MS_MAX`, and all is read again: a view that is late says how late it is. A partition at position 0
        although the log has facts was lost and is being built anew: it would show zeros. That there are facts is known from
        `log_has_facts`, from the position asked for, or since the view had some.

        Raises:
            ViewUnavailable: when the view was lost. And what `ask` raises, with the position that it is true at.

        """
        log_has_facts = log_has_facts or wanted > 0 or view.name in self._seen_views
        found, noted = await self._try(ask)
        if late := _late(noted, max(wanted, int(log_has_facts))):
            await asyncio.gather(*[self.reads.wait_for(each, partitions, max(wanted, 1), WAIT_MS_MAX) for each, partitions in late])
            found, noted = await self._try(ask)
        position = min((position for _, positions in noted.values() for position in positions.values()), default=0)
        if position:
            self._seen_views.add(view.name)
        elif log_has_facts:
            raise ViewUnavailable
        if isinstance(found, Refused):
            found.log_position = position
            raise found
        return ViewAnswer(encode(self.positions.page(found)), position, noted[view.name][1] if view.name in noted else {})

    async def _try(self, ask: Callable[[], Awaitable[Any]]) -> tuple[Any, Noted]:
        noted: Noted = {}
        _noted.set(noted)
        try:
            found = await ask()
        except Refused as refusal:
            found = refusal
        return found, noted

    async def read_existing(self, ask: Callable[[], Awaitable[Found | None]]) -> Found:
        """Poll, at most `WAIT_MS_MAX`, for a row that follows from the caller's registration, and return it.

        Raises:
            ViewUnavailable: when it is not there by then, because the view is being built.

        """
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + WAIT_MS_MAX / 1000
        while (found := await ask()) is None:
            if clock() > deadline_s:
                raise ViewUnavailable
            await asyncio.sleep(LOOK_EVERY_S)
        return found


def _late(noted: Noted, wanted: int) -> list[tuple[View, list[int]]]:
    """Return the partitions of each view that have not reached a position."""
    found = [(view, [each for each, position in positions.items() if position < wanted]) for view, positions in noted.values()]
    return [(view, partitions) for view, partitions in found if partitions]
