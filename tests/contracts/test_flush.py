"""The head is released before a batch is on disk: nobody sees, and no answer rests on, what a crash of the server could still take back."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import psycopg
import pytest

from commands.log_reader import LogFilter
from commands.ports import Append, NewFact, Read
from domain.account.facts import SignedIn
from domain.ids import derived
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.server import free_port
from infra.eventstore.group_commit import GroupCommit
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail
from tests.servers import server_folder

AT = datetime(2026, 1, 1, tzinfo=UTC)
ALL = LogFilter(kinds=None, partitions=None)


class DiesBeforeFlush(GroupCommit):
    """Its process ends after the batch was committed, before it was flushed: nobody hears of an outcome."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self._flush = self._flush.partition(b";")[0] + b";SELECT"


def one(name: str, *reads: Read) -> Append:
    return Append([NewFact(derived(name), 1, SignedIn(AT))], reads)


@pytest.fixture
def recorder(database_url: str) -> Iterator[GroupCommitRecorder]:
    with datastore_of(database_url) as datastore:
        recorder = GroupCommitRecorder(datastore)
        recorder.create_table()
        yield recorder
        recorder.close()


@pytest.fixture
def tail(database_url: str) -> Iterator[Tail]:
    tail = Tail(database_url)
    yield tail
    tail.close()


def commit_unflushed(recorder: GroupCommitRecorder, url: str, append: Append) -> None:
    """Leave a batch as a process leaves it that dies between its commit and its flush."""
    dying = DiesBeforeFlush(url, recorder._sql)
    dying.begin([append])
    assert dying.outcome().verdicts[0].accepted
    dying.close()


def seen_by(tail: Tail) -> list[list[int]]:
    """What every way to read the log shows of it."""
    stretches = (tail.read(0, 10), tail.read_each(0, 10), tail.read_filtered(ALL, 0, 10).facts)
    return [[fact.position for fact in stretch] for stretch in stretches]


def test_readers_see_a_batch_once_it_is_flushed(recorder, tail, database_url):
    recorder.append_many([one("first")])
    commit_unflushed(recorder, database_url, one("second"))
    assert (seen_by(tail), tail.head()) == ([[1]] * 3, 1)
    assert tail.read_filtered(ALL, 1, 10).upto == 1
    recorder.append_many([one("third")])
    assert (seen_by(tail), tail.head()) == ([[1, 2, 3]] * 3, 3)


def test_what_a_process_did_not_live_to_flush_is_flushed_by_whoever_waits_for_more(recorder, tail, database_url):
    commit_unflushed(recorder, database_url, one("first"))
    assert seen_by(tail) == [[]] * 3
    tail.wait(1)
    assert (seen_by(tail), tail.head()) == ([[1]] * 3, 1)


def test_the_next_start_flushes_it_too(recorder, tail, database_url):
    commit_unflushed(recorder, database_url, one("first"))
    recorder.create_table()
    assert seen_by(tail) == [[1]] * 3


def test_a_refusal_is_told_after_what_it_rests_on_is_flushed(recorder, tail, database_url):
    commit_unflushed(recorder, database_url, one("first"))
    assert not recorder.append_many([one("first")]).verdicts[0].accepted
    assert seen_by(tail) == [[1]] * 3


def test_a_repeat_is_told_after_what_it_repeats_is_flushed(recorder, tail, database_url):
    commit_unflushed(recorder, database_url, one("first"))
    assert recorder.append_many([Append((), [Read(derived("first"), 1)])]).verdicts[0].accepted
    assert seen_by(tail) == [[1]] * 3


def test_a_log_that_was_cut_is_flushed_from_its_new_end_on(recorder, database_url):
    recorder.append_many([one("first"), one("second"), one("third")])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE stored_events_head SET position = 1")
        recorder.create_table()
        assert connection.execute("SELECT max(position) FROM stored_events_flushed").fetchone() == (1,)


def test_a_crash_takes_back_only_what_nobody_saw():
    with server_folder() as folder, EmbeddedPostgres(folder / "pg", port=free_port(), shared_buffers_mb=16) as server:
        url = server.start()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            connection.execute("SELECT pg_reload_conf()")
        with datastore_of(url) as datastore:
            recorder, tail = GroupCommitRecorder(datastore), Tail(url)
            recorder.create_table()
            assert recorder.append_many([one("answered")]).verdicts[0].accepted
            commit_unflushed(recorder, url, one("never answered"))
            seen = seen_by(tail)
            crash(server)
            tail.close()
            recorder.close()
        url = server.start()
        with datastore_of(url) as datastore:
            recorder, tail = GroupCommitRecorder(datastore), Tail(url)
            recorder.create_table()
            assert seen_by(tail) == seen == [[1]] * 3
            assert recorder.append_many([one("after the crash")]).verdicts[0].position == 2
            assert [fact.stream_id for fact in tail.read(0, 10)] == [derived("answered"), derived("after the crash")]
            tail.close()
            recorder.close()


def crash(server: EmbeddedPostgres) -> None:
    """End the server as a power cut would: what is not on disk is gone."""
    pid = int((server._home / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)
    psutil.Process(pid).wait(10)
    server.stop()
