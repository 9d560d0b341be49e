"""Holds the tables of the search index against the log, by rules of its own: every row is what the facts say, and none is missing."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import structlog
from psycopg.rows import TupleRow

from commands.audit.violations import TableDiffers, ViewAheadOfLog, ViewOfAnotherHistory
from commands.log_reader import LogFilter, LogReader
from commands.ports import StoreUnavailable
from infra.audit.search_rows import KINDS, TABLES, ExpectedRows, plain
from infra.process_managers.tables import connect
from infra.readmodels.log_mark import NEWER, why_estranged
from infra.readmodels.port import Standing
from infra.search.index_table import statement
from infra.search.indexer import VERSION

CHUNK_FACTS = 10_000
ROWS_A_FETCH = 5_000
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
    with closing(ExpectedRows()) as expected:
        _follow(log, expected, position)
        expected.note_erased(key for (key,) in _all_rows(connection, "every_erased"))
        for table, name in TABLES.items():
            for key, *said in _all_rows(connection, name):
                in_log = expected.take(table, key)
                if in_log != plain(said):
                    yield _differs(position, table, key, in_log, plain(said))
                    return
            missing = expected.first_left(table)
            if missing is not None:
                yield _differs(position, table, *missing, None)
                return


def _all_rows(connection: psycopg.Connection[TupleRow], name: str) -> Iterator[TupleRow]:
    """Give what a statement reads, some at a time."""
    with connection.cursor(name) as cursor:
        cursor.itersize = ROWS_A_FETCH
        yield from cursor.execute(statement(name))


def _differs(position: int, table: str, key: str, in_log: Any, in_table: Any) -> TableDiffers:
    shown = ["no such row" if each is None else repr(each)[:300] for each in (in_log, in_table)]
    return TableDiffers(position=position, stream_id="", fact="", table=table, key=key[:200], in_log=shown[0], in_table=shown[1])


def _follow(log: LogReader, rows: ExpectedRows, upto: int) -> None:
    position, wanted = 0, LogFilter.of_kinds(KINDS)
    while position < upto:
        stretch = log.read_filtered(wanted, position, min(CHUNK_FACTS, upto - position))
        assert stretch.upto > position, "the log reaches to where the index stands"
        for fact in stretch.facts:
            rows.follow(fact)
        position = stretch.upto
