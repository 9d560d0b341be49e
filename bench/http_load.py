"""A light load generator for one HTTP server, run as a process of its own: plain sockets, keep-alive, one request under way each.

Reads a plan (JSON) from standard input, writes what it measured (JSON) to standard output. Answers are matched by their status line
and Content-Length only, so that the generator costs a fraction of the server it measures.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, TypedDict

import uvloop

ANSWER_TIMEOUT_S = 20.0


class Plan(TypedDict):
    """What to send: `requests` whole requests as text, spread over the connections in turn; 0 `per_s` means as fast as it goes."""

    host: str
    port: int
    connections: int
    per_s: float
    requests: list[str]


class Client(asyncio.Protocol):
    """One connection: sends its next request when the last one is answered, or when that one's turn in time has come."""

    def __init__(self, requests: Iterator[bytes], pace_s: float, measured: "Measured") -> None:
        self._requests = requests
        self._pace_s = pace_s
        self._due_s = 0.0
        self._measured = measured
        self._buffer = b""
        self._transport: Any = None
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Wait for the others, so that connecting is not taken for answering late."""
        self._transport = transport

    def begin(self, first_at_s: float) -> None:
        """Begin when this connection's first turn comes."""
        self._due_s = first_at_s
        self._next()

    def _next(self) -> None:
        if not self._pace_s:
            self._due_s = time.perf_counter()
            self._send()
            return
        wait_s = self._due_s - time.perf_counter()
        if wait_s > 0:
            asyncio.get_running_loop().call_later(wait_s, self._send)
        else:
            self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Note an answer once it is whole. Time counts from when the request was due, so that a late server cannot hide its queue."""
        buffer = self._buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = buffer.lower().find(b"content-length:", 0, end)
        length = int(buffer[at + 15 : buffer.find(b"\r\n", at)])
        if len(buffer) < end + 4 + length:
            return
        self._buffer = b""
        self._measured.note(buffer[9:12], time.perf_counter() - self._due_s)
        self._due_s += self._pace_s
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Finish; a connection that broke is an error of its own."""
        if exc is not None:
            self._measured.note(b"cut", 0.0)
        if not self.finished.done():
            self.finished.set_result(None)


class Measured:
    """Answers by status, and how long each took; those that took what was asked apart."""

    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.seconds: list[float] = []
        self.taken_s: list[float] = []

    def note(self, status: bytes, seconds: float) -> None:
        """Note one answer."""
        text = status.decode()
        self.statuses[text] = self.statuses.get(text, 0) + 1
        self.seconds.append(seconds)
        if text.startswith("2"):
            self.taken_s.append(seconds)


async def run(plan: Plan) -> dict[str, Any]:
    """Send everything; return requests a second, answers by status, p50 and p99, and how long what was granted took, in milliseconds."""
    loop = asyncio.get_running_loop()
    measured = Measured()
    connections = plan["connections"]
    requests = [request.encode() for request in plan["requests"]]
    pace_s = connections / plan["per_s"] if plan["per_s"] else 0.0
    clients = []
    for index in range(connections):
        mine = iter(requests[index::connections])
        clients.append((await loop.create_connection(partial(Client, mine, pace_s, measured), plan["host"], plan["port"]))[1])
    began_s = time.perf_counter()
    for index, client in enumerate(clients):
        client.begin(began_s + pace_s * index / connections)
    await asyncio.wait_for(asyncio.gather(*(client.finished for client in clients)), ANSWER_TIMEOUT_S + len(requests) / 100)
    took_s = time.perf_counter() - began_s
    seconds = sorted(measured.seconds)
    return {
        "per_s": len(seconds) / took_s,
        "statuses": measured.statuses,
        "p50_ms": seconds[len(seconds) // 2] * 1000,
        "p99_ms": seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)] * 1000,
        "taken_ms": [1000 * each for each in measured.taken_s],
    }


def main() -> None:
    """Run the plan on standard input."""
    json.dump(uvloop.run(run(json.load(sys.stdin))), sys.stdout)


if __name__ == "__main__":
    main()
