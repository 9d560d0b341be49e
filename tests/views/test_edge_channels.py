"""Whoever applies what an edge pushes sees what a fresh query shows, through lost links and gateways that are started again."""

import asyncio
import random

import pytest

from commands.ports import StoreUnavailable
from tests.views import test_feed_channel as feeds
from tests.views import test_slip_channel as slips
from tests.views.edged import Edged
from tests.views.history import busy, markets_of_football, named
from tests.views.social_history import SocialStory
from tests.views.streaming import Streamed, comparable, reloaded


async def tossed(edged, rng):
    """What may happen to a link: it is cut, and comes back, to the same gateway or to another one."""
    if rng.random() < 0.3:
        edged.link.cut()
        if rng.random() < 0.5:
            position = edged.streamed.hub.position
            edged.streamed.begin(0)
            edged.streamed.stream(position)
        return True
    return False


@pytest.mark.parametrize("seed", range(3))
def test_boards_and_portfolios_on_an_edge_are_what_a_reload_shows(seed):
    history, rng = busy(200 + seed, 400), random.Random(seed)  # noqa: S311  (a story, not a secret)
    names = [f"portfolio:#{named('account', n)}" for n in range(6)] + [f"fixture:{named('fixture', n)}" for n in range(1, 8)]
    names += [f"market:{market_id}" for market_id in sorted(markets_of_football(history))[:5]]

    async def story():
        streamed, readers, again = Streamed(history), {}, 0
        edged, head = Edged(streamed), history.log.head()
        while streamed.hub.position < head:
            is_cut = await tossed(edged, rng)
            position = min(head, streamed.hub.position + rng.randint(1, 60))
            streamed.project(position)
            while streamed.hub.position < position:
                streamed.stream(min(streamed.hub.position + rng.randint(1, 30), position))
                await asyncio.sleep(0)
            if is_cut:
                edged.connect()
            await edged.settled()
            for name in rng.sample(names, 4):
                if name not in readers and (reader := await edged.reader_of("", name, rng.choice((0.05, 2.0)))) is not None:
                    readers[name] = reader
            for name, reader in list(readers.items()):
                if reader.again:
                    again += 1
                    readers[name] = await edged.reader_of("", name)
                assert comparable(readers[name].shown) == comparable(await reloaded(streamed, name)), name
        assert len(readers) > 5
        assert edged.hub.counts.upstream_publications > 20
        assert again == 0, "the log is kept: every channel recovers"

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(2))
def test_feeds_on_an_edge_are_what_a_fresh_page_shows(seed, monkeypatch):
    monkeypatch.setattr("api.stream.following_feed.PAGE_EVERY_S", 0)
    social, rng = SocialStory(seed), random.Random(seed)  # noqa: S311  (a story, not a secret)
    social.go_on(30)

    async def story():
        streamed = Streamed(social.history)
        edged = Edged(streamed)
        await feeds.caught_up(streamed, social.history.log.head())
        await edged.settled()
        readers = {account_id: await edged.reader_of(account_id, f"feed:#{account_id}") for account_id in social.accounts}
        for _ in range(20):
            is_cut = await tossed(edged, rng)
            social.go_on(rng.randint(1, 4))
            await feeds.caught_up(streamed, social.history.log.head())
            if is_cut:
                edged.connect()
            await edged.settled()
            for account_id, reader in list(readers.items()):
                if reader.again:
                    readers[account_id] = await edged.reader_of(account_id, f"feed:#{account_id}")
                assert feeds.told(readers[account_id]) == await feeds.on_page(streamed, account_id), account_id

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(3))
def test_slips_on_an_edge_are_what_a_reload_shows_to_each_who_may_see_them_and_end_for_all_others(seed):
    story, rng = slips.Talk(seed), random.Random(seed)  # noqa: S311  (a story, not a secret)
    story.go_on(60)
    for muter, muted in zip(story.accounts[:2], story.accounts[2:4], strict=True):
        story.history.mute(muter, muted)

    async def joined(edged, viewer_id, slip_id, tick_s=0.05):
        reader = await edged.reader_of(viewer_id, f"slip:{slip_id}", tick_s)
        if reader is not None:
            reader.shown["thread"] = await slips.read_comments(edged.streamed, viewer_id, slip_id)
        return reader

    async def tell():
        streamed, readers, seen, own = Streamed(story.history), {}, 0, 0
        edged = Edged(streamed)
        for _ in range(14):
            is_cut = await tossed(edged, rng)
            await slips.caught_up(streamed, story.history.log.head())
            if is_cut:
                edged.connect()
            await edged.settled()
            for (viewer_id, slip_id), left in list(readers.items()):
                shown, reader = await slips.read_slip(streamed, viewer_id, slip_id), left
                assert reader.is_over or reader.again or shown is not None, (viewer_id, slip_id)
                if shown is None:
                    del readers[viewer_id, slip_id]
                    continue
                if reader.is_over or reader.again:
                    reader = readers[viewer_id, slip_id] = await joined(edged, viewer_id, slip_id)
                pushed = dict(reader.shown)
                mine = pushed.pop("thread", {})
                assert pushed == shown
                if viewer_id not in story.ever_shadowed:
                    assert slips.told(mine) == slips.told(await slips.read_comments(streamed, viewer_id, slip_id)), (viewer_id, slip_id)
                seen += 1
            for slip_id in rng.sample(list(story.slips), min(3, len(story.slips))):
                viewer_id = rng.choice(story.accounts)
                if (viewer_id, slip_id) in readers:
                    continue
                reader = await joined(edged, viewer_id, slip_id, rng.choice((0.05, 2.0)))
                assert (reader is None) == (await slips.read_slip(streamed, viewer_id, slip_id) is None)
                if reader is not None:
                    readers[viewer_id, slip_id] = reader
            own += sum(viewer.channel is not None for viewer in edged.hub._viewers.values())
            story.go_on(rng.randint(1, 6))
        assert seen > 8
        assert own > 0, "somebody blocks or mutes somebody"

    asyncio.run(tell())


