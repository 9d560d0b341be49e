"""The official Python client works unchanged against the gateway."""

import asyncio
import json

import msgspec
import structlog

from api.stream import codes
from api.stream.board_rows import FixtureRows
from commands.accounts.move_money import MoveMoney
from domain.fact import Recorded, UnknownFact
from domain.fixture.facts import ScoreChanged
from domain.market.facts import MarketPriced, MarketSuspended
from infra.readmodels.memory import MemoryReads
from projections.betting import board_queries
from tests.contracts.gateway_under_test import FIXTURE, MARKET, client, raw, subscribed
from tests.views.history import MARKS, named, priced
from tests.views.streaming import applied

BOARD = f"fixture:{FIXTURE}"


def reprice(product, odds):
    product.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), product.history.at(), marks=MARKS))


def test_anybody_is_shown_a_match_and_what_changes_in_it(product):
    async def story():
        async with product.gateway() as gateway, client(gateway) as (made, _):
            _, events, told = await subscribed(made, BOARD)
            shown = told.data["snapshot"]
            assert (shown["home"], shown["status"]) == ("Norway", "live")
            reprice(product, "2.71")
            pub = (await events.next("on_publication")).pub
            shown = applied(shown, pub.data["changes"])
            assert shown["markets"][0]["selections"][0]["odds"] == "2.71"
            assert pub.data["position"] > told.data["position"]

    asyncio.run(story())


def test_who_comes_back_gets_what_was_missed_from_a_gateway_that_was_started_again(product):
    async def story():
        async with product.gateway() as gateway:
            port = gateway.port
            events_of_client = client(gateway)
            made, _ = await events_of_client.__aenter__()
            _, events, told = await subscribed(made, BOARD)
            reprice(product, "2.81")
            first = await events.next("on_publication")
            assert told.recovered is False
        product.history.add(FIXTURE, ScoreChanged(3, 2, 80, "second_half", product.history.at()))
        reprice(product, "2.91")
        async with product.gateway(port):
            again = await events.next("on_subscribed")
            assert (again.was_recovering, again.recovered) == (True, True)
            missed = (await events.next("on_publication")).pub
            assert missed.offset > first.pub.offset
            assert missed.data["changes"]["fixture"]["score"] == {"home": 3, "away": 2}
            await events_of_client.__aexit__(None, None, None)

    asyncio.run(story())


def test_an_account_is_told_of_its_bets_and_money_in_order_and_places_bets_on_the_socket(product):
    async def story():
        session = product.bettor(funds_minor=50_00)
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, _):
            _, events, told = await subscribed(made, f"portfolio:#{session.account_id}")
            assert told.data["snapshot"]["available_minor"] == 50_00
            quoted = (await made.rpc("quote", {"market_id": MARKET})).data["body"]
            first = quoted["selections"][0]
            leg = {"market_id": MARKET, "selection": first["selection"], "odds": first["odds"], "version": quoted["version"]}
            bet = {"type": "single", "stake_minor": 5_00, "currency": "EUR", "legs": [leg], "accept": "exact"}
            placed = (await made.rpc("place_bet", {"idempotency_key": "one", "bet": bet})).data
            assert (placed["status"], placed["body"]["status"]) == (201, "open")
            change = (await events.next("on_publication")).pub.data["changes"]
            assert change["money"]["available_minor"] == 45_00
            assert change["bets"][0]["bet_id"] == placed["body"]["bet_id"]
            again = (await made.rpc("place_bet", {"idempotency_key": "one", "bet": bet})).data
            assert again == placed
            other = (await made.rpc("place_bet", {"idempotency_key": "one", "bet": {**bet, "stake_minor": 1_00}})).data
            assert (other["status"], other["body"]["type"]) == (422, "urn:slipstream:problem:bet-key-reused")
            moved = (await made.rpc("place_bet", {"idempotency_key": "two", "bet": {**bet, "legs": [{**leg, "odds": "9"}]}})).data
            assert (moved["status"], moved["body"]["type"]) == (409, "urn:slipstream:problem:prices-moved")
            log, _, accepted_at = placed["position"].rpartition(".")
            for refused in (other, moved):  # a read that waits for it shows what the refusal rests on
                assert refused["position"].rpartition(".")[0] == log
                assert int(refused["position"].rpartition(".")[2], 16) >= int(accepted_at, 16)

    asyncio.run(story())


