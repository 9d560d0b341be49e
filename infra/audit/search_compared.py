"""Holds the tables of the search index against the log, by rules of its own: every row is what the facts say, and none is missing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import structlog
from psycopg.rows import TupleRow

from commands.audit.violations import TableDiffers, ViewAheadOfLog, ViewOfAnotherHistory
from commands.log_reader import LogFilter, LogReader
from commands.ports import StoreUnavailable
from domain.account.facts import AccountRegistered
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureScheduled
from domain.ids import derived, gate_of
from domain.profile.facts import ProfileChanged
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from infra.process_managers.tables import connect
from infra.readmodels.log_mark import NEWER, why_estranged
from infra.readmodels.port import Standing
from infra.search.index_table import statement
from infra.search.indexer import VERSION
from projections.social.search_words import folded_name, words_of

CHUNK_FACTS = 10_000
ROWS_A_FETCH = 5_000
KINDS: frozenset[type[Fact]] = frozenset(
    {AccountRegistered, ProfileChanged, FixtureScheduled, SlipShared, SlipChanged, SlipRemoved, SlipHeld, SlipReleased}
)
TABLES = {
    "search_entry": "every_entries",
    "search_fixture": "every_fixtures",
    "search_slip": "every_slips",
    "search_tag": "every_tags",
    "search_private": "every_private",
}
"""Table -> the statement that reads its rows: each a key, and then what it says."""

Violations = TableDiffers | ViewAheadOfLog | ViewOfAnotherHistory

logger = structlog.get_logger()


class SearchComparison:
    """Compares the search tables with the log; `compared` says whether they could be."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self.compared = False

    def differences(self, log: LogReader) -> Iterator[Violations]:
        """Yield the first row that the index has otherwise than the log, as of where the index stands.

        An index that nobody filled yet, or that other rules filled, is not compared: it is filled anew.

        Raises:
            StoreUnavailable: when the database is away.

        """
        try:
            with connect(self._dsn, "audit of the search index") as connection, connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                standing, version = _standing(connection)
                if version != VERSION:
                    logger.info("the search index is of another version and is not compared", version=version)
                    return
                self.compared = True
                if why := why_estranged(log, standing):
                    yield _estranged(standing, why)
                    return
                yield from _differing_rows(connection, log, standing.position)
        except psycopg.errors.UndefinedTable:
            logger.info("there is no search index to compare")
        except psycopg.OperationalError as error:
            raise StoreUnavailable(str(error).strip()) from error


def _standing(connection: psycopg.Connection[TupleRow]) -> tuple[Standing, str]:
    row = connection.execute(statement("read_position")).fetchone()
    assert row is not None, "the position is one row"
    return Standing(int(row[0]), row[1]), row[2]


def _estranged(standing: Standing, why: str) -> Violations:
    place: dict[str, Any] = {"position": standing.position, "stream_id": "", "fact": "", "view": "search"}
    if why == NEWER:
        return ViewAheadOfLog(**place, made_of=standing.mark)
    return ViewOfAnotherHistory(**place, made_of=standing.mark, why=f"the search index {why}")


def _differing_rows(connection: psycopg.Connection[TupleRow], log: LogReader, position: int) -> Iterator[TableDiffers]:
    expected = _expected_at(log, position)
    erased = {row[0] for row in connection.execute(statement("every_erased"))}
    for table, name in TABLES.items():
        rows = expected.rows[table]
        with connection.cursor(name) as cursor:
            cursor.itersize = ROWS_A_FETCH
            for key, *said in cursor.execute(statement(name)):
                in_log = rows.pop(key, None)
                if in_log != _plain(said):
                    yield _differs(position, table, key, in_log, _plain(said))
                    return
        missing = next((key for key in rows if expected.owner_of(table, key) not in erased), None)
        if missing is not None:
            yield _differs(position, table, missing, rows[missing], None)
            return


