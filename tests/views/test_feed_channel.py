"""Whoever applies what `feed:#<account>` pushes has the slips of a fresh page of the feed, in its order."""

import asyncio
import random

import pytest

from projections.social import feed_page
from tests.views.social_history import ACCOUNTS, SocialHistory, SocialStory
from tests.views.streaming import Streamed

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


def test_a_gateway_that_was_started_again_shows_a_feed_anew_rather_than_guess_what_left_it():
    history = SocialHistory()
    history.account(ANN, "Ann")

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        reader = await streamed.reader_of(ANN, f"feed:#{ANN}")
        assert reader.channel.floor == history.log.head()

    asyncio.run(story())
