"""The product with a real Centrifugo before it, as `slipstream stream` with `SLIPSTREAM_PUSH=centrifugo` stands behind one."""

import asyncio
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.rate_limits import RateLimiter
from api.http.problems import PROBLEMS
from api.positions import Positions
from api.stream.all_feeds import all_feeds
from api.stream.call_answers import CallAnswers
from api.stream.centrifugo import CentrifugoDelivery
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts
from api.stream.rpc import SocketCalls
from api.stream.trader_access import may_trade
from domain.fact import micros
from infra.embedded.server import HOST, free_port
from infra.readmodels.memory import MemoryReads
from infra.stream.centrifugo_api import CentrifugoApi
from infra.stream.centrifugo_config import PROXY_TIMEOUT, centrifugo_config
from infra.stream.centrifugo_requests import RequestsServer
from infra.stream.log_source import LogSource
from tests.contracts.gateway_under_test import KEY, Product

PROGRAM = Path(sys.prefix) / "centrifugo"
API_KEY, SECRET = "a key of the server API in the tests", "a secret that the Centrifugo asks with"
MISSING = "no Centrifugo was built: scripts/install-system --centrifugo does it where Go is"


class Centrifugo:
    """A Centrifugo on ports of its own, with the configuration file that operators are given."""

    def __init__(self, folder):
        if not PROGRAM.exists():
            pytest.skip(MISSING)
        self.port, self.process = free_port(), None
        self.file, self.log = folder / "centrifugo.json", folder / "centrifugo.log"
        self.url, self.api_url = f"ws://{HOST}:{self.port}/connection/websocket", f"http://{HOST}:{self.port}"

    def configure(self, text):
        """Take a configuration as operators are given it, but for the time that it waits for answers of a busy machine."""
        assert PROXY_TIMEOUT in text
        self.file.write_text(text.replace(f'"timeout": "{PROXY_TIMEOUT}"', '"timeout": "60s"'))

    def start(self):
        """Start it; return once it answers."""
        address = ("--http_server.address", HOST, "--http_server.port", str(self.port))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, "--config", self.file, *address], stdout=log, stderr=log)
        deadline_s = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{self.api_url}/health").raise_for_status()
            except httpx.HTTPError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline_s, self.log.read_text()
                time.sleep(0.02)
            else:
                return

    def wait_until_nobody_is_there(self):
        """Wait until the clients of an earlier test are gone: a process that takes over tells all of what they read."""
        deadline_s = time.monotonic() + 60
        while True:
            told = httpx.post(f"{self.api_url}/api/info", json={}, headers={"X-API-Key": API_KEY}).json()["result"]["nodes"][0]
            if not told.get("num_clients", 0):
                return
            assert time.monotonic() < deadline_s, told
            time.sleep(0.02)

    def end(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()


class ProductBehindACentrifugo(Product):
    """The product whose sockets a Centrifugo holds: `gateway` is the process behind it, on what stands at the Centrifugo's address."""

    def __init__(self, folder):
        self.centrifugo = Centrifugo(folder)
        super().__init__()
        self.requests_port = free_port()
        told = {"token_key": KEY, "api_key": API_KEY, "proxy_secret": SECRET, "origins": ("https://site.example",)}
        self.centrifugo.configure(centrifugo_config(**told, requests_url=f"http://{HOST}:{self.requests_port}"))
        self.centrifugo.start()

    def close(self):
        self.centrifugo.end()
        super().close()

    @asynccontextmanager
    async def gateway(self, port=0, began=0, log=None, api_url=None, **_limits):  # noqa: ARG002  (its port is the Centrifugo's)
        loop, reads = asyncio.get_running_loop(), MemoryReads(self.models)
        queue, positions, counts = AsyncCommandQueue(self.dispatcher), Positions(self.log.identity()), StreamCounts()
        sessions = CurrentSessions(queue, self.clock, staff_need_second_factor=True)
        buckets = RateLimiter(1_000, 10_000)
        admission = Admission(self.session_tokens, sessions, buckets, buckets, self.clock)
        hub = Hub(
            all_feeds(reads, self.texts, partial(may_trade, queue)),
            positions,
            counts,
            self.clock.monotonic_s,
            lambda: micros(self.clock.now()),
        )
        calls = SocketCalls(queue, admission, reads, CallAnswers(positions, PROBLEMS), self.clock)
        server_api = CentrifugoApi(api_url or self.centrifugo.api_url, API_KEY, counts).start()
        gateway = CentrifugoDelivery(hub, server_api, sessions, calls.methods, self.clock, self.log.identity())
        hub.begin(began)
        source = LogSource(log or self.log, hub.kinds, began, hub.take, loop).start()
        await hub.reached(self.log.head())
        await gateway.start()
        server = RequestsServer(gateway, SECRET)
        serving = asyncio.ensure_future(server.serve([socket.create_server((HOST, self.requests_port))]))
        gateway.url, gateway.port, gateway.sessions, gateway.counts = self.centrifugo.url, self.centrifugo.port, sessions, counts
        gateway.now_s = lambda: int(self.clock.now().timestamp())
        gateway.views_caught_up = self.views_caught_up
        try:
            yield gateway
        finally:
            server.should_exit = True
            await serving
            await gateway.stop()
            await server_api.close()
            await asyncio.to_thread(source.stop)
