"""What the client protocol says of batches, tokens and history, as a Centrifugo does it: official clients rely on each."""

import asyncio
import json

import jwt

from domain.market.facts import MarketPriced
from tests.contracts.gateway_under_test import FIXTURE, KEY, MARKET, client, raw, subscribed
from tests.views.history import MARKS, priced

BOARD = f"fixture:{FIXTURE}"


def test_commands_behind_connect_in_one_frame_are_carried_out_after_it(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway) as made:
            told = await made.ask({"id": 1, "connect": {}}, {"id": 2, "subscribe": {"channel": BOARD}}, {"id": 3, "ping": {}})
            while len(told) < 3:
                told += await made.replies()
            assert told[0]["id"] == 1
            assert {each["id"] for each in told} == {1, 2, 3}
            assert not any("error" in each for each in told)

    asyncio.run(story())


def test_a_connection_whose_new_token_ran_out_connects_again_and_is_not_given_up(product):
    session = product.bettor()
    asked = []

    async def get_token():
        asked.append(1)
        lives_s = {1: 2, 2: -5}.get(len(asked), 60)
        said = {"sub": session.account_id, "exp": product.clock.now().timestamp() + lives_s}
        return jwt.encode(said, KEY, "HS256")

    async def story():
        async with product.gateway() as gateway, client(gateway, get_token=get_token) as (_, events):
            await events.next("on_connected")
            assert (await events.next("on_connecting")).code == 3005
            await events.next("on_connected")
            assert len(asked) == 3

    asyncio.run(story())


def test_a_subscription_token_is_refreshed_and_one_that_ran_out_has_the_client_subscribe_again(product):
    session = product.bettor()
    own = f"portfolio:#{session.account_id}"

    def token(lives_s):
        return product.tokens.subscription(session._replace(expires_at_s=int(product.clock.now().timestamp()) + lives_s), own)[0]

    async def story():
        async with product.gateway() as gateway, raw(gateway, product.token(session)) as made:
            (told,) = await made.ask({"id": 2, "subscribe": {"channel": own, "token": token(60)}})
            assert (told["subscribe"]["expires"], 0 < told["subscribe"]["ttl"] <= 60) == (True, True)
            (told,) = await made.ask({"id": 3, "sub_refresh": {"channel": own, "token": token(600)}})
            assert told["sub_refresh"]["ttl"] > 60
            (told,) = await made.ask({"id": 4, "sub_refresh": {"channel": own, "token": ""}})
            assert told["error"]["code"] == 107
            told = await made.ask({"id": 5, "sub_refresh": {"channel": own, "token": token(-5)}})
            while len(told) < 2:
                told += await made.replies()
            assert {each.get("error", each.get("push", {}).get("unsubscribe"))["code"] for each in told} == {110, 2501}
            (told,) = await made.ask({"id": 6, "subscribe": {"channel": own, "token": token(-5)}})
            assert told["error"]["code"] == 109

    asyncio.run(story())


def test_history_goes_forwards_after_and_backwards_before_a_position_and_says_where_it_is_not_kept(product):
    async def story():
        async with product.gateway() as gateway, client(gateway) as (made, _):
            board, events, _ = await subscribed(made, BOARD)
            offsets = []
            for odds in ("7.01", "7.02", "7.03"):
                product.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), product.history.at(), marks=MARKS))
                offsets.append((await events.next("on_publication")).pub.offset)
            epoch = (await board.history()).epoch
            async with raw(gateway, "") as other:
                await other.ask({"id": 2, "subscribe": {"channel": BOARD}})

                async def listed(**asked):
                    (told,) = await other.ask({"id": 3, "history": {"channel": BOARD, **asked}})
                    return told.get("error", {}).get("code") or [each["offset"] for each in told["history"]["publications"]]

                since = {"offset": offsets[1], "epoch": epoch}
                assert await listed(limit=-1) == offsets
                assert await listed() == []
                assert await listed(limit=2) == offsets[:2]
                assert await listed(limit=2, reverse=True) == offsets[:0:-1]
                assert await listed(limit=5, since=since) == offsets[2:]
                assert await listed(limit=5, since=since, reverse=True) == offsets[:1]
                assert await listed(limit=5, since={**since, "epoch": "another log"}) == 112
                assert await listed(limit=5, since={**since, "offset": 0}) == [] or gateway.hub.recent.floor == 0

    asyncio.run(story())


def test_what_is_dirty_when_somebody_subscribes_is_told_to_them_again_if_they_come_back(product):
    """The reply to subscribe says a position that the snapshot has; else a change that waits for its gap would be lost on a reconnect."""

    async def story():
        async with product.gateway() as gateway, client(gateway) as (made, _), raw(gateway, "") as other:
            _, events, _ = await subscribed(made, BOARD)
            product.history.add(MARKET, MarketPriced(priced("8.01", "3.5", "4"), product.history.at(), marks=MARKS))
            await events.next("on_publication")
            channel = next(each for each in gateway.hub.channels.values() if each.name == BOARD)
            channel.flushed_s = product.clock.monotonic_s() + 60
            product.history.add(MARKET, MarketPriced(priced("8.02", "3.5", "4"), product.history.at(), marks=MARKS))
            await gateway.hub.reached(product.log.head())
            (told,) = await other.ask({"id": 2, "subscribe": {"channel": BOARD}})
            epoch, offset = told["subscribe"]["epoch"], told["subscribe"]["offset"]
            await other.ask({"id": 3, "unsubscribe": {"channel": BOARD}})
            channel.flushed_s = 0.0
            gateway.hub.flush()
            (told,) = await other.ask({"id": 4, "subscribe": {"channel": BOARD, "recover": True, "epoch": epoch, "offset": offset}})
            (missed,) = told["subscribe"]["publications"]
            assert missed["data"]["changes"]["markets"][0]["selections"][0]["odds"] == "8.02"
            assert json.dumps(told["subscribe"]["recovered"]) == "true"

    asyncio.run(story())
