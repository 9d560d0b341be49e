"""Whoever applies what is pushed sees what a fresh query shows: for every channel, whatever happens, however far views and gateway are."""

import asyncio
import random

import msgspec
import pytest

from domain.fixture.facts import ClockAdvanced, FixtureScheduled
from domain.ids import producer_of
from domain.market.facts import MarketPriced, MarketResumed, MarketSuspended
from domain.producer.facts import HeartBeat, SessionBegun
from domain.settling import WON
from tests.views.history import ANN, MARKS, History, busy, markets_of_football, named, priced
from tests.views.streaming import Streamed, comparable, reloaded

FIXTURE, MARKET = named("fixture", 1), named("market", 1)
BOARD = f"fixture:{FIXTURE}"


def one_match():
    history = History()
    history.wallet(ANN, 100_00)
    history.fixture(FIXTURE)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "10/11")
    history.kick_off(FIXTURE)
    return history


def streamed_to_the_end(history):
    streamed = Streamed(history)
    streamed.project(history.log.head())
    streamed.stream(history.log.head())
    return streamed


@pytest.mark.parametrize("seed", range(8))
def test_a_snapshot_and_the_changes_after_it_are_what_a_reload_shows(seed):
    history, rng = busy(seed, 500), random.Random(seed)  # noqa: S311  (a story, not a secret)
    accounts = [f"portfolio:#{named('account', number)}" for number in range(6)]
    fixtures = [f"fixture:{fact.stream_id}" for fact in history.log.read(0, 1_000) if isinstance(fact.body, FixtureScheduled)]
    markets = [f"market:{market_id}" for market_id in sorted(markets_of_football(history))]

    async def story():
        streamed, readers, head = Streamed(history), {}, history.log.head()
        while streamed.hub.position < head:
            position = min(head, streamed.hub.position + rng.randint(1, 60))
            streamed.project(rng.randint(streamed.hub.position, head) if rng.random() < 0.3 else position)
            opening = asyncio.gather(
                *[
                    streamed.reader(name, rng.choice((0.05, 2.0)))
                    for name in rng.sample([*accounts, *fixtures, *markets], 8)
                    if name not in readers
                ]
            )
            await asyncio.sleep(0)
            while streamed.hub.position < max(position, streamed.log.upto):
                streamed.stream(min(streamed.hub.position + rng.randint(1, 30), max(position, streamed.log.upto)))
                await asyncio.sleep(0)
            readers |= {each.name: each for each in await opening if each.channel is not None}
            streamed.project(streamed.hub.position)
            streamed.now_s += 5
            streamed.hub.look()
            for name, reader in list(readers.items()):
                if reader.again:
                    readers[name] = await streamed.reader(name)
                assert comparable(readers[name].shown) == comparable(await reloaded(streamed, name)), name
        assert len(readers) > 10

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(4))
def test_who_comes_back_after_the_gateway_was_started_again_gets_what_it_missed(seed):
    history, rng = busy(100 + seed, 400), random.Random(seed)  # noqa: S311  (a story, not a secret)
    names = [f"portfolio:#{named('account', n)}" for n in range(6)] + [f"fixture:{named('fixture', n)}" for n in range(1, 12)]

    async def story():
        head = history.log.head()
        left_at = rng.randint(head // 2, head - 50)
        before = Streamed(history)
        before.project(left_at)
        before.stream(left_at)
        readers = [await before.reader(name) for name in names]
        after = Streamed(history)
        after.project(head)
        after.begin(left_at - 20)
        after.stream(head)
        for reader in readers:
            if reader.channel is None:
                continue
            channel = (await after.reader(reader.name)).channel
            assert channel.floor <= left_at
            missed = channel.data_after(left_at)
            if missed is not None:
                reader.take(msgspec.json.decode(missed))
            assert comparable(reader.shown) == comparable(await reloaded(after, reader.name)), reader.name

    asyncio.run(story())


def test_prices_within_the_gap_are_told_once_and_the_first_after_a_pause_at_once():
    history = one_match()

    async def story():
        streamed = streamed_to_the_end(history)
        reader = await streamed.reader(BOARD)
        for number in range(10, 15):
            history.add(MARKET, MarketPriced(priced(f"2.{number}", "3.5", "4"), history.at(), marks=MARKS))
            streamed.hub.take(history.log.read(streamed.hub.position, 100), history.log.head())
        assert len(reader.told) == 1
        streamed.now_s += 0.1
        streamed.hub.look()
        assert len(reader.told) == 2
        assert reader.shown["markets"][0]["selections"][0]["odds"] == "2.14"

    asyncio.run(story())


def test_a_suspension_goes_out_at_once_and_is_not_conflated_with_what_follows():
    history = one_match()

    async def story():
        streamed = streamed_to_the_end(history)
        reader, slow = await streamed.reader(BOARD), await streamed.reader(BOARD, 2.0)
        slow.is_paused = True
        history.add(MARKET, MarketPriced(priced("2.5", "3.5", "4"), history.at(), marks=MARKS))
        streamed.stream(history.log.head())
        history.add(MARKET, MarketSuspended("goal", history.at()), MarketResumed(priced("1.5", "4"), history.at(), marks=MARKS))
        streamed.hub.take(history.log.read(streamed.hub.position, 100), history.log.head())
        streamed.now_s += 5
        streamed.hub.look()
        slow.is_paused = False
        streamed.hub.look()
        for each in (reader, slow):
            statuses = [pub["data"]["changes"]["markets"][0]["status"] for pub in each.told]
            assert statuses[-2:] == ["suspended", "open"]

    asyncio.run(story())


def test_a_reader_that_does_not_drain_is_told_the_last_state_once_it_does():
    history = one_match()

    async def story():
        streamed = streamed_to_the_end(history)
        reader = await streamed.reader(BOARD)
        reader.is_paused = True
        for minute in range(1, 40):
            history.add(FIXTURE, ClockAdvanced(minute, "first_half", history.at()))
            streamed.stream(history.log.head())
        assert reader.told == []
        reader.is_paused = False
        streamed.hub.look()
        assert [pub["data"]["changes"]["fixture"]["clock"]["minute"] for pub in reader.told] == [39]

    asyncio.run(story())


def test_a_producer_that_falls_silent_suspends_its_markets_though_no_fact_says_so():
    history, feed = one_match(), producer_of("feed")
    history.add(feed, SessionBegun("feed", 1, 10_000, history.at()))
    history.add(MARKET, MarketPriced(priced("2", "3", "4"), history.at(), marks=MARKS, producer=feed, session=1))

    async def story():
        streamed = streamed_to_the_end(history)
        streamed.now_us = history.log.read(0, 1_000)[-1].committed_us
        reader = await streamed.reader(BOARD)
        assert reader.shown["markets"][0]["status"] == "open"
        here = reader.position
        streamed.now_us += 11_000_000
        streamed.now_s += 1
        streamed.hub.look_at_time()
        streamed.hub.look()
        assert reader.shown["markets"][0]["reason"] == "its price source is silent"
        assert comparable(reader.shown) == comparable(await reloaded(streamed, BOARD))
        assert b"silent" in reader.channel.data_after(here), "who recovers from that position is told again"
        history.add(feed, SessionBegun("feed", 2, 10_000, history.at()), HeartBeat(2, history.at()))
        streamed.now_us = history.log.read(0, 1_000)[-1].committed_us
        streamed.stream(history.log.head())
        assert reader.shown["markets"][0]["reason"] == "awaiting fresh prices"

    asyncio.run(story())


def test_a_bet_and_its_stake_are_one_publication_and_every_settlement_is_told():
    history = one_match()

    async def story():
        streamed = streamed_to_the_end(history)
        reader = await streamed.reader(f"portfolio:#{ANN}")
        bets = [named("bet", number) for number in range(3)]
        for bet_id in bets:
            history.bet(ANN, bet_id, 5_00, (MARKET, "home", "2.35", 1))
        streamed.stream(history.log.head())
        assert [len(pub["data"]["changes"]["bets"]) for pub in reader.told] == [1, 1, 1]
        assert [pub["data"]["changes"]["money"]["available_minor"] for pub in reader.told] == [95_00, 90_00, 85_00]
        assert [pub["offset"] for pub in reader.told] == sorted({pub["offset"] for pub in reader.told})
        history.settle(ANN, bets[1], "won", 5_00, 11_75, WON)
        streamed.stream(history.log.head())
        assert [bet["status"] for bet in reader.told[-1]["data"]["changes"]["bets"]] == ["won"]
        streamed.project(history.log.head())
        assert comparable(reader.shown) == comparable(await reloaded(streamed, reader.name))

    asyncio.run(story())


def test_a_bet_that_is_not_kept_has_the_client_subscribe_again():
    history = one_match()
    for number in range(205):
        history.bet(ANN, named("bet", number), 1, (MARKET, "home", "2.35", 1))

    async def story():
        streamed = streamed_to_the_end(history)
        reader = await streamed.reader(f"portfolio:#{ANN}")
        history.settle(ANN, named("bet", 0), "lost", 1, 0, WON)
        streamed.stream(history.log.head())
        assert reader.again
        streamed.project(history.log.head())
        again = await streamed.reader(reader.name)
        assert again.shown["settled"]["items"][0]["bet_id"] == named("bet", 0)

    asyncio.run(story())


def test_what_nobody_reads_is_forgotten_and_loaded_again():
    history = one_match()

    async def story():
        streamed = streamed_to_the_end(history)
        reader = await streamed.reader(BOARD)
        streamed.hub.unsubscribe(reader.subscription)
        streamed.hub.look_at_time()
        streamed.now_s += 60
        streamed.hub.look_at_time()
        assert not streamed.hub.channels
        history.add(FIXTURE, ClockAdvanced(17, "first_half", history.at()))
        streamed.project(history.log.head())
        streamed.stream(history.log.head())
        assert (await streamed.reader(BOARD)).shown["clock"]["minute"] == 17

    asyncio.run(story())


def test_what_does_not_exist_has_no_channel():
    async def story():
        streamed = streamed_to_the_end(one_match())
        for name in (f"fixture:{named('fixture', 9)}", f"market:{named('market', 9)}", f"portfolio:#{named('account', 9)}"):
            assert (await streamed.reader(name)).channel is None

    asyncio.run(story())
