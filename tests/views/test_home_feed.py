"""Lists of slips by tag and competition, the home feed and the count of new slips, against what the facts say."""

import asyncio
import itertools
from functools import partial
from random import Random

import pytest

from domain.fact import micros
from domain.odds import parse
from domain.slip.facts import SlipLeg
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.partitions import partition_of
from projections.ports import UnreadableCursor
from projections.registry import views_of
from projections.social import feed_page, home_feed, slip_lists, slips, suggestions
from projections.social.competitions import competition_of
from projections.social.trending import trending
from tests.views.feed_model import FeedModel
from tests.views.history import NOON, named
from tests.views.key_counting_reads import KeyCountingReads
from tests.views.social_history import EVERY_VIEW, SOCIAL_VIEWS, SocialHistory, SocialStory

ANN, BOB, CLEO, DAN = (named("account", number) for number in range(4))
NOW_US = micros(NOON) + 10**12
TAGS = ("derby", "acca", "value")
KEYS_MAX = 60
"""How many keys a page of 20 slips may ask for."""
WORLD_CUP = competition_of("football", "World Cup")


class SubjectStory(SocialStory):
    """A social history whose slips are on several matches, of two sports, and have tags."""

    def __init__(self, seed):
        super().__init__(seed)
        self.fixtures = {named("fixture", number): ("football", "tennis")[number % 5 == 4] for number in range(12)}
        for fixture_id, sport in self.fixtures.items():
            self.history.fixture(fixture_id, sport=sport)
        self.tags, self.sports = {}, {}

    def pick(self):
        author, on = self.rng.choice(self.accounts), self.rng.sample(list(self.fixtures), self.rng.randint(1, 3))
        tags = tuple(self.rng.sample(TAGS, self.rng.randint(0, 2)))
        legs = tuple(SlipLeg(each, named("market", 1), "home", parse("2.35"), 1) for each in on)
        slip_id = self.history.pick(author, visibility=self.rng.choice(("public", "public", "followers")), legs=legs, tags=tags)
        self.slips[slip_id], self.tags[slip_id], self.sports[slip_id] = author, tags, {self.fixtures[each] for each in on}


class Told:
    """A history with its views."""

    def __init__(self, history, views=EVERY_VIEW):
        self.history, self.views, self.models = history, views, MemoryModels()
        self.reads = MemoryReads(self.models)

    def catch_up(self, chunk_facts=1_000, **which):
        Projector(self.history.log, self.models, self.views, chunk_facts=chunk_facts, **which).catch_up()

    def home(self, viewer, cursor=None, limit=20):
        async def ask():
            return await home_feed.home(self.reads, viewer, (await trending(self.reads)).found, cursor, limit, NOW_US)

        return asyncio.run(ask())

    def pages(self, ask, limit):
        """All pages of a list, as ids."""
        found, cursor = [], None
        while True:
            page = asyncio.run(ask(cursor, limit, NOW_US))
            assert page.items or page.next_cursor is None, "no empty page while there are more"
            found += [each.slip_id for each in page.items]
            if page.next_cursor is None:
                return found
            assert page.next_cursor != cursor
            cursor = page.next_cursor


