"""A socket whose other end says nothing more, though it was not closed, is given up, and another one is opened."""

import asyncio
import json
import threading

from websockets.asyncio.server import serve

from api.cli.pushed_channels import PushedChannels
from tests.journeys.process_tree import until


class SilentGateway:
    """Takes connections on a thread of its own, answers `connect` and `subscribe`, and nothing that comes after."""

    def __init__(self):
        self.connections, self.asked, self.port = 0, [], 0
        self._loop, self._ready = asyncio.new_event_loop(), threading.Event()
        self._stopped = None
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def close(self):
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self):
        self._stopped = asyncio.Event()
        async with serve(self._answer, "127.0.0.1", 0, ping_interval=None) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stopped.wait()

    async def _answer(self, socket):
        self.connections += 1
        async for frame in socket:
            for command in map(json.loads, frame.split("\n")):
                self.asked.append(next(name for name in command if name != "id"))
                answers = {"connect": {}, "subscribe": {"epoch": "k3J9x_Qa", "offset": 1}}
                if self.asked[-1] in answers:
                    await socket.send(json.dumps({"id": command["id"], self.asked[-1]: answers[self.asked[-1]]}))


def test_a_gateway_that_says_nothing_more_is_asked_and_then_left_for_another_connection():
    gateway = SilentGateway()
    address = f"ws://127.0.0.1:{gateway.port}/connection/websocket"
    pushed = PushedChannels(lambda: address, lambda _channel, _data: None, lambda _: None)
    pushed.follow({"fixture:one": ""})
    pushed.start()
    try:
        until(lambda: gateway.connections >= 2, "another connection is opened")
        assert "ping" in gateway.asked, "it was asked first"
    finally:
        pushed.stop()
        gateway.close()
