"""Several gateways, and edges before one: whoever was on one that was killed goes on at another, with no gap and nothing twice."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from infra.embedded.server import HOST, free_port
from infra.metrics.ports import METRICS_PORTS
from tests.contracts.gateway_under_test import Events, subscribed
from tests.journeys.board_watchers import Watcher, leave, watchers
from tests.journeys.process_tree import Person, Tree, open_match, until
from tests.journeys.sockets import in_a_thread, socket_of, url_of
from tests.views.streaming import applied


def listens(tree: Tree, name: str, port: int) -> bool:
    """Whether a process takes connections on a port; it must not have ended."""
    process = tree.running[name]
    assert process.poll() is None, (tree.folder / f"{name}.log").read_text()
    with socket.socket() as asking:
        return asking.connect_ex((HOST, port)) == 0


def start_gateway(tree: Tree, name: str, port: int) -> None:
    tree.start("stream", name=name, SLIPSTREAM_STREAM_PORT=str(port), SLIPSTREAM_METRICS_PORT="0")
    until(lambda: listens(tree, name, port), f"{name} listens")


class Shown:
    """What a subscriber has: snapshots as they are, and changes put over them, as the recipe says."""

    def __init__(self, events: Events, told: Any) -> None:
        self.events, self.data = events, told.data["snapshot"]
        self.offsets: list[int] = []
        self.recovered: list[bool] = []

    async def until(self, look: Callable[[Any], bool]) -> None:
        """Take what is told until something is to be seen."""
        while not look(self.data):
            name, context = await asyncio.wait_for(self.events.seen.get(), 60)
            if name == "on_subscribed":
                self.recovered.append(context.recovered)
                self.data = self.data if context.recovered else context.data["snapshot"]
            elif name == "on_publication":
                self.offsets.append(context.pub.offset)
                self.data = applied(self.data, context.pub.data["changes"])


def reprice(trader: Person, market: dict[str, Any], odds: str) -> None:
    prices = {"prices": {"home": odds, "draw": "3.4", "away": "10/11"}}
    assert trader.put(f"/v1/trading/markets/{market['market_id']}/prices", prices).status_code == 200


def share(person: Person, market: dict[str, Any], key: str) -> str:
    bet = person.bet(market, "home", 1_00, key)
    assert bet.status_code == 201, bet.text
    shared = person.post("/v1/slips", {"bet_id": bet.json()["bet_id"]})
    assert shared.status_code == 201, shared.text
    return str(shared.json()["slip_id"])


def test_clients_of_a_gateway_that_is_killed_recover_on_another_in_every_channel(tree: Tree, trader: Person, ada: Person):
    eve = tree.bettor("eve", funds_minor=50_00)
    market = open_match(trader, "two gateways")
    assert eve.put(f"/v1/follows/{ada.account_id}").status_code in (200, 201)
    slip_id = share(ada, market, "before")
    ports = {"first": free_port(), "second": free_port()}
    for name, port in ports.items():
        start_gateway(tree, name, port)

    async def story() -> None:
        async with AsyncExitStack() as stack:
            made, _ = await stack.enter_async_context(socket_of(tree, eve, ports["first"]))
            names = (f"fixture:{market['fixture_id']}", f"slip:{slip_id}", f"feed:#{eve.account_id}", f"portfolio:#{eve.account_id}")
            board, slip, feed, money = [Shown(*(await subscribed(made, name))[1:]) for name in names]
            await feed.until(lambda shown: [each["slip_id"] for each in shown["entries"]] == [slip_id])
            made._address = url_of(ports["second"])
            await in_a_thread(tree.end, "first", signal.SIGKILL)
            second = await in_a_thread(share, ada, market, "while nobody tells")
            paid = {"amount_minor": 7_00, "currency": "EUR", "reference": "while nobody tells"}
            assert (await in_a_thread(eve.post, "/v1/wallet/deposits", paid)).status_code == 201
            assert (await in_a_thread(eve.put, f"/v1/slips/{slip_id}/like")).status_code in (200, 201)
            await in_a_thread(reprice, trader, market, "2.47")
            await feed.until(lambda shown: [each["slip_id"] for each in shown["entries"]] == [second, slip_id])
            await money.until(lambda shown: shown["available_minor"] == 57_00)
            await slip.until(lambda shown: shown["likes"] == 1)
            await board.until(lambda shown: shown["markets"][0]["selections"][0]["odds"] == "2.47")
            for each in (board, slip, feed, money):
                assert each.recovered == [True]
                assert each.offsets == sorted(set(each.offsets)), "nothing is told twice"

    try:
        asyncio.run(story())
    finally:
        for name in ports.keys() & tree.running.keys():
            tree.end(name)


CLIENTS_PER_EDGE = 1_000


def start_edge(tree: Tree, name: str, port: int, metrics_port: int, upstream: int) -> None:
    """An edge that is given neither log nor views, nor a folder with anything in it."""
    nothing = {"SLIPSTREAM_DATABASE_URL": "", "SLIPSTREAM_REDIS_URL": "", "SLIPSTREAM_DATA_DIR": str(tree.folder / name)}
    ports = {"SLIPSTREAM_STREAM_PORT": str(port), "SLIPSTREAM_METRICS_PORT": str(metrics_port - METRICS_PORTS["stream"])}
    tree.start("stream", "--upstream", f"ws://{HOST}:{upstream}", name=name, **nothing, **ports)
    until(lambda: listens(tree, name, port), f"{name} listens")


def figure(port: int, name: str) -> int:
    lines = httpx.get(f"http://{HOST}:{port}/metrics", timeout=10).text.splitlines()
    return int(float(next(line for line in lines if line.startswith(f"slipstream_stream_{name} ")).rpartition(" ")[2]))


def test_two_edges_with_a_thousand_clients_each_are_told_once_and_outlive_the_gateway(tree: Tree, trader: Person, ada: Person):
    fan, guest, leaver = (tree.bettor(handle, funds_minor=10_00) for handle in ("fan", "guest", "leaver"))
    market = open_match(trader, "two edges")
    slip_ids = [share(ada, market, f"to the edges {number}") for number in range(2)]
    origin = free_port()
    edges = {f"edge_{number}": (free_port(), free_port()) for number in (1, 2)}
    board = f"fixture:{market['fixture_id']}"
    start_gateway(tree, "origin", origin)
    for name, (port, metrics_port) in edges.items():
        start_edge(tree, name, port, metrics_port, origin)
    ports = [port for port, _ in edges.values()]

    async def told(crowd: list[Watcher], odds: str) -> None:
        def is_shown() -> bool:
            return all(each.shown["markets"][0]["selections"][0]["odds"] == odds for each in crowd)

        await in_a_thread(until, is_shown, f"everybody is told of {odds}")

    async def story() -> None:
        crowds = [await watchers(url_of(port), board, CLIENTS_PER_EDGE) for port in ports]
        crowd = [*crowds[0], *crowds[1]]
        try:
            for number in range(5):
                await in_a_thread(reprice, trader, market, f"2.5{number + 1}")
                await told(crowd, f"2.5{number + 1}")
            for crowd_of_edge, (_, metrics_port) in zip(crowds, edges.values(), strict=True):
                offsets = {tuple(each.offsets) for each in crowd_of_edge}
                assert len(offsets) == 1, "everybody is told the same"
                assert await in_a_thread(figure, metrics_port, "upstream_publications_total") == len(next(iter(offsets)))
                assert await in_a_thread(figure, metrics_port, "deliveries_total") == len(next(iter(offsets))) * CLIENTS_PER_EDGE
            await revoked()
            await in_a_thread(tree.end, "origin", signal.SIGKILL)
            await in_a_thread(reprice, trader, market, "2.61")
            await in_a_thread(start_gateway, tree, "origin", origin)
            await told(crowd, "2.61")
            await in_a_thread(reprice, trader, market, "2.62")
            await told(crowd, "2.62")
            shown = (await in_a_thread(trader.get, f"/v1/fixtures/{market['fixture_id']}")).json()
            for each in crowd:
                assert not each.is_gone
                assert each.shown == shown
                assert each.offsets == sorted(set(each.offsets)), "nothing is told twice"
        finally:
            await leave(crowd)

    async def revoked() -> None:
        """A block, a narrower visibility and a sign-out end what is open on an edge."""
        async with AsyncExitStack() as stack:
            people = zip((fan, guest, leaver), (ports[0], ports[1], ports[0]), strict=True)
            sockets = [await stack.enter_async_context(socket_of(tree, person, port)) for person, port in people]
            blocked, narrowed = [
                (await subscribed(made, f"slip:{slip_id}"))[1] for (made, _), slip_id in zip(sockets, slip_ids, strict=False)
            ]
            own = Shown(*(await subscribed(sockets[2][0], f"portfolio:#{leaver.account_id}"))[1:])
            paid = {"amount_minor": 7_00, "currency": "EUR", "reference": "on the edge"}
            assert (await in_a_thread(leaver.post, "/v1/wallet/deposits", paid)).status_code == 201
            await own.until(lambda shown: shown["available_minor"] == 17_00)
            assert (await in_a_thread(ada.put, f"/v1/blocks/{fan.account_id}")).status_code == 200
            assert (await blocked.next("on_unsubscribed")).code == 2000
            narrow = await in_a_thread(lambda: ada.client.patch(f"/v1/slips/{slip_ids[1]}", json={"visibility": "followers"}))
            assert narrow.status_code == 200, narrow.text
            assert (await narrowed.next("on_unsubscribed")).code == 2000
            assert (await in_a_thread(leaver.delete, "/v1/sessions/current")).status_code in (200, 204)
            assert (await sockets[2][1].next("on_disconnected")).code == 3503

    try:
        asyncio.run(story())
    finally:
        for name in ("origin", *edges):
            if name in tree.running:
                tree.end(name)


@pytest.mark.parametrize(
    ("url", "env", "said"),
    [
        ("http://somewhere", {}, "is no address of a gateway"),
        ("ws://127.0.0.1:70000", {}, "is no address of a gateway"),
        ("", {}, "is no address of a gateway"),
        ("gateway", {"SLIPSTREAM_TOKEN_SECRET": "another secret than that of the gateway"}, "both need the same SLIPSTREAM_TOKEN_SECRET"),
    ],
)
def test_an_edge_that_cannot_serve_says_why_and_ends(tree: Tree, url: str, env: dict[str, str], said: str):
    origin = free_port()
    if url == "gateway":
        start_gateway(tree, "origin", origin)
        url = f"ws://{HOST}:{origin}"
    try:
        told = tree.run("stream", "--upstream", url, env={"SLIPSTREAM_STREAM_PORT": "0", "SLIPSTREAM_METRICS_PORT": "0", **env})
    finally:
        if "origin" in tree.running:
            tree.end("origin")
    assert (told.returncode, said in told.stderr) == (1, True), told.stderr
