"""Views in Valkey or Redis 7, one server or a cluster: the projector's side. A batch is one pipeline with one script call per partition.

Nothing is retried without the projector's knowledge but what a cluster redirects, and a repeated call is skipped: only the stored
positions say what was applied. Whatever goes wrong closes the connections, so that the next ones are made to where the address leads then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import hiredis
from redis.exceptions import DataError, NoScriptError

from infra.readmodels.clients import SERVER_ERRORS, cluster_client, is_cluster, primaries_of, single_client
from infra.readmodels.key_names import AT, META, NAMES, NEVER, TROUBLES
from infra.readmodels.old_layout import adopt_old_layout
from infra.readmodels.port import (
    BuildBroken,
    BuildGone,
    Builds,
    OperationUnknown,
    PartitionState,
    PositionsMoved,
    Section,
    ServerIsReplica,
    Stretch,
)
from infra.readmodels.server_check import refuse_eviction
from infra.readmodels.valkey_scripts import (
    APPLY,
    APPLY_SHA,
    READ,
    READ_SHA,
    STRETCH,
    STRETCH_SHA,
    SWITCH,
    SWITCH_SHA,
    head_of,
    logical_of,
    pairs_of,
    raise_first,
    refuse_elsewhere,
    standing_of,
    state_of,
    words_of,
)
from projections.partitions import TAG_CHARACTERS, TAGS, partition_of_key, physical_key
from projections.ports import ReadModelsUnavailable, Row

TIMEOUT_S = 10.0
STRETCH_ROWS = 1_000
SCAN_KEYS = 1_000
"""Keys looked at, and deleted, in one step, so that no step holds a server up for long."""
FIELDS_MAX = 2_000
"""Fields asked of one hash at once."""

Method = TypeVar("Method", bound=Callable[..., Any])


def _named(method: Method) -> Method:
    """Turn every error of a server or its connection into `ReadModelsUnavailable`, and close the connections."""

    @wraps(method)
    def named(models: "ValkeyModels", *args: Any, **kwargs: Any) -> Any:
        try:
            return method(models, *args, **kwargs)
        except ReadModelsUnavailable:
            models.disconnect()
            raise
        except DataError as error:  # the words of a call cannot be written down: that is no server's fault
            models.disconnect()
            raise TypeError(str(error)) from error
        except SERVER_ERRORS as error:
            models.disconnect()
            raise ReadModelsUnavailable(str(error)) from error

    return cast("Method", named)


class _Packer:
    """Writes commands as the protocol wants them, in C; the client's own looks at every word in Python first."""

    @staticmethod
    def pack(*words: Any) -> list[bytes]:
        if " " in words[0]:
            words = (*words[0].split(), *words[1:])
        return [hiredis.pack_command(words)]


