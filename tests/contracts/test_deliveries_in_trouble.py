"""Deliveries while a rate holds them back, a digest is given up, the clock goes back or the database is away: all go out, each once."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from commands.ports import StoreUnavailable
from domain.ids import notifications_of
from domain.notification.facts import DigestSet
from domain.notification.kinds import WEB_PUSH
from infra.database import make_ready
from infra.delivery import sender as sender_module
from infra.delivery.claims import LEASE_US
from infra.delivery.ledger import DeliveryLedger
from infra.delivery.sender import ChannelSender
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.server import free_port
from infra.process_managers import runner
from tests.contracts.deliveries_under_test import TURNS_MAX, Provider, Site, provider
from tests.journeys.process_tree import until
from tests.servers import fresh_database, server_folder
from tests.views.history import named
from tests.views.test_inbox_view import ANN, BEN, CLEO, DAN

FOLLOWERS, RATE_PER_S = 10, 3
PAUSE_S_MAX, PAUSES = 0.04, 5
"""Pauses are doubled from 0.01 s: after so many the longest came at least twice."""
SEAMS = ["_before_looking", "_before_sending", "_before_recording"]


@pytest.fixture
def sink() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


@pytest.fixture
def site(dsn: str, sink: Provider) -> Site:
    return Site(dsn, sink)


def ring(site: Site, *account_ids: str) -> None:
    for account_id in account_ids:
        site.reach(account_id)
        site.history.bell(account_id, ANN)


def remark(site: Site, number: int) -> None:
    site.history.comment(f"remark {number}", BEN, site.history.pick(ANN), ANN, f"remark {number}")


def digested(site: Site, digest: str) -> None:
    site.history.add(notifications_of(ANN), DigestSet(ANN, WEB_PUSH, digest, 0, site.history.at()))


def ready(site: Site) -> None:
    """Have the views know what happened, then the ledger."""
    site.project()
    site.tell()


def each_once(site: Site) -> int:
    """How many messages were sent, none of them twice."""
    counted = Counter(each["id"] for each in site.sink.received)
    assert set(counted.values()) <= {1}, counted
    return len(counted)


def test_a_provider_is_sent_as_much_as_its_rate_lets_pass_and_everything_in_the_end(site: Site, monkeypatch: pytest.MonkeyPatch):
    held_s = [1_000.0]
    monkeypatch.setattr(sender_module, "time", SimpleNamespace(monotonic=lambda: held_s[0]))
    people = [named("reader", number) for number in range(FOLLOWERS)]
    for number, account_id in enumerate(people):
        site.history.account(account_id, f"reader{number}")
    ring(site, *people)
    site.history.pick(ANN)
    ready(site)
    sender = site.sender(rate_per_s=RATE_PER_S)

    async def turns(until_sent: int) -> None:
        """Take turns until so many are sent, and some more: they may send nothing."""
        more = 5
        for _ in range(TURNS_MAX):
            await sender.turn()
            site.later(milliseconds=300)
            await asyncio.sleep(0.005)
            more -= site.states().get("sent", 0) >= until_sent
            if not more:
                return
        raise AssertionError(f"{site.states()} where {until_sent} are to be sent")

    async def seconds_pass() -> list[int]:
        tried = []
        for allowed in (RATE_PER_S, 2 * RATE_PER_S, 3 * RATE_PER_S, FOLLOWERS):
            await turns(allowed)
            tried.append(site.rows("SELECT sum(attempts)::int FROM delivery")[0][0])
            held_s[0] += 1.0
        await sender.close()
        return tried

    assert asyncio.run(seconds_pass()) == [3, 6, 9, 10]
    assert (site.states(), each_once(site)) == ({"sent": FOLLOWERS}, FOLLOWERS)


@pytest.mark.parametrize("is_due", [False, True])
def test_a_digest_that_is_given_up_while_it_is_open_or_due_goes_out_once_and_what_comes_then_by_itself(site: Site, *, is_due: bool):
    site.reach(ANN)
    digested(site, "hourly")
    for number in range(2):
        remark(site, number)
    site.send()
    assert (site.states(), site.sink.received) == ({"folded": 2}, [])
    if is_due:
        site.later(hours=2)
    digested(site, "immediate")
    remark(site, 2)
    site.send(site.sender(), site.sender())
    by_itself = ["ben commented: “remark 2”"]
    assert sorted(site.sink.titles()) == (["2 notifications"] if is_due else []) + by_itself
    for _ in range(2):
        site.later(hours=2)
        site.send(site.sender(), site.sender())
    assert sorted(site.sink.titles()) == ["2 notifications", *by_itself]
    assert (site.states(), each_once(site)) == ({"sent": 3}, 2)


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("idempotent", [True, False])
def test_nothing_is_sent_twice_nor_lost_where_the_clock_goes_back_under_a_sender(site: Site, seam: str, *, idempotent: bool):
    ring(site, BEN, CLEO, DAN)
    site.reach(ANN)
    remark(site, 0)
    ready(site)
    turned = threading.Event()

    def turn_back(_: ChannelSender) -> None:
        if not turned.is_set():
            turned.set()
            site.later(hours=-1)

    turning = type("TurningBack", (ChannelSender,), {seam: turn_back})
    site.send(site.sender(turning, idempotent=idempotent), told=False)
    assert turned.is_set()
    for _ in range(2):
        site.later(hours=1)
        site.send(site.sender(idempotent=idempotent), site.sender(idempotent=idempotent), told=False)
    assert (site.states(), each_once(site)) == ({"sent": 4}, 4)


def test_a_digest_closes_once_though_the_clock_goes_back_while_it_is_open(site: Site):
    site.reach(ANN)
    digested(site, "hourly")
    remark(site, 0)
    site.send()
    site.later(hours=-3)
    site.send(told=False)
    remark(site, 1)
    for hours in (2, 3):
        site.later(hours=hours)
        site.send(site.sender(), site.sender())
    assert (site.sink.titles(), site.states()) == (["2 notifications"], {"sent": 2})


def test_a_database_that_is_away_until_every_lease_and_pause_ran_out_loses_nothing_and_doubles_nothing(
    sink: Provider, monkeypatch: pytest.MonkeyPatch
):
    paused, refused = [0], [0]
    monkeypatch.setattr(runner, "PAUSE_S_FIRST", 0.01)
    monkeypatch.setattr(runner, "PAUSE_S_MAX", PAUSE_S_MAX)

    class Watched(ChannelSender):
        async def turn(self) -> int:
            try:
                return await super().turn()
            except StoreUnavailable:
                paused[0] += 1
                raise

    with server_folder() as folder, EmbeddedPostgres(folder / "postgres", port=free_port(), shared_buffers_mb=16) as server:
        url = server.start()
        make_ready(url)
        site = Site(url, sink)
        ring(site, BEN, CLEO)
        site.reach(ANN)
        remark(site, 0)
        ready(site)

        def opened() -> DeliveryLedger:
            try:
                return site.ledger()
            except psycopg.OperationalError:
                refused[0] += 1
                raise

        arrived, go_on, stop = list[str](), threading.Event(), threading.Event()

        def held(message: dict[str, Any]) -> int:
            arrived.append(message["id"])
            go_on.wait()
            return 201

        sink.answer = held
        ended: list[object] = []
        loop = threading.Thread(target=lambda: ended.append(asyncio.run(site.sender(Watched).run(stop.is_set))))
        telling = threading.Thread(target=runner.run_with_backoff, args=("deliveries", opened, stop))
        loop.start()
        telling.start()
        try:
            until(lambda: len(arrived) == 3, "all messages are with the provider: nothing is claimed that was not sent")
            server.stop()
            go_on.set()
            until(lambda: paused[0] >= 3, "the sender finds the database away, and asks again")
            until(lambda: refused[0] >= PAUSES, "who tells has gone through all its pauses, the longest too")
            site.later(microseconds=2 * LEASE_US)
            assert (loop.is_alive(), ended) == (True, [])
            assert server.start() == url
            until(lambda: site.states() == {"sent": 3}, "what became of the messages is kept")
            remark(site, 1)
            site.project()
            until(lambda: site.later(milliseconds=20) or site.states() == {"sent": 6}, "what comes then is sent")
        finally:
            go_on.set()
            stop.set()
            loop.join()
            telling.join()
        assert (each_once(site), ended) == (6, [None])
