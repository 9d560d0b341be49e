"""Matches as the gateway pushes them, for a program that looks at them when it likes: one socket, on a thread of its own.

The recipe of docs/mechanisms/push.md, in short: subscribe to `fixture:<id>` from the position of the list that showed the match, put what
is pushed over it, and come back after a lost connection from where each channel stands.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

RETRY_S = (0.5, 1.0, 2.0, 4.0, 8.0)
OPEN_S = 5.0
LOOK_S = 0.5
QUIET_S, ANSWER_S = 2.0, 2.5
"""After so long without a word the gateway is asked whether it is there; after so long without an answer it is not."""
COMMANDS_MAX = 100
Match = dict[str, Any]


class PushedMatches:
    """Matches that are kept up to date. `address` returns where sockets are opened, None for nowhere; it may raise OSError."""

    def __init__(self, address: Callable[[], str | None]) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._matches: dict[str, Match] = {}
        self._since: dict[str, str] = {}
        self._on: set[str] = set()
        self._connection: _Connection | None = None
        self._loop = asyncio.new_event_loop()
        self._reading: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._read, name="gateway", daemon=True)

    def start(self) -> None:
        """Connect, and stay connected until this is stopped, or the program ends."""
        self._reading = self._loop.create_task(self._run())
        self._thread.start()

    def stop(self) -> None:
        """Leave the gateway."""
        if self._reading is not None:
            self._loop.call_soon_threadsafe(self._reading.cancel)
            self._thread.join()
        self._loop.close()

    def follow(self, matches: Iterable[Match], position: str) -> None:
        """Keep these matches up to date from now on, and no others; they are as they were at a position of the log."""
        with self._lock:
            listed = {match["fixture_id"]: match for match in matches}
            for gone in self._matches.keys() - listed.keys():
                self._on.discard(gone)
                self._since.pop(gone, None)
            self._matches = {key: self._matches[key] if key in self._on else match for key, match in listed.items()}
            self._since |= {key: position for key in listed if key not in self._on}
        if self._reading is not None:
            self._loop.call_soon_threadsafe(self._settle)

    def matches(self) -> list[Match] | None:
        """Return the matches as they are now; None while some of them are not pushed."""
        with self._lock:
            return list(self._matches.values()) if self._connection is not None and self._on >= self._matches.keys() else None

    def wait(self, timeout_s: float) -> None:
        """Wait until something was pushed since the last wait, or the connection is lost; not longer than a time."""
        self._changed.wait(timeout_s)
        self._changed.clear()

    def _read(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._reading or asyncio.sleep(0))

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                address = await asyncio.to_thread(self._address)
                if address is not None:
                    self._connection, failures = await self._connected(address), 0
                    self._settle()
                    await self._connection.stay()
            except (OSError, WSError, TimeoutError):
                pass
            self._gone()
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
            failures += 1

    async def _connected(self, address: str) -> "_Connection":
        connection = _Connection(self._take, self._leave, self._settle)
        await asyncio.wait_for(ws_connect(lambda: connection, address), OPEN_S)
        return connection

    def _gone(self) -> None:
        with self._lock:
            self._connection = None
            self._on.clear()
        self._changed.set()

    def _settle(self) -> None:
        """Subscribe to what is not pushed, and leave what is not followed."""
        connection = self._connection
        if connection is None or not connection.is_ready:
            return
        with self._lock:
            connection.settle(self._since if self._matches else {})

    def _leave(self, fixture_id: str) -> None:
        """A match is not pushed any more, until it is subscribed to again."""
        with self._lock:
            self._on.discard(fixture_id)

    def _take(self, fixture_id: str, position: str, data: Match | None) -> None:
        """Take what is said of a match; `data` is None where it is pushed from now on and nothing was missed."""
        with self._lock:
            if fixture_id not in self._matches:
                return
            self._on.add(fixture_id)
            self._since[fixture_id] = position
            if data is not None:
                self._matches[fixture_id] = data.get("snapshot") or applied(self._matches[fixture_id], data["changes"])
        self._changed.set()


def applied(match: Match, changes: Match) -> Match:
    """Return a match after changes that were pushed: its own members over those it has, each market by its id."""
    markets = {market["market_id"]: market for market in (*match["markets"], *changes.get("markets", ()))}
    return {**match, **changes.get("fixture", {}), "markets": list(markets.values())}


class _Connection(WSListener):
    """One connection: the client protocol of Centrifugo, as JSON."""

    def __init__(self, take: Callable[[str, str, Match | None], None], leave: Callable[[str], None], ready: Callable[[], None]) -> None:
        super().__init__()
        self.is_ready = False
        self._take = take
        self._leave = leave
        self._ready = ready
        self._transport: WSTransport | None = None
        self._closed = asyncio.Event()
        self._heard_s = time.monotonic()
        self._asked_s: float | None = None
        self._id = 1
        self._asking: dict[int, str] = {}
        self._subscribed: set[str] = set()

    async def stay(self) -> None:
        """Return when the connection is lost."""
        try:
            while not self._closed.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closed.wait(), LOOK_S)
                now_s = time.monotonic()
                if self._asked_s is not None and now_s - self._asked_s > ANSWER_S:
                    return
                if self._asked_s is None and now_s - self._heard_s > QUIET_S:
                    self._asked_s = now_s
                    self._send([{"id": self._next_id(), "ping": {}}])
        finally:
            if self._transport is not None:
                self._transport.disconnect(graceful=False)

    def settle(self, since: dict[str, str]) -> None:
        """Be subscribed to the matches that are named, each from a position of the log, and to no others."""
        commands: list[dict[str, Any]] = []
        for gone in self._subscribed - since.keys():
            self._subscribed.discard(gone)
            commands.append({"id": self._next_id(), "unsubscribe": {"channel": f"fixture:{gone}"}})
        for fixture_id in since.keys() - self._subscribed:
            epoch, _, offset = since[fixture_id].partition(".")
            self._subscribed.add(fixture_id)
            self._asking[self._next_id()] = fixture_id
            asked = {"channel": f"fixture:{fixture_id}", "recover": True, "epoch": epoch, "offset": int(offset or "0", 16)}
            commands.append({"id": self._id, "subscribe": {**asked, "data": {"looking": "screen"}}})
        for first in range(0, len(commands), COMMANDS_MAX):
            self._send(commands[first : first + COMMANDS_MAX])

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Connect, as anybody."""
        self._transport = transport
        self._send([{"id": self._id, "connect": {"name": "slipstream watch"}}])

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame of messages."""
        self._heard_s, self._asked_s = time.monotonic(), None
        if frame.msg_type == WSMsgType.TEXT:
            for line in frame.get_payload_as_bytes().split(b"\n"):
                self._hear(json.loads(line))
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note that it is over."""
        del transport
        self._closed.set()

    def _hear(self, message: dict[str, Any]) -> None:
        if not message:
            self._send([{}])
        elif "connect" in message:
            self.is_ready = True
            self._ready()
        elif message.get("id") in self._asking:
            self._answered(self._asking.pop(message["id"]), message)
        elif "push" in message:
            self._pushed(message["push"])

    def _answered(self, fixture_id: str, message: dict[str, Any]) -> None:
        told = message.get("subscribe")
        if told is None:
            self._subscribed.discard(fixture_id)
            asyncio.get_running_loop().call_later(RETRY_S[0], self._ready)
            return
        position = f"{told['epoch']}.{told.get('offset', 0):x}"
        for data in [told.get("data"), *(each["data"] for each in told.get("publications", ()))]:
            self._take(fixture_id, position, data)

    def _pushed(self, push: dict[str, Any]) -> None:
        fixture_id = push["channel"].partition(":")[2]
        if "pub" in push:
            self._take(fixture_id, push["pub"]["data"]["position"], push["pub"]["data"])
        elif "unsubscribe" in push:
            self._subscribed.discard(fixture_id)
            self._leave(fixture_id)
            self._ready()

    def _next_id(self) -> int:
        self._id += 1
        return self._id

    def _send(self, commands: list[dict[str, Any]]) -> None:
        if self._transport is not None and not self._closed.is_set():
            self._transport.send(WSMsgType.TEXT, "\n".join(json.dumps(command) for command in commands).encode())
