"""The adapters that keep views, each with its queries' side, as the contract suites use them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

import redis

from domain.fact import Recorded
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.merge import merged
from infra.readmodels.pipelined_reads import PipelinedReads
from infra.readmodels.port import Batch, Models
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import ValkeyReads
from projections.changes import Change
from projections.ports import ReadModels, View

Answer = TypeVar("Answer")

Contents = dict[str, tuple[bool, dict[bytes, bytes]]]


class MemoryKeeper:
    """Views in memory."""

    def __init__(self) -> None:
        self.models: Models = MemoryModels()

    def ask(self, question: Callable[[ReadModels], Coroutine[Any, Any, Answer]]) -> Answer:
        return asyncio.run(question(MemoryReads(self.models)))

    def lose_everything(self) -> None:
        self.models.__init__()

    def close(self) -> None:
        """Nothing to give up."""


class ValkeyKeeper:
    """Views in a real Valkey, empty at the beginning."""

    reads_of: type[ValkeyReads] = ValkeyReads

    def __init__(self, url: str) -> None:
        self.url = url
        self.models: Models = ValkeyModels(url)

    def ask(self, question: Callable[[ReadModels], Coroutine[Any, Any, Answer]]) -> Answer:
        async def asked() -> Answer:
            reads = self.reads_of(self.url)
            try:
                return await question(reads)
            finally:
                await reads.close()

        return asyncio.run(asked())

    def lose_everything(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def close(self) -> None:
        self.models.close()


class PipelinedKeeper(ValkeyKeeper):
    """The same, asked over one connection."""

    reads_of = PipelinedReads


Keeper = MemoryKeeper | ValkeyKeeper


def contents(models: Models, build: str) -> Contents:
    """Every row of a build, by key; whether the key is a sorted set."""
    found: Contents = {}
    for key in models.keys(build):
        rows: dict[bytes, bytes] = {}
        mark, ranked = "", False
        while True:
            stretch = models.stretch(build, key, mark)
            rows |= dict(stretch.rows)
            ranked, mark = stretch.ranked, stretch.mark
            if not mark:
                break
        assert len(rows) == stretch.size
        found[key] = (ranked, rows)
    return found


def changing(*changes: Change) -> Callable[[Recorded], Iterable[Change]]:
    """A view that makes these changes of its first fact."""
    return lambda _fact: changes


def apply(models: Models, view: View, after: int, upto: int, *changes: Change, build: str = "") -> None:
    """Apply changes as one batch on a build that stands where the models say."""
    build = build or f"{view.name}.{view.version}"
    positions = models.positions(build)
    assert positions is not None
    operations = merged(changing(*changes), [None], build)
    models.apply([Batch(build, after, upto, operations, [min(position, after) for position in positions.partitions])])
