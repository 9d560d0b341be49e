"""The role `slipstream stream --upstream URL`: a gateway near its clients that has a socket to another one, and neither log nor views.

Whoever starts it trusts it as they trust the gateway: it has the key of the tokens and is told of every channel that its clients read.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
import uvloop

from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import Session
from api.client_address import TrustedProxies
from api.http.problems import PROBLEMS
from api.positions import Positions
from api.stream.call_answers import CallAnswers
from api.stream.edge_calls import CALL, COUNTS, YES, EdgeCall, edge_session
from api.stream.edge_hub import EdgeHub
from api.stream.frames import Raw
from api.stream.gateway import Gateway
from api.stream.gateway_parts import Call, StreamLimits
from api.stream.metrics import StreamCounts
from api.stream.upstream import Connected, Message, Upstream
from commands.ports import StoreUnavailable
from domain.fact import micros
from infra.clock import Clock
from infra.metrics.serving import registry_of, serving_metrics
from infra.roles.stream import listening
from infra.settings import Settings
from infra.stream.metrics import StreamCollector
from infra.stream.server import serve
from infra.stream.upstream import UpstreamLink, address_of

METHODS = ("place_bet", "quote", "quote_cash_out", "cash_out")
encode = msgspec.json.Encoder().encode
logger = structlog.get_logger()


def edge(settings: Settings, url: str) -> None:
    """Serve sockets until told to stop.

    Raises:
        UpstreamMalformed, UpstreamRefused, UpstreamReplaced: when there is no gateway to serve for.
        PortBusy: when another program has the port.

    """
    address, counts = address_of(url), StreamCounts()
    figures = registry_of("stream", StreamCollector(counts, is_edge=True))
    with listening(settings) as listener, serving_metrics(settings, "stream", figures):
        uvloop.run(_serve(settings, address, listener, counts))


async def _serve(settings: Settings, url: str, listener: socket.socket, counts: StreamCounts) -> None:
    clock, loop, stopped = Clock(), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    link = UpstreamLink(url, SocketTokens(settings.token_key(), clock, "").edge)
    made: asyncio.Future[Gateway] = loop.create_future()

    def begin(told: Connected) -> EdgeHub:
        hub = EdgeHub(Positions(told.data.log), counts, clock.monotonic_s, lambda: micros(clock.now()))
        gateway = built(settings, hub, link, told.data.log, clock)
        hub.upstream, hub.accounts = link, gateway
        made.set_result(gateway)
        return hub

    following, stopping = asyncio.ensure_future(link.run(begin)), asyncio.ensure_future(stopped.wait())
    waited: list[asyncio.Future[Any]] = [following, made, stopping]
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if made.done():
            gateway = made.result()
            gateway.start()
            proxies, gather_s = TrustedProxies(settings.trusted_proxies), settings.stream_gather_ms / 1000
            server = await serve(gateway, listener, frozenset(settings.stream_origins), proxies, gather_s)
            logger.info("the edge serves", upstream=url)
            await asyncio.wait(waited[::2], return_when=asyncio.FIRST_COMPLETED)
            server.close()
            await gateway.stop()
        if following.done():
            following.result()
    finally:
        stopping.cancel()
        following.cancel()


def built(settings: Settings, hub: EdgeHub, upstream: Upstream, log_id: str, clock: Clock) -> Gateway:
    """Return a gateway that asks upstream for all that only the log knows."""
    answers = CallAnswers(hub.positions, PROBLEMS)
    limits = StreamLimits(
        connections_max=settings.stream_connections_max, connections_per_address_max=settings.stream_connections_per_address_max
    )
    methods = {method: _call(upstream, method, answers) for method in METHODS}
    return Gateway(hub, SocketTokens(settings.token_key(), clock, log_id), UpstreamSessions(upstream), methods, clock, limits)


class UpstreamSessions:
    """Tells whether sessions count, as the gateway upstream says."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def counts(self, session: Session) -> bool:
        """Tell whether a session counts.

        Raises:
            StoreUnavailable: when that cannot be told.

        """
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        request = b'{"method":"%s","data":%s}' % (COUNTS.encode(), encode(edge_session(session)))
        self._upstream.ask("rpc", request, lambda answer: future.set_result(_data(answer)))
        told = await future
        if told not in (YES, b"false"):
            raise StoreUnavailable
        return told == YES


def _call(upstream: Upstream, method: str, answers: CallAnswers) -> Call:
    """Return what carries out a method upstream; without an answer the client is told that it is not known whether it was done."""

    def call(session: Session | None, argument: bytes, told: Callable[[bytes], None]) -> None:
        def answered(answer: Message | None) -> None:
            data = _data(answer)
            told(data if data.startswith(b"{") else answers.refusal(StoreUnavailable(), method))

        asked = EdgeCall(edge_session(session), method, Raw(argument))
        upstream.ask("rpc", b'{"method":"%s","data":%s}' % (CALL.encode(), encode(asked)), answered)

    return call


def _data(answer: Message | None) -> bytes:
    return bytes(answer.rpc.data) if answer is not None and answer.rpc is not None else b"null"
