"""The load on a server with one hot channel, a process of its own: connections that count, and publishers that wait for their answers.

    python -m bench.hot_load < plan        plan: one JSON line, see `HotPlan`; prints one JSON line with what it measured

Every publication carries its time, so that each sampled delivery tells how long it took.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import msgspec
import psutil
import uvloop

from bench.harness import percentile
from bench.socket_load import Plan, SocketLoad

STAMP = b'"ts":'
DRAIN_S = 5.0


class HotPlan(msgspec.Struct):
    """The connections, and what is published to them: by how many publishers at once, for how long, with how many bytes beside the time."""

    sockets: Plan
    api_port: int
    channel: str
    publishers: int
    seconds: float
    bytes: int
    server: int
    """The server's process id."""


class Publisher:
    """Publishes one after another as fast as the API answers."""

    def __init__(self, plan: HotPlan) -> None:
        self._plan = plan
        self._pad = "x" * plan.bytes
        self.published = 0

    async def run(self, until_s: float) -> None:
        """Publish until a time of the monotonic clock."""
        reader, writer = await asyncio.open_connection(self._plan.sockets.host, self._plan.api_port)
        while time.monotonic() < until_s:
            data = {"channel": self._plan.channel, "data": {"ts": time.monotonic_ns(), "pad": self._pad}}
            body = json.dumps(data, separators=(",", ":"))
            writer.write(f"POST /api/publish HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
            await reader.readuntil(b"\r\n\r\n{}")
            self.published += 1
        writer.close()


def delays_ms(arrivals: list[tuple[int, int, bytes]]) -> list[float]:
    """Return how long each publication of the sampled frames took."""
    return [(at_ns - int(stamped[: stamped.index(b",")])) / 1e6 for _, at_ns, payload in arrivals for stamped in payload.split(STAMP)[1:]]


async def run(plan: HotPlan) -> dict[str, Any]:
    """Open, publish for a while, wait for what is under way."""
    load = SocketLoad(plan.sockets)
    await load.open()
    server = psutil.Process(plan.server)
    load.is_measuring, began_s, cpu, server_s = True, time.monotonic(), os.times(), sum(server.cpu_times()[:2])
    publishers = [Publisher(plan) for _ in range(plan.publishers)]
    await asyncio.gather(*(each.run(began_s + plan.seconds) for each in publishers))
    seconds, after, delivered = time.monotonic() - began_s, os.times(), load.frames
    server_s = sum(server.cpu_times()[:2]) - server_s
    published = sum(each.published for each in publishers)
    expected, deadline_s = published * len(load.clients), time.monotonic() + DRAIN_S
    while load.frames < expected and time.monotonic() < deadline_s:  # noqa: ASYNC110  (all are there, or it is given up)
        await asyncio.sleep(0.01)
    took_ms = delays_ms(load.arrivals)
    return {
        "per_s": delivered / seconds,
        "missing": expected - load.frames,
        "server_core": server_s / seconds,
        "p50_ms": percentile(took_ms, 0.5),
        "p99_ms": percentile(took_ms, 0.99),
        "generator_core": (after.user + after.system - cpu.user - cpu.system) / seconds,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(run(msgspec.json.decode(sys.stdin.readline(), type=HotPlan)))) + "\n")
