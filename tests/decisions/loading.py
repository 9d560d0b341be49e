"""Streams put into a cache at once, as the dispatcher does in rounds."""

from typing import Any

from commands.dispatch.cached_stream import CachedStream
from commands.dispatch.state_cache import StateCache
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from domain.aggregate import Aggregate


def load(states: StateCache, aggregate: Aggregate[Any], stream_id: str) -> CachedStream:
    """Return a stream's entry, loaded if it is not here."""
    while (asked := states.wanted_of(stream_id, aggregate)) is not None:
        states.take({stream_id: (aggregate, asked)}, states.begin_load({stream_id: asked}).outcome())
    entry = states.find(stream_id)
    assert entry is not None
    return entry


def handled(use_case: Any, command: Any, states: StateCache, now_us: int = 0) -> tuple[Any, UnitOfWork]:
    """Return the outcome of a command and its unit of work; what it names, and what it misses, is loaded first."""
    for aggregate, stream_id in use_case.streams_of(command):
        load(states, aggregate, stream_id)
    while True:
        streams = UnitOfWork(states, now_us)
        try:
            return use_case.handle(command, streams), streams
        except StreamsNotCached as missing:
            for stream_id, aggregate in missing.missed.items():
                load(states, aggregate, stream_id)