def test_a_right_that_ends_while_somebody_is_let_in_lets_nobody_in():
    history, slip_id = slips.below_one_slip()

    async def story():
        streamed = Streamed(history)
        edged = Edged(streamed)
        await slips.caught_up(streamed, history.log.head())
        tells = edged.link.send

        def send(frame, **how):
            tells(frame, **how)
            if b'"own"' in frame:
                history.block(slips.ANN, slips.BEN)
                streamed.stream(history.log.head())

        edged.link.send = send
        with pytest.raises(StoreUnavailable):
            await edged.reader_of(slips.BEN, f"slip:{slip_id}")
        assert await edged.reader_of(slips.BEN, f"slip:{slip_id}") is None
        assert edged.hub._viewers == {}

    asyncio.run(story())


def test_what_nobody_reads_any_more_is_left_upstream(monkeypatch):
    monkeypatch.setattr("api.stream.edge_hub.UNUSED_KEPT_S", 1.0)
    history, slip_id = slips.below_one_slip()

    async def story():
        streamed = Streamed(history)
        edged = Edged(streamed)
        await slips.caught_up(streamed, history.log.head())
        readers = [await edged.reader_of(slips.BEN, name) for name in (f"slip:{slip_id}", f"feed:#{slips.BEN}")]
        assert len(edged.link.connection.subscriptions) == 3, "the slip, the right to it, and the feed"
        for reader in readers:
            edged.hub.unsubscribe(reader.subscription)
        for _ in range(2):
            edged.hub.look_at_time()
            streamed.now_s += 5
        edged.hub.look_at_time()
        await edged.settled()
        assert edged.link.connection.subscriptions == {}
        assert not any(channel.subscriptions for channel in streamed.hub.channels.values())

    asyncio.run(story())


def test_a_slip_is_told_to_an_edge_once_for_all_who_see_all_of_it_and_once_more_for_who_mutes_somebody():
    history, slip_id = slips.below_one_slip()
    history.mute(slips.CLEO, slips.DAN)

    async def story():
        streamed = Streamed(history)
        edged = Edged(streamed)
        await slips.caught_up(streamed, history.log.head())
        seen = [slips.ANN, slips.BEN, slips.BEN, slips.CLEO]
        readers = [await edged.reader_of(each, f"slip:{slip_id}") for each in seen]
        before = edged.hub.counts.upstream_publications
        history.react("like", slips.BEN, slip_id, slips.ANN)
        await slips.caught_up(streamed, history.log.head())
        await edged.settled()
        assert [reader.shown["likes"] for reader in readers] == [1, 1, 1, 1]
        assert edged.hub.counts.upstream_publications - before == 2
        history.comment("1", slips.DAN, slip_id, slips.ANN, "hello")
        await slips.caught_up(streamed, history.log.head())
        await edged.settled()
        assert [len(reader.shown["thread"]) for reader in readers] == [1, 1, 1, 0], "who mutes the author is not told"

    asyncio.run(story())
