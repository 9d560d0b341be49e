"""A gateway as the role runs it, on a log and views in memory: real sockets, real clients, no database."""

import asyncio
import json
import socket
import threading
import time
from contextlib import asynccontextmanager, suppress
from functools import partial

from centrifuge import Client, ClientEventHandler, SubscriptionEventHandler
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.rate_limits import RateLimiter
from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import Tokens
from api.client_address import TrustedProxies
from api.http.problems import PROBLEMS
from api.positions import Positions
from api.sealed_text import SealedTexts
from api.stream.all_feeds import all_feeds
from api.stream.call_answers import CallAnswers
from api.stream.gateway import Gateway
from api.stream.gateway_parts import StreamLimits
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts
from api.stream.rpc import SocketCalls
from api.stream.trader_access import may_trade
from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import FindAccess
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.fact import micros
from infra.clock import Clock
from infra.eventstore.memory import MemoryEventStore
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from infra.sealed_text.memory import KeysInMemory
from infra.sealed_text.sealer import KeyedSealer
from infra.stream.log_source import LogSource
from infra.stream.server import serve
from tests.views.history import VIEWS, named
from tests.views.social_history import SocialHistory

GATHER_S = 0.002
KEY = "a key of the tests that is long enough to sign with"
FIXTURE, MARKET, OTHER_FIXTURE, OTHER_MARKET = named("fixture", 1), named("market", 1), named("fixture", 2), named("market", 2)


class Product:
    """A log with a match, views that follow it, a dispatcher; gateways come and go beside them."""

    def __init__(self):
        self.clock = Clock()
        self.history = SocialHistory()
        self.log = self.history.log = MemoryEventStore()
        self.history.fixture(FIXTURE)
        self.history.market(MARKET, FIXTURE, "2.35", "3.4", "10/11")
        self.history.kick_off(FIXTURE)
        self.history.fixture(OTHER_FIXTURE)
        self.history.market(OTHER_MARKET, OTHER_FIXTURE, "2", "3", "4")
        self.dispatcher = Dispatcher(self.log, USE_CASES, batch_wait_ms=0).start()
        self.models = MemoryModels()
        self.projector = Projector(self.log, self.models, VIEWS)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.projector.run, args=(self.stopping,), daemon=True)
        self.thread.start()
        self.session_tokens = Tokens(KEY, 3_600, self.clock, self.log.identity())
        self.tokens = SocketTokens(KEY, self.clock, self.log.identity())
        self.sealer = KeyedSealer(KeysInMemory(), self.clock.monotonic_s)
        self.texts = SealedTexts(self.sealer)
        self.people = 0

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.dispatcher.stop()

    async def views_caught_up(self):
        """Wait until the views show all that the log has: whoever comes now is shown it."""
        head = self.log.head()

        def wait():
            deadline_s = time.monotonic() + 60
            while any(each.stored < head for each in list(self.projector._tracked)) or not self.projector._tracked:
                assert time.monotonic() < deadline_s, "the views do not come to the log's end"
                time.sleep(0.005)

        await asyncio.to_thread(wait)

    def bettor(self, funds_minor=100_00):
        """Open an account; return its session."""
        self.people += 1
        account_id, at = self.clock.new_id(), self.clock.now()
        self.dispatcher.call(OpenAccount(account_id, f"person{self.people}", f"p{self.people}@example.com", "hash", "EUR", at))
        self.dispatcher.call(MoveMoney("deposit", account_id, funds_minor, "EUR", f"first-{account_id}", at))
        return self.sign_in(account_id)

    def sign_in(self, account_id):
        access = self.dispatcher.call(FindAccess(account_id)).receipt
        return self.session_tokens.issue(access)[1]

    def token(self, session, channels=()):
        return self.tokens.connection(session, channels)[0]

    @asynccontextmanager
    async def gateway(self, port=0, began=0, log=None, gather_s=GATHER_S, **limits):
        """Run a gateway on the log, or on what lets it see the log; gives it, and its address."""
        loop, reads = asyncio.get_running_loop(), MemoryReads(self.models)
        queue, positions = AsyncCommandQueue(self.dispatcher), Positions(self.log.identity())
        sessions = CurrentSessions(queue, self.clock, staff_need_second_factor=True)
        buckets = RateLimiter(1_000, 10_000)
        admission = Admission(self.session_tokens, sessions, buckets, buckets, self.clock)
        hub = Hub(
            all_feeds(reads, self.texts, partial(may_trade, queue)),
            positions,
            StreamCounts(),
            self.clock.monotonic_s,
            lambda: micros(self.clock.now()),
        )
        calls = SocketCalls(queue, admission, reads, CallAnswers(positions, PROBLEMS), self.clock)
        gateway = Gateway(hub, self.tokens, sessions, calls.methods, self.clock, StreamLimits(**limits))
        hub.begin(began)
        source = LogSource(log or self.log, hub.kinds, began, hub.take, loop).start()
        await hub.reached(self.log.head())
        gateway.start()
        listener = socket.create_server(("127.0.0.1", port))
        server = await serve(gateway, listener, frozenset({"https://site.example"}), TrustedProxies(), gather_s)
        gateway.url = f"ws://127.0.0.1:{listener.getsockname()[1]}/connection/websocket"
        gateway.port = listener.getsockname()[1]
        gateway.sessions = sessions
        gateway.views_caught_up = self.views_caught_up
        try:
            yield gateway
        finally:
            server.close()
            await gateway.stop()
            await asyncio.to_thread(source.stop)
            await asyncio.sleep(0.01)


