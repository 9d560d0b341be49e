"""Betting needs PostgreSQL only: with the views away bets are taken, with the log away they are refused by name and never doubled."""

import asyncio
import signal
import time
from collections.abc import Iterator

import httpx
import pytest
import redis

from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.server import free_port
from infra.embedded.valkey import EmbeddedValkey
from infra.eventstore.group_commit import RECONNECT_S_MAX
from projections.registry import VIEWS
from tests.contracts.gateway_under_test import Events, subscribed
from tests.journeys.process_tree import Person, Tree, number_of, open_match, problem_of, until, verified
from tests.journeys.sockets import in_a_thread, socket_of
from tests.servers import server_folder

SOON_S = 30.0
"""What an answer may take beyond the limit on reconnecting."""


class Servers:
    """A PostgreSQL and a Valkey that a journey may stop and start again where they were."""

    def __init__(self, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
        self.postgres = postgres
        self.valkey = valkey


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with server_folder() as home:
        postgres = EmbeddedPostgres(home / "postgres", port=free_port(), shared_buffers_mb=128)
        with postgres, EmbeddedValkey(home / "valkey", port=free_port()) as valkey:
            yield Servers(postgres, valkey)


@pytest.fixture(scope="module")
def tree(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    running = Tree(servers.postgres.start(), servers.valkey.start(), tmp_path_factory.mktemp("tree"))
    running.env["SLIPSTREAM_STREAM_PORT"] = str(free_port())
    try:
        for role in ("api", "project", "settle"):
            running.start(role)
        yield running
    finally:
        running.end_all()


def ready(tree: Tree) -> bool:
    return tree.visitor().get("/readyz").status_code == 200


def without(tree: Tree, server: str) -> httpx.Response | None:
    """The answer that tells that `server` is missing; on a busy machine something may be late, and told, before."""
    answer = tree.visitor().get("/readyz")
    return answer if server in answer.json()["missing"] else None


def test_with_the_views_away_a_bet_on_the_screen_is_taken_and_seen_once_they_are_back(tree: Tree, servers: Servers):
    trader = tree.bettor("trader", role="trader")
    ada = tree.bettor("ada", funds_minor=50_00)
    market = open_match(trader, "views away")
    servers.valkey.stop()
    try:
        struck = ada.bet(market, "home", 10_00, "with the views away")
        assert struck.status_code == 201, struck.text
        for path, problem in (("/v1/portfolio", "view-unavailable"), ("/v1/fixtures", "view-unavailable")):
            away = ada.client.get(path)
            assert (away.status_code, problem_of(away)) == (503, problem)
            assert int(away.headers["retry-after"]) >= 1
        waiting = until(lambda: without(tree, "the views"), "it is noticed", SOON_S)
        assert (waiting.status_code, problem_of(waiting), waiting.json()["missing"]) == (503, "view-unavailable", ["the views"])
        assert tree.visitor().get("/healthz").status_code == 200
    finally:
        servers.valkey.start()
    until(lambda: ready(tree), "ready again")
    bets = until(lambda: shown(ada), "the views have caught up")
    assert bets == [struck.json()["bet_id"]]
    assert ada.available_minor() == 40_00


def test_a_verification_with_the_views_away_says_that_it_speaks_of_the_log_alone(tree: Tree, servers: Servers):
    auditor = tree.bettor("auditor", role="auditor")
    servers.valkey.stop()
    try:
        found = verified(auditor)
    finally:
        servers.valkey.start()
    assert (found["status"], found["wrong"]) == ("log_clean", "")
    assert set(found["figures"]["views_not_compared"]) == {view.name for view in VIEWS}
    until(lambda: ready(tree), "ready again")
    assert verified(auditor)["status"] == "clean"


def shown(person: Person) -> list[str]:
    answer = person.get("/v1/portfolio")
    return [bet["bet_id"] for bet in answer.json()["open"]["items"]] if answer.status_code == 200 else []


def test_with_the_log_away_a_bet_is_refused_by_name_and_the_same_key_strikes_it_once(tree: Tree, servers: Servers):
    trader = tree.bettor("trader_2", role="trader")
    grace = tree.bettor("grace", funds_minor=50_00)
    market = open_match(trader, "log away")
    assert grace.bet(market, "home", 1_00, "warm").status_code == 201
    servers.postgres.stop()
    try:
        began_s = time.monotonic()
        refused = grace.bet(market, "home", 10_00, "with the log away")
        waited_s = time.monotonic() - began_s
        assert (refused.status_code, problem_of(refused)) == (503, "store-away")
        assert int(refused.headers["retry-after"]) >= 1
        assert waited_s < RECONNECT_S_MAX + SOON_S
        waiting = until(lambda: without(tree, "the log"), "it is noticed", SOON_S)
        assert (waiting.status_code, problem_of(waiting)) == (503, "store-away")
    finally:
        servers.postgres.start()
    first = until(
        lambda: (answer := grace.bet(market, "home", 10_00, "with the log away")).status_code == 201 and answer, "the log is back"
    )
    again = grace.bet(market, "home", 10_00, "with the log away")
    assert (again.status_code, again.content) == (201, first.content)
    until(lambda: grace.get("/v1/portfolio").status_code == 200 and grace.available_minor() == 39_00, "one stake was taken")
    until(lambda: ready(tree), "ready again")
    assert tree.run("audit", "verify").returncode == 0


def test_sockets_outlive_the_views_and_a_gateway_that_is_killed_and_end_with_the_session(tree: Tree, servers: Servers):
    trader = tree.bettor("trader_3", role="trader")
    joan = tree.bettor("joan", funds_minor=50_00)
    market, other = open_match(trader, "sockets"), open_match(trader, "not open yet")
    board = f"fixture:{market['fixture_id']}"

    async def reprice(odds: str) -> None:
        prices = {"prices": {"home": odds, "draw": "3.4", "away": "10/11"}}
        assert (await in_a_thread(trader.put, f"/v1/trading/markets/{market['market_id']}/prices", prices)).status_code == 200

    async def told_of(events: Events, odds: str) -> None:
        while True:
            changes = (await events.next("on_publication")).pub.data["changes"]
            if odds in [each["odds"] for found in changes.get("markets", []) for each in found["selections"]]:
                return

    async def story() -> None:
        async with socket_of(tree, joan) as (made, events):
            _, board_events, _ = await subscribed(made, board)
            await in_a_thread(servers.valkey.stop)
            try:
                await reprice("2.36")
                await told_of(board_events, "2.36")
                late = made.new_subscription(f"fixture:{other['fixture_id']}", events=(late_events := Events()), min_resubscribe_delay=0.1)
                await late.subscribe()
                assert (await late_events.next("on_error")).error.code == 100, "the views are away: ask again"
            finally:
                await in_a_thread(servers.valkey.start)
            assert (await late_events.next("on_subscribed")).data["snapshot"]["fixture_id"] == other["fixture_id"]
            await in_a_thread(tree.end, "stream", signal.SIGKILL)
            await reprice("2.37")
            await in_a_thread(tree.start, "stream")
            assert (await board_events.next("on_subscribed")).recovered
            await told_of(board_events, "2.37")
            assert (await in_a_thread(joan.delete, "/v1/sessions/current")).status_code in (200, 204)
            assert (await events.next("on_disconnected")).code == 3503

    tree.start("stream")
    try:
        asyncio.run(story())
    finally:
        tree.end("stream")


def test_views_that_were_lost_are_refused_until_they_are_rebuilt_and_never_shown_as_zeros(tree: Tree, servers: Servers):
    hopper = tree.bettor("hopper", funds_minor=50_00)
    paths = ("/v1/wallet", "/v1/portfolio", "/v1/wallet/statement", "/v1/bets", "/v1/fixtures")
    before = {path: until(lambda path=path: (found := hopper.get(path)).status_code == 200 and found, path).json() for path in paths}
    assert before["/v1/wallet"]["balance_minor"] == 50_00
    tree.end("project")
    with redis.Redis.from_url(servers.valkey.start()) as client:
        client.flushall()
    for path in paths:
        for lost in (hopper.client.get(path), hopper.get(path)):
            assert (lost.status_code, problem_of(lost)) == (503, "view-unavailable"), path
            assert int(lost.headers["retry-after"]) >= 1
    tree.start("project")
    for path in paths:
        assert until(lambda path=path: hopper.get(path).status_code == 200, "rebuilt")
        assert until(lambda path=path: hopper.get(path).json() == before[path], "as it was")


def test_a_view_that_is_late_is_shown_with_the_position_it_stands_at(tree: Tree):
    late = tree.bettor("late", funds_minor=50_00)
    assert late.available_minor() == 50_00
    stood_at = number_of(late.position)
    tree.end("project")
    try:
        late.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": "not seen yet"})
        shown = late.get_at_once("/v1/wallet")
        assert (shown.status_code, shown.json()["available_minor"]) == (200, 50_00)
        assert stood_at <= number_of(shown.headers["slipstream-position"]) < number_of(late.position)
    finally:
        tree.start("project")
    until(lambda: late.available_minor() == 51_00, "caught up")


def test_what_a_late_view_does_not_have_yet_is_waited_for_as_what_it_has_and_said_with_its_position(tree: Tree):
    trader = tree.bettor("scheduler", role="trader")
    fixture = {"sport": "football", "competition": "Cup", "home": "Not seen", "away": "Yet", "kick_off": "2026-06-11T19:00:00Z"}
    tree.end("project")
    try:
        scheduled = trader.post("/v1/trading/fixtures", fixture, idempotency_key="not seen yet")
        for path in (f"/v1/fixtures/{scheduled.json()['fixture_id']}", f"/v1/fixtures/{scheduled.json()['fixture_id']}?"):
            missing = trader.get_at_once(path)
            assert (missing.status_code, problem_of(missing)) == (404, "fixture-unknown")
            assert missing.elapsed.total_seconds() >= 0.4
            assert number_of(missing.headers["slipstream-position"]) < number_of(trader.position)
    finally:
        tree.start("project")
    assert trader.get(f"/v1/fixtures/{scheduled.json()['fixture_id']}").json()["home"] == "Not seen"
