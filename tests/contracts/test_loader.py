"""Loading states beside the commits: over a connection that breaks, with snapshots on their way, and from a log that cannot be read."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog
from eventsourcing.persistence import StoredEvent

from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import FindAccess
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact, StoreUnavailable, StreamSnapshot, Wanted
from commands.registry import USE_CASES
from domain.ids import derived
from domain.wallet.facts import WalletOpened
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.eventstore.state_loader import StateLoader
from tests.decisions.given import NOON

A, B = derived("a"), derived("b")
END_OURS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipstream states'"


@pytest.fixture
def recorder(database_url: str) -> Iterator[GroupCommitRecorder]:
    with datastore_of(database_url) as datastore:
        recorder = GroupCommitRecorder(datastore)
        recorder.create_table()
        recorder.append_many([Append([NewFact(stream_id, 1, WalletOpened(stream_id, "EUR", NOON))]) for stream_id in (A, B)])
        yield recorder
        recorder.close()


def end_connections(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(END_OURS)


def loaded(recorder: GroupCommitRecorder) -> list[str]:
    return sorted(fact.stream_id for fact in recorder.begin_load({A: Wanted(), B: Wanted()}).outcome().facts)


def test_a_connection_that_broke_since_the_last_question_is_opened_anew(recorder: GroupCommitRecorder, database_url: str):
    assert loaded(recorder) == sorted([A, B])
    end_connections(database_url)
    assert loaded(recorder) == sorted([A, B])


def test_a_connection_that_breaks_while_the_question_is_open_is_opened_anew(recorder: GroupCommitRecorder, database_url: str):
    assert loaded(recorder) == sorted([A, B])
    answer = recorder.begin_load({A: Wanted()})
    end_connections(database_url)
    assert [fact.stream_id for fact in answer.outcome().facts] == [A]


def test_an_answer_that_is_not_here_yet_is_not_waited_for_while_there_is_something_to_decide(
    recorder: GroupCommitRecorder, database_url: str
):
    """Somebody holds the table of snapshots: whoever needs a load waits, and nobody else does."""
    dispatcher = Dispatcher(recorder, USE_CASES, batch_wait_ms=0).start()
    ben = derived("account", "ben")
    dispatcher.call(OpenAccount(ben, "ben", "ben@example.org", "argon2", "EUR", NOON))
    told: list[Any] = []
    with psycopg.connect(database_url) as operator:
        operator.execute("LOCK TABLE stored_events_snapshots IN ACCESS EXCLUSIVE MODE")
        dispatcher.submit(FindAccess(derived("account", "not in memory")), told.append)
        for _ in range(3):
            assert dispatcher.call(FindAccess(ben), timeout_s=5.0).receipt.handle == "ben"
        assert told == []
        operator.rollback()
    dispatcher.stop()
    assert isinstance(told[0], Answer)


def test_snapshots_that_were_lost_with_their_connection_cost_no_answer(recorder: GroupCommitRecorder, database_url: str):
    assert loaded(recorder) == sorted([A, B])
    end_connections(database_url)
    with structlog.testing.capture_logs() as logged:
        recorder.save_snapshots([StreamSnapshot(A, "x", 1, b"1")])
        assert loaded(recorder) == sorted([A, B])
    assert {entry["event"] for entry in logged} <= {"snapshots were not saved"}
    recorder.save_snapshots([StreamSnapshot(A, "x", 1, b"1")])
    assert recorder.begin_load({A: Wanted("x")}).outcome().snapshots == {A: StreamSnapshot(A, "x", 1, b"1")}


def test_a_log_that_is_away_is_named_and_asked_again(recorder: GroupCommitRecorder):
    loader = StateLoader("host=127.0.0.1 port=1 dbname=none connect_timeout=1", recorder._sql)
    loader.save([StreamSnapshot(A, "x", 1, b"1")])
    for _ in range(2):
        loader.begin({A: Wanted()})
        with pytest.raises(StoreUnavailable):
            loader.outcome()
    loader.close()


def test_a_stream_that_cannot_be_read_is_told_and_all_others_are_loaded(recorder: GroupCommitRecorder):
    """An id that is none, a fact that nobody knows, one that lacks a field, no JSON, bytes that are no text."""
    wrong = {
        derived("unknown"): b'{"fact":"lottery.drawn.v1"}',
        derived("field"): b'{"fact":"wallet.opened.v1"}',
        derived("json"): b"not JSON",
        derived("text"): b'{"fact":"wallet.opened.v1","account_id":"\xff"}',
    }
    recorder.insert_events([StoredEvent(UUID(stream_id), 1, "x", state) for stream_id, state in wrong.items()])
    found = recorder.begin_load({"no id": Wanted(), A: Wanted(), **dict.fromkeys(wrong, Wanted()), B: Wanted()}).outcome()
    assert sorted(fact.stream_id for fact in found.facts) == sorted([A, B])
    assert found.unreadable.keys() == {"no id", *wrong}
    assert found.unreadable[derived("unknown")] == "FactUnknown: lottery.drawn.v1"
    assert loaded(recorder) == sorted([A, B])


def test_what_a_batch_writes_after_a_load_is_judged_by_what_stands_then(recorder: GroupCommitRecorder, database_url: str):
    """The versions that a load brings spare the commit a question; they must not hide what others wrote since."""
    with datastore_of(database_url) as datastore:
        other = GroupCommitRecorder(datastore)
        answer = recorder.begin_load({A: Wanted()})
        deposit = Append([NewFact(A, 2, WalletOpened(A, "EUR", NOON))])
        assert other.append_many([deposit]).verdicts[0].accepted
        answer.outcome()
        assert not recorder.append_many([deposit]).verdicts[0].accepted
        other.close()
