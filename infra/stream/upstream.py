"""The connection of an edge to the gateway upstream: one socket, which comes back by itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
import structlog
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from api.silence_watch import SilenceWatch
from api.stream import codes
from api.stream.upstream import Answered, Connected, Edge, Message
from infra.operator_errors import Failure
from infra.stream.server import PATH

RETRY_S = (0.05, 0.1, 0.2, 0.4, 0.8)
OPEN_S = 5.0
FRAME_BYTES_MAX = 64 * 1_048_576
UNANSWERED_MAX = 100_000

logger = structlog.get_logger()
_message = msgspec.json.Decoder(Message).decode


@dataclass(eq=False)
class UpstreamMalformed(Failure):
    """{url} is no address of a gateway, such as wss://push.example.com/connection/websocket."""

    url: str


@dataclass(eq=False)
class UpstreamRefused(Failure):
    """The gateway at {url} does not take this process as an edge: both need the same SLIPSTREAM_TOKEN_SECRET, and clocks that agree."""

    url: str


@dataclass(eq=False)
class UpstreamReplaced(Failure):
    """The gateway at {url} serves another log than before: start the edge again."""

    url: str


def address_of(url: str) -> str:
    """Return the address of a gateway, with the path of the protocol where none is named.

    Raises:
        UpstreamMalformed: for anything else.

    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise UpstreamMalformed(url[:200]) from None
    if not is_address or parts.query or parts.fragment:
        raise UpstreamMalformed(url[:200])
    return url if parts.path not in ("", "/") else f"{parts.scheme}://{parts.netloc}{PATH.decode()}"


class UpstreamLink:
    """Asks the gateway upstream, and tells an edge what it says. For one event loop. `token` makes one for each connection."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._url = url
        self._token = token
        self._edge: Edge | None = None
        self._connection: _Connection | None = None
        self._log = ""

    async def run(self, begin: Callable[[Connected], Edge]) -> None:
        """Stay connected until cancelled; `begin` is called once, as soon as the log is known, and returns who is told from then on.

        Raises:
            UpstreamRefused, UpstreamReplaced: when there is no use in going on.

        """
        failures = 0
        while True:
            connection = _Connection(self._token(), self._heard_of(begin))
            try:
                await asyncio.wait_for(ws_connect(lambda made=connection: made, self._url, max_frame_size=FRAME_BYTES_MAX), OPEN_S)
                await connection.stay()
            except (OSError, WSError, TimeoutError) as error:
                logger.debug("the gateway upstream does not answer", url=self._url, error=str(error)[:200])
            if connection.error is not None:
                raise connection.error
            if connection.code == codes.INVALID_TOKEN.code:
                raise UpstreamRefused(self._url)
            if self._connection is not None:
                logger.warning("the gateway upstream is lost", url=self._url, code=connection.code)
            self._lost()
            failures = 0 if connection.is_ready else failures + 1
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])

    def ask(self, method: str, request: bytes, answered: Answered) -> None:
        """Send a command; see `upstream.Upstream`."""
        if self._connection is None:
            answered(None)
        else:
            self._connection.ask(method, request, answered)

    def _heard_of(self, begin: Callable[[Connected], Edge]) -> "Callable[[_Connection, Message], None]":
        def heard(connection: _Connection, message: Message) -> None:
            if message.connect is not None:
                log = message.connect.data.log
                if not log or (self._log and log != self._log):
                    raise UpstreamReplaced(self._url) if log else UpstreamRefused(self._url)
                self._connection, self._log = connection, log
                self._edge = self._edge or begin(message.connect)
                self._edge.connected(message.connect)
            elif message.push is not None and self._edge is not None:
                self._edge.pushed(message.push)

        return heard

    def _lost(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.give_up()
            if self._edge is not None:
                self._edge.lost()


class _Connection(WSListener):
    """One connection: the client protocol of Centrifugo, as JSON."""

    def __init__(self, token: str, heard: "Callable[[_Connection, Message], None]") -> None:
        super().__init__()
        self.is_ready = False
        self.code = 0
        self.error: Exception | None = None
        self._token = token
        self._heard = heard
        self._transport: WSTransport | None = None
        self._watch = SilenceWatch()
        self._asking: dict[int, Answered] = {}
        self._id = 1

    async def stay(self) -> None:
        """Return when the connection is lost."""
        try:
            await self._watch.until_lost(lambda: self.ask("ping", b"{}", lambda _: None))
        finally:
            if self._transport is not None:
                self._transport.disconnect(graceful=False)

    def ask(self, method: str, request: bytes, answered: Answered) -> None:
        """Send a command."""
        if self._transport is None or self._watch.is_closed or len(self._asking) >= UNANSWERED_MAX:
            answered(None)
            return
        self._id += 1
        self._asking[self._id] = answered
        self._transport.send(WSMsgType.TEXT, b'{"id":%d,"%s":%s}' % (self._id, method.encode(), request))

    def give_up(self) -> None:
        """Tell all who wait for an answer that there is none."""
        asking, self._asking = self._asking, {}
        for answered in asking.values():
            answered(None)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Connect as an edge."""
        self._transport = transport
        transport.send(WSMsgType.TEXT, b'{"id":1,"connect":{"name":"slipstream edge","token":"%s"}}' % self._token.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame of messages, in order."""
        self._watch.heard()
        if frame.msg_type == WSMsgType.TEXT:
            try:
                for line in frame.get_payload_as_bytes().split(b"\n"):
                    self._take(transport, line)
            except Exception as error:
                self.error = error
                if not isinstance(error, Failure):
                    logger.exception("what the gateway upstream said is not understood; the edge ends")
                transport.disconnect()
        elif frame.msg_type == WSMsgType.CLOSE:
            self.code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note that it is over."""
        del transport
        self._watch.closed()

    def _take(self, transport: WSTransport, line: bytes) -> None:
        if line == b"{}":
            transport.send(WSMsgType.TEXT, line)
            return
        message = _message(line)
        self.is_ready = self.is_ready or message.connect is not None
        answered = self._asking.pop(message.id, None)
        if answered is not None:
            answered(message)
        else:
            self._heard(self, message)