def expected(story, viewer, wanted):
    """Those of the slips, newest first, that the viewer may see and has not muted."""
    model = FeedModel(story.history.log, story.history.log.head())
    muted = {muted for muted, what in model.mutes[viewer] if what == "all"}
    seen = [
        each
        for each in model.author
        if each in wanted and model.may_see(viewer, each) and (model.author[each] not in muted or model.author[each] == viewer)
    ]
    return sorted(seen, key=model.shared_at.get, reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_lists_by_tag_and_by_competition_show_what_the_facts_say(seed):
    story, rng = SubjectStory(seed), Random(seed)  # noqa: S311  (a story, not a secret)
    told = Told(story.history, SOCIAL_VIEWS)
    for _ in range(2):
        story.go_on(60)
        told.catch_up(rng.choice((1, 7, 400)))
    for viewer in story.accounts[:3]:
        of_tags = {tag: partial(slip_lists.about, told.reads, viewer, slip_lists.tagged(tag)) for tag in TAGS}
        of_sports = {
            sport: partial(slip_lists.about, told.reads, viewer, slip_lists.on_competition(competition_of(sport, "World Cup")))
            for sport in ("football", "tennis")
        }
        model = FeedModel(story.history.log, story.history.log.head())
        for subject, ask in (of_tags | of_sports).items():
            wanted = [each for each in story.tags if subject in story.tags[each] or subject in story.sports[each]]
            found = expected(story, viewer, wanted)
            assert told.pages(ask, rng.choice((1, 3, 50))) == found
            known = [each for each in found if model.author[each] in {viewer, *model.following[viewer]}]
            assert told.pages(partial(ask, of_strangers=False), rng.choice((1, 3, 50))) == known


def test_a_list_whose_partitions_are_not_equally_far_passes_nothing_by():
    story = SubjectStory(5)
    story.weights = (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    told = Told(story.history, SOCIAL_VIEWS)
    story.go_on(20)
    told.catch_up()
    story.go_on(20)
    told.catch_up(partitions=range(32))

    def page(cursor):
        return asyncio.run(slip_lists.about(told.reads, ANN, slip_lists.on_competition(WORLD_CUP), cursor, 2, NOW_US))

    first = page(None)
    told.catch_up()
    shown, cursor = [each.slip_id for each in first.items], first.next_cursor
    while cursor:
        following = page(cursor)
        shown, cursor = shown + [each.slip_id for each in following.items], following.next_cursor
    every = expected(story, ANN, [each for each in story.sports if "football" in story.sports[each]])
    assert shown == every[every.index(shown[0]) :]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_new_since_a_page_is_what_the_next_first_page_has_more(seed):
    story, rng = SocialStory(seed), Random(seed)  # noqa: S311  (a story, not a secret)
    told = Told(story.history, SOCIAL_VIEWS)
    story.go_on(80)
    told.catch_up()
    markers = {viewer: told.home(viewer).marker for viewer in story.accounts}
    for _ in range(3):
        story.go_on(rng.randint(1, 25))
        told.catch_up(rng.choice((1, 9, 100)))
        model = FeedModel(story.history.log, story.history.log.head())
        for viewer in story.accounts:
            new = asyncio.run(feed_page.new_since(told.reads, viewer, markers[viewer], NOW_US))
            assert new.count == sum(position > int(markers[viewer]) for position, *_ in model.feed(viewer))
    assert asyncio.run(feed_page.new_since(told.reads, ANN, told.home(ANN).marker, NOW_US)) == feed_page.NewSlips(0, more=False)


@pytest.mark.parametrize("marker", [None, "", "x", "-1", "\u0661", "9" * 400])
def test_a_forged_marker_is_refused(marker):
    with pytest.raises(UnreadableCursor):
        asyncio.run(feed_page.new_since(Told(SocialHistory()).reads, ANN, marker, NOW_US))


@pytest.fixture
def live():
    """Bob has a bet on a live match that strangers share slips on, and follows Dan."""
    history = SocialHistory()
    for account, handle in ((ANN, "Ann"), (BOB, "Bob"), (CLEO, "Cleo"), (DAN, "Dan")):
        history.account(account, handle)
    history.wallet(BOB, 100_00)
    for number in (1, 2):
        history.fixture(named("fixture", number))
        history.market(named("market", number), named("fixture", number), "2.35", "3.4", "2")
        history.bet(BOB, named("bet", number), 10_00, (named("market", number), "home", "2.35", 1))
    history.kick_off(named("fixture", 1))
    history.follow(BOB, DAN)
    return history


def leg(number):
    return (SlipLeg(named("fixture", number), named("market", number), "home", parse("2.35"), 1),)


def test_home_blends_what_one_follows_with_live_matches_and_what_is_trending_each_slip_once(live):
    mine = [live.pick(DAN, legs=leg(2)) for _ in range(6)][::-1]
    on_live = [live.pick(author, legs=leg(1)) for author in (ANN, CLEO, ANN)][::-1]
    hot = live.pick(CLEO, legs=leg(2))
    for slip_id in (hot, on_live[0]):
        live.react("like", DAN, slip_id, CLEO if slip_id == hot else ANN)
    told = Told(live)
    told.catch_up()
    assert [each.slip_id for each in told.home(BOB).items] == [mine[0], on_live[0], mine[1], hot, *mine[2:5], on_live[1], mine[5]]
    live.hold(ANN, on_live[0])
    live.mute(BOB, CLEO)
    live.end(named("fixture", 1))
    told.catch_up()
    assert [each.slip_id for each in told.home(BOB).items] == mine, "over, held, or by somebody who is muted"


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_pages_of_home_hold_no_more_than_the_limit_and_no_slip_twice_while_others_come_in(live, limit):
    mine = [live.pick(DAN, legs=leg(2)) for _ in range(9)][::-1]
    strangers = [live.pick(author, legs=leg(1)) for author in (ANN, CLEO)]
    told = Told(live)
    told.catch_up()
    page = told.home(BOB, limit=limit)
    shown = [each.slip_id for each in page.items]
    while page.next_cursor:
        assert len(page.items) == limit
        live.react("repost", DAN, strangers[len(shown) % 2], ANN if len(shown) % 2 == 0 else CLEO)
        live.pick(DAN, legs=leg(1))
        if len(shown) == limit:
            live.follow(BOB, ANN)
        told.catch_up()
        page = told.home(BOB, page.next_cursor, limit)
        shown += [each.slip_id for each in page.items]
    assert len(set(shown)) == len(shown)
    assert [each for each in shown if each in mine] == mine


def test_home_of_somebody_who_follows_nobody_is_live_slips_then_trending_ones(live):
    live.unfollow(BOB, DAN)
    on_live, hot = live.pick(ANN, legs=leg(1)), live.pick(CLEO, legs=leg(2))
    live.react("like", DAN, hot, CLEO)
    told = Told(live)
    told.catch_up()
    assert [each.slip_id for each in told.home(BOB).items] == [on_live, hot]
    assert [each.slip_id for each in told.home(BOB, limit=1).items] == [on_live]


def test_a_page_of_home_with_all_that_it_may_have_asks_for_at_most_60_keys(live):
    authors = [named("account", number) for number in range(10, 50)]
    neighbours = (each for each in map(partial(named, "account"), itertools.count(100)) if partition_of(each) == partition_of(BOB))
    for number, account_id in enumerate(authors):
        live.account(account_id, f"Author{number}")
        live.follow(BOB, account_id)
    for _ in range(3):
        live.follow(next(neighbours), authors[-1])
    told = Told(live, views_of(pushed_followers_max=2 * 64))
    told.catch_up()
    told.home(BOB)
    strangers = [live.pick(author, legs=leg(1)) for author in (ANN, CLEO)]
    hot = live.pick(CLEO, legs=leg(2))
    live.react("like", DAN, hot, CLEO)
    for number, account_id in enumerate(authors):
        live.pick(account_id, legs=leg(1 + number % 2))
        if number in (35, 37):
            live.react("repost", account_id, strangers[number == 37], (ANN, CLEO)[number == 37])
    told.catch_up()
    reads = told.reads = KeyCountingReads(told.models)
    ranked = asyncio.run(trending(MemoryReads(told.models))).found
    page = asyncio.run(home_feed.home(reads, BOB, ranked, None, 20, NOW_US))
    shown = {each.slip_id for each in page.items}
    assert len(page.items) == 20
    assert hot in shown
    assert any(each.reposted_by for each in page.items)
    assert any(slips.outbox_key(authors[-1]) == key for _, key in reads.keys), "the large author is looked up"
    assert len(reads.keys) <= KEYS_MAX, sorted(reads.keys)


def test_accounts_are_suggested_by_friends_matches_and_records_never_private_blocked_muted_or_followed_ones(live):
    more = [named("account", number) for number in range(4, 9)]
    for number, account_id in enumerate(more):
        live.account(account_id, f"More{number}")
    of_two, strong, private, blocked, muted = more
    live.follow(BOB, ANN)
    for friend in (ANN, DAN):
        for followed in (of_two, private, blocked, muted, BOB, CLEO):
            live.follow(friend, followed)
    live.pick(CLEO, legs=leg(1))
    live.hold(strong, live.pick(strong, legs=leg(1)))
    live.profile(private, private=True)
    live.block(blocked, BOB)
    live.mute(BOB, muted)

    def suggested():
        told = Told(live)
        told.catch_up()
        found = asyncio.run(suggestions.suggestions(told.reads, BOB, [strong, private, blocked, muted], 20, NOW_US))
        return [(each.account_id, each.followed_by, each.on_your_matches, each.strong_record) for each in found.items]

    assert suggested() == [(CLEO, 2, 1, False), (of_two, 2, 0, False), (strong, 0, 0, True)]
    live.profile(ANN, private=True)
    live.ask(BOB, CLEO)
    assert suggested() == [(of_two, 1, 0, False), (strong, 0, 0, True)], "whom a private account follows is no reason"
