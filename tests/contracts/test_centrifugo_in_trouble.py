"""Behind a real Centrifugo that is started again, does not answer, or refuses; behind a process of ours that died; and what is private."""

import asyncio
import json
import threading
import time
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from commands.accounts.move_money import MoveMoney
from domain.account.commands import EndSession
from domain.market.facts import MarketPriced, MarketSuspended
from infra.embedded.server import HOST
from infra.stream import centrifugo_api
from infra.stream.metrics import StreamCollector
from tests.contracts.centrifugo_under_test import API_KEY, SECRET
from tests.contracts.gateway_under_test import FIXTURE, MARKET, client, raw, subscribed
from tests.contracts.test_gateway_social import shared
from tests.views.history import MARKS, priced
from tests.views.streaming import applied

BOARD = f"fixture:{FIXTURE}"


@pytest.fixture
def product(product_behind_a_centrifugo):
    return product_behind_a_centrifugo


class Shown:
    """What a client has that goes by positions: the recipe of docs/mechanisms/push.md."""

    def __init__(self, events, told):
        self.events, self.position, self.data = events, -1, None
        self.recovered, self.taken = [], []
        self._take(told.data)

    def _take(self, data):
        position = int(data["position"].partition(".")[2], 16)
        if position >= self.position:
            self.taken.append(data)
            self.position = position
            self.data = data["snapshot"] if "snapshot" in data else applied(self.data, data["changes"])

    async def until(self, look):
        while not look(self.data):
            name, context = await asyncio.wait_for(self.events.seen.get(), 60)
            if name == "on_subscribed":
                self.recovered.append(context.recovered)
                self._take(context.data)
            elif name == "on_publication":
                self._take(context.pub.data)


async def shown(made, channel):
    _, events, told = await subscribed(made, channel, min_resubscribe_delay=0.05)
    return Shown(events, told)


def reprice(product, odds):
    product.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), product.history.at(), marks=MARKS))


def odds_are(odds):
    return lambda shown: shown["markets"][0]["selections"][0]["odds"] == odds


async def deposit(product, session, reference, amount_minor=1_00):
    command = MoveMoney("deposit", session.account_id, amount_minor, "EUR", reference, product.clock.now())
    await asyncio.to_thread(product.dispatcher.call, command)


def test_a_centrifugo_that_is_started_again_has_another_epoch_and_shows_everything_anew(product):
    async def story():
        session = product.bettor()
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, _):
            board, money = await shown(made, BOARD), await shown(made, f"portfolio:#{session.account_id}")
            reprice(product, "2.21")
            await board.until(odds_are("2.21"))
            product.centrifugo.end()
            reprice(product, "2.22")
            await deposit(product, session, "while it is away")
            await asyncio.to_thread(product.centrifugo.start)
            await board.until(odds_are("2.22"))
            await money.until(lambda shown: shown["available_minor"] == 101_00)
            assert not any(board.recovered + money.recovered), "of another epoch nothing is recovered"
            reprice(product, "2.23")
            await board.until(odds_are("2.23"))

    asyncio.run(story())


def test_clients_keep_their_sockets_while_our_process_is_away_and_have_no_gap_when_it_is_back(product):
    async def story():
        session, ann, ben = product.bettor(), product.bettor(), product.bettor()
        mine, slip = f"portfolio:#{session.account_id}", f"slip:{shared(product, ann.account_id)}"
        async with product.gateway() as gateway:
            here = AsyncExitStack()
            anybody, account, looker = [
                (await here.enter_async_context(client(gateway, token)))[0] for token in ("", product.token(session), product.token(ben))
            ]
            board, money = await shown(anybody, BOARD), await shown(account, mine)
            _, seen, _ = await subscribed(looker, slip)
        reprice(product, "2.31")
        await deposit(product, session, "nobody tells")
        product.history.block(ann.account_id, ben.account_id)
        async with product.gateway():
            await board.until(odds_are("2.31"))
            await money.until(lambda shown: shown["available_minor"] == 101_00)
            assert board.recovered == [], "the socket of who reads what is for everybody stayed"
            assert (await seen.next("on_unsubscribed")).code in (2000, 102), "who may see the slip no more is not left in it"
            reprice(product, "2.32")
            await board.until(odds_are("2.32"))
            await here.aclose()

    asyncio.run(story())


