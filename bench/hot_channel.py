"""Servers with one channel that everybody reads and a server's API that publishes to it, as the load clients of `push` want them.

    python -m bench.hot_channel KIND PORT API_PORT        kinds: gateway, gathered, picows, websockets

`gateway` is the product's: its hub, connections and server, with a feed that takes publications from the API where the product reads the
log; `gathered` is the same with writes gathered for up to 2 ms. The other two are the least that a push server can do: a loop over all
connections, on picows and on websockets.
"""

import asyncio
import http
import json
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import uvloop
from picows import WSFrame, WSMsgType, WSTransport, ws_create_server
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosed

from api.async_command_queue import AsyncCommandQueue
from api.auth.current_sessions import CurrentSessions
from api.auth.socket_tokens import SocketTokens
from api.channel_names import MARKET, ChannelName
from api.client_address import TrustedProxies
from api.positions import Positions
from api.stream.channel import Channel, Parts, Rendering
from api.stream.gateway import Gateway
from api.stream.gateway_parts import StreamLimits
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts
from bench import bare_broadcast
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.fact import Recorded, micros
from domain.ids import derived
from infra.clock import Clock
from infra.embedded.server import HOST
from infra.eventstore.memory import MemoryEventStore
from infra.interpreter import tune_interpreter
from infra.stream.server import serve

CHANNEL = f"{MARKET}:{derived('market', 'hot')}"
GATHER_S = 0.002
BUFFERED_BYTES_MAX = 65_536
BACKLOG_CONNECTIONS = 4_096
LOOK_S = 0.0005
Publish = Callable[[bytes], Coroutine[Any, Any, None]]


class Api(asyncio.Protocol):
    """`POST /api/publish` with `{"channel": ..., "data": ...}`; answered once everybody's copy is with the system or in a buffer."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Be ready for requests."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take a request once it is whole; the next one comes behind its answer."""
        buffer = self._buffer = self._buffer + data
        end = buffer.find(b"\r\n\r\n")
        at = buffer.lower().find(b"content-length:", 0, end)
        if end < 0 or len(buffer) < end + 4 + (size := int(buffer[at + 15 : buffer.find(b"\r\n", at)]) if at > 0 else 0):
            return
        body, self._buffer = buffer[end + 4 : end + 4 + size], buffer[end + 4 + size :]
        if buffer.startswith(b"GET "):
            self._answer(http.HTTPStatus.NOT_FOUND)
            return
        begin = body.index(b'"data":') + 7
        task = asyncio.ensure_future(self._publish(body[begin : body.rindex(b"}")].strip()))
        task.add_done_callback(lambda _: self._answer(http.HTTPStatus.OK))

    def _answer(self, status: http.HTTPStatus) -> None:
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{{}}"
        self._transport.write(head.encode())


def replies_to(frame: bytes) -> bytes:
    """Return the replies to the commands of a frame: whoever asks is connected and subscribed."""
    replies = []
    for line in frame.split(b"\n"):
        command = json.loads(line)
        kind = "connect" if "connect" in command else "subscribe"
        if "id" in command:
            replies.append(b'{"id":%d,"%s":{}}' % (command["id"], kind.encode()))
    return b"\n".join(replies)


def bare_push(data: bytes) -> bytes:
    """Return the frame of a publication."""
    return b'{"push":{"channel":"%s","pub":{"data":%s}}}' % (CHANNEL.encode(), data)


class Listening(bare_broadcast.Listening):
    """A client of the loop on picows."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer commands; answers to pings are none."""
        if frame.msg_type == WSMsgType.TEXT and (replies := replies_to(frame.get_payload_as_bytes())):
            transport.send(WSMsgType.TEXT, replies)


async def on_picows(port: int) -> Publish:
    """Serve a loop on picows."""
    everybody: set[WSTransport] = set()
    await ws_create_server(lambda _: Listening(everybody), HOST, port, backlog=BACKLOG_CONNECTIONS)

    async def publish(data: bytes) -> None:
        frame = bare_push(data)
        for each in everybody:
            each.send(WSMsgType.TEXT, frame)
        for each in list(everybody):
            while each.underlying_transport.get_write_buffer_size() > BUFFERED_BYTES_MAX:  # noqa: ASYNC110  (the limit waits for nothing else)
                await asyncio.sleep(0.001)

    return publish


