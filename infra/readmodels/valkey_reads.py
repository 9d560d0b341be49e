"""Views in Valkey or Redis 7, one server or a cluster: the queries' side. One script call for each partition that is asked, all at once.

Once a second a question also asks a single server for its role. One that became a replica, as after a failover, is left: its connections
are closed, and the next ones are made to where the address leads then. A cluster says itself where a partition lives now.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import redis.asyncio
from redis.asyncio.connection import BlockingConnectionPool
from redis.exceptions import MasterDownError, NoScriptError, ReadOnlyError, ResponseError

from infra.readmodels.clients import SERVER_ERRORS, async_cluster_client, is_cluster
from infra.readmodels.key_names import META, NEVER
from infra.readmodels.port import ServerIsReplica
from infra.readmodels.valkey_scripts import KEEP, KEEP_SHA, READ, READ_SHA
from projections.partitions import TAG_CHARACTERS, TAGS, partition_of_key
from projections.ports import AllFields, Ask, Common, Entries, Fields, Page, RankedRow, ReadModelsUnavailable, Scores, Size, View

CONNECTIONS_MAX = 64
TIMEOUT_S = 5.0
POLL_S = 0.002
ROLE_EVERY_S = 1.0
TRIES_MAX = 3
CLIENT_NAME = "slipstream-query"

Command = tuple[Any, ...]


class Question(NamedTuple):
    """What is asked of one partition: the command, and which of the asks it answers, by their numbers."""

    partition: int
    command: Command
    numbers: Sequence[int]


class ScriptedReads:
    """The views, as queries see them, over whatever runs the commands. For one event loop."""

    def __init__(self) -> None:
        self._polls: dict[tuple[str, frozenset[int]], asyncio.Task[Mapping[int, int]]] = {}

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all in one round trip. The script itself looks which build readers see: an answer is never of a retired one."""
        _, answers = await self.many_at(view, asks)
        return answers

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[Mapping[int, int], Sequence[Any]]:
        """Answer all in one round trip, with the position of each partition that is asked."""
        questions = questions_of(view, asks)
        positions: dict[int, int] = {}
        shown: list[Any] = [None] * len(asks)
        for question, (at, *answers) in zip(questions, await self._asked([each.command for each in questions]), strict=True):
            positions[question.partition] = position_of(at)
            for number, found in zip(question.numbers, answers, strict=True):
                ask = asks[number]
                shown[number] = _shown(ask, found)
        return positions, shown

    async def positions(self, view: View, partitions: Collection[int]) -> Mapping[int, int]:
        """Return how far partitions are."""
        found = await self._asked([command_of(view, partition, ()) for partition in partitions])
        return {partition: position_of(at) for partition, (at, *_) in zip(partitions, found, strict=True)}

    async def keep_list(self, view: View, key: str, keep_s: int) -> None:
        """Keep a list that is one of the view's caches; see the port."""
        partition = partition_of_key(key)
        words = (TAGS[partition], view.name, key[TAG_CHARACTERS:], keep_s)
        await self._asked([("EVALSHA", KEEP_SHA, 2, META[partition], NEVER[partition], *words)])

    async def wait_for(self, view: View, partitions: Collection[int], position: int, timeout_ms: int = 500) -> bool:
        """Return True once the partitions have reached the position. All who wait for the same share a question every two milliseconds."""
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + timeout_ms / 1000
        behind = _behind(await self.positions(view, partitions), position)
        while behind and clock() < deadline_s:
            poll = self._polls.get((view.name, behind))
            if poll is None or poll.done():
                poll = self._polls[view.name, behind] = asyncio.create_task(self._poll(view, behind))
            behind = _behind(await asyncio.shield(poll), position)
        return not behind

    async def _poll(self, view: View, partitions: frozenset[int]) -> Mapping[int, int]:
        await asyncio.sleep(POLL_S)
        self._polls.pop((view.name, partitions), None)
        return await self.positions(view, partitions)

    async def _asked(self, commands: Sequence[Command]) -> Sequence[Any]:
        try:
            for _ in range(TRIES_MAX):
                answers = await self._answers(commands)
                if not any(isinstance(answer, NoScriptError) for answer in answers):
                    _raise_first(answers)
                    return answers
                await self._load_script()
        except ServerIsReplica:
            await self._leave()
            raise
        except (*SERVER_ERRORS, TimeoutError) as error:
            if not isinstance(error, ResponseError) or is_elsewhere(error):
                await self._leave()
            raise ReadModelsUnavailable(str(error)) from error
        raise ReadModelsUnavailable("the server forgets scripts again and again")

    async def _answers(self, commands: Sequence[Command]) -> Sequence[Any]:
        raise NotImplementedError

    async def _load_script(self) -> None:
        raise NotImplementedError

    async def _leave(self) -> None:
        raise NotImplementedError


class ValkeyReads(ScriptedReads):
    """Reads from one server, by the client of redis-py; the connections are made in the loop when they are needed."""

    def __init__(self, url: str) -> None:
        super().__init__()
        pool: Any = BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS_MAX, timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S, client_name=CLIENT_NAME
        )
        self._client: redis.asyncio.Redis = redis.asyncio.Redis(connection_pool=pool)
        self._pool = pool
        self._role_due_s = 0.0

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.aclose()
        await self._pool.aclose()

    async def _load_script(self) -> None:
        for text in (READ, KEEP):
            await self._client.script_load(text)

    async def _leave(self) -> None:
        """Close the connections, so that the next question is asked where the address leads then."""
        with suppress(*SERVER_ERRORS):
            await self._pool.disconnect()

    async def _answers(self, commands: Sequence[Command]) -> Sequence[Any]:
        role_due = self._role_is_due()
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            if role_due:
                pipe.execute_command("ROLE")
            answers = list(await pipe.execute(raise_on_error=False))
        if role_due:
            self._note_role(answers.pop())
        return answers

    def _role_is_due(self) -> bool:
        return asyncio.get_running_loop().time() >= self._role_due_s

    def _note_role(self, role: Any) -> None:
        if isinstance(role, list) and role[:1] == [b"slave"]:
            raise ServerIsReplica
        self._role_due_s = asyncio.get_running_loop().time() + ROLE_EVERY_S


