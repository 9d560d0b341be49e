"""Snapshots are checked, not believed: whatever was changed in the table, or in the log below them, they are dropped and folded again."""

from collections.abc import Iterator

import psycopg
import pytest

from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, Loaded, NewFact, StreamSnapshot, Wanted
from commands.registry import USE_CASES
from domain.ids import derived
from domain.wallet.facts import WalletOpened
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.metrics.dispatching import DispatcherCollector
from tests.decisions.given import NOON

A, B = derived("a"), derived("b")
SNAPSHOT = StreamSnapshot(A, "wallet", 2, b"a state", ((1, 1_000), (2, 2_000)))
OF_B = StreamSnapshot(B, "wallet", 1, b"another state", ())
KEY = b"k" * 32


@pytest.fixture
def recorder(database_url: str) -> Iterator[GroupCommitRecorder]:
    with datastore_of(database_url) as datastore:
        recorder = GroupCommitRecorder(datastore, seal_key=KEY)
        recorder.create_table()
        opened = [NewFact(A, version, WalletOpened(A, "EUR", NOON)) for version in (1, 2, 3)]
        recorder.append_many([Append(opened), Append([NewFact(B, 1, WalletOpened(B, "EUR", NOON))])])
        recorder.save_snapshots([SNAPSHOT, OF_B])
        yield recorder
        recorder.close()


def loaded(recorder: GroupCommitRecorder) -> Loaded:
    return recorder.begin_load({A: Wanted("wallet"), B: Wanted("wallet")}).outcome()


def versions(found: Loaded) -> list[int]:
    return [fact.version for fact in found.facts if fact.stream_id == A]


def test_a_snapshot_comes_back_as_it_was_saved(recorder: GroupCommitRecorder):
    found = loaded(recorder)
    assert found.snapshots == {A: SNAPSHOT, B: OF_B}
    assert versions(found) == [3]
    assert recorder.snapshots_dropped == 0


CHANGED = {
    "its state": "UPDATE stored_events_snapshots SET state = 'rich' WHERE stream_id = '{a}'",
    "its state, to that of another": "UPDATE stored_events_snapshots SET (state, seal) = (SELECT state, seal FROM stored_events_snapshots "
    "WHERE stream_id = '{b}') WHERE stream_id = '{a}'",
    "its version": "UPDATE stored_events_snapshots SET version = 3 WHERE stream_id = '{a}'",
    "its version, beyond the stream": "UPDATE stored_events_snapshots SET version = 9 WHERE stream_id = '{a}'",
    "its times": "UPDATE stored_events_snapshots SET times = times || times WHERE stream_id = '{a}'",
    "its times, to half of them": "UPDATE stored_events_snapshots SET times = substr(times, 1, 13) WHERE stream_id = '{a}'",
    "its seal": "UPDATE stored_events_snapshots SET seal = '' WHERE stream_id = '{a}'",
    "its stream": "UPDATE stored_events_snapshots SET stream_id = CASE stream_id WHEN '{a}' THEN '{c}'::uuid ELSE '{a}' END",
    "the fact at its version": "UPDATE stored_events SET state = replace(convert_from(state, 'UTF8'), 'EUR', 'USD')::bytea "
    "WHERE originator_id = '{a}' AND originator_version = 2",
    "the topic of that fact": "UPDATE stored_events SET topic = 'x' WHERE originator_id = '{a}' AND originator_version = 2",
    "the log": "UPDATE stored_events_head SET log_id = gen_random_uuid()",
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_snapshot_is_dropped_when_somebody_changed(recorder: GroupCommitRecorder, database_url: str, what: str):
    loaded(recorder)
    with psycopg.connect(database_url) as connection:
        connection.execute(CHANGED[what].format(a=A, b=B, c=derived("c")))
    found = loaded(recorder)
    assert A not in found.snapshots
    assert versions(found) == [1, 2, 3]
    assert found.snapshots == ({} if what in {"the log", "its stream"} else {B: OF_B})
    dropped = recorder.snapshots_dropped
    assert dropped == (2 if what == "the log" else 1)
    loaded(recorder)
    assert recorder.snapshots_dropped == dropped, "what was dropped is gone"
    collector = DispatcherCollector(Dispatcher(recorder, USE_CASES), lambda: recorder.snapshots_dropped)
    (refused,) = (family for family in collector.collect() if family.name == "slipstream_snapshots_refused")
    assert [sample.value for sample in refused.samples] == [dropped], "and counted where it is looked for"


def test_a_snapshot_of_a_fact_that_is_gone_is_dropped(recorder: GroupCommitRecorder, database_url: str):
    """A log restored from a backup that is older than its snapshots."""
    loaded(recorder)
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM stored_events WHERE originator_id = %s AND originator_version > 1", (A,))
    found = loaded(recorder)
    assert (A in found.snapshots, versions(found)) == (False, [1])


def test_a_snapshot_sealed_with_another_key_is_dropped(recorder: GroupCommitRecorder, database_url: str):
    loaded(recorder)
    with datastore_of(database_url) as datastore:
        other = GroupCommitRecorder(datastore, seal_key=b"another key")
        found = loaded(other)
        assert (dict(found.snapshots), versions(found), other.snapshots_dropped) == ({}, [1, 2, 3], 2)
        other.close()


def test_a_snapshot_of_a_version_that_was_never_written_is_not_kept(recorder: GroupCommitRecorder, database_url: str):
    recorder.save_snapshots([StreamSnapshot(A, "wallet", 4, b"from the future")])
    assert loaded(recorder).snapshots[A] == SNAPSHOT
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT max(version) FROM stored_events_snapshots").fetchone() == (2,)


def test_snapshots_are_carried_on_by_the_work_between(recorder: GroupCommitRecorder, database_url: str):
    """Nobody loads after the last save, and it is kept all the same."""
    loaded(recorder)
    recorder.save_snapshots([StreamSnapshot(A, "wallet", 3, b"newer")])
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(1_000):
            recorder.nudge()
            if connection.execute("SELECT max(version) FROM stored_events_snapshots").fetchone() == (3,):
                return
    raise AssertionError("the snapshot was not kept")


def test_snapshots_of_an_earlier_version_without_seals_are_let_go(recorder: GroupCommitRecorder, database_url: str):
    loaded(recorder)
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE stored_events_snapshots DROP COLUMN seal")
    recorder.create_table()
    assert loaded(recorder).snapshots == {}
