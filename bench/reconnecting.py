"""Clients that come back all at once when their gateway is there again, run as a process of its own.

    python -m bench.reconnecting < plan        plan: one JSON line, see `bench.socket_load.Plan`; then lines "compare"

It prints "ready" when all are subscribed. When connections break it waits until something listens again, and then all of them connect and
recover from where they stand; a JSON line says how that went. "compare" asks every channel anew and tells how many clients show less.
"""

import asyncio
import json
import os
import re
import sys
import time
from typing import Any

import msgspec
import uvloop

from bench.harness import percentile
from bench.socket_load import OPEN_S, TEXT, Plan, SocketClient, SocketLoad, frame_of

LOOK_S, KEPT_S = 0.02, 0.1
EPOCH, OFFSET, VERSION = re.compile(rb'"epoch":"([^"]*)"'), re.compile(rb'"offset":(\d+)'), re.compile(rb'"version":(\d+)')


class Standing:
    """What one client knows: where it stands in its channel, and the version of the market that it shows."""

    def __init__(self, number: int, command: str) -> None:
        self.number = number
        self.command = command
        self.epoch = ""
        self.offset = 0
        self.version = 0
        self.is_gap = False

    def take(self, payload: bytes) -> None:
        """Take replies and publications."""
        for line in payload.split(b"\n"):
            if line.startswith(b'{"id"') and (epoch := EPOCH.search(line)):
                self.epoch = epoch[1].decode()
            if offsets := OFFSET.findall(line):
                self.offset = max(self.offset, *map(int, offsets))
            if b'"markets"' in line:
                self.version = max([self.version, *map(int, VERSION.findall(line))])
            self.is_gap = self.is_gap or b'"recovered":false' in line


class ReturningClient(SocketClient):
    """A connection of a client that goes on from where it stands."""

    def __init__(self, load: "Returning", standing: Standing) -> None:
        super().__init__(load, standing.number)
        self._returning, self._standing = load, standing
        self.is_subscribed = False

    def first_frame(self) -> str:
        """Connect and subscribe, from where the client stands if it stands anywhere."""
        if not self._standing.epoch:
            return self._standing.command
        lines = [json.loads(line) for line in self._standing.command.split("\n")]
        for line in lines[1:]:
            line["subscribe"] |= {"recover": True, "epoch": self._standing.epoch, "offset": self._standing.offset}
        return "\n".join(map(json.dumps, lines))

    def connection_lost(self, exc: Exception | None) -> None:
        """Have everybody come back."""
        super().connection_lost(exc)
        self._returning.broken(self._standing)

    def _take(self, kind: int, payload: bytes) -> None:
        if kind != TEXT:
            return
        if payload == b"{}" or payload.endswith(b"\n{}"):
            self._transport.write(frame_of(b"{}"))
        self._standing.take(payload)
        if not self.is_subscribed and b'"subscribe"' in payload:
            self.is_subscribed = True
            self.there.set_result(None)
        elif not self.is_subscribed and b'"error"' in payload:
            self._transport.abort()  # told to try again, which is done on a connection of its own


class Returning(SocketLoad):
    """All clients, and how they came back."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.standings = [Standing(number, command) for number, command in enumerate(plan.commands)]
        self.are_away = asyncio.Event()
        self._is_over = False

    def broken(self, standing: Standing) -> None:
        """Note that a client has no connection."""
        del standing
        if not self._is_over:
            self.are_away.set()

    async def connect(self, standing: Standing) -> None:
        """Open a connection of a client, and again until it is subscribed."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, client = await loop.create_connection(lambda: ReturningClient(self, standing), self.plan.host, self.plan.port)
                await client.there
            except OSError:
                await asyncio.sleep(LOOK_S)
                continue
            if client.is_subscribed:
                self.clients.append(client)
                return

    async def open_all(self) -> None:
        """Open all connections, some at a time."""
        numbers = iter(self.standings)

        async def some() -> None:
            for standing in numbers:
                await asyncio.wait_for(self.connect(standing), OPEN_S)

        await asyncio.gather(*(some() for _ in range(64)))

    async def come_back(self) -> dict[str, Any]:
        """Wait until something listens, and connect all at once; return how long it took until each was told what it had missed."""
        away_s = time.monotonic()
        listening_s, cpu = await self._listening(), os.times()
        took_s: list[float] = []

        async def one(standing: Standing) -> None:
            await self.connect(standing)
            took_s.append(time.monotonic() - listening_s)

        await asyncio.wait_for(asyncio.gather(*map(one, self.standings)), OPEN_S)
        whole_s, after = time.monotonic() - listening_s, os.times()
        return {
            "away_s": listening_s - away_s,
            "recovered_s": whole_s,
            "recovered_p50_s": percentile(took_s, 0.5),
            "not_recovered": sum(each.is_gap for each in self.standings),
            "generator_core": (after.user + after.system - cpu.user - cpu.system) / whole_s,
        }

    async def _listening(self) -> float:
        """Return when something took a connection and kept it: a process that dies may still take one."""
        while True:
            asked_s = time.monotonic()
            try:
                reader, writer = await asyncio.open_connection(self.plan.host, self.plan.port)
            except OSError:
                await asyncio.sleep(LOOK_S)
                continue
            try:
                await asyncio.wait_for(reader.read(1), KEPT_S)
            except TimeoutError:
                return asked_s
            except OSError:
                pass
            finally:
                writer.close()

    async def compare(self) -> int:
        """Ask every channel anew; return how many clients show less than it."""
        fresh: dict[str, Standing] = {}
        for standing in self.standings:
            channel = standing.command.partition("\n")[2]
            if channel not in fresh:
                fresh[channel] = Standing(standing.number, standing.command)
        await asyncio.gather(*map(self.connect, fresh.values()))
        self._is_over = True
        return sum(each.version < fresh[each.command.partition("\n")[2]].version for each in self.standings)


async def run(plan: Plan) -> None:
    """Open, come back once, compare."""
    loop, load = asyncio.get_running_loop(), Returning(plan)

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    await load.open_all()
    say("ready")
    await load.are_away.wait()
    say(json.dumps(await load.come_back()))
    await loop.run_in_executor(None, sys.stdin.readline)
    say(str(await load.compare()))


if __name__ == "__main__":
    uvloop.run(run(msgspec.json.decode(sys.stdin.readline(), type=Plan)))
