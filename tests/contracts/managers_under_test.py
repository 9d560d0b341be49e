"""What the tables of process managers have to hold, folded from the log by the managers' own rules, and what they do hold."""

from collections.abc import Iterable
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql

from commands.process_manager import Came, Due, Over, ProcessManager, Waits
from domain.partitions import PARTITIONS
from infra.log.tail import Tail
from infra.process_managers.case_projector import CaseProjector
from infra.processes.process_control import wait_until

Rows = dict[str, set[tuple[Any, ...]]]


def folded(url: str, managers: Iterable[ProcessManager]) -> Rows:
    """Return the rows of every table once the log was read from its beginning to its end, and nothing was worked off."""
    with closing(Tail(url)) as tail:
        log = tail.read(0, 10_000_000)
    found: Rows = {}
    for manager in managers:
        waiting: set[tuple[Any, ...]] = set()
        later: set[tuple[Any, ...]] = set()
        came: set[tuple[Any, ...]] = set()
        for recorded in log:
            for change in manager.react(recorded):
                match change:
                    case Waits():
                        waiting.add((change.key, recorded.position, change.part, change.case_id))
                    case Came():
                        came.add((change.key, change.number, recorded.position))
                    case Due():
                        later.add((change.key, recorded.position, 0, change.case_id))
                    case Over():
                        waiting = {row for row in waiting if row[0] != change.key}
                        later = {row for row in later if row[0] != change.key}
        found[manager.tables.later] = later
        if manager.tables.waiting:
            found |= {manager.tables.waiting: waiting, manager.tables.came: came}
    return found


def held(url: str, managers: Iterable[ProcessManager]) -> Rows:
    """Return the rows of every table as they are."""
    found: Rows = {}
    with psycopg.connect(url) as connection:
        for manager in managers:
            tables = manager.tables
            key = sql.Identifier(tables.key)
            of_cases = sql.SQL("SELECT {}::text, position, part, {}::text FROM {}")
            found |= {
                table: set(connection.execute(of_cases.format(key, sql.Identifier(tables.case_id), sql.Identifier(table))).fetchall())
                for table in (tables.waiting, tables.later)
                if table
            }
            if tables.came:
                of_came = sql.SQL("SELECT {}::text, number, position FROM {}").format(key, sql.Identifier(tables.came))
                found[tables.came] = set(connection.execute(of_came).fetchall())
    return found


def take_all(projector: CaseProjector) -> None:
    """Have a projector take every partition. Whoever had some before may be gone for a moment before the server notices."""

    def are_held() -> bool:
        projector.take_turns()
        return all(len(followed.held) == PARTITIONS for followed in projector._followed)

    assert wait_until(are_held, 60)


def read_all(projector: CaseProjector) -> None:
    """Have a projector take every partition and read the log to its end."""
    take_all(projector)
    while projector.project():
        pass


def positions(url: str, manager: str) -> list[int]:
    """Return where each partition of a manager stands."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT position FROM process_manager_partition WHERE manager = %s ORDER BY partition", (manager,)
        ).fetchall()
    assert len(rows) == PARTITIONS
    return [row[0] for row in rows]
