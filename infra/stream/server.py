"""The WebSocket server of the gateway, on picows; see docs/decisions/0034. Frames are put together here, and bounded."""

import asyncio
import socket
from urllib.parse import urlsplit

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, WSUpgradeResponse, ws_create_server
from picows import WSUpgradeResponseWithListener as Upgrade

from api.client_address import TrustedProxies, address_of
from api.stream.connection import SocketConnection
from api.stream.frames import FRAME_BYTES_MAX
from api.stream.gateway import Gateway
from infra.stream.gathered_writes import GatheredWrites, write_waiting

PATH = b"/connection/websocket"
JSON_PROTOCOL = "centrifuge-json"
HANDSHAKE_S = 5.0
CLOSE_S = 1.0
READ_BUFFER_BYTES = 1_024
WRITE_BUFFER_HIGH_BYTES = 65_536
PINGS_MAX = 100
"""How many pings of the WebSocket protocol a connection may send between two messages."""
BACKLOG_CONNECTIONS = 4_096


class ClientSocket(WSListener):
    """A socket of a client."""

    def __init__(self, gateway: Gateway, proxies: TrustedProxies, writes: GatheredWrites) -> None:
        super().__init__()
        self.waiting: list[bytes] = []
        self.waiting_bytes = 0
        self._writes = writes
        self._gateway = gateway
        self._proxies = proxies
        self._transport: WSTransport | None = None
        self._connection: SocketConnection | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._pings = 0
        self._is_closing = False

    @property
    def buffered_bytes(self) -> int:
        """How much was sent and not yet taken by the operating system."""
        if self._transport is None:
            return 0
        return self.waiting_bytes + self._transport.underlying_transport.get_write_buffer_size()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Open the connection, or close at once where there are too many."""
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(high=WRITE_BUFFER_HIGH_BYTES)
        peer = transport.underlying_transport.get_extra_info("peername")
        forwarded = ",".join(transport.request.headers.getall("X-Forwarded-For", [])).encode() or None
        address = self._proxies.client_of(peer[0], forwarded) if peer else ""
        self._connection = self._gateway.open(self, address_of(address))
        if self._connection is None:
            self.close(3504, "connection limit")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Put messages together."""
        if self._is_closing:
            return
        kind = frame.msg_type
        if kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._take(kind, frame)
        elif kind == WSMsgType.PING:
            self._pings += 1
            if self._pings > PINGS_MAX:
                self.close(3013, "too many requests")
            elif self.buffered_bytes < WRITE_BUFFER_HIGH_BYTES:
                transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            self._is_closing = True
            transport.send_close(frame.get_close_code(), b"")
            transport.disconnect()
        elif kind == WSMsgType.BINARY:
            self.close(WSCloseCode.UNSUPPORTED_DATA.value, "text messages only")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Forget the connection."""
        del transport
        self._is_closing = True
        if self._connection is not None:
            self._gateway.closed(self._connection)
        self._connection = None
        self._parts, self.waiting = [], []

    def pause_writing(self) -> None:
        """Note that the client does not drain what it is sent."""
        if self._connection is not None:
            self._connection.is_paused, self._connection.paused_s = True, self._gateway.clock.monotonic_s()

    def resume_writing(self) -> None:
        """Note that it does again."""
        if self._connection is not None:
            self._connection.is_paused = False

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Send a text message, behind those that wait; one that may wait is written with others, see `GatheredWrites`."""
        if may_wait:
            self._writes.add(self, frame)
        elif self.waiting:
            write_waiting(self, [frame])
        else:
            self.write(frame)

    def write(self, frame: bytes) -> None:
        """Write a text message."""
        if self._transport is not None and not self._is_closing:
            self._transport.send(WSMsgType.TEXT, frame)

    def close(self, code: int, reason: str) -> None:
        """Close with a code; where it does not get through because nothing is read, the socket is cut off a moment later."""
        if self._is_closing or self._transport is None:
            return
        write_waiting(self)
        self._is_closing = True
        transport = self._transport
        transport.send_close(code, reason.encode())  # type: ignore[arg-type]  # codes of the application are no members of the enum
        transport.disconnect()
        asyncio.get_running_loop().call_later(CLOSE_S, _cut_off, transport)

    def _take(self, kind: WSMsgType, frame: WSFrame) -> None:
        self._pings = 0
        self._size += frame.payload_size
        if (kind == WSMsgType.TEXT) == bool(self._parts) or frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.close(WSCloseCode.PROTOCOL_ERROR.value, "protocol error")
        elif self._size > FRAME_BYTES_MAX or len(self._parts) > FRAME_BYTES_MAX // 64:
            self.close(WSCloseCode.MESSAGE_TOO_BIG.value, "message too big")
        elif not frame.fin:
            self._parts.append(frame.get_payload_as_bytes())
        else:
            message = b"".join([*self._parts, frame.get_payload_as_bytes()])
            self._parts, self._size = [], 0
            self._receive(message)

    def _receive(self, message: bytes) -> None:
        try:
            message.decode()
        except UnicodeDecodeError:
            self.close(WSCloseCode.INVALID_TEXT.value, "invalid UTF-8")
            return
        if self._connection is not None:
            self._connection.receive(message)


