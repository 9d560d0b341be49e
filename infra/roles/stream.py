"""The role `slipstream stream`: the WebSocket gateway, with a dispatcher of its own for bets and a thread that reads the log.

A bet on a socket is decided here, by the same dispatcher that an API process runs, not handed on to one: any number of processes decide on
one log, a hand-over would cost a hop and a second queue, and the gateway takes bets while every API process is being replaced.
"""

import asyncio
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Protocol

import structlog
import uvloop

from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import Tokens
from api.circuit_breakers import CircuitBreakers, Feature
from api.client_address import TrustedProxies
from api.http.problems import PROBLEMS
from api.positions import Positions
from api.sealed_text import SealedTexts
from api.stream.all_feeds import all_feeds
from api.stream.call_answers import CallAnswers
from api.stream.gateway import Gateway
from api.stream.gateway_parts import StreamLimits
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts
from api.stream.rpc import SocketCalls
from api.stream.trader_access import may_trade
from commands.dispatch.dispatcher import Dispatcher
from domain.fact import micros
from infra.breakers import watch
from infra.clock import Clock
from infra.embedded.errors import PortBusy
from infra.limits.rate_limits import shared_rate_limits
from infra.log.account_changes import AccountChanges
from infra.log.tail import Tail
from infra.metrics.dispatching import DispatcherCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.processes.inherited_sockets import STREAM, inherited, listening_at, say_ready
from infra.readiness.watch import Readiness
from infra.readmodels.pipelined_reads import pipelined_reads_of
from infra.roles.behind_centrifugo import BehindCentrifugo
from infra.roles.shared import dispatching, watching
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable
from infra.servers import Servers
from infra.settings import Settings
from infra.stream.log_source import LogSource
from infra.stream.metrics import StreamCollector
from infra.stream.one_teller import OneTeller
from infra.stream.server import BACKLOG_CONNECTIONS, serve
from projections.ports import ReadModels
from projections.registry import VIEWS

logger = structlog.get_logger()

POSITIONS_BEFORE = 20_000
"""How far back a gateway begins to read: whoever stood there when the last one ended recovers without a gap."""


def stream(servers: Servers) -> None:
    """Serve sockets until told to stop.

    Raises:
        PortBusy: when another program has the port.

    """
    settings = servers.settings
    counts = StreamCounts()
    with (
        servers.database() as dsn,
        servers.read_models() as redis_url,
        servers.recorder(dsn) as store,
        dispatching(store, settings, batch_wait_ms=0) as dispatcher,
        watching(dsn, redis_url, VIEWS, servers.process_managers(), dispatcher, settings) as ready,
        listening(settings) as listener,
    ):
        reads = pipelined_reads_of(redis_url)
        figures = (
            ready,
            DispatcherCollector(dispatcher, lambda: store.snapshots_dropped),
            StreamCollector(counts, has_centrifugo=settings.push == "centrifugo"),
        )
        with serving_metrics(settings, "stream", registry_of("stream", *figures)):
            uvloop.run(_serve(settings, dispatcher, reads, dsn, listener, counts, ready))


async def _serve(
    settings: Settings,
    dispatcher: Dispatcher,
    reads: ReadModels,
    dsn: str,
    listener: socket.socket,
    counts: StreamCounts,
    ready: Readiness,
) -> None:
    clock, loop, stopped = Clock(), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    with closing(Tail(dsn)) as tail, closing(KeyTable(dsn, settings.text_secret())) as keys:
        texts = SealedTexts(KeyedSealer(keys, clock.monotonic_s))
        log_id, head = tail.identity(), tail.head()
        breakers = ready.follow_breakers(CircuitBreakers(settings.breaker_bounds()))
        hub, calls, sessions = built(settings, dispatcher, reads, texts, counts, log_id, breakers)
        push: HoldsSockets = Sockets(settings, hub, calls, sessions, listener, log_id)
        if settings.push == "centrifugo":
            push = BehindCentrifugo(settings, hub, calls, sessions, listener, log_id, OneTeller(dsn))
        began = max(0, head - POSITIONS_BEFORE)
        hub.begin(began)
        source = LogSource(tail, hub.kinds, began, hub.take, loop).start()

        def changed(accounts: Sequence[str], true_s: float) -> None:
            sessions.note(accounts, true_s)
            if accounts and not loop.is_closed():
                loop.call_soon_threadsafe(push.note_accounts, list(accounts))

        changes = AccountChanges(dsn, changed, clock.monotonic_s).start()
        await hub.reached(head, timeout_s=600)
        await push.start()
        ready.follow_gateway(lambda: counts.position)
        watching_load = asyncio.create_task(watch(breakers, ready.load))
        say_ready()
        await stopped.wait()
        watching_load.cancel()
        await push.stop()
        await asyncio.to_thread(source.stop)
        await asyncio.to_thread(changes.stop)


