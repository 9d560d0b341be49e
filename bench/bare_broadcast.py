"""The least that a push server can do: a broadcast loop on picows, the gateway's own library. Each publication is a write to each socket.

`python -m bench.bare_broadcast PORT`; then a line "publications bytes" for each round, answered by the seconds it took.
"""

import asyncio
import sys
import time

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from infra.embedded.server import HOST

CONNECTED = b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{}}'
BUFFERED_BYTES_MAX = 65_536


class Listening(WSListener):
    """A client: told that it is there, then whatever is broadcast."""

    def __init__(self, everybody: set[WSTransport]) -> None:
        super().__init__()
        self._everybody = everybody

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Count it in."""
        self._everybody.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer the first frame; what else comes is nothing."""
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, CONNECTED)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Count it out."""
        self._everybody.discard(transport)


async def main(port: int) -> None:
    """Broadcast as standard input says, until it ends."""
    everybody: set[WSTransport] = set()

    def listening(_: WSUpgradeRequest) -> Listening:
        return Listening(everybody)

    server = await ws_create_server(listening, HOST, port, backlog=4_096)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        publications, size = map(int, line.split())
        frame = b'{"push":{"pub":{"data":{"position":"bareroom.1"}}}}'.ljust(size)
        began_s = time.monotonic()
        for _ in range(publications):
            for each in everybody:
                each.send(WSMsgType.TEXT, frame)
            await drained(everybody)
        sys.stdout.write(f"{time.monotonic() - began_s}\n")
        sys.stdout.flush()
    server.close()


async def drained(everybody: set[WSTransport]) -> None:
    """Let clients read: go on once none of them has much left to take."""
    await asyncio.sleep(0)
    for each in list(everybody):
        while each.underlying_transport.get_write_buffer_size() > BUFFERED_BYTES_MAX:  # noqa: ASYNC110  (the limit waits for nothing else)
            await asyncio.sleep(0.001)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
