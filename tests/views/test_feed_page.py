"""The pages of a feed are what the facts say, whatever happened, however it was batched, and whether it was pushed or not."""

import asyncio
from random import Random

import pytest

from domain.fact import micros
from domain.odds import parse
from domain.slip.facts import SlipLeg
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.ports import Page, UnreadableCursor
from projections.social import feed_page, follows, home_feed, timeline_entries
from projections.social.feed_page import following_page
from projections.social.timeline_entries import FeedEntry, by_short_form, packed, position_of_entry, unpacked
from tests.views.feed_model import FeedModel
from tests.views.history import NOON, named
from tests.views.social_history import EVERY_VIEW, SOCIAL_VIEWS, SocialHistory, SocialStory, crowded

ANN, BOB, CLEO, DAN = (named("account", number) for number in range(4))
NOW_US = micros(NOON) + 10**12


@pytest.fixture(autouse=True)
def short_timelines(monkeypatch):
    """Timelines so short that every story is longer than they are."""
    monkeypatch.setattr(follows, "TIMELINE_MAX", 9)
    monkeypatch.setattr(follows, "TIMELINE_SLACK", 2)
    monkeypatch.setattr(feed_page, "TIMELINE_MAX", 9)
    monkeypatch.setattr(feed_page, "TIMELINE_SLACK", 2)
    monkeypatch.setattr(feed_page, "FIRST_ENTRIES", 4)
    monkeypatch.setattr(feed_page, "ROUND_ENTRIES_MIN", 2)
    monkeypatch.setattr(feed_page, "OUTBOX_ENTRIES_MIN", 2)


class Feed:
    """A log and its views, as readers and projectors come and go."""

    def __init__(self, history, views=SOCIAL_VIEWS):
        self.history, self.views = history, views
        self.models = MemoryModels()
        self.reads = MemoryReads(self.models)

    def catch_up(self, chunk_facts=1_000):
        Projector(self.history.log, self.models, self.views, chunk_facts=chunk_facts).catch_up()

    def page(self, viewer, cursor=None, limit=50):
        return asyncio.run(following_page(self.reads, viewer, cursor, limit, NOW_US))

    def shown(self, viewer, limit=50, cursor=None):
        """All pages, from a cursor on, as places."""
        found = []
        while True:
            page = self.page(viewer, cursor, limit)
            found += places(page)
            assert page.found or page.next_cursor is None, "no empty page while there are more"
            assert page.next_cursor != cursor or cursor is None
            cursor = page.next_cursor
            if cursor is None:
                return found
            assert len(page.found) == limit

    def expected(self, viewer):
        return FeedModel(self.history.log, self.history.log.head()).feed(viewer)


def places(page):
    return [(each.entry.position, each.entry.slip_id, each.entry.reposter_id) for each in page.found]


def seen(history, viewer):
    feed = Feed(history)
    feed.catch_up()
    return [slip_id for _, slip_id, _ in feed.shown(viewer)]


@pytest.mark.parametrize("seed", range(8))
def test_a_feed_shows_what_the_facts_say_pushed_or_not(seed):
    story, rng = SocialStory(seed), Random(seed)  # noqa: S311  (a story, not a secret)
    feed = Feed(story.history)
    readers = rng.sample(story.accounts, 3)
    for _ in range(rng.randint(2, 6)):
        story.go_on(rng.randint(1, 60))
        feed.catch_up(rng.choice((1, 3, 17, 400)))
        for viewer in readers:
            assert feed.shown(viewer, rng.choice((1, 2, 5, 50))) == feed.expected(viewer)
    for viewer in story.accounts:
        assert feed.shown(viewer, rng.choice((1, 3, 50))) == feed.expected(viewer), "also to who reads for the first time"


