"""Views in Valkey or Redis 7: the projector's side. A batch is one pipeline with one script call per build and touched partition.

Nothing is retried behind the projector's back: after a lost connection only the stored positions say what was applied. Whatever goes wrong
closes the connection, so that the next one is made to where the address leads then: after a failover, to the new primary.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar, cast

import hiredis
import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from infra.readmodels.key_names import MARK, PREFIX, TROUBLES, build_of, builds_of, pointer_of, position_of_build, positions_of_partitions
from infra.readmodels.port import (
    Batch,
    BuildBroken,
    BuildGone,
    OperationUnknown,
    Positions,
    PositionsMoved,
    ServerIsReplica,
    Stretch,
)
from infra.readmodels.server_check import refuse_eviction
from projections.partitions import PARTITION_OF_TAG, TAG_CHARACTERS, TAGS, built
from projections.ports import ReadModelsAway

TIMEOUT_S = 10.0
STRETCH_ROWS = 1_000
SCAN_KEYS = 1_000
"""Keys looked at, and deleted, in one step, so that no step holds the server up for long."""

GONE, ELSEWHERE = -1, -2


def script(name: str) -> tuple[str, str]:
    """Return a script of this folder: its text and its SHA-1, under which a server that knows it runs it."""
    text = files("infra.readmodels").joinpath(f"{name}.lua").read_text()
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


APPLY, APPLY_SHA = script("apply")
ADVANCE, ADVANCE_SHA = script("advance")

Method = TypeVar("Method", bound=Callable[..., Any])


def _named(method: Method) -> Method:
    """Turn whatever the server or the way to it says into `ReadModelsAway`, and close the connection."""

    @wraps(method)
    def named(models: "ValkeyModels", *args: Any, **kwargs: Any) -> Any:
        try:
            return method(models, *args, **kwargs)
        except ReadModelsAway:
            models.disconnect()
            raise
        except (redis.RedisError, OSError) as error:
            models.disconnect()
            raise ReadModelsAway(str(error)) from error

    return cast("Method", named)


class _Packer:
    """Writes commands as the protocol wants them, in C; the client's own looks at every word in Python first."""

    @staticmethod
    def pack(*words: Any) -> list[bytes]:
        if " " in words[0]:
            words = (*words[0].split(), *words[1:])
        return [hiredis.pack_command(words)]


