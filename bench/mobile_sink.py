"""The other end of `mobile_push`: a Firebase that answers 200 over HTTP/1.1, and an Apple push service that does over HTTP/2.

`python -m bench.mobile_sink` prints the ports of both.
"""

import asyncio
import sys
from typing import cast

import httptools
import uvloop
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded

from infra.embedded.server import HOST

GRANTED = b'{"access_token": "ya29.bench", "expires_in": 3600, "token_type": "Bearer"}'
TAKEN = b'{"name": "projects/bench/messages/0:1500415314455276"}'


def answer(body: bytes) -> bytes:
    """Return an answer of 200."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Firebase(asyncio.Protocol):
    """A connection to Firebase, or to where its access tokens are had."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read requests."""
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""

    def data_received(self, data: bytes) -> None:
        """Read."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Note what is asked."""
        self._path = url

    def on_message_complete(self) -> None:
        """Answer what has come whole."""
        self._transport.write(answer(GRANTED if self._path == b"/token" else TAKEN))


class Apple(asyncio.Protocol):
    """A connection to Apple's push service."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say how many requests are taken at a time: 100, as h2 does unasked."""
        self._transport = cast("asyncio.Transport", transport)
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        """Read, and answer what has come whole."""
        for event in self._h2.receive_data(data):
            if isinstance(event, DataReceived):
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                self._h2.send_headers(event.stream_id, [(":status", "200")], end_stream=True)
        self._transport.write(self._h2.data_to_send())


async def main() -> None:
    """Answer until standard input ends."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(each, HOST, 0, backlog=1_024) for each in (Firebase, Apple)]
    sys.stdout.write(" ".join(str(server.sockets[0].getsockname()[1]) for server in servers) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    for server in servers:
        server.close()


if __name__ == "__main__":
    uvloop.run(main())
