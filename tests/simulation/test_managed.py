"""Histories with the process managers' real SQL: settlement, abandonment and matches never played, in two processes that race and crash."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.servers import fresh_database
from tests.simulation.database import Database
from tests.simulation.history import Lived, live
from tests.simulation.judge.record import Violation
from tests.simulation.planted_bugs import MANAGED

HISTORIES = 6
import_module("tests.simulation.planted_corrections")
import_module("tests.simulation.planted_price_errors")
import_module("tests.simulation.planted_windows")
PLANTED_HISTORIES = 25
LIVED: dict[int, Lived] = {}


@pytest.fixture(scope="module")
def database(postgres_server: str) -> Iterator[Database]:
    with fresh_database(postgres_server) as url:
        found = Database(url)
        yield found
        found.close()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_what_waits_in_the_database_is_done_once_and_nothing_is_left_over(seed: int, database: Database):
    LIVED[seed] = live(seed, database=database)
    kinds = LIVED[seed].kinds
    assert kinds["bet.settled"] == kinds["bet.placed"] + kinds["bet.settlement_reversed"]


def test_a_seed_replays_one_history_in_the_database_too(database: Database):
    assert live(0, database=database).digest == LIVED.get(0, live(0, database=database)).digest


def test_managers_race_and_crash(database: Database):
    histories = [LIVED.get(seed) or live(seed, database=database) for seed in range(HISTORIES)]
    faults = sum((each.faults for each in histories), type(histories[0].faults)())
    assert min(faults[what] for what in ("process managers raced", "process managers crashed", "manager's connection broke")) > 0, faults
    assert sum(each.kinds["fixture.abandoned"] for each in histories) > HISTORIES
    assert sum(each.kinds["bet.settlement_reversed"] for each in histories) > HISTORIES * 5


@pytest.mark.parametrize("what", MANAGED)
def test_a_planted_bug_of_a_manager_is_found(what: str, database: Database, monkeypatch: pytest.MonkeyPatch):
    MANAGED[what](monkeypatch)
    assert is_found(database)


def is_found(database: Database) -> bool:
    for seed in range(PLANTED_HISTORIES):
        try:
            live(seed, database=database)
        except Violation:
            return True
    return False
