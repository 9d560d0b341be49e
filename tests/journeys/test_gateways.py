"""Several gateways: whoever was on one that was killed goes on at another, with no gap and nothing twice."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from infra.embedded.server import HOST, free_port
from tests.contracts.gateway_under_test import Events, subscribed
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
