"""An edge before the gateway of a history: its link is a call, which a test may cut, and the gateway may be another one after that."""

import asyncio

import msgspec

from api.auth.socket_tokens import SocketTokens
from api.channel_names import channel_name
from api.positions import Positions
from api.stream.channel_feed import NotSeen
from api.stream.edge_hub import EdgeHub
from api.stream.gateway import Gateway
from api.stream.gateway_parts import StreamLimits
from api.stream.metrics import StreamCounts
from api.stream.upstream import Message
from infra.clock import Clock
from tests.views.streaming import LOG_ID, Reader

KEY = "a key of the tests that is long enough to sign with"


class EverySession:
    """Sessions of histories, which have none: all count."""

    async def counts(self, _session):
        return True


class Link:
    """A socket of the gateway, and what asks it for an edge."""

    buffered_bytes = 0

    def __init__(self, hub, edge):
        clock = Clock()
        tokens = SocketTokens(KEY, clock, LOG_ID)
        self.gateway = Gateway(hub, tokens, EverySession(), {}, clock, StreamLimits())
        self.edge, self.asking, self.number = edge, {}, 1
        self.connection = self.gateway.open(self, "")
        self.connection.receive(msgspec.json.encode({"id": 1, "connect": {"token": tokens.edge()}}))

    def ask(self, method, request, answered):
        if self.connection.is_closed:
            answered(None)
            return
        self.number += 1
        self.asking[self.number] = answered
        self.connection.receive(b'{"id":%d,"%s":%s}' % (self.number, method.encode(), request))

    def send(self, frame, *, may_wait=False):
        del may_wait
        for line in frame.split(b"\n"):
            told = msgspec.json.decode(line, type=Message)
            answered = self.asking.pop(told.id, None)
            if answered is not None:
                answered(told)
            elif told.connect is not None:
                self.edge.connected(told.connect)
            else:
                self.edge.pushed(told.push)

    def close(self, code, _reason):
        raise AssertionError(f"the gateway closed the edge: {code}")

    def cut(self):
        self.gateway.closed(self.connection)
        self.edge.lost()
        asking, self.asking = self.asking, {}
        for answered in asking.values():
            answered(None)

    async def settled(self):
        """Wait until all that was asked is answered."""
        for _ in range(10):
            await asyncio.sleep(0)
            while self.gateway._work:
                await asyncio.wait(self.gateway._work)


class Edged:
    """An edge before a `Streamed`, with readers as that has them."""

    def __init__(self, streamed):
        self.streamed = streamed
        self.hub = EdgeHub(Positions(LOG_ID), StreamCounts(), lambda: streamed.now_s, lambda: streamed.now_us)
        self.connect()

    def connect(self):
        self.link = self.hub.upstream = Link(self.streamed.hub, self.hub)

    async def settled(self):
        """Let everything arrive that is under way, with every gap over."""
        await self.link.settled()
        self.streamed.now_s += 5
        self.streamed.hub.look()
        self.hub.look()

    async def reader_of(self, account_id, channel, tick_s=0.05):
        """A reader on the edge who is an account, None where it may not see the channel."""
        try:
            opened, sight = await self.hub.enter(channel_name(channel), account_id, 0)
        except NotSeen:
            return None
        return None if opened is None else Reader(self, channel, opened, tick_s, sight)