class HoldsSockets(Protocol):
    """What tells clients: sockets of this process, or a Centrifugo's."""

    def note_accounts(self, accounts: Sequence[str]) -> None:
        """Look again at the sessions of accounts that changed."""
        ...

    async def start(self) -> None:
        """Serve."""
        ...

    async def stop(self) -> None:
        """Serve no more."""
        ...


class Sockets:
    """Sockets of this process."""

    def __init__(
        self, settings: Settings, hub: Hub, calls: SocketCalls, sessions: CurrentSessions, listener: socket.socket, log_id: str
    ) -> None:
        clock = Clock()
        limits = StreamLimits(
            connections_max=settings.stream_connections_max, connections_per_address_max=settings.stream_connections_per_address_max
        )
        tokens = SocketTokens(settings.token_key(), clock, log_id)
        self._gateway = Gateway(hub, tokens, sessions, calls.methods, clock, limits)
        self._settings = settings
        self._listener = listener
        self._server: asyncio.Server | None = None
        self.note_accounts = self._gateway.note_accounts

    async def start(self) -> None:
        """Accept connections."""
        settings = self._settings
        self._gateway.start()
        proxies, gather_s = TrustedProxies(settings.trusted_proxies), settings.stream_gather_ms / 1000
        self._server = await serve(self._gateway, self._listener, frozenset(settings.stream_origins), proxies, gather_s)

    async def stop(self) -> None:
        """Close every connection."""
        if self._server is not None:
            self._server.close()
        await self._gateway.stop()


def built(
    settings: Settings,
    dispatcher: Dispatcher,
    reads: ReadModels,
    texts: SealedTexts,
    counts: StreamCounts,
    log_id: str,
    breakers: CircuitBreakers,
) -> tuple[Hub, SocketCalls, CurrentSessions]:
    """Return the channels, the calls of clients, and the sessions that are asked about."""
    clock, positions = Clock(), Positions(log_id)
    queue = AsyncCommandQueue(dispatcher)
    tokens = Tokens(settings.token_key(), settings.token_ttl_s, clock, log_id)
    sessions = CurrentSessions(queue, clock, staff_need_second_factor=settings.staff_second_factor == "required")
    rates = shared_rate_limits(settings.data_dir / "run")
    admission = Admission(tokens, sessions, rates.accounts, rates.addresses, clock)
    feeds, holds = all_feeds(reads, texts, partial(may_trade, queue)), partial(breakers.is_off, Feature.ENGAGEMENT_PUSHES)
    hub = Hub(feeds, positions, counts, clock.monotonic_s, lambda: micros(clock.now()), holds)
    calls = SocketCalls(queue, admission, reads, CallAnswers(positions, PROBLEMS), clock)
    return hub, calls, sessions


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen on the port of the gateway, or on the socket that `slipstream up` holds.

    Raises:
        PortBusy: when another program has the port.

    """
    listener, port = inherited(STREAM), settings.stream_port_of(settings.http_port)
    if listener is None:
        try:
            listener = listening_at(settings.http_host, port, BACKLOG_CONNECTIONS)
        except OSError as error:
            if settings.stream_port is not None:
                raise PortBusy("The gateway", port, "SLIPSTREAM_STREAM_PORT") from error
            listener = listening_at(settings.http_host, 0, BACKLOG_CONNECTIONS)
            logger.warning("the port after the API's is taken; another one serves sockets", port=listener.getsockname()[1])
    with listener:
        yield listener
