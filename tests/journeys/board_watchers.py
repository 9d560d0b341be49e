"""Many clients of a gateway in one process: each reads one channel and keeps what it is told."""

import asyncio
import json
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from tests.views.streaming import applied

AT_ONCE = 100


class Watcher(WSListener):
    """An anonymous client of one channel."""

    def __init__(self, channel: str) -> None:
        super().__init__()
        self.channel = channel
        self.is_gone = False
        self.offsets: list[int] = []
        self.shown: Any = None
        self.subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        commands = ({"id": 1, "connect": {}}, {"id": 2, "subscribe": {"channel": self.channel}})
        transport.send(WSMsgType.TEXT, "\n".join(map(json.dumps, commands)).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        for line in frame.get_payload_as_bytes().split(b"\n"):
            if line == b"{}":
                transport.send(WSMsgType.TEXT, line)
                continue
            told = json.loads(line)
            if "subscribe" in told:
                self.shown = told["subscribe"]["data"]["snapshot"]
                self.subscribed.set_result(None)
            elif "pub" in told.get("push", {}):
                self.offsets.append(told["push"]["pub"]["offset"])
                self.shown = applied(self.shown, told["push"]["pub"]["data"]["changes"])

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self.is_gone = True


async def watchers(url: str, channel: str, number: int) -> list[Watcher]:
    """Clients that were shown the channel."""
    made: list[Watcher] = []
    while len(made) < number:
        some = [Watcher(channel) for _ in range(min(AT_ONCE, number - len(made)))]
        await asyncio.gather(*[ws_connect(lambda each=each: each, url) for each in some])
        await asyncio.wait_for(asyncio.gather(*[each.subscribed for each in some]), 60)
        made += some
    return made


async def leave(made: list[Watcher]) -> None:
    """Everybody goes."""
    for each in made:
        if each.transport is not None:
            each.transport.disconnect(graceful=False)
    for each in made:
        if each.transport is not None:
            await each.transport.wait_disconnected()