def test_a_session_that_ends_closes_its_connections_and_those_alone_and_its_token_is_good_for_nothing_private(product):
    async def story():
        session = product.bettor()
        other = product.sign_in(session.account_id)
        own = f"portfolio:#{session.account_id}"
        async with product.gateway() as gateway, client(gateway, product.token(other)) as (kept, _):
            still = await shown(kept, own)
            async with raw(gateway, product.token(session)) as made:
                await made.ask({"id": 2, "subscribe": {"channel": own}})
                at = product.clock.now()
                ended = EndSession(session.account_id, session.session_id, session.version, at + timedelta(days=1), at)
                await asyncio.to_thread(product.dispatcher.call, ended)
                gateway.sessions.forget(session.account_id)
                gateway.note_accounts([session.account_id])
                assert await made.closed() == 3503
            async with raw(gateway, product.token(session)) as again:
                await again.websocket.send(json.dumps({"id": 2, "subscribe": {"channel": own}}))
                assert await again.closed() == 3500
            async with raw(gateway, product.token(session)) as again:
                await again.websocket.send(json.dumps({"id": 2, "rpc": {"method": "quote", "data": {"market_id": MARKET}}}))
                assert await again.closed() == 3500
            await deposit(product, session, "after it")
            await still.until(lambda shown: shown["available_minor"] == 101_00)
            assert still.recovered == []

    asyncio.run(story())


def test_comments_of_whom_somebody_blocks_are_told_to_nobody_who_could_be_that_one(product):
    async def story():
        ann, ben, cleo, dan = (product.bettor() for _ in range(4))
        slip_id = shared(product, ann.account_id)
        product.history.block(ben.account_id, cleo.account_id)

        def comment(key, text):
            product.history.comment(key, cleo.account_id, slip_id, ann.account_id, product.sealer.seal(cleo.account_id, key, text))

        async with product.gateway() as gateway, client(gateway, product.token(dan)) as (at_dan, _):
            open_to_dan = await shown(at_dan, f"slip:{slip_id}")
            comment("one", "Nobody here has blocked me.")
            await open_to_dan.until(lambda shown: any(each["text"].startswith("Nobody") for each in shown.get("thread", {}).values()))
            async with client(gateway, product.token(ben)) as (at_ben, _):
                open_to_ben = await shown(at_ben, f"slip:{slip_id}")
                comment("two", "Do you hear me?")
                await open_to_ben.until(lambda shown: shown["comments"] == 2)
                await open_to_dan.until(lambda shown: shown["comments"] == 2)
                assert "Do you hear me?" not in str(open_to_ben.taken)
                assert "snapshot" in open_to_dan.taken[-1], "the slip begins anew, and its comments are read where each is shown its own"

    asyncio.run(story())


class Troubled(BaseHTTPRequestHandler):
    """Passes requests on to a server API, or does not, as `troubles` says for one after the other."""

    protocol_version = "HTTP/1.1"

    def __init__(self, to, troubles, *args):
        self.to, self.troubles = to, troubles
        super().__init__(*args)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        trouble = self.troubles.pop(0) if self.troubles and b'"publish"' in body else "none"
        status, content = 500, b"{}"
        if trouble != "refused":
            answer = httpx.post(self.to + self.path, content=body, headers={"X-API-Key": self.headers["X-API-Key"]})
            status, content = answer.status_code, answer.content
        if trouble == "lost":
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def troubled(to, troubles):
    server = ThreadingHTTPServer((HOST, 0), partial(Troubled, to, troubles))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_what_stops_betting_is_not_merged_with_what_came_before(product):
    async def story():
        async with product.gateway() as gateway, client(gateway) as (made, _):
            market = await shown(made, f"market:{MARKET}")
            reprice(product, "5.01")
            product.history.add(MARKET, MarketSuspended("goal", product.history.at()))
            reprice(product, "5.02")
            await market.until(lambda shown: shown["selections"][0]["odds"] == "5.02")
            told = [data["changes"]["market"] for data in market.taken if "changes" in data]
            assert ("5.01", "suspended") in [(each["selections"][0]["odds"], each["status"]) for each in told]

    asyncio.run(story())


