"""An open-loop load generator, run as a process of its own: requests become due at a rate that steps up, whatever the answers do.

Reads a plan (JSON) from standard input, writes what it measured (JSON) to standard output. Time counts from when a request was due, so that
neither a slow server nor a slow generator can hide a queue; how late the generator itself was is told too.
"""

import asyncio
import json
import os
import sys
import time
from collections import deque
from typing import Any, TypedDict

import uvloop

TICK_S = 0.002
ANSWER_TIMEOUT_S = 20.0


class StepPlan(TypedDict):
    """What to send: kinds of requests with their shares; requests a second before, and after the ramp of `ramp_s`; for how long each."""

    host: str
    port: int
    connections: int
    requests: dict[str, list[str]]
    shares: dict[str, float]
    before_per_s: float
    after_per_s: float
    before_s: float
    ramp_s: float
    after_s: float


class Client(asyncio.Protocol):
    """One connection, with at most one request under way."""

    def __init__(self, generator: "Generator") -> None:
        self._generator = generator
        self._buffer = b""
        self._transport: Any = None
        self._sent: tuple[str, float] | None = None

    def connection_made(self, transport: Any) -> None:
        """Be ready for a request."""
        self._transport = transport
        self._generator.free.append(self)

    def send(self, kind: str, due_s: float, request: bytes) -> None:
        """Send a request that was due at a time."""
        self._sent = (kind, due_s)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Note an answer once it is whole."""
        buffer = self._buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = buffer.find(b"content-length:", 0, end)
        if len(buffer) < end + 4 + int(buffer[at + 15 : buffer.find(b"\r\n", at)]):
            return
        self._buffer = b""
        assert self._sent is not None, "an answer to nothing"
        kind, due_s = self._sent
        self._sent = None
        self._generator.note(kind, due_s, buffer[9:12].decode(), has_retry=buffer.find(b"retry-after:", 0, end) > 0)
        self._generator.give(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        """Note what was cut off."""
        if self._sent is not None:
            self._generator.note(*self._sent, "cut", has_retry=False)


class Generator:
    """Makes requests due, and hands them to connections that are free."""

    def __init__(self, plan: StepPlan) -> None:
        self._plan = plan
        self.free: deque[Client] = deque()
        self._due: deque[tuple[str, float, bytes]] = deque()
        self._requests = {kind: [request.encode() for request in made] for kind, made in plan["requests"].items()}
        self._numbers = dict.fromkeys(self._requests, 0)
        self._owed = dict.fromkeys(self._requests, 0.0)
        self._began_s = 0.0
        self.answers: list[tuple[str, float, float, str, bool]] = []
        self.under_way = 0
        self.late_s_max = 0.0

    def note(self, kind: str, due_s: float, status: str, *, has_retry: bool) -> None:
        """Note an answer."""
        self.under_way -= 1
        self.answers.append((kind, due_s - self._began_s, time.perf_counter() - due_s, status, has_retry))

    def give(self, client: Client) -> None:
        """Give a connection the request that waits longest."""
        if self._due:
            client.send(*self._due.popleft())
        else:
            self.free.append(client)

    def rate_at(self, at_s: float) -> float:
        """Return the requests a second that are due at a time."""
        plan = self._plan
        stepped = min(1.0, max(0.0, (at_s - plan["before_s"]) / plan["ramp_s"]))
        return plan["before_per_s"] + stepped * (plan["after_per_s"] - plan["before_per_s"])

    async def run(self) -> None:
        """Run the plan."""
        plan, clock = self._plan, time.perf_counter
        whole_s = plan["before_s"] + plan["ramp_s"] + plan["after_s"]
        self._began_s = last_s = clock()
        while (now_s := clock()) - self._began_s < whole_s:
            self.late_s_max = max(self.late_s_max, now_s - last_s - TICK_S)
            count = self.rate_at(now_s - self._began_s) * (now_s - last_s)
            for kind, share in plan["shares"].items():
                self._owed[kind] += count * share
                while self._owed[kind] >= 1:
                    self._owed[kind] -= 1
                    self._make_due(kind, now_s)
            last_s = now_s
            await asyncio.sleep(TICK_S)
        deadline_s = clock() + ANSWER_TIMEOUT_S
        while self.under_way and clock() < deadline_s:  # noqa: ASYNC110  (it is over when all have answered, or nobody will)
            await asyncio.sleep(0.05)

    def _make_due(self, kind: str, now_s: float) -> None:
        made = self._requests[kind]
        request = made[self._numbers[kind] % len(made)]
        self._numbers[kind] += 1
        self.under_way += 1
        if self.free:
            self.free.popleft().send(kind, now_s, request)
        else:
            self._due.append((kind, now_s, request))


async def run(plan: StepPlan) -> dict[str, Any]:
    """Run the plan; return every answer, by how much the generator itself was late at most, and how much of a core it took."""
    generator = Generator(plan)
    loop = asyncio.get_running_loop()
    for _ in range(plan["connections"]):
        await loop.create_connection(lambda: Client(generator), plan["host"], plan["port"])
    began_s, cpu = time.perf_counter(), os.times()
    await generator.run()
    seconds, after = time.perf_counter() - began_s, os.times()
    return {
        "answers": generator.answers,
        "unanswered": generator.under_way,
        "generator_late_ms": generator.late_s_max * 1000,
        "generator_core": round((after.user + after.system - cpu.user - cpu.system) / seconds, 2),
    }


if __name__ == "__main__":
    json.dump(uvloop.run(run(json.load(sys.stdin))), sys.stdout)
