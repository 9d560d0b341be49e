"""The audit holds the tables of the search index against the log: what is forged in them, missing or too many is named."""

import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from random import Random

import psycopg
import pytest

from commands.audit.violation import Violation
from commands.audit.violations import TableDiffers, ViewAheadOfLog, ViewOfAnotherHistory
from domain.fact import Recorded
from domain.fixture.facts import FixtureScheduled
from domain.slip.facts import SlipShared
from infra.audit.search_compared import SearchComparison
from infra.audit.search_rows import TABLES, ExpectedRows
from infra.database import make_ready
from infra.sealed_text.table import KeyTable
from infra.search.indexer import empty_index
from tests.contracts.test_search import ANN, CUP, TAGS, Site, leg
from tests.servers import fresh_database
from tests.views.history import NOON, named
from tests.views.social_history import SocialHistory, SocialStory

OPERATOR_KEY = "a key of this test's own"


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


@pytest.fixture
def site(dsn: str) -> Iterator[Site]:
    """Two accounts, one of them private, a match, a slip with a tag, all of it indexed."""
    history = SocialHistory()
    history.account(ANN, "Zoe_Öberg")
    history.account(named("account", 1), "bob")
    history.add(CUP, FixtureScheduled("football", "Allsvenskan", "Malmö FF", "IFK Göteborg", NOON, False, NOON))
    history.pick(ANN, legs=(leg(CUP),), tags=("derby_day",))
    history.profile(named("account", 1), private=True)
    site = Site(dsn, history)
    site.index()
    yield site
    site.table.close()


def differences(site: Site) -> list[Violation]:
    comparison = SearchComparison(site.dsn)
    found = list(comparison.differences(site.history.log))
    assert comparison.compared
    return found


def change(site: Site, sql: str) -> None:
    with psycopg.connect(site.dsn) as connection:
        assert connection.execute(sql).rowcount >= 1


@pytest.mark.parametrize("seed", range(3))
def test_an_index_that_followed_the_log_differs_nowhere_whatever_happened_and_wherever_it_stands(seed: int, dsn: str):
    rng = Random(seed)  # noqa: S311  (a story, not a secret)
    story = SocialStory(seed)
    story.history.add(CUP, FixtureScheduled("football", "Allsvenskan", "Malmö FF", "IFK Göteborg", NOON, False, NOON))
    for tags in (("derby",), ("derby_day", "value"), TAGS):
        slip_id = story.history.pick(story.accounts[0], legs=(leg(CUP),), tags=tags)
        story.slips[slip_id] = story.accounts[0]
    site = Site(dsn, story.history)
    try:
        for _ in range(3):
            story.go_on(60)
            site.index(rng.choice((1, 7, 400)))
            story.go_on(10)
            assert differences(site) == [], "it is compared as of where it stands"
    finally:
        site.table.close()


FORGED = {
    "search_entry": "UPDATE search_entry SET name = 'mallory' WHERE name = 'bob'",
    "search_fixture": "UPDATE search_fixture SET words = array_append(words, 'more')",
    "search_slip": "UPDATE search_slip SET is_held = true",
    "search_tag": "UPDATE search_tag SET tag = 'derby'",
    "search_private": "UPDATE search_private SET account_id = gen_random_uuid()",
}


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_forged_is_named(site: Site, table: str):
    assert differences(site) == []
    change(site, FORGED[table])
    (found,) = differences(site)
    assert isinstance(found, TableDiffers)
    assert (found.table, found.position) == (table, site.history.log.head())


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_missing_is_named(site: Site, table: str):
    change(site, f"DELETE FROM {table}")  # noqa: S608  (a name of our own)
    (found,) = differences(site)
    assert isinstance(found, TableDiffers)
    assert (found.table, found.in_table) == (table, "no such row")


def test_a_row_too_many_is_named(site: Site):
    change(site, f"INSERT INTO search_tag (tag, position, slip_id) VALUES ('value', 1, '{named('slip', 9)}')")  # noqa: S608  (our own)
    (found,) = differences(site)
    assert isinstance(found, TableDiffers)
    assert (found.table, found.key, found.in_log) == ("search_tag", "value 1", "no such row")


def test_what_an_erased_account_was_found_by_may_be_gone_and_what_others_are_found_by_may_not(site: Site):
    keys = KeyTable(site.dsn, OPERATOR_KEY)
    keys.find_or_make(ANN)
    keys.destroy(ANN)
    keys.close()
    assert differences(site) == [], "not deleted yet"
    site.index()
    with psycopg.connect(site.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM search_slip").fetchone() == (0,)
    assert differences(site) == []
    change(site, "DELETE FROM search_entry WHERE name = 'bob'")
    assert [each.evidence()["in_table"] for each in differences(site)] == ["no such row"]
    with psycopg.connect(site.dsn) as connection:
        connection.execute("DELETE FROM text_key")


def test_the_rows_that_are_expected_take_no_memory_however_many_there_are():
    fact = SlipShared(ANN, "single", (leg(CUP),), "public", "hidden", NOON, tags=("derby_day", "value"))
    taken_bytes = []
    with closing(ExpectedRows()) as rows:
        tracemalloc.start()
        for turn in range(2):
            for number in range(4_000 * turn, 4_000 * (turn + 1)):
                rows.follow(Recorded(number + 1, named("slip", number), 1, fact))
            taken_bytes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert rows.take("search_slip", named("slip", 7_999)) == (ANN, 8_000, True, False, False, ("day", "derby", "derbyday", "value"))
    assert max(taken_bytes) < 4_000 * 100, "a row kept in memory takes more than 100 bytes"


def test_an_index_of_another_log_or_beyond_the_end_of_this_one_is_told_and_one_that_is_to_be_filled_anew_is_not_compared(site: Site):
    other = SocialHistory()
    other.account(ANN, "somebody")
    (found,) = SearchComparison(site.dsn).differences(other.log)
    assert isinstance(found, ViewOfAnotherHistory | ViewAheadOfLog)
    empty_index(site.dsn)
    comparison = SearchComparison(site.dsn)
    assert list(comparison.differences(site.history.log)) == []
    assert not comparison.compared