def test_what_the_server_api_refused_or_did_not_answer_comes_once_and_in_order(product):
    troubles = ["refused", "lost", "none", "lost", "refused", "none"]

    async def story():
        session = product.bettor(1)
        with troubled(product.centrifugo.api_url, troubles) as api_url:
            async with product.gateway(api_url=api_url) as gateway, client(gateway, product.token(session)) as (made, _):
                mine, events, _ = await subscribed(made, f"portfolio:#{session.account_id}")
                sums = []
                for number in range(1, 9):
                    await deposit(product, session, f"number {number}")
                    while not sums or sums[-1] != 1 + 100 * number:
                        sums.append((await events.next("on_publication")).pub.data["changes"]["money"]["available_minor"])
                assert sums == sorted(sums), "in order"
                assert not troubles
                deadline_s = time.monotonic() + 60
                while gateway.counts.server_publications != len((await mine.history(limit=-1)).publications):
                    assert time.monotonic() < deadline_s, "a publication that was carried out though no answer came is published once"
                    await asyncio.sleep(0.05)
                assert gateway.counts.server_failures >= 4
                told = StreamCollector(gateway.counts, has_centrifugo=True).collect()
                figures = {each.name: each.samples[0].value for each in told if "_server_" in each.name}
                assert figures["slipstream_stream_server_failures"] >= 4
                assert figures.keys() >= {"slipstream_stream_server_publications", "slipstream_stream_server_queued"}

    asyncio.run(story())


def test_what_waits_for_a_server_that_does_not_answer_is_bounded_and_merged(product, monkeypatch):
    monkeypatch.setattr(centrifugo_api, "QUEUE_MAX", 3)

    async def story():
        session = product.bettor(1)
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, _):
            money = await shown(made, f"portfolio:#{session.account_id}")
            headers = gateway._server._client.headers
            headers["X-API-Key"] = "another key"
            for number in range(12):
                await deposit(product, session, f"waits {number}")
            await gateway.hub.reached(product.log.head())
            assert gateway.counts.server_queued <= 4
            headers["X-API-Key"] = API_KEY
            await money.until(lambda shown: shown["available_minor"] == 12_01)

    asyncio.run(story())


def test_only_who_knows_the_secret_may_ask_and_only_what_there_is(product):
    async def story():
        own = {"channel": f"portfolio:#{product.bettor().account_id}", "user": "", "client": "one"}
        async with product.gateway(), httpx.AsyncClient(base_url=f"http://{HOST}:{product.requests_port}/centrifugo") as asking:
            for headers, path, content, status in (
                ({}, "/subscribe", b"{}", 403),
                ({"x-slipstream-secret": "guessed"}, "/connect", b"{}", 403),
                ({"x-slipstream-secret": SECRET}, "/publish", b"{}", 404),
                ({"x-slipstream-secret": SECRET}, "/rpc", b"{", 400),
                ({"x-slipstream-secret": SECRET}, "/rpc", b'{"meta":[1]}', 400),
                ({"x-slipstream-secret": SECRET}, "/rpc", b" " * 200_000, 413),
            ):
                answer = await asking.post(path, content=content, headers=headers)
                assert answer.status_code == status, (path, content[:20])
            told = await asking.post("/subscribe", json=own, headers={"x-slipstream-secret": SECRET})
            assert told.json()["error"]["code"] == 103

    asyncio.run(story())