def test_a_bet_is_cashed_out_on_the_socket_and_its_account_is_told(product):
    async def story():
        session = product.bettor(funds_minor=50_00)
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, _):
            quoted = (await made.rpc("quote", {"market_id": MARKET})).data["body"]
            first = quoted["selections"][0]
            leg = {"market_id": MARKET, "selection": first["selection"], "odds": first["odds"], "version": quoted["version"]}
            bet = {"type": "single", "stake_minor": 5_00, "currency": "EUR", "legs": [leg], "accept": "exact"}
            bet_id = (await made.rpc("place_bet", {"idempotency_key": "to close", "bet": bet})).data["body"]["bet_id"]
            _, events, _ = await subscribed(made, f"portfolio:#{session.account_id}")
            for share, status in ((40, "open"), (100, "cashed_out")):
                offered = (await made.rpc("quote_cash_out", {"bet_id": bet_id, "share": share})).data
                assert offered["status"] == 200, offered
                offer = {name: offered["body"][name] for name in ("bet_id", "offer_minor", "version", "share")}
                taken = (await made.rpc("cash_out", {**offer, "idempotency_key": f"close {share}"})).data
                assert (taken["status"], taken["body"]["status"]) == (201, status), taken
                assert (await made.rpc("cash_out", {**offer, "idempotency_key": f"close {share}"})).data == taken
                change = (await events.next("on_publication")).pub.data["changes"]
                assert change["bets"][0]["status"] == status
                assert change["bets"][0]["cashed_out_minor"] == taken["body"]["cashed_out_minor"]
            over = (await made.rpc("quote_cash_out", {"bet_id": bet_id})).data
            assert (over["status"], over["body"]["type"]) == (409, "urn:slipstream:problem:bet-is-cashed-out")
            for wrong in ({}, {**offer, "bet_id": "no id"}, offer):
                refused = (await made.rpc("cash_out", wrong)).data
                assert refused["status"] in (400, 422), refused

    asyncio.run(story())


def test_legs_of_one_match_are_quoted_on_the_socket_by_the_answers_of_http(product):
    async def story():
        session = product.bettor(funds_minor=50_00)
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, _):
            same = [{"market_id": MARKET, "selection": name} for name in ("home", "away")]
            refused = (await made.rpc("quote_same_game", {"legs": same})).data
            assert (refused["status"], refused["body"]["type"]) == (422, "urn:slipstream:problem:legs-on-one-market")
            for wrong, slug in (({}, "too-many-legs"), ({"legs": [{"market_id": "x", "selection": "home"}]}, "id-malformed")):
                refused = (await made.rpc("quote_same_game", wrong)).data
                assert (refused["status"], refused["body"]["type"]) == (422, f"urn:slipstream:problem:{slug}")

    asyncio.run(story())


def test_bets_on_a_socket_are_refused_by_the_same_problems_as_over_http(product):
    async def story():
        session = product.bettor()
        async with product.gateway() as gateway:
            async with client(gateway) as (made, _):
                assert (await made.rpc("place_bet", {})).data["body"]["type"].endswith(":token-missing")
            async with client(gateway, product.token(session)) as (made, _):
                asked = [({}, "key-missing"), ({"idempotency_key": "a"}, "body-malformed"), ({"sum": 1}, "body-malformed")]
                for data, slug in asked:
                    refused = (await made.rpc("place_bet", data)).data
                    assert refused["body"]["type"].endswith(f":{slug}"), data
                    assert "position" not in refused, "nothing was looked at"
                unknown = (await made.rpc("quote", {"market_id": named("market", 99)})).data
                assert (unknown["status"], unknown["body"]["type"]) == (404, "urn:slipstream:problem:market-unknown")

    asyncio.run(story())


