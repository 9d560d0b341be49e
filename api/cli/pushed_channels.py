"""Channels of the gateway, read for a program that looks at them when it likes: one socket, on a thread of its own.

A channel is subscribed to from the position that it is shown at, and again after a lost connection from where it stands; see
docs/mechanisms/push.md.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from api.silence_watch import SilenceWatch

RETRY_S = (0.5, 1.0, 2.0, 4.0, 8.0)
OPEN_S = 5.0
COMMANDS_MAX = 100
Data = dict[str, Any]
Take = Callable[[str, Data | None], None]


class PushedChannels:
    """What is pushed in some channels.

    `take` is told, on the thread of the socket, a channel and what came: a snapshot, changes, or None where it is pushed from now on and
    nothing was missed; `leave` of a channel that the gateway refuses or ends, until it is subscribed to again. `address` returns where
    sockets are opened, None for nowhere, and `token` whose the socket is, empty for an anonymous one; both may raise OSError.
    """

    def __init__(
        self, address: Callable[[], str | None], take: Take, leave: Callable[[str], None], token: Callable[[], str] = lambda: ""
    ) -> None:
        self._address = address
        self._token = token
        self._told = (take, leave)
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._since: dict[str, str] = {}
        self._shown: dict[str, str] = {}
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

    def follow(self, channels: Mapping[str, str]) -> None:
        """Read these channels from now on, and no others: each that is not read yet from a position of the log, or from its snapshot."""
        with self._lock:
            self._on &= channels.keys()
            self._shown = {name: at for name, at in self._shown.items() if name in channels}
            self._since = {name: self._since[name] if name in self._on else since for name, since in channels.items()}
        if self._reading is not None:
            self._loop.call_soon_threadsafe(self._settle)

    def are_on(self) -> bool:
        """Return whether all of them are pushed."""
        with self._lock:
            return self._connection is not None and self._on >= self._since.keys()

    def is_on(self, channel: str) -> bool:
        """Return whether a channel is pushed."""
        with self._lock:
            return channel in self._on

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
                    self._connection, failures = await self._connected(address, await asyncio.to_thread(self._token)), 0
                    self._settle()
                    await self._connection.stay()
            except (OSError, WSError, TimeoutError):
                pass
            self._gone()
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
            failures += 1

    async def _connected(self, address: str, token: str) -> "_Connection":
        connection = _Connection(token, self._take, self._leave, self._settle)
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
            connection.settle(self._since)

    def _leave(self, channel: str) -> None:
        with self._lock:
            self._on.discard(channel)
        self._told[1](channel)

    def _take(self, channel: str, position: str, data: Data | None) -> None:
        with self._lock:
            if channel not in self._since:
                return
            self._on.add(channel)
            self._since[channel] = position
            if data is not None and _is_older(data["position"], self._shown.get(channel, "")):
                return
            self._shown[channel] = data["position"] if data is not None else self._shown.get(channel, "")
        self._told[0](channel, data)
        self._changed.set()


def _is_older(position: str, than: str) -> bool:
    """Whether a position of a log is before another one of it; what was published before a snapshot may come behind it."""
    (log, _, offset), (other_log, _, other_offset) = position.partition("."), than.partition(".")
    return log == other_log and int(offset, 16) < int(other_offset, 16)


class _Connection(WSListener):
    """One connection: the client protocol of Centrifugo, as JSON."""

    def __init__(
        self, token: str, take: Callable[[str, str, Data | None], None], leave: Callable[[str], None], ready: Callable[[], None]
    ) -> None:
        super().__init__()
        self.is_ready = False
        self._token = token
        self._take = take
        self._leave = leave
        self._ready = ready
        self._transport: WSTransport | None = None
        self._watch = SilenceWatch()
        self._id = 1
        self._asking: dict[int, str] = {}
        self._subscribed: set[str] = set()

    async def stay(self) -> None:
        """Return when the connection is lost."""
        try:
            await self._watch.until_lost(lambda: self._send([{"id": self._next_id(), "ping": {}}]))
        finally:
            if self._transport is not None:
                self._transport.disconnect(graceful=False)

    def settle(self, since: Mapping[str, str]) -> None:
        """Be subscribed to the channels that are named, each from a position of the log where one is given, and to no others."""
        commands: list[dict[str, Any]] = []
        for gone in self._subscribed - since.keys():
            self._subscribed.discard(gone)
            commands.append({"id": self._next_id(), "unsubscribe": {"channel": gone}})
        for channel in since.keys() - self._subscribed:
            epoch, _, offset = since[channel].partition(".")
            self._subscribed.add(channel)
            self._asking[self._next_id()] = channel
            begun = {"recover": True, "epoch": epoch, "offset": int(offset or "0", 16)} if epoch else {}
            commands.append({"id": self._id, "subscribe": {"channel": channel, "data": {"looking": "screen"}, **begun}})
        for first in range(0, len(commands), COMMANDS_MAX):
            self._send(commands[first : first + COMMANDS_MAX])

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Connect, as whose the token is, or as anybody."""
        self._transport = transport
        self._send([{"id": self._id, "connect": {"name": "slipstream watch", **({"token": self._token} if self._token else {})}}])

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame of messages."""
        self._watch.heard()
        if frame.msg_type == WSMsgType.TEXT:
            for line in frame.get_payload_as_bytes().split(b"\n"):
                self._hear(json.loads(line))
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note that it is over."""
        del transport
        self._watch.closed()

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

    def _answered(self, channel: str, message: dict[str, Any]) -> None:
        told = message.get("subscribe")
        if told is None:
            self._subscribed.discard(channel)
            self._leave(channel)
            asyncio.get_running_loop().call_later(RETRY_S[0], self._ready)
            return
        position = f"{told['epoch']}.{told.get('offset', 0):x}"
        for data in [told.get("data"), *(each["data"] for each in told.get("publications", ()))]:
            self._take(channel, position, data)

    def _pushed(self, push: dict[str, Any]) -> None:
        channel = push["channel"]
        if "pub" in push:
            self._take(channel, push["pub"]["data"]["position"], push["pub"]["data"])
        elif "unsubscribe" in push:
            self._subscribed.discard(channel)
            self._leave(channel)
            self._ready()

    def _next_id(self) -> int:
        self._id += 1
        return self._id

    def _send(self, commands: list[dict[str, Any]]) -> None:
        if self._transport is not None and not self._watch.is_closed:
            self._transport.send(WSMsgType.TEXT, "\n".join(json.dumps(command) for command in commands).encode())