class Events(ClientEventHandler, SubscriptionEventHandler):
    """What a client of the official library was told, in order."""

    def __init__(self):
        self.seen = asyncio.Queue()

    def __getattribute__(self, name):
        if not name.startswith("on_"):
            return super().__getattribute__(name)

        async def note(context):
            self.seen.put_nowait((name, context))

        return note

    async def next(self, kind):
        """The next event of a kind; others before it are passed over."""
        while True:
            name, context = await asyncio.wait_for(self.seen.get(), 60)
            if name == kind:
                return context


@asynccontextmanager
async def client(gateway, token="", get_token=None):
    """A connected client of centrifuge-python, with its events, once the views show what there is."""
    await gateway.views_caught_up()
    events = Events()
    made = Client(gateway.url, events=events, token=token, get_token=get_token, min_reconnect_delay=0.05, max_reconnect_delay=0.2)
    try:
        await made.connect()
        yield made, events
    finally:
        await made.disconnect()


async def subscribed(made, channel, **options):
    """A subscription of a client, its events, and what it was told at first."""
    events = Events()
    subscription = made.new_subscription(channel, events=events, **options)
    await subscription.subscribe()
    return subscription, events, await events.next("on_subscribed")


class Raw:
    """A client that sends what it likes."""

    def __init__(self, websocket):
        self.websocket = websocket

    async def ask(self, *commands):
        await self.websocket.send("\n".join(json.dumps(command) for command in commands))
        return await self.replies()

    async def replies(self):
        return [json.loads(line) for line in (await asyncio.wait_for(self.websocket.recv(), 60)).split("\n")]

    async def closed(self):
        """The code that the gateway closed with, whatever it still said before."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(60):
                async for _ in self.websocket:
                    pass
        return self.websocket.close_code


@asynccontextmanager
async def raw(gateway, token=None, **options):
    """A connection without a library of the protocol; with a token (empty: anonymous) it has connected."""
    if hasattr(gateway, "views_caught_up"):
        await gateway.views_caught_up()
    async with connect(gateway.url, compression=None, **options) as websocket:
        made = Raw(websocket)
        if token is not None:
            await made.ask({"id": 1, "connect": {"token": token} if token else {}})
        yield made
