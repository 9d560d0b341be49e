"""An edge before a gateway, both as their roles run them, on a log and views in memory."""

import asyncio
import socket
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from api.auth.socket_tokens import SocketTokens
from api.client_address import TrustedProxies
from api.positions import Positions
from api.stream.edge_hub import EdgeHub
from api.stream.metrics import StreamCounts
from domain.fact import micros
from infra.clock import Clock
from infra.roles.edge import built
from infra.settings import Settings
from infra.stream.server import serve
from infra.stream.upstream import UpstreamLink
from tests.contracts.gateway_under_test import GATHER_S, KEY, Product


@asynccontextmanager
async def edge_of(url, port=0):
    """An edge of the gateway at an address; gives its gateway, with its own address."""
    clock, made = Clock(), asyncio.get_running_loop().create_future()
    settings = Settings(token_secret=KEY, data_dir=Path("not used"))
    link = UpstreamLink(url, SocketTokens(KEY, clock, "").edge)

    def begin(told):
        hub = EdgeHub(Positions(told.data.log), StreamCounts(), clock.monotonic_s, lambda: micros(clock.now()))
        gateway = built(settings, hub, link, told.data.log, clock)
        hub.upstream, hub.accounts = link, gateway
        made.set_result(gateway)
        return hub

    following = asyncio.ensure_future(link.run(begin))
    await asyncio.wait([following, made], return_when=asyncio.FIRST_COMPLETED)
    if following.done():
        following.result()
    gateway = made.result()
    gateway.start()
    listener = socket.create_server(("127.0.0.1", port))
    server = await serve(gateway, listener, frozenset({"https://site.example"}), TrustedProxies(), GATHER_S)
    gateway.port = listener.getsockname()[1]
    gateway.url = f"ws://127.0.0.1:{gateway.port}/connection/websocket"
    try:
        yield gateway
    finally:
        server.close()
        await gateway.stop()
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await asyncio.sleep(0.01)


class ProductBehindAnEdge(Product):
    """A product whose clients are on an edge."""

    @asynccontextmanager
    async def gateway(self, port=0, **limits):
        async with super().gateway(**limits) as origin, edge_of(origin.url, port) as edge:
            edge.origin, edge.views_caught_up = origin, origin.views_caught_up
            yield edge