def test_a_token_names_channels_and_the_connection_is_in_them_from_the_start(product):
    async def story():
        session = product.bettor()
        own = f"portfolio:#{session.account_id}"
        async with product.gateway() as gateway, client(gateway, product.token(session, (own, BOARD, "no such"))) as (_, events):
            told = [await events.next("on_subscribed") for _ in range(2)]
            assert {each.channel for each in told} == {own, BOARD}
            assert all("snapshot" in each.data for each in told)
            reprice(product, "3.01")
            assert (await events.next("on_publication")).channel == BOARD

    asyncio.run(story())


def test_history_presence_and_joining_work_through_the_client(product):
    async def story():
        session = product.bettor()
        own = f"portfolio:#{session.account_id}"
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, _):
            subscription, events, _ = await subscribed(made, own, join_leave=True)
            async with client(gateway, product.token(session)) as (second, _):
                await subscribed(second, own)
                assert (await events.next("on_join")).info.user == session.account_id
                assert len((await subscription.presence()).clients) == 2
                stats = await subscription.presence_stats()
                assert (stats.num_clients, stats.num_users) == (2, 1)
            await events.next("on_leave")
            board, moves, _ = await subscribed(made, BOARD)
            for odds in ("4.01", "4.02"):
                reprice(product, odds)
                await moves.next("on_publication")
            found = await board.history(limit=-1)
            assert found.publications[-1].offset == found.offset
            newest = (await board.history(limit=1, reverse=True)).publications
            assert newest[0].data["changes"]["markets"][0]["selections"][0]["odds"] == "4.02"
            assert await made.disconnect() is None

    asyncio.run(story())


def test_a_connection_is_refreshed_before_its_token_runs_out(product):
    async def story():
        session = product.bettor()
        asked, refreshed = [], asyncio.Event()

        async def get_token():
            asked.append(1)
            if len(asked) == 2:
                refreshed.set()
            return product.tokens.connection(session._replace(expires_at_s=gateway.now_s() + (2 if len(asked) == 1 else 60)))[0]

        async with product.gateway() as gateway, client(gateway, get_token=get_token) as (made, events):
            await events.next("on_connected")
            await refreshed.wait()
            await made.rpc("quote", {"market_id": MARKET})
            assert events.seen.empty()

    asyncio.run(story())


def test_a_suspension_reaches_a_socket_that_looks_from_the_background(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway, "") as made:
            await made.ask({"id": 2, "subscribe": {"channel": f"market:{MARKET}", "data": {"looking": "background"}}})
            reprice(product, "5.01")
            (first,) = await made.replies()
            product.history.add(MARKET, MarketSuspended("goal", product.history.at()))
            (second,) = await made.replies()
            assert [each["push"]["pub"]["data"]["changes"]["market"]["status"] for each in (first, second)] == ["open", "suspended"]
            reprice(product, "5.02")

    asyncio.run(story())


def test_a_fact_that_a_feed_breaks_on_is_told_from_the_views_and_stops_no_other_feed(product, monkeypatch):
    applies = FixtureRows.apply

    def breaks_once(rows, fact):
        if product.log.head() == fact.position and broken:
            broken.clear()
            raise OverflowError("date value out of range")
        applies(rows, fact)

    async def story():
        session = product.bettor()
        token, mine = product.token(session), f"portfolio:#{session.account_id}"
        async with product.gateway() as gateway, client(gateway, token) as (made, _):
            _, events, _ = await subscribed(made, BOARD)
            _, mine_events, _ = await subscribed(made, mine)
            with structlog.testing.capture_logs() as lines:
                broken.append(True)
                reprice(product, "6.66")
                again = await events.next("on_subscribed")
            assert again.data["snapshot"]["markets"][0]["selections"][0]["odds"] == "6.66"
            (told,) = [line for line in lines if line["event"].startswith("a feed of the gateway breaks")]
            assert (told["fact"], told["position"]) == ("market.priced.v4", product.log.head())
            assert gateway.hub.counts.broken_facts == 1
            reprice(product, "6.70")
            pub = (await events.next("on_publication")).pub
            assert applied(again.data["snapshot"], pub.data["changes"])["markets"][0]["selections"][0]["odds"] == "6.70"
            deposit = MoveMoney("deposit", session.account_id, 1_00, "EUR", "after it", product.clock.now())
            await asyncio.to_thread(product.dispatcher.call, deposit)
            assert (await mine_events.next("on_publication")).pub.data["changes"]["money"]["available_minor"] == 101_00

    broken = []
    monkeypatch.setattr(FixtureRows, "apply", breaks_once)
    asyncio.run(story())


