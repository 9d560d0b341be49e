"""The gateway: its connections, and what happens to them by time: pings, expiry, slowness, sessions that ended."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import ProcessClock, Session
from api.stream import codes, frames
from api.stream.connection import Socket, SocketConnection
from api.stream.edge_calls import EdgeCalls, accounts_changed
from api.stream.gateway_parts import Call, SessionCheck, StreamLimits
from api.stream.hub import LOOK_EVERY_S, Hub
from commands.ports import StoreUnavailable
from domain.refused import Refused
from projections.ports import ReadModelsUnavailable

SECOND_S = 1.0
LOOK_AGAIN_S = 0.25
"""How soon a session is looked at again that could not be looked at."""

logger = structlog.get_logger()


class Gateway:
    """All connections of a process. For one event loop."""

    def __init__(
        self,
        hub: Hub,
        tokens: SocketTokens,
        sessions: SessionCheck,
        methods: Mapping[str, Call],
        clock: ProcessClock,
        limits: StreamLimits,
    ) -> None:
        self.hub = hub
        self.tokens = tokens
        self.clock = clock
        self.counts = hub.counts
        self.limits = limits
        self.methods = methods
        self.edge_methods = EdgeCalls(self, methods).methods
        self._sessions = sessions
        self._edges: set[SocketConnection] = set()
        self._connections: dict[SocketConnection, str] = {}
        self._of_account: dict[str, set[SocketConnection]] = {}
        self._of_address: dict[str, int] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look at what time brings, on the running loop."""
        self._looking = asyncio.ensure_future(self._look())

    async def stop(self) -> None:
        """Close every connection: clients come back to another process."""
        if self._looking is not None:
            self._looking.cancel()
        for connection in list(self._connections):
            connection.disconnect(codes.SHUTDOWN)
            self.closed(connection)
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    def open(self, socket: Socket, address: str) -> SocketConnection | None:
        """Return a new connection, None where there are too many."""
        of_address = self._of_address.get(address, 0)
        if len(self._connections) >= self.limits.connections_max or of_address >= self.limits.connections_per_address_max:
            self.counts.refused_connections += 1
            return None
        connection = SocketConnection(self, socket)
        self._connections[connection] = address
        self._of_address[address] = of_address + 1
        self.counts.connections += 1
        return connection

    def closed(self, connection: SocketConnection) -> None:
        """Forget a connection whose socket is gone."""
        connection.closed()
        self._edges.discard(connection)
        address = self._connections.pop(connection, None)
        if address is None:
            return
        self.counts.connections -= 1
        self._of_address[address] -= 1
        if not self._of_address[address]:
            del self._of_address[address]
        there = self._of_account.get(connection.user)
        if there is not None:
            there.discard(connection)
            if not there:
                del self._of_account[connection.user]

    def now_s(self) -> int:
        """Return the time in Unix seconds."""
        return int(self.clock.now().timestamp())

    def position_text(self) -> str:
        """Return where the gateway stands in the log."""
        return self.hub.positions.text(self.hub.position)

    def take_place(self, connection: SocketConnection) -> bool:
        """Count a connection as its account's; return whether there is a place for it."""
        if connection.is_edge:
            self._edges.add(connection)
        if connection.session is None:
            return True
        there = self._of_account.setdefault(connection.user, set())
        if len(there) >= self.limits.connections_per_account_max:
            return False
        there.add(connection)
        return True

    async def counts_still(self, session: Session) -> bool:
        """Tell whether a session still counts.

        Raises:
            StoreUnavailable, Overloaded, Stopping: when that cannot be told.

        """
        return await self._sessions.counts(session)

    def note_all_accounts(self) -> None:
        """Look again at every session: what changed may have been missed."""
        self.note_accounts(list(self._of_account))

    def note_accounts(self, accounts: Sequence[str]) -> None:
        """Look again whether the sessions of accounts that changed still count; their connections end otherwise."""
        if self._edges:
            told = accounts_changed(accounts)
            for edge in list(self._edges):
                edge.send(told)
        for account_id in accounts:
            for connection in self._of_account.get(account_id, ()):
                self._look_at_session(connection)

    def run(self, work: Coroutine[Any, Any, None], failed: Callable[[], object]) -> None:
        """Run something that waits; `failed` is called where it raised."""

        async def guarded() -> None:
            try:
                await work
            except (StoreUnavailable, ReadModelsUnavailable, TimeoutError, Refused):
                failed()
            except Exception:
                logger.exception("a command of a socket failed")
                failed()

        task = asyncio.ensure_future(guarded())
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _look_at_session(self, connection: SocketConnection) -> None:
        """Look whether a connection's session counts, and again a moment later where that could not be told."""
        loop = asyncio.get_running_loop()
        if not connection.is_closed:
            self.run(self._look_again(connection), lambda: loop.call_later(LOOK_AGAIN_S, self._look_at_session, connection))

    async def _look_again(self, connection: SocketConnection) -> None:
        session = connection.session
        if session is not None and session.session_id and not await self.counts_still(session):
            connection.disconnect(codes.SIGNED_OUT)

    async def _look(self) -> None:
        looked_s = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                self.hub.look()
                now_s = self.clock.monotonic_s()
                if now_s - looked_s >= SECOND_S:
                    looked_s = now_s
                    self.hub.look_at_time()
                    self.look_at_connections(now_s)
            except Exception:
                logger.exception("the gateway could not look at what is due")

    def look_at_connections(self, now_s: float) -> None:
        """Ping who is due, and close who is late: with its first command, its pong, a new token, or with reading what was sent."""
        limits, unix_s, buffered = self.limits, self.now_s(), 0
        for connection in list(self._connections):
            if connection.is_closed:
                continue
            why = None
            if connection.is_paused:
                buffered += connection.socket.buffered_bytes
                why = codes.SLOW if now_s - connection.paused_s > limits.slow_s else None
            if not connection.client_id:
                why = codes.STALE if now_s - connection.opened_s > limits.connect_s else None
            elif connection.expires_at_s and unix_s > connection.expires_at_s + limits.expired_s:
                why = codes.EXPIRED
            elif connection.awaits_pong and now_s - connection.pinged_s > limits.pong_s:
                why = why or codes.NO_PONG
            if why is not None:
                connection.disconnect(why)
            elif connection.client_id:
                connection.subscribing.look_at_expiry(unix_s - limits.expired_s)
                if now_s - connection.pinged_s >= limits.ping_s:
                    connection.pinged_s, connection.awaits_pong = now_s, True
                    connection.send(frames.PING)
        self.counts.buffered_bytes = buffered
