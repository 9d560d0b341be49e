"""Deliveries under test: a history, its views, the ledger in a real PostgreSQL, and a provider that answers over HTTP as it is told."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg

from domain.fact import micros, moment
from domain.ids import address_of, notifications_of
from domain.notification.facts import AddressAdded, AddressRemoved
from domain.notification.kinds import WEB_PUSH
from infra.clock import Clock
from infra.delivery.claims import ChannelClaims
from infra.delivery.ledger import DeliveryLedger, LedgerFigures
from infra.delivery.port import DeliveryChannel, Gone, Later, NoticeDelivery, Outcome, Sent, Undeliverable, Unknown
from infra.delivery.recheck import NoticeCheck
from infra.delivery.sender import ChannelSender
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from tests.journeys.process_tree import until
from tests.views.test_inbox_view import READ_FROM, InboxHistory, plain

TURNS_MAX = 2_000
TABLES = (
    *("delivery", "delivery_account", "delivery_bell", "delivery_fanout", "delivery_open_bet", "delivery_kick_off", "delivery_limit"),
    "delivery_device",
)

Answer = Callable[[dict[str, Any]], int]
"""The status that the provider answers a message with; 0 for none at all."""


class Killed(BaseException):
    """A process that ends at a moment of the test's choosing."""


class HeldClock(Clock):
    """A clock that the test moves."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


class Provider:
    """An HTTP server on loopback: it keeps what it is sent, and answers as the test says."""

    def __init__(self, port: int) -> None:
        self.port, self.received, self.answer = port, list[dict[str, Any]](), (lambda _: 201)
        self.release = threading.Event()

    def titles(self) -> list[str]:
        return [each["title"] for each in self.received]

    def address(self, name: str) -> dict[str, str]:
        return {"endpoint": f"http://{name}.test:{self.port}/"}


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = running.answer(message)
            running.received.append(message)
            if not status:
                running.release.wait()
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Provider(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


class HttpChannel:
    """A channel that posts each message to the provider as JSON."""

    name = WEB_PUSH

    def __init__(self, port: int, *, idempotent: bool = False) -> None:
        self._port, self.idempotent = port, idempotent

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        message = delivery.message
        said = {"id": delivery.delivery_id, "account": delivery.account_id, "to": delivery.address["endpoint"]}
        body = json.dumps(said | {"title": message.title, "body": message.body, "path": message.path, "kind": message.kind}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        with closing(writer):
            writer.write(b"POST / HTTP/1.1\r\nhost: sink\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            line = (await reader.readline()).decode()
        status = int(line.split(" ")[1]) if line else 0
        if 200 <= status < 300:
            return Sent(str(status))
        if status in (404, 410):
            return Gone(str(status))
        if status == 429 or status >= 500:
            return Later(str(status))
        return Undeliverable(str(status)) if status else Unknown("no answer")

    async def close(self) -> None:
        """Keep nothing."""


class Site:
    """A history whose accounts are reached outside the page."""

    def __init__(self, dsn: str, sink: Provider) -> None:
        self.dsn, self.sink = dsn, sink
        self.history, self.models = InboxHistory(), MemoryModels()
        self.clock, self.figures = HeldClock(self.history.at()), LedgerFigures()
        self.promoted: Mapping[str, bool] = {}
        with psycopg.connect(dsn, autocommit=True) as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  (names of this file)
            connection.execute("UPDATE delivery_position SET position = 0, mark = '', version = '', tell_from = 0")
        self.tell()

    def reach(self, account_id: str, name: str = "push", channel: str = WEB_PUSH, address: Mapping[str, str] | None = None) -> str:
        """Give an account an address, and let it be told of slips there; return its id."""
        sealed = json.dumps(address or self.sink.address(name))
        address_id = address_of(account_id, channel, sealed)
        self.history.add(notifications_of(account_id), AddressAdded(account_id, channel, address_id, sealed, self.history.at()))
        self.history.prefer(account_id, "promotion", "slips", "on", channel)
        return address_id

    def ledger(self) -> DeliveryLedger:
        return DeliveryLedger(self.dsn, self.history.log, self.clock, self.figures)

    def tell(self) -> None:
        """Turn the whole log into deliveries, as a process that begins now does."""
        log = self.history.log
        self.clock.at = max(self.clock.at, moment(log.read(log.head() - 1, 1)[-1].committed_us))
        with closing(self.ledger()) as ledger:
            until(ledger.take_turn, "who had the turn before is gone")
            while ledger.tell() + ledger.fan_out():
                pass

    def project(self) -> None:
        Projector(self.history.log, self.models, READ_FROM).catch_up()

    def sender(
        self,
        kind: type[ChannelSender] = ChannelSender,
        *,
        idempotent: bool = False,
        rate_per_s: float = 10_000.0,
        channel: DeliveryChannel | None = None,
    ) -> ChannelSender:
        """Return a sender of the channel, and without one of that to the provider."""
        channel = channel or HttpChannel(self.sink.port, idempotent=idempotent)

        async def is_promoted(account_id: str) -> bool:
            return self.promoted.get(account_id, True)

        async def opened(sealed: Sequence[tuple[str, str]]) -> Sequence[str | None]:
            return [text for _, text in sealed]

        async def drop(account_id: str, address_id: str, why: str) -> None:
            self.history.add(notifications_of(account_id), AddressRemoved(account_id, address_id, why, self.history.at()))

        claims = ChannelClaims(self.dsn, channel.name, idempotent=channel.idempotent)
        check = NoticeCheck(MemoryReads(self.models), plain, is_promoted)
        return kind(channel, claims, check, opened, drop, self.clock, rate_per_s=rate_per_s)

    def send(self, *senders: ChannelSender, told: bool = True) -> None:
        """Tell and send until nothing is due any more."""
        if told:
            self.tell()
        self.project()
        asyncio.run(self._drain(senders or (self.sender(),)))

    async def _drain(self, senders: Sequence[ChannelSender]) -> None:
        with suppress(Killed):
            await asyncio.gather(*[drained(sender, self) for sender in senders])
        for sender in senders:
            await sender.close()

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**by)

    def states(self) -> dict[str, int]:
        """How many deliveries there are in each state, but for digests."""
        return dict(self.rows("SELECT state, count(*) FROM delivery WHERE kind <> 'digest' GROUP BY state"))

    def rules(self) -> list[str]:
        return sorted(rule for (rule,) in self.rows("SELECT rule FROM delivery WHERE state = 'suppressed' AND kind <> 'digest'"))

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode()).fetchall()


async def drained(sender: ChannelSender, site: Site) -> None:
    """Let a sender take turns until nothing is due, and nothing of its own is under way."""
    for _ in range(TURNS_MAX):
        done = await sender.turn()
        left = site.rows("SELECT state, due_us FROM delivery WHERE state IN ('queued', 'claimed', 'attempting', 'waiting')")
        if not done and not any(state != "waiting" or due_us <= micros(site.clock.at) for state, due_us in left):
            return
        site.later(milliseconds=20)
        await asyncio.sleep(0.005)
    raise AssertionError("deliveries are never done")
