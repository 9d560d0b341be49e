"""Views in one Valkey or Redis 7, asked over one connection: all questions of a turn of the event loop are one write.

A client of one connection a question spends most of its time on connections and on Python; here a question is a few packed commands, its
answer is parsed by hiredis, and what is asked at the same time travels together.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url
from redis.exceptions import ConnectionError as ServerGone
from redis.exceptions import NoScriptError, RedisError, ResponseError

from infra.readmodels.clients import is_cluster
from infra.readmodels.valkey_reads import CLIENT_NAME, TIMEOUT_S, ClusterReads, Command, ValkeyReads
from projections.ports import ReadModels

pack: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command
ROLE = pack(("ROLE",))


class PipelinedReads(ValkeyReads):
    """The views, as queries see them. For one event loop."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._url = url
        self._connection: Connection | None = None
        self._connecting: asyncio.Lock | None = None

    async def close(self) -> None:
        """Give up the connections."""
        await self._leave()
        await asyncio.sleep(0)  # the transport closes in the next turn of the loop
        await super().close()

    async def _leave(self) -> None:
        if self._connection is not None:
            self._connection.leave()
        await super()._leave()

    async def _answers(self, commands: Sequence[Command]) -> Sequence[Any]:
        connection = self._connection
        if connection is None or connection.is_lost:
            connection = await self._connect()
        parts = [pack(command) for command in commands]
        role_due = self._role_is_due()
        if role_due:
            parts.append(ROLE)
        answers = await connection.ask(b"".join(parts), len(parts))
        if role_due:
            self._note_role(answers.pop())
        return answers

    async def _connect(self) -> "Connection":
        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._connection is None or self._connection.is_lost:
                async with asyncio.timeout(TIMEOUT_S):
                    self._connection = await connected(self._url)
            return self._connection


class Connection(asyncio.Protocol):
    """A connection whose questions are answered in the order in which they were asked.

    One timer watches the oldest question: where it is not answered in time, it fails with `TimeoutError`, and the connection is left.
    """

    def __init__(self) -> None:
        self.is_lost = False
        self._reader = hiredis.Reader(protocolError=ResponseError, replyError=_error)
        self._asked: deque[tuple[asyncio.Future[list[Any]], int, float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._unsent: list[bytes] = []
        self._answered: list[Any] = []
        self._transport: Any = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: Any) -> None:
        """Take the transport."""
        self._transport = transport

    def ask(self, packed: bytes, replies: int) -> asyncio.Future[list[Any]]:
        """Send commands at the end of this turn of the loop; the future is their replies."""
        future: asyncio.Future[list[Any]] = self._loop.create_future()
        self._asked.append((future, replies, self._loop.time()))
        if self._watch is None:
            self._watch = self._loop.call_later(TIMEOUT_S, self._look)
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(packed)
        return future

    def leave(self) -> None:
        """Close the connection; callers that wait get an error."""
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()

    def _look(self) -> None:
        """Look whether the oldest question is answered in time."""
        self._watch = None
        if not self._asked or self.is_lost:
            return
        future, _, asked_s = self._asked[0]
        left_s = asked_s + TIMEOUT_S - self._loop.time()
        if left_s > 0:
            self._watch = self._loop.call_later(left_s, self._look)
            return
        if not future.done():
            future.set_exception(TimeoutError())
        self.leave()

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if not self.is_lost:
            self._transport.write(b"".join(unsent))

    def data_received(self, data: bytes) -> None:
        """Hand replies to who asked."""
        reader, asked = self._reader, self._asked
        reader.feed(data)
        try:
            while (reply := reader.gets()) is not False:
                future, replies, _ = asked[0]
                self._answered.append(reply)
                if len(self._answered) == replies:
                    answered, self._answered = self._answered, []
                    asked.popleft()
                    if not future.done():
                        future.set_result(answered)
        except (RedisError, IndexError):  # not what a server says that is asked as here
            self.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the lost connection to callers that wait."""
        self.is_lost = True
        if self._watch is not None:
            self._watch.cancel()
        while self._asked:
            future, _, _ = self._asked.popleft()
            if not future.done():
                future.set_exception(ServerGone(f"the connection was lost: {exc or 'closed'}"))


async def connected(url: str) -> Connection:
    """Return a connection to the server of a URL, signed in.

    Raises:
        OSError, RedisError: when there is none to be had.

    """
    told: Any = parse_url(url)
    loop = asyncio.get_running_loop()
    if told.get("connection_class") is UnixDomainSocketConnection:
        _, connection = await loop.create_unix_connection(Connection, told["path"])
    else:
        secured = ssl.create_default_context() if told.get("connection_class") is SSLConnection else None
        _, connection = await loop.create_connection(Connection, told.get("host", "localhost"), told.get("port", 6379), ssl=secured)
    try:
        await _greet(connection, told)
    except BaseException:
        connection.leave()
        raise
    return connection


async def _greet(connection: Connection, told: dict[str, Any]) -> None:
    for command in _greeting(told):
        (reply,) = await connection.ask(pack(command), 1)
        if isinstance(reply, Exception):
            raise reply


def _greeting(told: dict[str, Any]) -> list[tuple[str, ...]]:
    said: list[tuple[str, ...]] = []
    if told.get("password"):
        said.append(("AUTH", told.get("username") or "default", told["password"]))
    if told.get("db"):
        said.append(("SELECT", str(told["db"])))
    return [*said, ("CLIENT", "SETNAME", CLIENT_NAME)]


def _error(said: str) -> Exception:
    return NoScriptError(said) if said.startswith("NOSCRIPT") else ResponseError(said)


def pipelined_reads_of(url: str) -> ReadModels:
    """Return the queries' side of the server or the cluster that a URL leads to, for one event loop."""
    return ClusterReads(url) if is_cluster(url) else PipelinedReads(url)
