"""Whoever applies what `feed:#<account>` pushes has the slips of a fresh page of the feed, in its order."""

import asyncio
import random
from datetime import timedelta

import msgspec
import pytest

from projections.social import feed_page
from tests.views.social_history import ACCOUNTS, SocialHistory, SocialStory
from tests.views.streaming import Streamed, applied

ANN, BEN, CLEO = ACCOUNTS[:3]


def told(reader):
    return [(each["slip_id"], each["reposted_by_id"] or "", each["position"]) for each in reader.shown["entries"]]


async def on_page(streamed, account_id):
    page = await feed_page.following_page(streamed.reads, account_id, None, 50, streamed.now_us)
    return [(each.entry.slip_id, each.entry.reposter_id, each.entry.position) for each in page.found]


async def caught_up(streamed, upto, *, gateway_first=False):
    """Let views and gateway reach a position, whichever is first, and the feeds be read that this changes."""
    if gateway_first:
        streamed.stream(upto)
        await asyncio.sleep(0)
    streamed.project(upto)
    streamed.stream(upto)
    feeds = streamed.hub._feeds["feed"]
    while waits := [*feeds._telling, *[feed.reading for feed in feeds._feeds.values() if feed.needed]]:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)


@pytest.fixture(autouse=True)
def _no_gap(monkeypatch):
    monkeypatch.setattr("api.stream.following_feed.PAGE_EVERY_S", 0)


@pytest.mark.parametrize("seed", range(2))
def test_a_feed_and_what_is_pushed_of_it_are_what_a_fresh_page_shows(seed):
    social, rng = SocialStory(seed), random.Random(seed)  # noqa: S311  (a story, not a secret)
    social.go_on(30)

    async def story():
        streamed, pushed = Streamed(social.history), 0
        await caught_up(streamed, social.history.log.head())
        readers = {account_id: await streamed.reader_of(account_id, f"feed:#{account_id}") for account_id in social.accounts}
        for _ in range(25):
            social.go_on(rng.randint(1, 8))
            await caught_up(streamed, social.history.log.head(), gateway_first=rng.random() < 0.5)
            for account_id, reader in list(readers.items()):
                pushed += len(reader.told)
                assert told(reader) == await on_page(streamed, account_id), account_id
                if rng.random() < 0.1:
                    streamed.hub.unsubscribe(reader.subscription)
                    readers[account_id] = await streamed.reader_of(account_id, f"feed:#{account_id}")
        assert pushed > 50

    asyncio.run(story())


def test_a_share_comes_to_followers_alone_and_a_block_takes_it_away():
    history = SocialHistory()
    for number, account_id in enumerate((ANN, BEN, CLEO)):
        history.account(account_id, f"Player{number}")
    history.follow(BEN, ANN)

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        ben, cleo = [await streamed.reader_of(each, f"feed:#{each}") for each in (BEN, CLEO)]
        slip_id = history.pick(ANN, visibility="followers")
        held = history.pick(ANN)
        history.hold(ANN, held)
        await caught_up(streamed, history.log.head())
        assert [each["slip_id"] for each in ben.shown["entries"]] == [slip_id]
        assert cleo.told == []
        history.block(ANN, BEN)
        await caught_up(streamed, history.log.head())
        assert [pub["data"]["changes"]["gone"] for pub in ben.told][-1] == [slip_id]

    asyncio.run(story())


def left_at(reader):
    """Where a reader stands that leaves now, and what it has."""
    return reader.position, reader.shown


def again(reader, left):
    """What a reader has that comes back: recovered from where it stood, or shown anew. Returns whether it recovered."""
    position, shown = left
    if position < reader.channel.floor:
        return False
    missed = reader.channel.data_after(position)
    reader.shown = shown if missed is None else applied(shown, msgspec.json.decode(missed)["changes"])
    return True


@pytest.mark.parametrize("seed", range(3))
def test_a_feed_recovers_on_another_process_at_what_a_fresh_page_shows(seed):
    """At any turn of a random history, readers leave one gateway and come to another, one that never had their feeds open."""
    social, rng = SocialStory(seed), random.Random(seed)  # noqa: S311  (a story, not a secret)
    social.go_on(40)

    async def story():
        streamed, recovered, begun_anew = Streamed(social.history), 0, 0
        await caught_up(streamed, social.history.log.head())
        readers = {account_id: await streamed.reader_of(account_id, f"feed:#{account_id}") for account_id in social.accounts}
        for _ in range(40):
            left = {account_id: left_at(reader) for account_id, reader in readers.items()}
            social.go_on(rng.randint(1, 3))
            streamed.begin(0)
            await caught_up(streamed, social.history.log.head())
            for account_id in social.accounts:
                reader = readers[account_id] = await streamed.reader_of(account_id, f"feed:#{account_id}")
                if again(reader, left[account_id]):
                    recovered += 1
                else:
                    begun_anew += 1
                assert told(reader) == await on_page(streamed, account_id), account_id
            social.go_on(2)
            await caught_up(streamed, social.history.log.head())
            for account_id, reader in readers.items():
                assert told(reader) == await on_page(streamed, account_id), account_id
        assert recovered > 50
        assert begun_anew > 20

    asyncio.run(story())


def test_who_stands_before_the_end_of_a_mute_is_shown_the_feed_anew_on_another_process_and_told_of_it_on_the_same():
    history = SocialHistory()
    for number, account_id in enumerate((ANN, BEN)):
        history.account(account_id, f"Player{number}")
    history.follow(BEN, ANN)
    slip_id = history.pick(ANN)
    history.mute(BEN, ANN, until=history.at() + timedelta(hours=1))

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        ben = await streamed.reader_of(BEN, f"feed:#{BEN}")
        left = left_at(ben)
        assert ben.shown["entries"] == []
        assert ben.channel.floor <= ben.position
        streamed.now_us += 2 * 3_600_000_000
        for feed in streamed.hub._all_feeds:
            feed.look(streamed.hub)
        await caught_up(streamed, history.log.head())
        assert [each["slip_id"] for each in ben.shown["entries"]] == [slip_id]
        streamed.begin(0)
        await caught_up(streamed, history.log.head())
        ben = await streamed.reader_of(BEN, f"feed:#{BEN}")
        assert not again(ben, left)
        assert [each["slip_id"] for each in ben.shown["entries"]] == [slip_id]

    asyncio.run(story())