def _cut_off(transport: WSTransport) -> None:
    if not transport.is_disconnected:
        transport.disconnect(graceful=False)


class Upgrading:
    """Answers requests: upgrades those to the path of the protocol that come from a page of an allowed origin, or from no page."""

    def __init__(self, gateway: Gateway, origins: frozenset[str], proxies: TrustedProxies, gather_s: float) -> None:
        self._gateway = gateway
        self._writes = GatheredWrites(gather_s, gateway.clock.monotonic_s)
        self._origins = origins
        self._proxies = proxies

    def __call__(self, request: WSUpgradeRequest) -> Upgrade:
        """Return the listener of a request, or the refusal."""
        path, headers = request.path.partition(b"?")[0], request.headers
        protocols = [each.strip() for each in headers.get("Sec-WebSocket-Protocol", "").split(",") if each.strip()]
        if path != PATH:
            return _refused(404, b"There is nothing at this address.")
        if headers.get("Upgrade", "").lower() != "websocket":
            return _refused(426, b"This address speaks WebSocket.", {"Upgrade": "websocket"})
        if (protocols and JSON_PROTOCOL not in protocols) or b"format=protobuf" in request.path:
            return _refused(400, b"This address speaks the JSON protocol, centrifuge-json.")
        if not self._is_allowed(headers.get("Origin"), headers.get("Host", "")):
            return _refused(403, b"Pages of this origin may not connect.")
        extra = {"Sec-WebSocket-Protocol": JSON_PROTOCOL} if protocols else None
        return Upgrade(WSUpgradeResponse.create_101_response(extra), ClientSocket(self._gateway, self._proxies, self._writes))

    def _is_allowed(self, origin: str | None, host: str) -> bool:
        """Whether a page may connect: one of the same host, whatever its port, or one that the operator named."""
        if origin is None or origin in self._origins:
            return True
        return urlsplit(origin).hostname == urlsplit(f"//{host}").hostname is not None


def _refused(status: int, body: bytes, headers: dict[str, str] | None = None) -> Upgrade:
    return Upgrade(WSUpgradeResponse.create_error_response(status, body, headers), None)


async def serve(
    gateway: Gateway, listener: socket.socket, origins: frozenset[str], proxies: TrustedProxies, gather_s: float = 0.0
) -> asyncio.Server:
    """Accept connections on a listening socket until the server is closed. Pushes of `gather_s` are gathered into one write, under load."""
    return await ws_create_server(
        Upgrading(gateway, origins, proxies, gather_s),
        sock=listener,
        backlog=BACKLOG_CONNECTIONS,
        websocket_handshake_timeout=HANDSHAKE_S,
        enable_auto_pong=False,
        max_frame_size=FRAME_BYTES_MAX,
        read_buffer_init_size=READ_BUFFER_BYTES,
        use_aiofastnet=False,
    )