def test_a_kind_of_fact_of_a_newer_process_leaves_no_price_on_a_socket_as_if_it_stood(product):
    async def story():
        async with product.gateway() as gateway, client(gateway) as (made, _):
            _, events, _ = await subscribed(made, BOARD)
            for name, is_stopped in (("moon.risen.v1", False), ("market.priced.v9", True)):
                unknown = Recorded(gateway.hub.position + 1, MARKET, 99, UnknownFact(name))
                gateway.hub.take([unknown], gateway.hub.position)
                assert (BOARD not in {channel.name for channel in gateway.hub.channels.values()}) is is_stopped
            assert (await events.next("on_subscribing")).code == codes.SUBSCRIBE_AGAIN.code

    asyncio.run(story())


def test_whoever_holds_a_page_at_a_position_subscribes_from_there_with_no_gap_and_nothing_twice(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway, "") as made:
            (told,) = await made.ask({"id": 2, "subscribe": {"channel": BOARD}})
            await made.ask({"id": 3, "unsubscribe": {"channel": BOARD}})
            epoch, _, position = told["subscribe"]["data"]["position"].partition(".")
            assert (int(position, 16), epoch) == (told["subscribe"]["offset"], told["subscribe"]["epoch"])
            since = {"recover": True, "epoch": epoch, "offset": int(position, 16)}
            (nothing,) = await made.ask({"id": 4, "subscribe": {"channel": BOARD, **since}})
            assert (nothing["subscribe"]["recovered"], nothing["subscribe"]["publications"]) == (True, [])
            await made.ask({"id": 5, "unsubscribe": {"channel": BOARD}})
            reprice(product, "6.01")
            await gateway.hub.reached(product.log.head())
            (missed,) = await made.ask({"id": 6, "subscribe": {"channel": BOARD, **since}})
            (publication,) = missed["subscribe"]["publications"]
            assert [market["market_id"] for market in publication["data"]["changes"]["markets"]] == [MARKET]
            await made.ask({"id": 7, "unsubscribe": {"channel": BOARD}})
            for lost in ({"epoch": "anotherlog"}, {"offset": product.log.head() + 1_000}):
                (again,) = await made.ask({"id": 8, "subscribe": {"channel": BOARD, **since, **lost}})
                assert again["subscribe"]["recovered"] is False
                assert again["subscribe"]["data"]["snapshot"]["fixture_id"] == FIXTURE
                await made.ask({"id": 9, "unsubscribe": {"channel": BOARD}})
            (refused,) = await made.ask({"id": 10, "subscribe": {"channel": BOARD, **since, "epoch": "other", "flag": 2}})
            assert refused["error"]["code"] == 112

    asyncio.run(story())


def test_a_snapshot_is_byte_for_byte_what_the_query_answers(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway, "") as made:
            await made.websocket.send(json.dumps({"id": 2, "subscribe": {"channel": BOARD}}))
            frame = await made.websocket.recv(decode=False)
            found = await board_queries.fixture(MemoryReads(product.models), FIXTURE, 0)
            assert msgspec.json.encode(found) in frame

    asyncio.run(story())