def _differs(position: int, table: str, key: str, in_log: Any, in_table: Any) -> TableDiffers:
    shown = ["no such row" if each is None else repr(each)[:300] for each in (in_log, in_table)]
    return TableDiffers(position=position, stream_id="", fact="", table=table, key=key[:200], in_log=shown[0], in_table=shown[1])


def _plain(said: list[Any]) -> tuple[Any, ...]:
    """Return what a row says, its words in order of the alphabet: the database sorts them by their length."""
    return tuple(tuple(sorted(each)) if isinstance(each, list) else each for each in said)


def _expected_at(log: LogReader, upto: int) -> "ExpectedRows":
    rows, position, wanted = ExpectedRows(), 0, LogFilter.of_kinds(KINDS)
    while position < upto:
        stretch = log.read_filtered(wanted, position, min(CHUNK_FACTS, upto - position))
        assert stretch.upto > position, "the log reaches to where the index stands"
        for fact in stretch.facts:
            rows.follow(fact)
        position = stretch.upto
    return rows


class ExpectedRows:
    """The rows that the search tables have after some facts, by table and key. What an erased account is found by may be gone."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
        self._authors: dict[str, str] = {}

    def owner_of(self, table: str, key: str) -> str:
        """Return the account that a row is about; empty for a row that is about none."""
        row = self.rows[table][key]
        if table == "search_entry":
            return key.removeprefix("account ") if key.startswith("account ") else ""
        if table == "search_slip":
            return str(row[0])
        return self._authors[row[0]] if table == "search_tag" else ""

    def follow(self, recorded: Recorded[Any]) -> None:
        """Take the next fact of the log."""
        stream_id, fact, slips = recorded.stream_id, recorded.body, self.rows["search_slip"]
        if isinstance(fact, AccountRegistered):
            self._name("account", stream_id, fact.handle)
        elif isinstance(fact, ProfileChanged):
            self.rows["search_private"].pop(fact.account_id, None)
            if fact.private:
                self.rows["search_private"][fact.account_id] = ()
        elif isinstance(fact, FixtureScheduled):
            self._schedule(stream_id, fact)
        elif isinstance(fact, SlipShared):
            self._share(recorded, fact)
        elif stream_id in slips:
            author_id, position, is_public, is_removed, is_held, words = slips[stream_id]
            is_public = fact.visibility == "public" if isinstance(fact, SlipChanged) else is_public
            is_held = isinstance(fact, SlipHeld) or (is_held and not isinstance(fact, SlipReleased))
            slips[stream_id] = (author_id, position, is_public, is_removed or isinstance(fact, SlipRemoved), is_held, words)

    def _name(self, kind: str, entry_id: str, name: str, sport: str = "") -> None:
        row = (name, sport, folded_name(name), tuple(sorted(set(words_of(name)))))
        self.rows["search_entry"].setdefault(f"{kind} {entry_id}", row)

    def _schedule(self, fixture_id: str, fact: FixtureScheduled) -> None:
        for team in (fact.home, fact.away):
            self._name("team", derived("team", fact.sport, team), team, fact.sport)
        self._name("competition", gate_of("competition", fact.sport, fact.competition), fact.competition, fact.sport)
        words = {word for name in (fact.home, fact.away, fact.competition) for word in words_of(name)}
        self.rows["search_fixture"].setdefault(fixture_id, (tuple(sorted(words)),))

    def _share(self, recorded: Recorded[Any], fact: SlipShared) -> None:
        fixtures = self.rows["search_fixture"]
        words = {word for leg in fact.legs for word in fixtures.get(leg.fixture_id, ((),))[0]}
        for tag in fact.tags:
            words |= {tag.replace("_", ""), *words_of(tag)}
            self.rows["search_tag"][f"{tag} {recorded.position}"] = (recorded.stream_id,)
        words.discard("")
        shown = (fact.author_id, recorded.position, fact.visibility == "public", False, False)
        self.rows["search_slip"][recorded.stream_id] = (*shown, tuple(sorted(words)))
        self._authors[recorded.stream_id] = fact.author_id