class ValkeyModels:
    """A `Models` over a server of ours, or the operator's server or cluster. For one thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_cluster = is_cluster(url)
        self._made: Any = None

    @property
    def _client(self) -> Any:
        if self._made is None:
            if self._is_cluster:
                self._made = cluster_client(self._url, timeout_s=TIMEOUT_S, client_name="slipstream-project")
            else:
                self._made = single_client(self._url, timeout_s=TIMEOUT_S, client_name="slipstream-project", command_packer=_Packer())
        return self._made

    def disconnect(self) -> None:
        """Close the connections; the next question opens them anew."""
        if self._made is not None:
            self._made.close()
            self._made = None

    def close(self) -> None:
        """Give up the connections."""
        self.disconnect()

    @_named
    def check(self) -> None:
        """Look at the servers' policy and role; take over what an earlier version left, once."""
        for client in self._servers():
            refuse_eviction(client.info("memory"))
            if client.info("replication").get("role") == "slave":
                raise ServerIsReplica
            if not self._is_cluster:
                adopt_old_layout(client)

    def _servers(self) -> Sequence[Any]:
        """Return a client of each server that takes writes."""
        return primaries_of(self._client)

    @_named
    def tell(self, view: str, trouble: str) -> None:
        """Keep what a view stands before."""
        if trouble:
            self._client.hset(TROUBLES, view, trouble)
        else:
            self._client.hdel(TROUBLES, view)

    @_named
    def state(self, partitions: Sequence[int]) -> dict[int, PartitionState]:
        """Return what there is in these partitions."""
        found = self._all([("HGETALL", META[partition]) for partition in partitions])
        return {partition: state_of(fields) for partition, fields in zip(partitions, found, strict=True)}

    @_named
    def begin(self, view: str, build: str, partitions: Sequence[int]) -> None:
        """Make an empty build."""
        del view
        self._all([("HSETNX", META[partition], f"{AT}{build}", "0 ") for partition in partitions])

    @_named
    def begin_another(self, view: str, version: int, partitions: Sequence[int]) -> dict[int, str]:
        """Make an empty build under a new name."""
        numbers = self._all([("HINCRBY", META[partition], f"{NAMES}{view}", 1) for partition in partitions])
        made = {partition: f"{view}.{version}.{number}" for partition, number in zip(partitions, numbers, strict=True)}
        self._all([("HSETNX", META[partition], f"{AT}{build}", "0 ") for partition, build in made.items()])
        return made

    @_named
    def switch(self, view: str, builds: Mapping[int, tuple[str | None, str]]) -> set[int]:
        """Let readers see another build."""
        calls = [(partition, [view, instead_of or "", build]) for partition, (instead_of, build) in builds.items()]
        answers = self._scripts(SWITCH, SWITCH_SHA, calls)
        return {partition for (partition, _), answer in zip(calls, answers, strict=True) if answer == 1}

    @_named
    def apply(self, calls: Mapping[int, Sequence[Section]]) -> None:
        """Apply sections: one script call a partition, all in one round trip."""
        packed = [(partition, words_of(TAGS[partition], sections)) for partition, sections in calls.items()]
        answers = self._scripts(APPLY, APPLY_SHA, packed)
        told = [
            (partition, section, answer)
            for (partition, sections), each in zip(calls.items(), answers, strict=True)
            for section, answer in zip(sections, each, strict=True)
        ]
        for partition, section, answer in told:
            if isinstance(answer, bytes):
                kind, _, reason = answer.decode(errors="replace").partition(" ")
                raise OperationUnknown(reason) if kind == "UNKNOWN" else BuildBroken(section.build, partition, reason)
        refuse_elsewhere([(section.build, answer) for _, section, answer in told])

    @_named
    def rows(self, wanted: Mapping[int, tuple[str, int, Sequence[Row]]]) -> dict[Row, bytes | None]:
        """Return rows of a build, where it stands as expected."""
        calls, asked = [], []
        for partition, (build, _, rows) in wanted.items():
            words: list[Any] = [TAGS[partition], "", build]
            by_key: dict[str, list[Row]] = {}
            for row in rows:
                by_key.setdefault(row.key, []).append(row)
            chunks = [named[at : at + FIELDS_MAX] for named in by_key.values() for at in range(0, len(named), FIELDS_MAX)]
            for chunk in chunks:
                words += ["F", chunk[0].key[TAG_CHARACTERS:], len(chunk), *[row.field for row in chunk]]
            calls.append((partition, words))
            asked.append(chunks)
        found: dict[Row, bytes | None] = {}
        for (build, expected, _), chunks, (at, *answers) in zip(wanted.values(), asked, self._scripts(READ, READ_SHA, calls), strict=True):
            standing = standing_of(at)
            if standing is None:
                raise BuildGone(build)
            if standing.position != expected:
                raise PositionsMoved(build)
            for chunk, values in zip(chunks, answers, strict=True):
                found.update(zip(chunk, values, strict=True))
        return found

    def _scripts(self, text: str, sha: str, calls: Sequence[tuple[int, Sequence[Any]]]) -> list[Any]:
        """Run a script in partitions; a server that does not know it learns it. What was applied meanwhile is skipped."""
        commands = [("EVALSHA", sha, 2, META[partition], NEVER[partition], *words) for partition, words in calls]
        answers = self._pipelined(commands)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            for client in self._servers():
                client.script_load(text)
            answers = self._pipelined(commands)
        return raise_first(answers)

    def _all(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        return raise_first(self._pipelined(commands))

    def _pipelined(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        if not commands:
            return []
        with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return list(pipe.execute(raise_on_error=False))

    @_named
    def retire(self, view: str, builds: Mapping[int, Sequence[str]]) -> None:
        """Delete builds: their positions, then their rows step by step."""
        self._all([("HDEL", META[partition], *[f"{AT}{build}" for build in each]) for partition, each in builds.items() if each])
        gone = {f"{TAGS[partition]}:{build}" for partition, each in builds.items() for build in each}
        for client, found in self._scan(view) if gone else ():
            if names := [name for name in found if head_of(name) in gone]:
                with client.pipeline(transaction=False) as pipe:
                    for name in names:
                        pipe.unlink(name)
                    pipe.execute()

    @_named
    def keys(self, builds: Builds) -> Iterator[str]:
        """Return the logical keys of builds."""
        heads = {f"{TAGS[partition]}:{build}": len(build) + 1 for partition, build in builds.items()}
        views = {build.partition(".")[0] for build in builds.values()}
        names = {name for view in views for _, found in self._scan(view) for name in found if head_of(name) in heads}
        return iter([logical_of(name.decode()) for name in names])

    def _scan(self, view: str) -> Iterator[tuple[Any, list[bytes]]]:
        """Return the names of a view's rows, some at a time, with the client of the server that has them."""
        for client in self._servers():
            cursor = 0
            while True:
                cursor, found = client.scan(cursor, match=f"{{p??}}:{view}.*", count=SCAN_KEYS)
                yield client, found
                if not cursor:
                    break

    @_named
    def stretch(self, build: str, key: str, mark: str = "") -> Stretch:
        """Return rows of a key from a mark on; a mark is a rank, or where the server's own scan of a hash stands."""
        partition, start = partition_of_key(key), int(mark or 0)
        ((at, kind, size, cursor, flat),) = self._scripts(
            STRETCH, STRETCH_SHA, [(partition, [build, physical_key(key, build), start, STRETCH_ROWS])]
        )
        standing = standing_of(at)
        if standing is None:
            raise BuildGone(build)
        if kind in (b"zset", b"list"):
            rows = [(entry, b"") for entry in flat] if kind == b"list" else pairs_of(flat)
            upto = start + len(rows)
            return Stretch(standing.position, kind.decode(), start, size, rows, str(upto) if upto < size else "")
        return Stretch(standing.position, kind.decode(), 0, size, pairs_of(flat), cursor.decode() if cursor != b"0" else "")
