"""One suite over every event store: what an append is told, what the log holds afterwards, and what comes back."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.ports import Append, EventStore, Loaded, LogReader, NewFact, Read, StreamSnapshot, Verdict
from domain.market.facts import MarketClosed
from infra.eventstore import group_commit
from infra.eventstore.memory import MemoryEventStore
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.eventstore.version_index import VERSIONS_MAX, VersionIndex
from infra.log.tail import Tail

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
REFUSED = Verdict(accepted=False, position=0)
HELD = Verdict(accepted=True, position=0)


class Log(Protocol):
    """A store and a reader of the same log; `another_writer` is one more store on it, as a second process would hold."""

    store: EventStore
    reader: LogReader

    def another_writer(self) -> EventStore: ...


class MemoryLog:
    def __init__(self) -> None:
        self.store = self.reader = MemoryEventStore()

    def another_writer(self) -> EventStore:
        return self.store


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
    return list(store.append_many(appends).verdicts)


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


def test_states_load_from_the_newest_snapshot_of_their_schema_and_what_came_after(log: Log):
    verdicts(log.store, Append(facts(A, 1, 2, 3) + facts(B, 1, 2) + facts(C, 1)))
    log.store.save_snapshots([StreamSnapshot(A, "wallet:x", 2, b"\x00" * 200), StreamSnapshot(B, "wallet:x", 2, b"")])
    log.store.save_snapshots([StreamSnapshot(A, "wallet:x", 1, b"late"), StreamSnapshot(A, "wallet:y", 1, b"7")])
    loaded = log.store.begin_load({A: "wallet:x", B: "wallet:x", C: "wallet:x", stream("none"): "wallet:x"})()
    assert loaded.snapshots == {A: StreamSnapshot(A, "wallet:x", 2, b"\x00" * 200), B: StreamSnapshot(B, "wallet:x", 2, b"")}
    assert sorted((f.stream_id, f.version) for f in loaded.facts) == sorted([(A, 3), (C, 1)])
    loaded = log.store.begin_load({A: "wallet:y", B: ""})()
    assert loaded.snapshots == {A: StreamSnapshot(A, "wallet:y", 1, b"7")}
    assert [f.version for f in loaded.facts if f.stream_id == A] == [2, 3]
    assert [f.version for f in loaded.facts if f.stream_id == B] == [1, 2]
    assert len(log.store.begin_load({})().facts) == 0


def test_a_snapshot_saved_while_a_question_is_open_is_there_for_the_next(log: Log):
    answer = log.store.begin_load({A: "x"})
    log.store.save_snapshots([StreamSnapshot(A, "x", 1, b"1")])
    log.store.save_snapshots([StreamSnapshot(A, "x", 2, b"2"), StreamSnapshot(A, "x", 1, b"1")])
    answer()
    assert log.store.begin_load({A: "x"})().snapshots == {A: StreamSnapshot(A, "x", 2, b"2")}


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
            bases = {read.stream_id: read.version for read in append.reads}
            bases |= {new.stream_id: new.version - 1 for new in reversed(append.facts)}
            stands = all(self.version(stream_id) == base for stream_id, base in bases.items())
            stands = stands and all(self.version(read.stream_id) == read.version for read in append.reads)
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
BATCHES = st.lists(st.tuples(st.integers(0, 1), LOADS, st.lists(st.tuples(RUNS, READS), max_size=6)), max_size=8)


def append_like_the_model(writers: Sequence[EventStore], reader: LogReader, names: dict[str, str], batches: Sequence[Any]) -> None:
    """Each writer believes what it last appended, true or not, until it is refused: as a dispatcher does that decides ahead.

    What it asked to load comes whenever it comes: others may have written since, and so may it have.
    """
    model, base = Model(), reader.head()
    beliefs: list[dict[str, int]] = [{}, {}]
    loads: list[list[Callable[[], Loaded]]] = [[], []]
    for writer, load, batch in batches:
        if load == "ask" and not loads[writer]:
            loads[writer].append(writers[writer].begin_load(dict.fromkeys(names.values(), "")))
        elif load == "take" and loads[writer]:
            loads[writer].pop()()
        believed = beliefs[writer]
        appends = []
        for runs, reads in batch:
            seen = [Read(names[s], max(0, believed.get(s, 0) + off_by)) for s, off_by in reads if s not in {run[0] for run in runs}]
            new: list[NewFact] = []
            for name, off_by, count in runs:
                first = max(1, believed.get(name, 0) + 1 + off_by)
                new += facts(names[name], *range(first, first + count))
                believed[name] = first + count - 1
            appends.append(Append(new, seen))
        expected = model.append_many(appends)
        assert verdicts(writers[writer], *appends) == [Verdict(told.accepted, told.position and told.position + base) for told in expected]
        if REFUSED in expected:
            believed.update({name: model.version(names[name]) for name in names})
    for answer in (answer for of_writer in loads for answer in of_writer):
        answer()
    assert [(f.position, f.stream_id, f.version) for f in reader.read(base, 10_000)] == [
        (base + n + 1, stream_id, version) for n, (stream_id, version) in enumerate(model.log)
    ]


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