@pytest.mark.parametrize(("seed", "pushed_followers_max"), [(30, 64), (31, 64), (32, 128), (33, 128), (34, 0)])
def test_a_feed_shows_the_same_where_large_authors_are_not_pushed(seed, pushed_followers_max):
    story, rng = SocialStory(seed, accounts=crowded(7)), Random(seed)  # noqa: S311  (a story, not a secret)
    pulling = [follows.view_of(pushed_followers_max) if view is follows.VIEW else view for view in SOCIAL_VIEWS]
    feed, pushing = Feed(story.history, pulling), Feed(story.history, SOCIAL_VIEWS)
    for _ in range(5):
        story.go_on(rng.randint(10, 50))
        feed.catch_up(rng.choice((1, 7, 400)))
        pushing.catch_up()
        for viewer in story.accounts[:4]:
            shown = feed.shown(viewer, rng.choice((1, 3, 50)))
            assert shown == feed.expected(viewer) == pushing.shown(viewer)
    assert any(name.endswith(":unpushed") for name in feed.models.store.ranked), "some author was large"
    assert any(len(entries) > 1 for entries in feed.models.store.lists.values()) == (pushed_followers_max > 0)
    assert not any(name.endswith(":unpushed") for name in pushing.models.store.ranked)


@pytest.mark.parametrize("seed", [20, 21])
def test_a_feed_is_right_where_many_accounts_have_the_same_short_form(seed, monkeypatch):
    monkeypatch.setattr(timeline_entries, "SHORT_FORMS", 2)
    test_a_feed_shows_what_the_facts_say_pushed_or_not(seed)


def test_an_entry_takes_24_bytes_and_a_repost_40():
    share, repost = FeedEntry(7, named("slip", 1), ANN), FeedEntry(2**48 - 1, named("slip", 1), ANN, BOB)
    assert (len(packed(share)), len(packed(repost))) == (24, 40)
    actors = by_short_form([ANN, BOB])
    assert (unpacked(packed(share), actors), unpacked(packed(repost), actors)) == ([share], [repost])
    assert (position_of_entry(packed(repost)), position_of_entry(b"281474976710655")) == (2**48 - 1, None)


@pytest.mark.parametrize("seed", range(4))
def test_a_rebuilt_feed_shows_what_the_one_shows_that_was_pushed(seed):
    story = SocialStory(seed)
    feed = Feed(story.history)
    feed.catch_up()
    for _ in range(4):
        for viewer in story.accounts:
            feed.shown(viewer)
        story.go_on(40)
        feed.catch_up(7)
    rebuilt = Feed(story.history)
    rebuilt.catch_up()
    for viewer in story.accounts:
        assert feed.shown(viewer, 3) == rebuilt.shown(viewer, 4)


@pytest.mark.parametrize("seed", range(4))
def test_paging_repeats_nothing_and_misses_nothing_while_slips_reposts_and_follows_come_in(seed):
    story, rng = SocialStory(seed), Random(seed)  # noqa: S311  (a story, not a secret)
    feed = Feed(story.history)
    story.go_on(150)
    feed.catch_up()
    story.turns, story.weights = (story.pick, story.follow, story.fresh_repost), (5, 2, 4)
    for viewer in story.accounts:
        expected = feed.expected(viewer)
        cursor, found = None, []
        while True:
            page = feed.page(viewer, cursor, 2)
            found += places(page)
            cursor = page.next_cursor
            if cursor is None:
                break
            story.go_on(rng.randint(0, 4))
            feed.catch_up(rng.choice((1, 5, 100)))
        assert [each for each in found if each in expected] == expected
        assert len({slip_id for _, slip_id, _ in found}) == len(found)


@pytest.mark.parametrize("seed", range(4))
def test_a_page_whose_partitions_are_not_equally_far_stands_where_all_of_them_are(seed):
    """Each partition is at a place of its own: what is shown is what the facts said at one position, and the next page goes on from it."""
    story, rng = SocialStory(seed), Random(seed)  # noqa: S311  (a story, not a secret)
    story.weights = (40, 18, 0, 14, 0, 0, 0, 0, 0, 0)
    feed = Feed(story.history)
    story.go_on(80)
    feed.catch_up()
    story.go_on(30)
    for partition in rng.sample(range(64), 32):
        Projector(story.history.log, feed.models, SOCIAL_VIEWS, partitions=[partition]).catch_up()
    for viewer in story.accounts:
        first = feed.page(viewer, None, 3)
        stood_at = feed_page._read(first.next_cursor)[1] if first.next_cursor else None
        if stood_at is not None:
            expected = FeedModel(story.history.log, stood_at).feed(viewer)
            assert places(first) == expected[:3]
            feed.catch_up()
            assert [each for each in feed.shown(viewer, 3, first.next_cursor) if each in expected] == expected[3:]


