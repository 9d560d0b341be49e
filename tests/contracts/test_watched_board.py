"""What `slipstream watch` looks at: pushed by the gateway where there is one, asked for where there is none."""

import asyncio

import httpx
import msgspec
import pytest

from api.cli.live_board import ApiUnavailable, LiveBoard
from api.positions import Positions
from domain.market.facts import MarketPriced
from domain.partitions import partition_of
from infra.readmodels.memory import MemoryReads
from projections.betting import board_queries
from projections.betting.board import VIEW as BOARD
from tests.contracts.gateway_under_test import FIXTURE, MARKET, Product
from tests.views.history import MARKS, priced


@pytest.fixture(scope="module")
def product():
    product = Product()
    asyncio.run(product.views_caught_up())
    yield product
    product.close()


class Api:
    """An API that counts how often it is asked for the list, and can be away."""

    def __init__(self, product, gateway):
        self.product, self.gateway, self.lists, self.is_away = product, gateway, 0, False
        self.board = LiveBoard(
            httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://127.0.0.1:1"), "http://127.0.0.1:1"
        )

    def answer(self, request):
        if self.is_away:
            raise httpx.ConnectError("away")
        if request.url.path == "/v1/gateway":
            return httpx.Response(200, json={"port": self.gateway.port, "path": "/connection/websocket", "url": None})
        self.lists += 1
        positions = Positions(self.product.log.identity())
        found = asyncio.run(board_queries.fixture(MemoryReads(self.product.models), FIXTURE, 0))
        headers = {"slipstream-position": positions.text(self.product.models.position(BOARD, partition_of(FIXTURE)))}
        return httpx.Response(200, content=b'{"items":[%s]}' % msgspec.json.encode(found), headers=headers)

    def home_odds(self):
        (match,) = self.board.look()
        return match["markets"][0]["selections"][0]["odds"]

    async def shows(self, odds):
        while await asyncio.to_thread(self.home_odds) != odds:
            await asyncio.to_thread(self.board.wait, 0.1)

    async def is_pushed(self):
        while await asyncio.to_thread(self.board._pushed.matches) is None:
            await asyncio.to_thread(self.home_odds)
            await asyncio.to_thread(self.board.wait, 0.1)


def reprice(product, odds):
    product.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), product.history.at(), marks=MARKS))


def test_a_price_that_moves_is_seen_while_the_api_is_away_and_again_after_another_gateway(product, monkeypatch):
    monkeypatch.setattr("api.cli.live_board.LIST_EVERY_S", 3_600.0)

    async def story():
        async with product.gateway() as gateway:
            api, port = Api(product, gateway), gateway.port
            api.board.follow()
            await api.is_pushed()
            api.is_away = True
            reprice(product, "2.71")
            await api.shows("2.71")
        while await asyncio.to_thread(api.board._pushed.matches) is not None:
            await asyncio.to_thread(api.board.wait, 0.1)
        with pytest.raises(ApiUnavailable):
            await asyncio.to_thread(api.home_odds)
        api.is_away = False
        reprice(product, "2.72")
        await api.shows("2.72")
        async with product.gateway(port):
            await api.is_pushed()
            api.is_away = True
            reprice(product, "2.73")
            await api.shows("2.73")
        await asyncio.to_thread(api.board.stop)

    asyncio.run(asyncio.wait_for(story(), 120))


def test_without_a_gateway_the_list_is_asked_for_each_time(product):
    api = Api(product, gateway=type("Nowhere", (), {"port": 0}))
    api.board.follow()
    asked = [(api.home_odds(), api.lists) for _ in range(3)]
    assert [lists for _, lists in asked] == [1, 2, 3]
    api.board.stop()