async def on_websockets(port: int) -> Publish:
    """Serve a loop on websockets, by its own `broadcast`."""
    everybody: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        everybody.add(connection)
        with suppress(ConnectionClosed):
            async for message in connection:
                if replies := replies_to(message.encode() if isinstance(message, str) else message):
                    await connection.send(replies, text=True)
        everybody.discard(connection)

    listener = socket.create_server((HOST, port), backlog=BACKLOG_CONNECTIONS)
    await serve_websockets(handle, sock=listener, compression=None, ping_interval=None).__aenter__()

    async def publish(data: bytes) -> None:
        broadcast(everybody, bare_push(data).decode())
        for each in list(everybody):
            while each.transport.get_write_buffer_size() > BUFFERED_BYTES_MAX:  # noqa: ASYNC110  (as above)
                await asyncio.sleep(0.001)

    return publish


class HotFeed:
    """One channel, with one part: what was published last."""

    channels = frozenset({MARKET})
    rests_on = ()
    kinds: frozenset[Any] = frozenset()

    def __init__(self) -> None:
        self.channel: Channel | None = None

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel."""

        def alone(parts: Parts) -> bytes:
            return parts[0][1]

        channel = self.channel = Channel(f"{name.kind}:{name.subject_id}", Rendering(alone, alone), hub.positions.text, list)
        channel.begin([("last", b"{}")], hub.position, hub.position, {})
        return channel

    async def admit(self, name: ChannelName, account_id: str, hub: Hub) -> None:
        """Show it to everybody."""

    def apply(self, fact: Recorded, hub: Hub) -> str | None:
        """Take no facts."""

    def finish(self, hub: Hub) -> None:
        """Have nothing to publish."""

    def look(self, hub: Hub) -> None:
        """Change nothing by time."""

    def begin_anew(self) -> None:
        """Have nothing to forget."""

    def forget(self, name: ChannelName) -> None:
        """Likewise."""


async def on_gateway(port: int, gather_s: float) -> Publish:
    """Serve the product's gateway, of which the benchmark is the log."""
    clock, feed, store = Clock(), HotFeed(), MemoryEventStore()
    queue = AsyncCommandQueue(Dispatcher(store, USE_CASES))
    sessions = CurrentSessions(queue, clock, staff_need_second_factor=False)
    hub = Hub([feed], Positions(store.identity()), StreamCounts(), clock.monotonic_s, lambda: micros(clock.now()))
    limits = StreamLimits(connections_per_address_max=1_000_000)
    gateway = Gateway(hub, SocketTokens("of the benchmark, which guards nothing", clock, store.identity()), sessions, {}, clock, limits)
    hub.begin(1)
    gateway.start()
    listener = socket.create_server((HOST, port), backlog=BACKLOG_CONNECTIONS)
    await serve(gateway, listener, frozenset(), TrustedProxies(), gather_s)

    async def publish(data: bytes) -> None:
        hub.position += 1
        channel = feed.channel
        assert channel is not None, "somebody reads it"
        changed = channel.change(hub.position, [("last", data)])
        assert changed is not None, "publications differ by their time"
        hub.publish(channel, changed)
        for subscription in list(channel.subscriptions.values()):
            connection: Any = subscription.subscriber
            while connection.socket.waiting or connection.socket.buffered_bytes > BUFFERED_BYTES_MAX:  # noqa: ASYNC110  (as above)
                await asyncio.sleep(LOOK_S)

    return publish


async def main(kind: str, port: int, api_port: int) -> None:
    """Serve until told to stop."""
    if kind == "picows":
        publish = await on_picows(port)
    elif kind == "websockets":
        publish = await on_websockets(port)
    else:
        publish = await on_gateway(port, GATHER_S if kind == "gathered" else 0.0)
    await asyncio.get_running_loop().create_server(lambda: Api(publish), HOST, api_port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    tune_interpreter()
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