def test_a_new_follow_brings_what_was_shared_before_and_an_unfollow_takes_all_away():
    history = SocialHistory()
    for account, handle in ((ANN, "ann"), (BOB, "bob")):
        history.account(account, handle)
    early = history.pick(BOB)
    feed = Feed(history)
    feed.catch_up()
    assert feed.shown(ANN) == []
    history.follow(ANN, BOB)
    late = history.pick(BOB)
    feed.catch_up()
    assert [slip_id for _, slip_id, _ in feed.shown(ANN)] == [late, early]
    history.unfollow(ANN, BOB)
    feed.catch_up()
    assert feed.shown(ANN) == []


def test_a_slip_for_followers_is_shown_to_them_alone_and_a_private_account_has_no_other():
    history = SocialHistory()
    for account, handle in ((ANN, "ann"), (BOB, "bob"), (CLEO, "cleo")):
        history.account(account, handle)
    history.follow(ANN, BOB)
    history.follow(DAN, ANN)
    to_followers, public = history.pick(BOB, visibility="followers"), history.pick(BOB)
    history.react("repost", ANN, to_followers, BOB)
    history.react("repost", ANN, public, BOB)
    assert seen(history, ANN) == [public, to_followers]
    assert seen(history, DAN) == [public]
    history.profile(BOB, private=True)
    assert seen(history, DAN) == []


def test_when_the_newest_are_all_filtered_older_ones_are_shown():
    history = SocialHistory()
    for account, handle in ((ANN, "ann"), (BOB, "bob"), (CLEO, "cleo")):
        history.account(account, handle)
        history.follow(ANN, account) if account != ANN else None
    old = history.pick(CLEO)
    for _ in range(30):
        history.hold(BOB, history.pick(BOB))
    feed = Feed(history)
    feed.catch_up()
    page = feed.page(ANN, None, 1)
    assert ([each.entry.slip_id for each in page.found], page.next_cursor) == ([old], None)


@pytest.mark.parametrize("cursor", ["x", "kgHAAA", "kwECAw", "kgGiYWI"])
def test_a_forged_cursor_is_refused(cursor):
    feed = Feed(SocialHistory())
    with pytest.raises(UnreadableCursor):
        feed.page(ANN, cursor)


class CountingReads(MemoryReads):
    """Notes which keys are asked for, by view."""

    def __init__(self, models):
        super().__init__(models)
        self.keys, self.round_trips = set(), 0

    async def many_at(self, view, asks):
        self.round_trips += 1
        self.keys |= {(view.name, ask.key) for ask in asks}
        self.keys |= {(view.name, ask.rows) for ask in asks if isinstance(ask, Page) and ask.rows}
        return await super().many_at(view, asks)

    async def many(self, view, asks):
        return (await self.many_at(view, asks))[1]


def test_a_page_of_a_warm_feed_takes_at_most_sixty_keys(monkeypatch):
    monkeypatch.undo()
    history, authors = SocialHistory(), [named("author", number) for number in range(12)]
    history.account(ANN, "ann")
    for number, author in enumerate(authors):
        history.account(author, f"author{number}")
        history.follow(ANN, author)
    feed = Feed(history, EVERY_VIEW)
    feed.catch_up()
    feed.page(ANN)
    for number in range(60):
        fixture, market = named("fixture", number), named("market", number)
        history.fixture(fixture)
        history.market(market, fixture, "2.35", "3.4", "2")
        history.pick(authors[number % len(authors)], legs=(SlipLeg(fixture, market, "home", parse("2.35"), 1),))
    feed.catch_up()
    reads = CountingReads(feed.models)
    page = asyncio.run(home_feed.home(reads, ANN, (), None, 20, NOW_US))
    assert len(page.items) == 20
    assert all(item.bet.legs[0].fixture is not None for item in page.items)
    assert len(reads.keys) <= 60, sorted(reads.keys)
    assert reads.round_trips <= 7, "two of them at the same time"