class ValkeyModels:
    """A `Models` over a server of ours or the operator's. For one thread."""

    def __init__(self, url: str) -> None:
        self._client: Any = redis.Redis.from_url(  # its stubs mix the answers of the sync and the async client
            url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            client_name="slipstream-project",
            command_packer=_Packer(),
        )

    def disconnect(self) -> None:
        """Close the connection; the next question opens one anew."""
        self._client.connection_pool.disconnect()

    @_named
    def check(self) -> None:
        """Look at the server's policy and role."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.info("memory")
            pipe.info("replication")
            memory, replication = pipe.execute()
        refuse_eviction(memory)
        if replication.get("role") == "slave":
            raise ServerIsReplica

    @_named
    def tell(self, view: str, trouble: str) -> None:
        """Keep what a view stands before."""
        if trouble:
            self._client.hset(TROUBLES, view, trouble)
        else:
            self._client.hdel(TROUBLES, view)

    @_named
    def live(self, view: str) -> str | None:
        """Return the build that readers see."""
        found = self._client.get(pointer_of(view))
        return found.decode() if found is not None else None

    @_named
    def switch(self, view: str, instead_of: str | None, build: str) -> bool:
        """Let readers see a build."""
        pointer = pointer_of(view)
        with self._client.pipeline() as pipe, suppress(redis.WatchError):
            pipe.watch(pointer)
            found = pipe.get(pointer)
            if (found.decode() if found is not None else None) != instead_of:
                return False
            pipe.multi()
            pipe.set(pointer, build)
            pipe.execute()
            return True
        return False

    @_named
    def fresh(self, view: str, version: int) -> str:
        """Return a new name."""
        return f"{view}.{version}.{self._client.incr(f'{PREFIX}:names:{view}')}"

    @_named
    def begin(self, view: str, build: str) -> None:
        """Make an empty build."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.sadd(builds_of(view), build)
            for key in (*positions_of_partitions(build), position_of_build(build)):
                pipe.set(key, 0, nx=True)
            pipe.execute()

    @_named
    def builds(self, view: str) -> Sequence[str]:
        """Return the builds there are."""
        return sorted(build.decode() for build in self._client.smembers(builds_of(view)))

    @_named
    def positions(self, build: str) -> Positions | None:
        """Return how far a build is. The view's position is read first, so that it is never ahead of the partitions'."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.get(position_of_build(build))
            for key in positions_of_partitions(build):
                pipe.get(key)
            view, *partitions = pipe.execute()
        if view is None or None in partitions or b"broken" in partitions:
            return None
        position, _, mark = view.decode().partition(" ")
        return Positions(int(position), [int(each) for each in partitions], mark)

    @_named
    def apply(self, batches: Sequence[Batch]) -> None:
        """Apply batches: one round trip for the rows, one for the positions."""
        calls = [call for batch in batches for call in self._apply_calls(batch)]
        self._judge(self._run(calls, APPLY))
        advances = [("EVALSHA", ADVANCE_SHA, 1, position_of_build(batch.build), batch.after, batch.upto, batch.mark) for batch in batches]
        self._judge(self._run(advances, ADVANCE))

    @staticmethod
    def _apply_calls(batch: Batch) -> Iterator[Sequence[Any]]:
        names = positions_of_partitions(batch.build)
        call: list[Any]
        for partition, operations in batch.operations.items():
            call = ["EVALSHA", APPLY_SHA, 1, names[partition], batch.expected[partition], batch.upto]
            for operation in operations:
                call.append(len(operation))
                call += operation
            yield call

    def _run(self, calls: Sequence[Sequence[Any]], text: str) -> list[Any]:
        """Run script calls; a server that does not know the script learns it, and what was applied is skipped then."""
        if not calls:
            return []
        answers = self._pipelined(calls)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            self._client.script_load(text)
            answers = self._pipelined(calls)
        return answers

    def _pipelined(self, calls: Sequence[Sequence[Any]]) -> list[Any]:
        with self._client.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.execute_command(*call)
            return list(pipe.execute(raise_on_error=False))

    @staticmethod
    def _judge(answers: Sequence[Any]) -> None:
        for answer in answers:
            if isinstance(answer, redis.ResponseError):
                kind, *words = str(answer).split(" ", 2)
                if kind == "UNKNOWNOPERATION":
                    raise OperationUnknown(*words)
                if kind == "BUILDBROKEN":
                    raise BuildBroken(build_of(words[0]), words[1])
            if isinstance(answer, Exception):
                raise answer
        if GONE in answers:
            raise BuildGone
        if ELSEWHERE in answers:
            raise PositionsMoved

    @_named
    def retire(self, view: str, build: str) -> None:
        """Delete a build: its positions, then its rows step by step, then its name."""
        for key in (*positions_of_partitions(build), position_of_build(build)):
            self._client.unlink(key)
        for found in self._scan(build):
            with self._client.pipeline(transaction=False) as pipe:
                for name in found:
                    pipe.unlink(name)
                pipe.execute()
        self._client.srem(builds_of(view), build)

    @_named
    def keys(self, build: str) -> Iterator[str]:
        """Return the logical keys of a build."""
        start = TAG_CHARACTERS + 1 + len(build)
        names = {key.decode() for found in self._scan(build) for key in found}
        return iter([name[:TAG_CHARACTERS] + name[start:] for name in names if not name.endswith(MARK)])

    def _scan(self, build: str) -> Iterator[list[bytes]]:
        cursor = 0
        while True:
            cursor, found = self._client.scan(cursor, match=f"{{p??}}:{build}:*", count=SCAN_KEYS)
            yield found
            if not cursor:
                return

    @_named
    def stretch(self, build: str, key: str, mark: str = "") -> Stretch:
        """Return rows of a key from a mark on; a mark is a rank, or where the server's own scan of a hash stands."""
        name, start = built(key, build), int(mark or 0)
        ranked = self._client.type(name) == b"zset"
        with self._client.pipeline(transaction=True) as pipe:
            pipe.get(f"{TAGS[PARTITION_OF_TAG[key[:TAG_CHARACTERS]]]}:{build}:{MARK}")
            if ranked:
                pipe.zcard(name)
                pipe.execute_command("ZRANGE", name, start, start + STRETCH_ROWS - 1, "WITHSCORES")
            else:
                pipe.hlen(name)
                pipe.hscan(name, start, count=STRETCH_ROWS)
            position, size, found = pipe.execute()
        if position is None or position == b"broken":
            raise BuildGone(build)
        rows: list[tuple[bytes, bytes]]
        if ranked:
            rows = [(member, b"%d" % int(score)) for member, score in _pairs(found)]
            upto = start + len(rows)
            return Stretch(int(position), ranked, start, size, rows, str(upto) if upto < size else "")
        cursor, fields = found
        return Stretch(int(position), ranked, 0, size, list(fields.items()), str(cursor) if cursor else "")

    def close(self) -> None:
        """Give up the connection."""
        self._client.close()


def _pairs(found: Sequence[Any]) -> Sequence[tuple[bytes, Any]]:
    """Return what ZRANGE WITHSCORES gave, flat or already in pairs, as pairs."""
    if found and isinstance(found[0], (list, tuple)):
        return [(member, score) for member, score in found]
    return list(zip(found[::2], found[1::2], strict=True))
