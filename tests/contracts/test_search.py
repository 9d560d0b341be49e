"""The search index in a real PostgreSQL: what is found is what the facts say, whoever looks, however late the index is."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from random import Random
from typing import Any

import msgspec
import psycopg
import pytest

from commands.process_manager import FactNotUnderstood
from domain.fact import Recorded, UnknownFact, micros
from domain.fixture.facts import FixtureScheduled
from domain.ids import case_of
from domain.moderation.facts import AccountShadowed, ModeratedItem
from domain.odds import parse
from domain.slip.facts import SlipLeg
from infra.clock import Clock
from infra.database import make_ready
from infra.eventstore.memory import MemoryEventStore
from infra.process_managers.case_projector import PositionMoved
from infra.readiness.checks import Bounds, report_of
from infra.readiness.log_look import LogLook
from infra.readiness.sample import Sample
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from infra.sealed_text.table import KeyTable
from infra.search.index_table import SearchTable
from infra.search.indexer import FactNotIndexed, SearchIndexer, empty_index
from projections.ports import UnreadableCursor
from projections.social.search import KINDS, SearchResults, search
from projections.social.search_words import SearchMalformed, read_search, words_of
from tests.journeys.process_tree import until
from tests.servers import fresh_database
from tests.views.feed_model import FeedModel
from tests.views.history import NOON, named
from tests.views.social_history import SOCIAL_VIEWS, SocialHistory, SocialStory

ANN, BOB, CLEO, DAN = (named("account", number) for number in range(4))
NOW_US = micros(NOON) + 10**12
CUP, GAMES = named("fixture", 1), named("fixture", 2)
TAGS = ("derby", "derby_day", "value")


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


class Site:
    """A history, its views and its search index."""

    def __init__(self, dsn: str, history: SocialHistory) -> None:
        self.history, self.models = history, MemoryModels()
        self.reads = MemoryReads(self.models)
        self.dsn, self.table = dsn, SearchTable(dsn)
        empty_index(dsn)

    def project(self) -> None:
        Projector(self.history.log, self.models, SOCIAL_VIEWS).catch_up()

    def index(self, facts: int = 1_000) -> None:
        with closing(SearchIndexer(self.dsn, self.history.log, facts_per_stretch=facts)) as indexer:
            until(indexer.take_turn, "the turn of the indexer before is given back")
            while indexer.index():
                pass

    def page(self, query: str, viewer: str, kind: str | None, cursor: str | None, limit: int) -> SearchResults:
        words = read_search(query)
        kinds = (kind,) if kind else words.kinds or KINDS
        return asyncio.run(search(self.reads, self.table, viewer, words, kinds, cursor, limit, NOW_US))

    def found(self, query: str, viewer: str = BOB, kind: str | None = None, limit: int = 50) -> list[str]:
        """All that is found, page by page, as text."""
        found, cursor = [], None
        while True:
            page = self.page(query, viewer, kind, cursor, limit)
            assert len(page.items) <= limit
            assert page.items or page.next_cursor is None, "no empty page while there are more"
            for each in page.items:
                one = each.account or each.team or each.competition or each.tag or each.slip
                found.append(getattr(one, "handle", None) or getattr(one, "name", None) or getattr(one, "slip_id", None) or str(one))
            if page.next_cursor is None:
                return found
            assert page.next_cursor != cursor
            cursor = page.next_cursor


@pytest.fixture
def make(dsn: str) -> Iterator[Callable[[SocialHistory], Site]]:
    sites: list[Site] = []

    def make(history: SocialHistory) -> Site:
        sites.append(Site(dsn, history))
        return sites[-1]

    yield make
    for site in sites:
        site.table.close()


@pytest.fixture
def history() -> SocialHistory:
    history = SocialHistory()
    for account, handle in ((ANN, "Zoe_Öberg"), (BOB, "bob"), (CLEO, "zoe"), (DAN, "Zoey")):
        history.account(account, handle)
    history.add(CUP, FixtureScheduled("football", "Allsvenskan", "Malmö FF", "IFK Göteborg", NOON, False, NOON))
    history.add(GAMES, FixtureScheduled("football", "Süper Lig", "Fenerbahçe", "Łódź", NOON, False, NOON))
    return history


def leg(fixture_id: str) -> SlipLeg:
    return SlipLeg(fixture_id, named("market", 1), "home", parse("2.35"), 1)


def test_handles_and_names_are_found_by_their_beginnings_without_accents_or_case_the_name_itself_first(history, make):
    site = make(history)
    site.project()
    site.index(2)
    assert site.found("ZOE", kind="account") == ["zoe", "Zoe_Öberg", "Zoey"]
    assert site.found("zoe", kind="account", limit=1) == ["zoe", "Zoe_Öberg", "Zoey"]
    assert site.found("@zoe_ober") == ["Zoe_Öberg"]
    history.add(case_of("account", CLEO), AccountShadowed(ModeratedItem("account", CLEO, CLEO), "spam", "Why.", "mo", NOON))
    site.project()
    assert site.found("ZOE", kind="account") == ["Zoe_Öberg", "Zoey"]
    assert site.found("ZOE", CLEO, kind="account", limit=1) == ["zoe", "Zoe_Öberg", "Zoey"], "to itself it is there"
    assert site.found("malmo") == site.found("MALMÖ f") == ["Malmö FF"]
    assert (site.found("goteborg"), site.found("lodz"), site.found("fenerbahce")) == (["IFK Göteborg"], ["Łódź"], ["Fenerbahçe"])
    assert (site.found("super lig"), site.found("lig"), site.found("uper")) == (["Süper Lig"], ["Süper Lig"], [])


def test_slips_are_found_by_tags_and_by_the_names_on_their_matches(history, make):
    first = history.pick(ANN, legs=(leg(CUP),), tags=("derby_day", "north"))
    second = history.pick(CLEO, legs=(leg(CUP), leg(GAMES)), tags=("derby",))
    site = make(history)
    site.project()
    site.index()
    assert site.found("malmo", kind="slip") == site.found("allsvensk", kind="slip", limit=1) == [second, first]
    assert site.found("fenerbahce goteborg", kind="slip") == [second]
    assert site.found("#derby") == ["derby", "derby_day", second, first]
    assert site.found("#derby_", limit=1) == ["derby_day", second, first]
    assert site.found("malmo", limit=1) == ["Malmö FF", second, first]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_is_what_the_viewer_may_see_whatever_happened_and_however_late_the_index_is(seed, make):
    rng = Random(seed)  # noqa: S311  (a story, not a secret)
    story = SocialStory(seed)
    story.history.add(CUP, FixtureScheduled("football", "Allsvenskan", "Malmö FF", "IFK Göteborg", NOON, False, NOON))
    tagged: dict[str, tuple[str, ...]] = {}

    def pick() -> None:
        author, tags = rng.choice(story.accounts), tuple(rng.sample(TAGS, rng.randint(0, 2)))
        slip_id = story.history.pick(author, visibility=rng.choice(("public", "public", "followers")), legs=(leg(CUP),), tags=tags)
        story.slips[slip_id], tagged[slip_id] = author, tags

    story.turns = (pick, *story.turns[1:])
    site = make(story.history)
    for is_late in (False, True):
        story.go_on(60)
        site.index(rng.choice((1, 7, 400)))
        if is_late:
            story.turns, story.weights = story.turns[4:], story.weights[4:]
            story.go_on(12)
        site.project()
        model = FeedModel(story.history.log, story.history.log.head())
        for viewer in story.accounts[:4]:
            muted = {muted for muted, what in model.mutes[viewer] if what == "all"} - {viewer}
            seen = [each for each in tagged if model.may_see(viewer, each) and model.author[each] not in muted]
            slips = sorted(seen, key=lambda each: model.shared_at[each], reverse=True)
            tags = sorted({tag for each in seen for tag in tagged[each]})
            handles = [f"Player{number}" for number, each in enumerate(story.accounts) if not model.are_apart(viewer, each)]
            limit = rng.choice((1, 3, 50))
            assert site.found("player", viewer, "account", limit) == handles
            found, found_tags = site.found("malmo", viewer, "slip", limit), site.found("#d", viewer, "tag", limit)
            if is_late:
                assert set(found) <= set(slips), "a late index finds less, never what one may not see"
                assert set(found_tags) <= set(tags)
            else:
                assert found == slips
                assert found_tags == [tag for tag in tags if tag.startswith("d")]


def test_an_index_that_is_emptied_or_filled_by_two_or_follows_another_log_comes_out_the_same(history, make):
    slip_id = history.pick(ANN, legs=(leg(CUP),))
    site = make(history)
    site.project()
    with closing(SearchIndexer(site.dsn, history.log, facts_per_stretch=2)) as one, closing(SearchIndexer(site.dsn, history.log)) as other:
        assert (one.take_turn(), other.take_turn(), one.index()) == (True, False, 2)
        empty_index(site.dsn)
        with pytest.raises(PositionMoved, match="emptied the index"):
            one.index()
    with closing(SearchIndexer(site.dsn, history.log)) as one:
        assert (one.take_turn(), one.index(), one.index()) == (True, history.log.head(), 0)
        empty_index(site.dsn)
        with pytest.raises(PositionMoved, match="was emptied"):
            one.index()
    site.index()
    assert site.found("malmo", kind="slip") == [slip_id]
    empty_index(site.dsn)
    assert site.found("malmo") == []
    site.index(3)
    before = site.found("o")
    site.index()
    assert site.found("o") == before
    another = make(SocialHistory())
    another.history.account(BOB, "mallory")
    another.project()
    another.index()
    assert (another.found("mal"), another.found("zoe")) == (["mallory"], [])


def test_a_fact_that_the_index_cannot_take_is_named_and_what_was_before_it_is_found(history, make):
    site = make(history)
    fixture_id, late = named("fixture", 3), named("fixture", 4)
    history.add(fixture_id, FixtureScheduled("football", "Cup", "Nul\0", "Reds", NOON, False, NOON))
    history.add(late, FixtureScheduled("football", "Cup", "Late", "Later", NOON, False, NOON))
    position = history.log.head() - 1
    told = f"fixture.scheduled.v2 of {fixture_id} at position {position}: DataError: "
    for facts in (1_000, 1_000, 1):
        with pytest.raises(FactNotIndexed, match=told):
            site.index(facts)
        assert alarm_of(site).startswith(f"the search index stops before a fact that it cannot take: {told}")
    assert site.found("malmo", kind="team") == ["Malmö FF"]
    assert site.found("late", kind="team") == []
    other = make(SocialHistory())
    other.index()
    other.history.account(BOB, "bob")
    other.index()
    assert alarm_of(other) == ""


def test_a_fact_that_the_index_must_understand_and_does_not_is_named(history, make):
    site = make(history)
    with closing(SearchIndexer(site.dsn, NewerLog(history.log))) as indexer:
        assert indexer.take_turn()
        assert indexer.index() == history.log.head() - 1
        with pytest.raises(FactNotUnderstood):
            indexer.index()
    told = f"fixture.scheduled.v9 of {GAMES} at position {history.log.head()}: not understood: no such fact"
    assert alarm_of(site).endswith(f": {told}")
    site.index()
    assert alarm_of(site) == ""


class NewerLog:
    """A log whose last fact a newer process wrote."""

    def __init__(self, log: MemoryEventStore) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def read_filtered(self, *asked: Any) -> tuple[list[Recorded[Any]], int]:
        facts, upto = self._log.read_filtered(*asked)
        unknown = UnknownFact("fixture.scheduled.v9", "no such fact")
        return [msgspec.structs.replace(fact, body=unknown) if fact.position == self.head() else fact for fact in facts], upto


def alarm_of(site: Site) -> str:
    """The alarm of readiness about the search index, if there is one."""
    look = LogLook(site.dsn, Clock())
    try:
        log, behind, managers, silence_s = look.look({}, ())
    finally:
        look.close()
    sample = Sample(taken_s=0.0, log=log, views="away", behind=behind, managers=managers, silence_s=silence_s, undecided_s=0.0)
    return "".join(alarm for alarm in report_of(sample, Bounds()).alarms if "search" in alarm)


def test_nothing_is_found_of_an_account_from_the_moment_its_key_is_destroyed_and_its_rows_go(history, make):
    history.pick(ANN, legs=(leg(CUP),), tags=("secret_tip",))
    site = make(history)
    site.project()
    site.index()
    assert (
        len(site.found("zoe ober", kind="account")) == len(site.found("#secret", kind="tag")) == len(site.found("malmo", kind="slip")) == 1
    )
    with closing(KeyTable(site.dsn, "a key of this test's own")) as keys:
        keys.find_or_make(ANN)
        keys.destroy(ANN)
    try:
        assert site.found("zoe ober") == site.found("#secret") == site.found("malmo", kind="slip") == []
        site.index()
        with psycopg.connect(site.dsn) as connection:
            rows = [
                connection.execute("SELECT 1 FROM search_entry WHERE entry_id = %s", (ANN,)).fetchall(),
                connection.execute("SELECT 1 FROM search_slip WHERE author_id = %s", (ANN,)).fetchall(),
                connection.execute("SELECT 1 FROM search_tag WHERE tag = 'secret_tip'").fetchall(),
            ]
        assert rows == [[], [], []]
    finally:
        with psycopg.connect(site.dsn) as connection:
            connection.execute("DELETE FROM text_key")


@pytest.mark.parametrize(
    "query", ["", " ", "!!!", "x" * 61, "a\0b", "a\nb", "a\u202eb", "\ud800", "'", "| &", "a b c d e f g h i", "\u3164", "@", "_"]
)
def test_a_query_without_words_or_with_too_much_is_refused_by_name(query):
    with pytest.raises(SearchMalformed):
        read_search(query)


@pytest.mark.parametrize(
    "query", ["zoe' | 'bob", "a:* & !b", "a <-> b", "zoe:*)", "\\'", "x\\", "%", "zoe%", "a''b", "1e5", "٣", "日本", "ß", "ﬁ"]
)
def test_signs_of_a_query_language_are_no_more_than_signs(query, history, make):
    site = make(history)
    site.project()
    site.index()
    try:
        found = site.found(query)
    except SearchMalformed:
        assert not words_of(query)
    else:
        assert set(found) <= {"Zoe_Öberg", "zoe", "Zoey"}


@pytest.mark.parametrize("cursor", ["x", "kgHAAA", "kv-gYQ", "kmShYQ"])
def test_a_forged_cursor_is_refused(cursor, history, make):
    with pytest.raises(UnreadableCursor):
        make(history).page("zoe", BOB, "slip", cursor, 5)
