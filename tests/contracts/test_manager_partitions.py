"""Process managers by partition: whoever comes, goes or does everything twice, the tables are what one fold of the log gives."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest
import structlog

from commands.betting.settlement import SETTLEMENT
from commands.process_manager import partition_of_case
from commands.registry import process_managers
from domain.fixture.commands import KickOff, ScheduleFixture
from domain.ids import derived
from domain.partitions import PARTITIONS
from infra.clock import Clock
from infra.log.tail import Tail
from infra.process_managers import create_tables
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.worker import CaseWorker
from projections.homes import EVERYWHERE, Homes
from projections.registry import VIEWS
from tests.contracts.managers_under_test import folded, held, positions, read_all, take_all
from tests.contracts.site_under_test import what_happened
from tests.contracts.test_settler import MARKETS, Book
from tests.views.history import ANN, History, named

EVERY = process_managers(1.0)
(UNPLAYED,) = (manager for manager in EVERY if manager.name == "unplayed")
ALL = range(PARTITIONS)
TRADERS = [derived("account", name) for name in ("tess", "tom")]


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    with closing(Book(database_url)) as opened:
        create_tables(database_url, EVERY)
        yield opened


def projector(book: Book, **options: Any) -> CaseProjector:
    return CaseProjector(book.url, Tail(book.url), EVERY, **options)


def follow(reading: CaseProjector) -> None:
    """Have a projector read on with what it has, or gets at once."""
    reading.take_turns()
    while reading.project():
        pass


def assert_folded(book: Book) -> None:
    assert held(book.url, EVERY) == folded(book.url, EVERY)


# Where a fact belongs.


def test_whatever_happens_to_one_key_is_in_one_partition_which_is_a_home_of_the_fact():
    homes, only_views = Homes(VIEWS, EVERY), Homes(VIEWS)
    seen: set[str] = set()
    bonuses = History()
    bonuses.credit(ANN, named("bonus", 1))
    for position, fact in enumerate([*what_happened(), *bonuses.log.read(0, 10)], start=1):
        recorded = fact._replace(position=position) if hasattr(fact, "_replace") else fact
        of_managers = {partition_of_case(change.key) for manager in EVERY for change in manager.react(recorded)}
        seen.update(manager.name for manager in EVERY if manager.react(recorded))
        assert set(homes.of(recorded)) == of_managers | set(only_views.of(recorded))
    assert {"settlement", "bet_delay", "abandonment", "unplayed", "bonus_expiry"} == seen
    assert homes.name != only_views.name != Homes(VIEWS, [EVERY[0]._replace(version="2"), *EVERY[1:]]).name
    assert partition_of_case(MARKETS[0].upper()) == partition_of_case(MARKETS[0])


def test_a_fact_that_a_manager_breaks_on_is_at_home_everywhere():
    broken = SETTLEMENT._replace(reactions=dict.fromkeys(SETTLEMENT.reactions, lambda _: 1 / 0))
    consumed = next(fact for fact in what_happened() if type(fact.body) in SETTLEMENT.reactions)
    assert Homes(VIEWS, [broken]).of(consumed) == EVERYWHERE


# Who keeps which.


def shares(*members: CaseProjector) -> list[frozenset[int]]:
    """Let each look once, twice round, and return what each keeps of settlement."""
    for _ in range(2):
        for member in members:
            member.take_turns()
    found = [member.held("settlement") for member in members]
    assert sum(map(len, found)) == len(frozenset().union(*found)), "nobody keeps what another one keeps"
    return found


def test_processes_share_the_partitions_fairly_and_take_those_of_one_that_died_at_once(book: Book):
    now = [0.0]

    def member() -> CaseProjector:
        return projector(book, monotonic_s=lambda: now.__setitem__(0, now[0] + 1.0) or now[0])

    with ExitStack() as members:
        one, two, three = (members.enter_context(closing(member())) for _ in range(3))
        assert shares(one) == [frozenset(ALL)]
        found = shares(one, two)
        assert [len(each) for each in found] == [32, 32]
        assert found[0] < frozenset(ALL), "who has more than its share gives up what is too much, and no more"
        found = shares(one, two, three)
        assert (max(map(len, found)), sum(map(len, found))) == (22, PARTITIONS)
        book.ask(f"SELECT pg_terminate_backend({two._connection.info.backend_pid}, 60000)")
        found = shares(one, three)
        assert [len(each) for each in found] == [32, 32]
        with psycopg.connect(book.url) as connection:
            shared = "SELECT count(DISTINCT (classid, objid)) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            assert connection.execute(shared).fetchone() == (len(EVERY) * (PARTITIONS + 1),), "each has a lock of its own"


def test_a_manager_that_cannot_go_on_leaves_all_its_partitions_to_others(book: Book):
    book.place(3, MARKETS[0])
    broken = [SETTLEMENT._replace(reactions=dict.fromkeys(SETTLEMENT.reactions, lambda _: 1 / 0)), *EVERY[1:]]
    with closing(CaseProjector(book.url, Tail(book.url), broken)) as old, closing(projector(book)) as new:
        read_all(old)
        assert (len(old.held("settlement")), len(old.held("unplayed"))) == (0, PARTITIONS)
        for _ in range(2):
            new.take_turns()
            new._followed[0].next_try_s = 0.0
        assert len(new.held("settlement")) == PARTITIONS, "who stands aside has no share"
        while new.project():
            pass
        assert book.ask("SELECT count(*) FROM open_leg") == 3


def test_a_partition_that_is_far_behind_holds_up_no_other(book: Book):
    book.place(30, MARKETS[0])
    behind, ahead = (partition_of_case(market_id) for market_id in MARKETS[:2])
    assert behind != ahead
    with closing(projector(book)) as reading:
        read_all(reading)
    with psycopg.connect(book.url) as connection:
        connection.execute("DELETE FROM open_leg")
        connection.execute("UPDATE process_manager_partition SET position = 0, mark = '' WHERE partition = %s", (behind,))
    book.place(4, MARKETS[1])
    with closing(projector(book, facts_per_batch=4)) as reading:
        take_all(reading)
        for _ in range(4):
            assert reading.project()
        rows = [row[0] for row in held(book.url, [SETTLEMENT])["open_leg"]]
        assert (rows.count(MARKETS[1]), rows.count(MARKETS[0])) == (4, 0)
        while reading.project():
            pass
        assert len(reading._followed[0].cohorts) == 1, "who has caught up reads with the others"
    assert_folded(book)


def test_partitions_of_other_rules_are_begun_anew_and_no_others(book: Book):
    for market_id in MARKETS:
        book.place(5, market_id)
    with closing(projector(book)) as reading:
        read_all(reading)
    with psycopg.connect(book.url) as connection:
        connection.execute("DELETE FROM open_leg")
        outdated = "UPDATE process_manager_partition SET version = '0' WHERE manager = 'settlement' AND partition = %s"
        connection.execute(outdated, (partition_of_case(MARKETS[0]),))
    with closing(projector(book)) as reading:
        read_all(reading)
    assert {row[0] for row in held(book.url, [SETTLEMENT])["open_leg"]} == {MARKETS[0]}


# Who comes too late.


def test_a_zombie_that_does_everything_a_second_time_changes_nothing(book: Book):
    for market_id in MARKETS:
        book.place(9, market_id)
    book.result(MARKETS[0])
    with closing(projector(book, partitions=ALL, facts_per_batch=5)) as zombie, closing(projector(book)) as owner:
        zombie.take_turns()
        zombie.project()
        read_all(owner)
        assert_folded(book)
        with structlog.testing.capture_logs():
            assert zombie.project()
        before = held(book.url, EVERY)
        follow(zombie)
        assert held(book.url, EVERY) == before == folded(book.url, EVERY)
        book.place(3, MARKETS[1], MARKETS[2])
        follow(zombie)
        follow(owner)
        owner._followed[0].next_try_s = 0.0
        read_all(owner)
    assert_folded(book)
    assert set(positions(book.url, "settlement")) == {book.ask("SELECT position FROM stored_events_head")}


def test_an_owner_that_finds_one_partition_moved_goes_on_with_the_others(book: Book):
    with closing(projector(book)) as owner:
        read_all(owner)
        book.place(4, MARKETS[0], MARKETS[1])
        moved = partition_of_case(MARKETS[0])
        with closing(projector(book, partitions=[moved])) as other:
            follow(other)
        assert owner.project()
        assert owner.held("settlement") == frozenset(ALL) - {moved}
    assert_folded(book)


# What has a time.


def test_what_is_due_is_not_begun_before_its_partition_has_read_what_might_have_cancelled_it(book: Book):
    fixtures, now = [derived("fixture", f"due {number}") for number in range(3)], Clock().now()
    assert len({partition_of_case(fixture_id) for fixture_id in fixtures}) == 3
    for number, fixture_id in enumerate(fixtures):
        book.dispatcher.call(ScheduleFixture(fixture_id, "football", "Cup", f"Due {number}", "Blues", now, neutral=False, at=now))
    with closing(projector(book)) as reading:
        read_all(reading)
    with psycopg.connect(book.url, autocommit=True) as connection:
        connection.execute("DELETE FROM unplayed_fixture WHERE fixture_id <> ALL(%s::uuid[])", (fixtures,))
        due = "UPDATE unplayed_fixture SET retry_at = clock_timestamp() WHERE fixture_id = %s"
        connection.execute(due, (fixtures[0],))
        book.dispatcher.call(KickOff(fixtures[1], now))
        connection.execute(due, (fixtures[1],))

        def begun() -> set[str]:
            with closing(CaseWorker(book.url, book.dispatcher, UNPLAYED)) as worker, connection.transaction(force_rollback=True):
                named = {"manager": "unplayed", "limit": 10}
                return {case.case_id for case in worker._claimed(worker._sql.claim_later, named)}

        assert begun() == {fixtures[0]}, "there is a commit before the time of the second, and none before that of the first"
        connection.execute("UPDATE unplayed_fixture SET partition = NULL")
        assert begun() == {fixtures[0]}, "where it is not known which partition a case is of, all must have read that far"
        connection.execute("UPDATE unplayed_fixture SET tries = 1 WHERE fixture_id = %s", (fixtures[1],))
        assert begun() == set(fixtures[:2]), "what was refused waits for its next try only"
        connection.execute("UPDATE unplayed_fixture SET tries = 0, partition = %s", (partition_of_case(fixtures[1]),))
        far = "UPDATE process_manager_partition SET position = 0, mark = '' WHERE manager = 'unplayed' AND partition = %s"
        connection.execute(far, (partition_of_case(fixtures[2]),))
        with closing(projector(book, partitions=[partition_of_case(fixtures[1])])) as reading:
            follow(reading)
        assert begun() == {fixtures[0]}, "it was cancelled; that another partition is far behind hinders nobody"
    with closing(projector(book)) as reading:
        read_all(reading)


# What earlier versions left.

ONE_POSITION = """
CREATE TEMPORARY TABLE told AS SELECT * FROM process_manager_position;
DROP VIEW process_manager_position;
DROP TABLE process_manager_partition;
CREATE TABLE process_manager_position (
    manager text PRIMARY KEY, position bigint NOT NULL DEFAULT 0, mark text NOT NULL DEFAULT '', version text NOT NULL DEFAULT ''
);
INSERT INTO process_manager_position SELECT manager, position, mark, version FROM told;
ALTER TABLE unplayed_fixture DROP COLUMN partition;
ALTER TABLE unsettled_leg DROP COLUMN partition;
ALTER TABLE unvoided_market DROP COLUMN partition;
"""
OF_EARLIER_VERSIONS = "UPDATE process_manager_position SET position = 1, mark = '' WHERE manager = 'settlement' AND position = %s"


def test_the_one_position_of_earlier_versions_becomes_that_of_every_partition(book: Book):
    book.place(6, MARKETS[0])
    with closing(projector(book)) as reading:
        read_all(reading)
    (position,) = set(positions(book.url, "settlement"))
    with psycopg.connect(book.url) as connection:
        connection.execute(ONE_POSITION)
    create_tables(book.url, EVERY)
    assert [positions(book.url, manager.name) for manager in EVERY] == [[position] * PARTITIONS] * len(EVERY)
    assert book.ask("SELECT position FROM process_manager_position WHERE manager = 'settlement'") == position
    with psycopg.connect(book.url) as earlier, pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        earlier.execute(OF_EARLIER_VERSIONS, (position,))
    create_tables(book.url, EVERY)
    with psycopg.connect(book.url) as connection:
        connection.execute("DELETE FROM open_leg WHERE position = (SELECT min(position) FROM open_leg)")
    book.place(3, MARKETS[1])
    with closing(projector(book)) as reading:
        read_all(reading)
    assert book.ask("SELECT count(*) FROM open_leg") == 5 + 3, "nothing is read twice, and nothing passed over"
