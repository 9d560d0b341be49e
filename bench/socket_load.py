"""A light load generator for sockets, run as a process of its own: bare protocols that count frames and read next to nothing of them.

    python -m bench.socket_load < plan            plan: one JSON line, see `Plan`; then lines "measure" and "stop"

It prints a line when all connections are subscribed, and a JSON line with what it measured at the end. Frames of servers are not masked and
not compressed; clients mask with zeros, which the protocol allows and costs nothing.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import msgspec
import uvloop

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, CLOSE = 0x81, 0x88
POSITION = b'"position":"'
OPENING_AT_ONCE = 64
OPEN_S = 60.0


class Plan(msgspec.Struct):
    """Connections to open: `commands` are each one's first frame, and it is there once `ready` came so many `times`.

    What is `counted` is counted in all frames, without it frames are. Measuring ends after so many `expected` ones, without with the next
    line.

    `rpcs` are frames that each connection sends in turn: the next one once all replies to the last one are there, and not before its turn
    at `frames_per_s`, where that is given. Time counts from when a frame was due, so that a late server cannot hide its queue.
    """

    host: str
    port: int
    commands: list[str]
    ready: str
    times: int = 1
    counted: str = ""
    sampled_each: int = 1
    expected: int = 0
    rpcs: list[list[str]] = []
    replies_per_frame: int = 1
    frames_per_s: float = 0.0


def frame_of(text: bytes) -> bytes:
    """Return a client's text frame."""
    size = len(text)
    head = bytes([TEXT, 0x80 | size]) if size < 126 else bytes([TEXT, 0xFE]) + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + text if size < 65_536 else bytes([TEXT, 0xFF]) + size.to_bytes(8, "big") + b"\0\0\0\0" + text


class SocketClient(asyncio.Protocol):
    """One connection: upgrades, sends its first frame, then counts."""

    def __init__(self, load: "SocketLoad", number: int) -> None:
        self.there: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._load = load
        self._number = number
        self._is_sampled = number % load.plan.sampled_each == 0
        self._buffer = b""
        self._is_open = False
        self._rpcs = iter(load.plan.rpcs[number]) if number < len(load.plan.rpcs) else iter(())
        self._ready = self._replies = 0
        self._sent_s = self._pace_s = 0.0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        host = f"{self._load.plan.host}:{self._load.plan.port}"
        transport.write(
            f"GET /connection/websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a connection that the server gave up."""
        del exc
        self._load.lost += 1
        for future in (self.there, self.finished):
            if not future.done():
                future.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Count the frames that are whole."""
        buffer = self._buffer + data if self._buffer else data
        at, end = 0, len(buffer)
        if not self._is_open:
            head = buffer.find(b"\r\n\r\n")
            if head < 0:
                self._buffer = buffer
                return
            self._is_open, at = True, head + 4
            self._transport.write(frame_of(self.first_frame().encode()))
        while end - at >= 2:
            size, begin = buffer[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, begin = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if end - begin < size:
                break
            self._take(buffer[at], buffer[begin : begin + size])
            at = begin + size
        self._buffer = buffer[at:]

    def first_frame(self) -> str:
        """Return what is said first."""
        return self._load.plan.commands[self._number]

    def begin(self) -> None:
        """Send the first RPC in its turn."""
        load = self._load
        self._pace_s = len(load.plan.commands) / load.plan.frames_per_s if load.plan.frames_per_s else 0.0
        self._sent_s = time.monotonic() - self._pace_s * (1 - self._number / len(load.plan.commands))
        self._send()

    def _take(self, kind: int, payload: bytes) -> None:
        load = self._load
        if kind != TEXT:
            return
        if payload == b"{}" or payload.endswith(b"\n{}"):
            self._transport.write(frame_of(b"{}"))
        if payload == b"{}":
            return
        if not self.there.done():
            self._ready += payload.count(load.ready)
            if self._ready >= load.plan.times:
                self.there.set_result(None)
        elif load.plan.rpcs:
            self._answered(payload)
        elif load.counted in payload:
            load.frames += payload.count(load.counted) if load.counted else 1
            if load.frames >= load.plan.expected:
                load.reached.set()
            load.bytes += len(payload)
            if self._is_sampled and load.is_measuring:
                load.arrivals.append((self._number, time.monotonic_ns(), payload))

    def _answered(self, payload: bytes) -> None:
        load = self._load
        self._replies += payload.count(b'"rpc"')
        load.struck += payload.count(b'"status":201')
        if self._replies >= load.plan.replies_per_frame:
            self._replies = 0
            load.took_s.append(time.monotonic() - self._sent_s)
            self._send()

    def _send(self) -> None:
        text = next(self._rpcs, None)
        if text is None:
            if not self.finished.done():
                self.finished.set_result(None)
            return
        frame, now_s = frame_of(text.encode()), time.monotonic()
        self._sent_s = self._sent_s + self._pace_s if self._pace_s else now_s
        if self._sent_s > now_s:
            asyncio.get_running_loop().call_later(self._sent_s - now_s, self._transport.write, frame)
        else:
            self._transport.write(frame)


class SocketLoad:
    """All connections of a plan, and what was counted."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ready, self.counted = plan.ready.encode(), plan.counted.encode()
        self.frames = self.bytes = self.lost = self.struck = 0
        self.is_measuring = False
        self.reached = asyncio.Event()
        self.arrivals: list[tuple[int, int, bytes]] = []
        self.took_s: list[float] = []
        self.clients: list[SocketClient] = []

    async def open(self) -> None:
        """Open all connections, some at a time."""
        loop = asyncio.get_running_loop()
        numbers = iter(range(len(self.plan.commands)))

        async def some() -> None:
            for number in numbers:
                _, client = await loop.create_connection(lambda number=number: SocketClient(self, number), self.plan.host, self.plan.port)  # type: ignore[misc]
                self.clients.append(client)
                await asyncio.wait_for(client.there, OPEN_S)

        await asyncio.gather(*(some() for _ in range(OPENING_AT_ONCE)))

    def measured(self, seconds: float, frames: int, cpu_s: float) -> dict[str, Any]:
        """Return what was measured, for JSON."""
        arrivals = []
        for number, at_ns, payload in self.arrivals:
            begin = payload.rfind(POSITION) + len(POSITION)
            position = payload[begin : payload.find(b'"', begin)].partition(b".")[2]
            arrivals.append((number, at_ns, int(position or b"0", 16)))
        return {
            "seconds": seconds,
            "frames": self.frames - frames,
            "bytes": self.bytes,
            "cpu_s": cpu_s,
            "lost": self.lost,
            "struck": self.struck,
            "took_s": self.took_s,
            "arrivals": arrivals,
        }


async def run(plan: Plan) -> None:
    """Open, say so, measure between the lines of standard input, tell."""
    loop, load = asyncio.get_running_loop(), SocketLoad(plan)
    await load.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.readline)
    load.is_measuring, frames, began_s, cpu = True, load.frames, time.monotonic(), os.times()
    if plan.rpcs:
        for client in load.clients:
            client.begin()
        await asyncio.gather(*(client.finished for client in load.clients))
    elif plan.expected:
        await asyncio.wait_for(load.reached.wait(), OPEN_S)
    else:
        await loop.run_in_executor(None, sys.stdin.readline)
    seconds, after = time.monotonic() - began_s, os.times()
    sys.stdout.write(json.dumps(load.measured(seconds, frames, after.user + after.system - cpu.user - cpu.system)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(run(msgspec.json.decode(sys.stdin.readline(), type=Plan)))