class ClusterReads(ScriptedReads):
    """Reads from a cluster, by the client of redis-py, which follows MOVED and ASK."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._client: Any = None
        self._room: asyncio.Semaphore | None = None

    async def close(self) -> None:
        """Give up the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
            await asyncio.sleep(0)  # transports close in the next turn of the loop

    async def _load_script(self) -> None:
        for node in self._made().get_primaries():
            for text in (READ, KEEP):
                await node.execute_command("SCRIPT", "LOAD", text)

    async def _leave(self) -> None:
        """The client finds out by itself which nodes there are now."""

    async def _answers(self, commands: Sequence[Command]) -> Sequence[Any]:
        client = self._made()
        if self._room is None:
            self._room = asyncio.Semaphore(CONNECTIONS_MAX)
        await client.initialize()
        return await asyncio.gather(*[self._one(client, self._room, command) for command in commands], return_exceptions=True)

    @staticmethod
    async def _one(client: Any, room: asyncio.Semaphore, command: Command) -> Any:
        async with room:
            return await client.execute_command(*command)

    def _made(self) -> Any:
        if self._client is None:
            self._client = async_cluster_client(
                self._url, timeout_s=TIMEOUT_S, client_name=CLIENT_NAME, connections_max=2 * CONNECTIONS_MAX
            )
        return self._client


def reads_of(url: str) -> ClusterReads | ValkeyReads:
    """Return the queries' side of the server or the cluster that a URL leads to."""
    return ClusterReads(url) if is_cluster(url) else ValkeyReads(url)


def is_elsewhere(error: ResponseError) -> bool:
    """Whether a server says that another one is to be asked: it is a replica without its primary, takes no writes, or is being filled."""
    return isinstance(error, MasterDownError | ReadOnlyError) or str(error).startswith(("LOADING", "MASTERDOWN", "READONLY"))


def questions_of(view: View, asks: Sequence[Ask]) -> list[Question]:
    """Return what is asked, by partition."""
    if len(asks) == 1:
        partition = partition_of_key(asks[0].key)
        return [Question(partition, command_of(view, partition, asks), (0,))]
    by_partition: dict[int, list[int]] = {}
    for number, ask in enumerate(asks):
        by_partition.setdefault(partition_of_key(ask.key), []).append(number)
    return [
        Question(partition, command_of(view, partition, [asks[number] for number in numbers]), numbers)
        for partition, numbers in by_partition.items()
    ]


def command_of(view: View, partition: int, asks: Sequence[Ask]) -> Command:
    """Return the command that asks a partition of a view, as it goes to the server."""
    words: list[Any] = ["EVALSHA", READ_SHA, 2, META[partition], NEVER[partition], TAGS[partition], view.name, ""]
    for ask in asks:
        if isinstance(ask, Fields):
            words += ("F", ask.key[TAG_CHARACTERS:], len(ask.names), *ask.names)
        elif isinstance(ask, AllFields):
            words += ("A", ask.key[TAG_CHARACTERS:], ask.fields_max)
        elif isinstance(ask, Scores):
            words += ("S", ask.key[TAG_CHARACTERS:], len(ask.members), *ask.members)
        elif isinstance(ask, Common):
            words += ("B", ask.key[TAG_CHARACTERS:], ask.other[TAG_CHARACTERS:])
        elif isinstance(ask, Size):
            words += ("C", ask.key[TAG_CHARACTERS:])
        elif isinstance(ask, Entries):
            words += ("L", ask.key[TAG_CHARACTERS:], ask.limit)
        else:
            after = (str(ask.after.score), ask.after.member) if ask.after is not None else ("", "")
            rows = (ask.rows or ask.key)[TAG_CHARACTERS:]
            words += ("P", ask.key[TAG_CHARACTERS:], rows, ask.limit, int(ask.newest_first), *after, len(ask.suffixes), *ask.suffixes)
    return tuple(words)


def position_of(at: bytes | None) -> int:
    """Return the position that a partition tells; 0 where it is not there, or broken."""
    return int(at.partition(b" ")[0]) if at is not None and at[:1].isdigit() else 0


def _behind(positions: Mapping[int, int], position: int) -> frozenset[int]:
    return frozenset([partition for partition, reached in positions.items() if reached < position])


def _shown(ask: Ask, found: Any) -> Any:
    if isinstance(ask, Page):
        return _entries(ask, found)
    if isinstance(ask, AllFields):
        return {name.decode(): row for name, row in zip(found[::2], found[1::2], strict=True)}
    if isinstance(ask, Common):
        return {member.decode(): int(float(score)) for member, score in zip(found[::2], found[1::2], strict=True)}
    return [None if score is None else int(float(score)) for score in found] if isinstance(ask, Scores) else found


def _entries(ask: Page, found: Sequence[Any]) -> list[RankedRow]:
    if not ask.suffixes:
        return [RankedRow(member, int(float(score)), []) for member, score in zip(found[::2], found[1::2], strict=True)]
    width = 2 + len(ask.suffixes)
    return [RankedRow(found[at], int(float(found[at + 1])), found[at + 2 : at + width]) for at in range(0, len(found), width)]


def _raise_first(answers: Sequence[Any]) -> None:
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
