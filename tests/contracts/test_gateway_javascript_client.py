"""The official JavaScript client (npm centrifuge) works unchanged against the gateway, under Node."""

import asyncio
import json
import os
import shutil
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from domain.fixture.facts import ScoreChanged
from domain.market.facts import MarketPriced
from tests.contracts.gateway_under_test import FIXTURE, MARKET
from tests.views.history import MARKS, priced
from tests.views.streaming import applied

DRIVE = Path(__file__).parent / "javascript_client" / "drive.cjs"
PACKAGES = Path(sys.prefix) / "javascript" / "node_modules"
NODE = shutil.which("node")
BOARD = f"fixture:{FIXTURE}"

if NODE is None:
    pytest.skip("Node is not installed: apt-get install nodejs npm, then scripts/install-system --javascript", allow_module_level=True)
if not (PACKAGES / "centrifuge").is_dir():
    pytest.skip("npm's centrifuge is not installed: scripts/install-system --javascript does it", allow_module_level=True)


class JavaScriptClient:
    """The client in a process of Node, and what it is told."""

    def __init__(self, process):
        self.process = process

    def do(self, deed, **said):
        self.process.stdin.write(json.dumps({"do": deed, **said}).encode() + b"\n")

    async def next(self, event):
        """The next event of a kind; others before it are passed over, but for failures."""
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 60)
            assert line, "the client ended"
            told = json.loads(line)
            if told["event"] == event:
                return told
            assert told["event"] != "failed", told

    async def subscribed(self, channel, **options):
        self.do("subscribe", channel=channel, options=options)
        return await self.next("subscribed")


@asynccontextmanager
async def client(gateway, token=""):
    """A client that connects; told to leave, it does."""
    env = {**os.environ, "NODE_PATH": str(PACKAGES)}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(NODE, str(DRIVE), gateway.url, token, stdin=pipe, stdout=pipe, env=env)
    made = JavaScriptClient(process)
    made.do("connect")
    try:
        yield made
    finally:
        process.stdin.close()
        await process.wait()
        process._transport.close()


def reprice(product, odds):
    product.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), product.history.at(), marks=MARKS))


def test_anybody_reads_a_match_and_recovers_from_a_gateway_that_was_started_again(product):
    async def story():
        async with product.gateway() as gateway:
            port = gateway.port
            opened = client(gateway)
            made = await opened.__aenter__()
            shown = (await made.subscribed(BOARD))["data"]["snapshot"]
            reprice(product, "2.71")
            shown = applied(shown, (await made.next("publication"))["data"]["changes"])
            assert shown["markets"][0]["selections"][0]["odds"] == "2.71"
        product.history.add(FIXTURE, ScoreChanged(3, 2, 80, "second_half", product.history.at()))
        async with product.gateway(port):
            again = await made.next("subscribed")
            assert (again["wasRecovering"], again["recovered"]) == (True, True)
            missed = applied(shown, (await made.next("publication"))["data"]["changes"])
            assert missed["score"] == {"home": 3, "away": 2}
            await opened.__aexit__(None, None, None)

    asyncio.run(story())


def test_an_account_bets_by_rpc_and_is_told_of_it_and_asks_for_history_and_presence(product):
    async def story():
        session = product.bettor(funds_minor=50_00)
        own = f"portfolio:#{session.account_id}"
        async with product.gateway() as gateway, client(gateway, product.token(session)) as made:
            assert (await made.subscribed(own, joinLeave=True))["data"]["snapshot"]["available_minor"] == 50_00
            made.do("rpc", method="quote", data={"market_id": MARKET})
            quoted = (await made.next("rpc"))["data"]["body"]
            first = quoted["selections"][0]
            leg = {"market_id": MARKET, "selection": first["selection"], "odds": first["odds"], "version": quoted["version"]}
            bet = {"type": "single", "stake_minor": 5_00, "currency": "EUR", "legs": [leg], "accept": "exact"}
            made.do("rpc", method="place_bet", data={"idempotency_key": "by script", "bet": bet})
            kinds = {told["event"]: told for told in [json.loads(await made.process.stdout.readline()) for _ in range(2)]}
            assert kinds["rpc"]["data"]["status"] == 201
            assert kinds["publication"]["data"]["changes"]["money"]["available_minor"] == 45_00
            made.do("history", channel=own, options={"limit": 10})
            assert [each["offset"] for each in (await made.next("history"))["publications"]] == [kinds["publication"]["offset"]]
            made.do("presence", channel=own)
            assert len((await made.next("presence"))["clients"]) == 1
            made.do("unsubscribe", channel=own)
            assert (await made.next("unsubscribed"))["code"] == 0

    asyncio.run(story())


def test_a_client_brings_newer_tokens_and_one_that_is_refused_stays_away(product):
    async def story():
        session = product.bettor()
        async with product.gateway() as gateway:
            async with client(gateway, "ask") as made:
                for ttl_s in (2, 600):
                    await made.next("token")
                    made.do("token", token=product.tokens.connection(session._replace(expires_at_s=gateway.now_s() + ttl_s))[0])
                await made.subscribed(f"portfolio:#{session.account_id}")
            async with client(gateway, "no.such.token") as refused:
                assert (await refused.next("disconnected"))["code"] == 3500
            async with client(gateway) as anybody:
                anybody.do("subscribe", channel=f"portfolio:#{session.account_id}", options={})
                assert (await anybody.next("unsubscribed"))["code"] == 103

    asyncio.run(story())
