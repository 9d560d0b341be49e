"""Views in Valkey or Redis 7: the queries' side, one round trip a question.

Once a second a question also asks for the server's role. One that became a replica, as after a failover, is left: its connections are
closed, and the next ones are made to where the address leads then.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import redis.asyncio
from redis.asyncio.connection import BlockingConnectionPool
from redis.exceptions import MasterDownError, NoScriptError, ReadOnlyError, ResponseError

from infra.readmodels.key_names import pointer_of, position_of_build
from infra.readmodels.port import ServerIsReplica
from infra.readmodels.valkey import script
from projections.partitions import built
from projections.ports import Ask, Entry, Fields, Page, ReadModelsAway, View

CONNECTIONS_MAX = 64
TIMEOUT_S = 5.0
POLL_S = 0.002
TRIES_MAX = 5
ROLE_EVERY_S = 1.0

PAGE, PAGE_SHA = script("page")


class ValkeyReads:
    """The views, as queries see them. For one event loop; the connections are made in it when they are needed."""

    def __init__(self, url: str) -> None:
        pool: Any = BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS_MAX, timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S, client_name="slipstream-query"
        )
        self._client: redis.asyncio.Redis = redis.asyncio.Redis(connection_pool=pool)
        self._pool = pool
        self._builds: dict[str, str] = {}
        self._polls: dict[str, asyncio.Task[int]] = {}
        self._role_due_s = 0.0

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all in one round trip. The view's pointer is read in the same transaction: an answer is never of a retired build."""
        _, answers = await self.many_at(view, asks)
        return answers

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[int, Sequence[Any]]:
        """Answer all in one round trip, with the position that the view had then."""
        at, *answers = await self._ask(view, [("GET", "", ()), *map(_commands, asks)])
        shown = [_entries(ask, found) if isinstance(ask, Page) else found for ask, found in zip(asks, answers, strict=True)]
        return _position(at), shown

    async def position(self, view: View) -> int:
        """Return how far the view is."""
        (found,) = await self._ask(view, [("GET", "", ())])
        return _position(found)

    async def wait_for(self, view: View, position: int, timeout_ms: int = 500) -> bool:
        """Return True once the view has reached the position. All who wait share one question every two milliseconds."""
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + timeout_ms / 1000
        reached = await self.position(view)
        while reached < position and clock() < deadline_s:
            poll = self._polls.get(view.name)
            if poll is None or poll.done():
                poll = self._polls[view.name] = asyncio.create_task(self._poll(view))
            reached = await asyncio.shield(poll)
        return reached >= position

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.aclose()
        await self._pool.aclose()

    async def _poll(self, view: View) -> int:
        await asyncio.sleep(POLL_S)
        return await self.position(view)

    async def _ask(self, view: View, commands: Sequence[tuple[str, str, tuple[Any, ...]]]) -> Sequence[Any]:
        try:
            for _ in range(TRIES_MAX):
                build = self._builds.get(view.name) or f"{view.name}.{view.version}"
                live, *answers = await self._answers(build, view, commands)
                if isinstance(live, bytes) and live.decode() != build:
                    self._builds[view.name] = live.decode()
                elif any(isinstance(answer, NoScriptError) for answer in answers):
                    await self._client.script_load(PAGE)
                else:
                    _raise_first((live, *answers))
                    return answers
        except ServerIsReplica:
            await self._leave()
            raise
        except (redis.RedisError, OSError, TimeoutError) as error:
            if not isinstance(error, ResponseError) or is_elsewhere(error):
                await self._leave()
            raise ReadModelsAway(str(error)) from error
        raise ReadModelsAway("the view is being switched again and again")

    async def _leave(self) -> None:
        """Close the connections, so that the next question is asked where the address leads then."""
        with suppress(redis.RedisError, OSError):
            await self._pool.disconnect()

    async def _answers(self, build: str, view: View, commands: Sequence[tuple[str, str, tuple[Any, ...]]]) -> list[Any]:
        """Return the view's pointer and the answers, all of one moment."""
        now_s = asyncio.get_running_loop().time()
        role_due = now_s >= self._role_due_s
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.get(pointer_of(view.name))
            for command, key, arguments in commands:
                pipe.execute_command(*command_of(build, command, key, arguments))
            if role_due:
                pipe.execute_command("ROLE")
            answers = list(await pipe.execute(raise_on_error=False))
        if role_due:
            role = answers.pop()
            if isinstance(role, list) and role[:1] == [b"slave"]:
                raise ServerIsReplica
            self._role_due_s = now_s + ROLE_EVERY_S
        return answers


def is_elsewhere(error: ResponseError) -> bool:
    """Whether a server says that another one is to be asked: it is a replica without its primary, takes no writes, or is being filled."""
    return isinstance(error, MasterDownError | ReadOnlyError) or str(error).startswith(("LOADING", "MASTERDOWN", "READONLY"))


def _position(found: bytes | None) -> int:
    return int(found.partition(b" ")[0]) if found is not None else 0


def _commands(ask: Ask) -> tuple[str, str, tuple[Any, ...]]:
    if isinstance(ask, Fields):
        return "HMGET", ask.key, tuple(ask.names)
    after = (str(ask.after.score), ask.after.member) if ask.after is not None else ("", "")
    return "EVALSHA", ask.key, (ask.rows or ask.key, ask.limit, int(ask.newest_first), *after, *ask.suffixes)


def command_of(build: str, command: str, key: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a command on a build as it goes to the server."""
    if command == "GET":
        return command, position_of_build(build)
    if command == "HMGET":
        return command, built(key, build), *arguments
    return command, PAGE_SHA, 2, built(key, build), built(arguments[0], build), *arguments[1:]


def _entries(ask: Page, found: Sequence[Any]) -> list[Entry]:
    width = 2 + len(ask.suffixes)
    return [Entry(found[at], int(float(found[at + 1])), found[at + 2 : at + width]) for at in range(0, len(found), width)]


def _raise_first(answers: Sequence[Any]) -> None:
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
