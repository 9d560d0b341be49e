"""One suite over every event store: what an append is told, what the log holds afterwards, and what comes back."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.log_reader import LogReader
from commands.ports import (
    FACTS_PER_STREAM_MAX,
    Append,
    EventStore,
    Load,
    Loaded,
    NewFact,
    Read,
    SharedReads,
    StreamSnapshot,
    Verdict,
    Wanted,
)
from domain.fact import micros
from domain.market.facts import MarketClosed
from infra.clock import Clock
from infra.eventstore import group_commit
from infra.eventstore.memory import MemoryEventStore
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.eventstore.version_index import VERSIONS_MAX, VersionIndex
from infra.log.tail import Tail

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
REFUSED = Verdict(accepted=False, position=0, why="conflict")
OUT_OF_SPAN = Verdict(accepted=False, position=0, why="span")
CLOCK_BEHIND = Verdict(accepted=False, position=0, why="clock")
HELD = Verdict(accepted=True, position=0)


class Log(Protocol):
    """A store and a reader of the same log; `another_writer` is one more store on it, as a second process would hold."""

    store: EventStore
    reader: LogReader

    def another_writer(self) -> EventStore: ...

    def set_clock_back(self, seconds: int) -> None:
        """Let the log's last commit be that far ahead of the database's clock."""


class MemoryLog:
    def __init__(self) -> None:
        self._behind_us = 0
        clock = Clock()
        self.store = self.reader = MemoryEventStore(clock_us=lambda: micros(clock.now()) - self._behind_us)

    def another_writer(self) -> EventStore:
        return self.store

    def set_clock_back(self, seconds: int) -> None:
        self._behind_us = seconds * 1_000_000


class PostgresLog:
    """With `versions_max` its recorders remember only so many streams, and so have to look again and again."""

    def __init__(self, url: str, versions_max: int = VERSIONS_MAX) -> None:
        self._url = url
        self._versions_max = versions_max
        self._recorders: list[GroupCommitRecorder] = []
        self.store = self._recorder()
        self.store.create_table()
        self.reader = Tail(url)

    def _recorder(self) -> GroupCommitRecorder:
        recorder = GroupCommitRecorder(datastore_of(self._url))
        recorder._group_commit._index = VersionIndex(self._versions_max)
        self._recorders.append(recorder)
        return recorder

    def another_writer(self) -> EventStore:
        return self._recorder()

    def set_clock_back(self, seconds: int) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute("UPDATE stored_events_head SET committed_at = committed_at + make_interval(secs => %s)", (seconds,))

    def close(self) -> None:
        self.reader.close()
        for recorder in self._recorders:
            recorder.close()
            recorder.datastore.close()


@contextmanager
def log_of(kind: str, request: pytest.FixtureRequest) -> Iterator[Log]:
    if kind == "memory":
        yield MemoryLog()
        return
    if kind == "forgetful postgres":
        request.getfixturevalue("monkeypatch").setattr(group_commit, "FOREIGN_FACTS_MAX", 1)
    postgres = PostgresLog(request.getfixturevalue("database_url"), 2 if kind == "forgetful postgres" else VERSIONS_MAX)
    yield postgres
    postgres.close()


@pytest.fixture(params=["memory", "postgres", "forgetful postgres"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    with log_of(request.param, request) as log:
        yield log


def stream(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


A, B, C = stream("a"), stream("b"), stream("c")


def fact(number: int = 0) -> MarketClosed:
    return MarketClosed(NOON + timedelta(seconds=number))


def facts(stream_id: str, *versions: int) -> list[NewFact]:
    return [NewFact(stream_id, version, fact(version)) for version in versions]


def verdicts(store: EventStore, *appends: Append) -> list[Verdict]:
    """The verdicts without the stream that is in conflict; where one is told, the append names it."""
    told = store.append_many(appends).verdicts
    for append, verdict in zip(appends, told, strict=True):
        named = {each.stream_id for each in (*append.facts, *append.all_reads)}
        assert not verdict.conflict or (verdict.why == "conflict" and verdict.conflict in named)
    return [msgspec.structs.replace(verdict, conflict="") for verdict in told]


def test_a_conflict_names_the_stream_that_is_not_where_the_append_says(log):
    assert verdicts(log.store, Append(facts(A, 1)), Append(facts(B, 1))) == [accepted(1), accepted(2)]
    moved, told = log.store.append_many([Append(facts(A, 2)), Append(facts(C, 1), [Read(B, 1), Read(A, 1)])]).verdicts
    assert (moved.conflict, told.why, told.conflict) == ("", "conflict", A)


def accepted(position: int) -> Verdict:
    return Verdict(accepted=True, position=position)


def written(log: Log) -> list[tuple[int, str, int]]:
    return [(recorded.position, recorded.stream_id, recorded.version) for recorded in log.reader.read(0, 10_000)]


def test_a_new_stream_begins_at_version_one(log: Log):
    assert verdicts(log.store, Append(facts(A, 1))) == [accepted(1)]
    assert written(log) == [(1, A, 1)]


@pytest.mark.parametrize("versions", [(0,), (2,), (2, 3), (1, 3), (1, 1), (2, 1)])
def test_versions_that_do_not_follow_each_other_from_one_are_refused_on_a_new_stream(log: Log, versions: tuple[int, ...]):
    assert verdicts(log.store, Append(facts(A, *versions))) == [REFUSED]
    assert written(log) == []


def test_an_existing_stream_goes_on_where_it_ended(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2)))
    assert verdicts(log.store, Append(facts(A, 3, 4))) == [accepted(4)]


@pytest.mark.parametrize("versions", [(1,), (2,), (4,), (3, 5), (3, 3)])
def test_a_version_that_exists_or_leaves_a_gap_is_refused_on_an_existing_stream(log: Log, versions: tuple[int, ...]):
    verdicts(log.store, Append(facts(A, 1, 2)))
    assert verdicts(log.store, Append(facts(A, *versions))) == [REFUSED]
    assert written(log) == [(1, A, 1), (2, A, 2)]


def test_a_stream_is_written_once_however_often_it_is_appended(log: Log):
    assert verdicts(log.store, Append(facts(A, 1)), Append(facts(A, 1))) == [accepted(1), REFUSED]
    assert verdicts(log.store, Append(facts(A, 1))) == [REFUSED]


def test_an_append_on_two_streams_is_written_all_or_none(log: Log):
    verdicts(log.store, Append(facts(B, 1)))
    assert verdicts(log.store, Append(facts(A, 1) + facts(B, 1))) == [REFUSED]
    assert verdicts(log.store, Append(facts(A, 1) + facts(B, 2))) == [accepted(3)]
    assert written(log) == [(1, B, 1), (2, A, 1), (3, B, 2)]


def test_an_append_stands_only_if_what_it_read_still_stands(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2)))
    told = verdicts(
        log.store,
        Append(facts(B, 1), [Read(A, 1)]),
        Append(facts(B, 1), [Read(A, 3)]),
        Append(facts(B, 1), [Read(A, 0)]),
        Append(facts(B, 1), [Read(A, 2)]),
    )
    assert told == [REFUSED, REFUSED, REFUSED, accepted(3)]


def test_version_zero_is_a_stream_that_does_not_exist(log: Log):
    verdicts(log.store, Append(facts(A, 1)))
    told = verdicts(log.store, Append(facts(B, 1), [Read(A, 0)]), Append(facts(B, 1), [Read(C, 0)]), Append((), [Read(C, 1)]))
    assert told == [REFUSED, accepted(2), REFUSED]


def test_an_append_without_facts_only_asks_whether_its_reads_stand(log: Log):
    verdicts(log.store, Append(facts(A, 1)))
    told = verdicts(log.store, Append((), [Read(A, 1)]), Append((), [Read(A, 1), Read(B, 1)]), Append((), [Read(B, 0)]), Append(()))
    assert told == [HELD, REFUSED, HELD, HELD]
    assert log.reader.head() == 1


def test_a_read_sees_what_was_written_earlier_in_the_same_batch(log: Log):
    told = verdicts(
        log.store,
        Append(facts(A, 1)),
        Append(facts(B, 1), [Read(A, 1)]),
        Append(facts(C, 1), [Read(A, 0)]),
        Append((), [Read(B, 1)]),
    )
    assert told == [accepted(1), accepted(2), REFUSED, HELD]


def test_a_read_that_was_true_is_refused_once_the_batch_itself_moved_the_stream(log: Log):
    verdicts(log.store, Append(facts(A, 1)))
    assert verdicts(log.store, Append(facts(A, 2)), Append(facts(B, 1), [Read(A, 1)])) == [accepted(2), REFUSED]


def test_what_builds_on_a_refused_append_is_refused_too(log: Log):
    told = verdicts(
        log.store,
        Append(facts(A, 1), [Read(C, 7)]),
        Append(facts(A, 2)),
        Append(facts(B, 1), [Read(A, 1)]),
        Append(facts(B, 2)),
        Append((), [Read(A, 1)]),
    )
    assert told == [REFUSED] * 5
    assert log.reader.head() == 0


def test_what_builds_on_a_refused_append_is_refused_even_where_another_writer_filled_the_same_version(log: Log):
    verdicts(log.store, Append(facts(A, 1)))
    verdicts(log.another_writer(), Append(facts(A, 2)))
    told = verdicts(
        log.store,
        Append(facts(A, 2) + facts(B, 1)),
        Append(facts(A, 3)),
        Append(facts(C, 1), [Read(A, 2)]),
        Append((), [Read(A, 2)]),
        Append(facts(C, 1), [Read(B, 0)]),
    )
    assert told == [REFUSED, REFUSED, REFUSED, REFUSED, accepted(3)]


def test_a_refused_append_is_no_reason_to_refuse_what_was_decided_without_it(log: Log):
    verdicts(log.store, Append(facts(A, 1)))
    told = verdicts(log.store, Append(facts(A, 2), [Read(B, 9)]), Append(facts(A, 2)), Append((), [Read(A, 2)]))
    assert told[:2] == [REFUSED, accepted(2)]


def test_a_refused_append_does_not_harm_its_neighbours(log: Log):
    told = verdicts(
        log.store,
        Append(facts(A, 1)),
        Append(facts(A, 1, 2)),
        Append(facts(B, 1, 2)),
        Append(facts(C, 5)),
        Append(facts(B, 3) + facts(C, 1)),
    )
    assert told == [accepted(1), REFUSED, accepted(3), REFUSED, accepted(5)]
    assert written(log) == [(1, A, 1), (2, B, 1), (3, B, 2), (4, B, 3), (5, C, 1)]


def test_an_empty_batch_is_no_event(log: Log):
    assert verdicts(log.store) == []
    assert log.reader.head() == 0


def test_positions_have_no_gaps_however_much_was_refused(log: Log):
    for _ in range(3):
        verdicts(log.store, Append(facts(A, 9)), Append(facts(stream("x"), 1)), Append(facts(A, 7)))
    verdicts(log.store, Append(facts(A, 1, 2, 3)))
    assert [position for position, _, _ in written(log)] == [1, 2, 3, 4]


def test_a_second_writer_is_seen_by_the_first(log: Log):
    other = log.another_writer()
    assert verdicts(log.store, Append(facts(A, 1))) == [accepted(1)]
    assert verdicts(other, Append(facts(A, 1)), Append(facts(A, 2)), Append(facts(B, 1))) == [REFUSED, REFUSED, accepted(2)]
    assert verdicts(other, Append(facts(A, 2))) == [accepted(3)]
    assert verdicts(log.store, Append(facts(A, 2)), Append(facts(C, 1), [Read(B, 0)]), Append(facts(C, 1), [Read(B, 1)])) == [
        REFUSED,
        REFUSED,
        accepted(4),
    ]


def test_that_a_stream_does_not_exist_stands_only_if_it_does_not_whatever_a_refused_neighbour_wanted_to_begin(log: Log):
    verdicts(log.store, Append(facts(A, 1)), Append(facts(B, 1)))
    begins, absent = Append(facts(A, 1), [Read(B, 9)]), Append((), [Read(A, 0)])
    assert verdicts(log.store, begins, absent) == [REFUSED, REFUSED]
    assert verdicts(log.store, absent, Append((), [Read(C, 0)])) == [REFUSED, HELD]


def test_a_stream_loads_after_the_version_asked_for(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2, 3)), Append(facts(B, 1)))
    found = log.store.load({A: 1, B: 1, C: 0})
    assert list(found) == [A]
    assert [(f.position, f.version, f.body) for f in found[A]] == [(2, 2, fact(2)), (3, 3, fact(3))]


def test_several_streams_load_at_once_each_in_its_order(log: Log):
    verdicts(log.store, Append(facts(A, 1) + facts(B, 1)), Append(facts(A, 2) + facts(B, 2)))
    found = log.store.load({B: 0, A: 0})
    assert {stream_id: [f.version for f in found[stream_id]] for stream_id in (A, B)} == {A: [1, 2], B: [1, 2]}
    assert log.store.load({}) == {}


def test_a_reader_gets_stretches_in_order_and_the_head(log: Log):
    verdicts(log.store, Append(facts(A, *range(1, 8))))
    assert [f.version for f in log.reader.read(0, 3)] == [1, 2, 3]
    assert [f.version for f in log.reader.read(3, 100)] == [4, 5, 6, 7]
    assert list(log.reader.read(7, 100)) == []
    assert list(log.reader.read(99, 1)) == []
    assert log.reader.head() == 7


def test_a_reader_that_waits_finds_what_was_appended_meanwhile(log: Log):
    assert list(log.reader.read(0, 10)) == []
    verdicts(log.store, Append(facts(A, 1)))
    log.reader.wait(5_000)
    assert [f.version for f in log.reader.read(0, 10)] == [1]


def test_waiting_without_news_ends(log: Log):
    log.reader.wait(1)
    assert log.reader.head() == 0


def loaded(store: EventStore, streams: dict[str, Wanted]) -> Loaded:
    return store.begin_load(streams).outcome()


X, Y = Wanted("wallet:x"), Wanted("wallet:y")


def test_states_load_from_the_newest_snapshot_of_their_schema_and_what_came_after(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2, 3) + facts(B, 1, 2) + facts(C, 1)))
    of_a, of_b = StreamSnapshot(A, "wallet:x", 2, b"\x00" * 200, ((1, 7), (2, 8))), StreamSnapshot(B, "wallet:x", 2, b"")
    log.store.save_snapshots([of_a, of_b])
    log.store.save_snapshots([StreamSnapshot(A, "wallet:x", 1, b"late"), StreamSnapshot(A, "wallet:y", 1, b"7")])
    found = loaded(log.store, {A: X, B: X, C: X, stream("none"): X})
    assert found.snapshots == {A: of_a, B: of_b}
    assert sorted((f.stream_id, f.version) for f in found.facts) == sorted([(A, 3), (C, 1)])
    found = loaded(log.store, {A: Y, B: Wanted()})
    assert found.snapshots == {A: StreamSnapshot(A, "wallet:y", 1, b"7")}
    assert [f.version for f in found.facts if f.stream_id == A] == [2, 3]
    assert [f.version for f in found.facts if f.stream_id == B] == [1, 2]
    assert len(loaded(log.store, {}).facts) == 0


def test_a_snapshot_saved_while_a_question_is_open_is_there_for_the_next(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2)))
    asked = log.store.begin_load({A: X})
    log.store.save_snapshots([StreamSnapshot(A, "wallet:x", 1, b"1")])
    log.store.save_snapshots([StreamSnapshot(A, "wallet:x", 2, b"2"), StreamSnapshot(A, "wallet:x", 1, b"1")])
    asked.outcome()
    assert loaded(log.store, {A: X}).snapshots == {A: StreamSnapshot(A, "wallet:x", 2, b"2")}


def test_what_came_after_a_version_loads_alone(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2, 3) + facts(B, 1)))
    found = loaded(log.store, {A: Wanted(after=1), B: Wanted(after=1)})
    assert [(f.stream_id, f.version) for f in found.facts] == [(A, 2), (A, 3)]
    assert found.position == 4


@pytest.mark.parametrize(
    ("after", "count", "more"), [(0, FACTS_PER_STREAM_MAX, True), (5, FACTS_PER_STREAM_MAX, False), (6, FACTS_PER_STREAM_MAX - 1, False)]
)
def test_a_long_stream_loads_in_bounded_rounds(log: Log, after: int, count: int, more: bool):
    verdicts(log.store, Append(facts(A, *range(1, FACTS_PER_STREAM_MAX + 6))), Append(facts(B, 1)))
    found = loaded(log.store, {A: Wanted(after=after), B: Wanted()})
    assert [f.version for f in found.facts if f.stream_id == A] == list(range(after + 1, after + 1 + count))
    assert [f.version for f in found.facts if f.stream_id == B] == [1]
    assert found.more == ({A} if more else frozenset())
    assert verdicts(log.store, Append(facts(A, FACTS_PER_STREAM_MAX + 6)))[0].accepted


def test_every_fact_has_the_time_of_its_batch_wherever_it_is_read(log: Log):
    told = [log.store.append_many([Append(facts(name, 1, 2)), Append(facts(name, 3))]) for name in (A, B, C)]
    times = [appended.committed_us for appended in told]
    assert times == sorted(times)
    assert abs(times[0] - micros(Clock().now())) < 60_000_000
    expected = [times[(position - 1) // 3] for position in range(1, 10)]
    read = log.reader.read(0, 100)
    assert [f.committed_us for f in read] == expected
    assert list(log.reader.read(4, 3)) == list(read[4:7])
    assert [f for name in (A, B, C) for f in log.store.load({A: 0, B: 0, C: 0})[name]] == list(read)
    found = loaded(log.store, {A: Wanted(), B: Wanted(), C: Wanted()})
    assert sorted(found.facts, key=lambda f: f.position) == list(read)
    assert found.now_us >= times[-1]


def test_an_append_is_accepted_only_in_its_span_of_commit_times(log: Log):
    now_us = log.store.append_many([Append(facts(C, 1))]).committed_us
    hour_us = 3_600_000_000
    told = verdicts(
        log.store,
        Append(facts(A, 1), not_before_us=now_us, not_after_us=now_us + hour_us),
        Append(facts(A, 2), not_after_us=now_us - 1),
        Append(facts(B, 1), not_before_us=now_us + hour_us),
        Append((), [Read(A, 1)], not_before_us=now_us + hour_us),
        Append((), [Read(A, 1)], not_before_us=now_us),
        Append(facts(A, 2), [Read(C, 7)], not_after_us=now_us - 1),
    )
    assert told == [accepted(2), OUT_OF_SPAN, OUT_OF_SPAN, OUT_OF_SPAN, HELD, REFUSED]


def test_what_builds_on_what_missed_its_span_is_refused_as_a_conflict(log: Log):
    told = verdicts(
        log.store, Append(facts(A, 1), not_after_us=1), Append(facts(A, 2)), Append(facts(B, 1), [Read(A, 1)]), Append(facts(A, 1))
    )
    assert told == [OUT_OF_SPAN, REFUSED, REFUSED, accepted(1)]


def test_the_time_of_the_log_never_goes_back_and_no_span_is_judged_while_the_clock_is_behind(log: Log):
    before_us = log.store.append_many([Append(facts(A, 1))]).committed_us
    log.set_clock_back(30)
    appended = log.store.append_many(
        [Append(facts(B, 1), not_after_us=before_us + 3_600_000_000), Append((), [Read(A, 1)], not_before_us=1), Append(facts(A, 2))]
    )
    assert list(appended.verdicts) == [CLOCK_BEHIND, CLOCK_BEHIND, accepted(2)]
    assert appended.committed_us >= before_us
    assert loaded(log.store, {}).now_us >= appended.committed_us
    assert log.reader.read(1, 1)[0].committed_us == appended.committed_us


def test_a_span_without_an_end_is_judged_while_the_clock_is_behind_where_the_append_says_so(log: Log):
    before_us = log.store.append_many([Append(facts(A, 1))]).committed_us
    log.set_clock_back(30)
    told = verdicts(
        log.store,
        Append(facts(A, 2), not_before_us=before_us, though_clock_lags=True),
        Append(facts(B, 1), not_before_us=before_us + 3_600_000_000, though_clock_lags=True),
        Append(facts(C, 1), not_before_us=before_us, not_after_us=before_us + 3_600_000_000, though_clock_lags=True),
        Append(facts(C, 1), not_before_us=before_us),
    )
    assert told == [accepted(2), OUT_OF_SPAN, CLOCK_BEHIND, CLOCK_BEHIND]


def test_a_clock_that_is_behind_by_less_than_a_second_only_stands_still(log: Log):
    log.store.append_many([Append(facts(A, 1))])
    log.set_clock_back(0)
    assert verdicts(log.store, Append(facts(A, 2), not_before_us=1)) == [accepted(2)]


def test_rows_made_ahead_are_what_is_written(log: Log):
    ahead = facts(A, 1, 2)
    appends = [Append(ahead, rows=log.store.encode(ahead)), Append(facts(B, 1)), Append(facts(B, 5), rows=log.store.encode(facts(B, 5)))]
    assert verdicts(log.store, *appends) == [accepted(2), accepted(3), REFUSED]
    assert [(f.stream_id, f.version, f.body) for f in log.reader.read(0, 9)] == [(A, 1, fact(1)), (A, 2, fact(2)), (B, 1, fact(1))]


def test_every_batch_is_chained_to_the_one_before(log: Log):
    """The mark of a position changes with every batch, and stays what it was."""
    assert log.reader.mark_at(1) is None
    identity = log.reader.mark_at(0)
    assert identity is not None
    verdicts(log.store, Append(facts(A, 1, 2)))
    mark = log.reader.mark_at(2)
    verdicts(log.store, Append(facts(A, 3)))
    marks = [log.reader.mark_at(position) for position in range(5)]
    assert marks[:1] + marks[4:] == [identity, None]
    assert marks[1] == marks[2] == mark
    assert len(set(marks)) == 4
    assert all(str(one).partition(":")[0] == identity.partition(":")[0] for one in marks[:4])


class Model:
    """What a store must say, as plainly as it can be put."""

    def __init__(self) -> None:
        self.log: list[tuple[str, int]] = []

    def version(self, stream_id: str) -> int:
        return sum(known == stream_id for known, _ in self.log)

    def append_many(self, appends: Sequence[Append]) -> list[Verdict]:
        dreamt: set[tuple[str, int]] = set()
        told = []
        for append in appends:
            bases = {read.stream_id: read.version for read in append.all_reads}
            bases |= {new.stream_id: new.version - 1 for new in reversed(append.facts)}
            stands = all(self.version(stream_id) == base for stream_id, base in bases.items())
            stands = stands and all(self.version(read.stream_id) == read.version for read in append.all_reads)
            follows = all(
                [new.version for new in append.facts if new.stream_id == stream_id]
                == [base + 1 + n for n in range(sum(new.stream_id == stream_id for new in append.facts))]
                for stream_id, base in bases.items()
            )
            awake = not any((stream_id, version) in dreamt for stream_id, base in bases.items() for version in range(1, base + 1))
            if stands and follows and awake:
                self.log += [(new.stream_id, new.version) for new in append.facts]
                told.append(accepted(len(self.log)) if append.facts else HELD)
            else:
                dreamt |= {(new.stream_id, new.version) for new in append.facts}
                told.append(REFUSED)
        return told


STREAMS = st.sampled_from([A, B, C])
OFF_BY = st.sampled_from([0, 0, 0, 0, 0, -1, 1])
READS = st.lists(st.tuples(STREAMS, OFF_BY), max_size=2, unique_by=lambda read: read[0])
RUNS = st.lists(st.tuples(STREAMS, OFF_BY, st.integers(1, 3)), max_size=2, unique_by=lambda run: run[0])
LOADS = st.sampled_from(["", "", "ask", "take"])
BATCHES = st.lists(st.tuples(st.integers(0, 1), LOADS, st.lists(st.tuples(RUNS, READS, READS), max_size=6)), max_size=8)


def append_like_the_model(writers: Sequence[EventStore], reader: LogReader, names: dict[str, str], batches: Sequence[Any]) -> None:
    """Each writer believes what it last appended, true or not, until it is refused: as a dispatcher does that decides ahead.

    What it asked to load comes whenever it comes: others may have written since, and so may it have.
    """
    loads: list[list[Load]] = [[], []]
    try:
        model, base = append_batches(writers, loads, reader.head(), names, batches)
    finally:
        for answer in (answer for of_writer in loads for answer in of_writer):
            answer.outcome()
    assert [(f.position, f.stream_id, f.version) for f in reader.read(base, 10_000)] == [
        (base + n + 1, stream_id, version) for n, (stream_id, version) in enumerate(model.log)
    ]


def append_batches(
    writers: Sequence[EventStore], loads: list[list[Load]], base: int, names: dict[str, str], batches: Sequence[Any]
) -> tuple[Model, int]:
    model = Model()
    beliefs: list[dict[str, int]] = [{}, {}]
    kept: list[dict[tuple[Read, ...], SharedReads]] = [{}, {}]
    for writer, load, batch in batches:
        if load == "ask" and not loads[writer]:
            loads[writer].append(writers[writer].begin_load(dict.fromkeys(names.values(), Wanted())))
        elif load == "take" and loads[writer]:
            loads[writer].pop().outcome()
        believed = beliefs[writer]
        appends = []
        for runs, reads, shared_reads in batch:
            written = {run[0] for run in runs}
            seen, shared = (
                [Read(names[s], max(0, believed.get(s, 0) + off_by)) for s, off_by in some if s not in written]
                for some in (reads, shared_reads)
            )
            new: list[NewFact] = []
            for name, off_by, count in runs:
                first = max(1, believed.get(name, 0) + 1 + off_by)
                new += facts(names[name], *range(first, first + count))
                believed[name] = first + count - 1
            of_many = kept[writer].setdefault(tuple(shared), SharedReads(tuple(shared)))
            appends.append(Append(new, seen, shared=(of_many,)))
        expected = model.append_many(appends)
        moved_on = [Verdict(told.accepted, told.position and told.position + base, told.why) for told in expected]
        assert verdicts(writers[writer], *appends) == moved_on
        if REFUSED in expected:
            believed.update({name: model.version(names[name]) for name in names})
    return model, base


@pytest.fixture(params=["memory", "postgres", "forgetful postgres"])
def two_writers(request: pytest.FixtureRequest) -> Iterator[tuple[Sequence[EventStore], LogReader]]:
    with log_of(request.param, request) as log:
        yield [log.store, log.another_writer()], log.reader


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_any_batches_are_told_what_the_model_says(two_writers: tuple[Sequence[EventStore], LogReader], batches: Sequence[Any]):
    """Every example works on streams of its own in one log, so that positions and indexes go on from where the last one ended."""
    writers, reader = two_writers
    names = {name: stream(f"{name}{reader.head()}{uuid.uuid1()}") for name in (A, B, C)}
    append_like_the_model(writers, reader, names, batches)


def test_who_would_create_a_stream_again_and_is_refused_hides_it_from_nobody_else(two_writers: tuple[Sequence[EventStore], LogReader]):
    """A gate that another process moved for the first time, and a refused command that would have: no bet rests on it as it was."""
    (store, other), _ = two_writers
    for writer, append in ((store, Append(facts(C, 1))), (other, Append(facts(A, 1))), (store, Append(facts(C, 2)))):
        verdicts(writer, append)
    as_it_was, as_it_is = (Append([], shared=(SharedReads((Read(A, version),)),)) for version in (0, 1))
    assert verdicts(store, as_it_was, as_it_is, Append(facts(A, 1), [Read(B, 1)])) == [REFUSED, HELD, REFUSED]


def test_an_id_that_is_none_is_an_error_that_leaves_the_log_as_it_was(database_url: str):
    """The API lets no such id in; if one came, the head must not stay locked, nor positions be lost."""
    log = PostgresLog(database_url)
    try:
        verdicts(log.store, Append(facts(A, 1)))
        for append in (Append([NewFact("no id", 1, fact())]), Append(facts(A, 2), [Read("no id", 0)])):
            with pytest.raises(ValueError, match="hexadecimal"):
                log.store.append_many([append])
        assert verdicts(log.another_writer(), Append(facts(A, 2))) == [accepted(2)]
        assert verdicts(log.store, Append(facts(B, 1))) == [accepted(3)]
    finally:
        log.close()
