"""What keeps views, as the contract suites take it: in memory, in a real Valkey, in a real cluster of three."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

import redis

from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.merge import Merge
from infra.readmodels.pipelined_reads import PipelinedReads
from infra.readmodels.port import Models, Operation, PartitionState, Section
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import ClusterReads, ValkeyReads
from projections.changes import Change
from projections.ports import ReadModels, View
from tests.valkey_cluster import ValkeyCluster

Answer = TypeVar("Answer")

Contents = dict[str, tuple[str, list[tuple[bytes, bytes]]]]
ALL = tuple(range(PARTITIONS))


class MemoryKeeper:
    """Views in memory."""

    def __init__(self) -> None:
        self.models: Models = MemoryModels()

    def another(self) -> "MemoryKeeper":
        """The same views, as another process has them."""
        return self

    def states(self) -> Mapping[int, PartitionState]:
        """What there is in each partition."""
        return self.models.state(ALL)

    def ask(self, question: Callable[[ReadModels], Coroutine[Any, Any, Answer]]) -> Answer:
        return asyncio.run(question(MemoryReads(self.models)))

    def lose_everything(self) -> None:
        self.models.__init__()

    def close(self) -> None:
        """Nothing to give up."""


class ValkeyKeeper:
    """Views in a real Valkey, empty at the beginning."""

    reads_of: type[ValkeyReads] | type[ClusterReads] = ValkeyReads

    def __init__(self, url: str) -> None:
        self.url = url
        self.models: Models = ValkeyModels(url)
        self._beside: Models | None = None
        self._loop = asyncio.Runner()
        self._reads: ValkeyReads | ClusterReads | None = None

    def another(self) -> "ValkeyKeeper":
        """The same views, as another process has them."""
        return type(self)(self.url)

    def ask(self, question: Callable[[ReadModels], Coroutine[Any, Any, Answer]]) -> Answer:
        """Ask over connections that stay open, as a process does."""

        async def asked() -> Answer:
            if self._reads is None:
                self._reads = self.reads_of(self.url)
            return await question(self._reads)

        return self._loop.run(asked())

    def states(self) -> Mapping[int, PartitionState]:
        """What there is in each partition, while a projector has `models` in a thread of its own."""
        if self._beside is None:
            self._beside = ValkeyModels(self.url)
        return self._beside.state(ALL)

    def lose_everything(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def close(self) -> None:
        self.models.close()
        if self._beside is not None:
            self._beside.close()
        if self._reads is not None:
            self._loop.run(self._reads.close())
        self._loop.close()


class PipelinedKeeper(ValkeyKeeper):
    """The same, asked over one connection."""

    reads_of = PipelinedReads


class ClusterKeeper(ValkeyKeeper):
    """Views in a real cluster of three."""

    reads_of = ClusterReads

    def __init__(self, cluster: ValkeyCluster) -> None:
        super().__init__(cluster.url)
        self.cluster = cluster

    def another(self) -> "ClusterKeeper":
        return ClusterKeeper(self.cluster)

    def lose_everything(self) -> None:
        self.cluster.flush()


Keeper = MemoryKeeper | ValkeyKeeper
KEEPERS = {
    "memory": lambda _: MemoryKeeper(),
    "valkey": lambda fixture: ValkeyKeeper(fixture("redis_url")),
    "pipelined": lambda fixture: PipelinedKeeper(fixture("redis_url")),
    "cluster": lambda fixture: ClusterKeeper(fixture("valkey_cluster")),
}


def live_builds(models: Models, view: str) -> dict[int, str]:
    """The build that readers of a view see in each partition."""
    return {partition: state.live[view] for partition, state in models.state(ALL).items()}


def builds_there(models: Models, view: str) -> set[str]:
    """The names of all builds of a view, in any partition."""
    return {build for state in models.state(ALL).values() for build in state.builds if build.startswith(f"{view}.")}


def standing(models: Models, build: str) -> dict[int, int | None]:
    """Where a build stands in each partition, None where it is not there or broken."""
    found = {partition: state.builds.get(build) for partition, state in models.state(ALL).items()}
    return {partition: each.position if each is not None else None for partition, each in found.items()}


def position_of(keeper: Keeper, *views: View) -> int:
    """How far all partitions of the views are, as readers see them."""

    async def positions(reads: ReadModels) -> int:
        return min([min((await reads.positions(view, ALL)).values()) for view in views])

    return keeper.ask(positions)


def contents(models: Models, builds: str | Mapping[int, str]) -> Contents:
    """Every row of a build, by key, with the kind of the key; a list from its head on, other rows in one order."""
    named = dict.fromkeys(ALL, builds) if isinstance(builds, str) else builds
    found: Contents = {}
    for key in models.keys(named):
        rows: list[tuple[bytes, bytes]] = []
        mark, kind = "", ""
        while True:
            stretch = models.stretch(named[int(key[2:4])], key, mark)
            rows += stretch.rows
            kind, mark = stretch.kind, stretch.mark
            if not mark:
                break
        assert len(rows) == stretch.size
        found[key] = (kind, rows if kind == "list" else sorted(rows))
    return found


def changing(*changes: Change) -> Callable[[Recorded], Iterable[Change]]:
    """A view that makes these changes of its first fact."""
    return lambda _fact: changes


def merged(*changes: Change, position: int = 1) -> dict[int, list[Operation]]:
    """Changes as operations."""
    merge = Merge()
    merge.take(changes, position)
    return merge.operations()


def sections(view: View, after: int, upto: int, *changes: Change, build: str = "", mark: str = "the mark") -> dict[int, list[Section]]:
    """Changes as a batch."""
    build = build or f"{view.name}.{view.version}"
    return {each: [Section(view.name, build, after, upto, mark, found)] for each, found in merged(*changes, position=upto).items()}


def apply(models: Models, view: View, after: int, upto: int, *changes: Change, build: str = "") -> None:
    """Apply changes as one batch; partitions that they do not touch stay where they are, and take a later batch from there."""
    build = build or f"{view.name}.{view.version}"
    stands = standing(models, build)
    calls = sections(view, after, upto, *changes, build=build)
    for partition, each in calls.items():
        position = stands[partition]
        assert position is not None
        each[0] = each[0]._replace(expected=min(position, after))
    models.apply(calls)
