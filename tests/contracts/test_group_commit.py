"""What the library's suites lack: many writers and a tailing reader, lost acknowledgements, a database that goes away."""

import multiprocessing
import threading
import time
from datetime import UTC, datetime
from struct import pack
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from commands.ports import Append, NewFact, Read, StoreUnavailable
from domain.account.facts import SignedIn
from domain.chain import GENESIS, batch_digest, rows_digest
from domain.fact import micros
from domain.ids import derived
from infra.eventstore.fact_encoding import stored_head
from infra.eventstore.group_commit import GroupCommit
from infra.eventstore.recorder import GroupCommitRecorder, conninfo_of, datastore_of
from infra.log.tail import Tail

AT = datetime(2026, 1, 1, tzinfo=UTC)
THREADS, BATCHES, APPENDS = 4, 40, 5


@pytest.fixture
def recorder(database_url):
    with datastore_of(database_url) as datastore:
        recorder = GroupCommitRecorder(datastore)
        recorder.create_table()
        yield recorder
        recorder.close()


def one(stream_id: str, version: int = 1, *reads: Read) -> Append:
    return Append([NewFact(stream_id, version, SignedIn(AT))], reads)


def write_from_threads(url: str, process: int) -> None:
    """Append from several threads, each with a recorder of its own, as so many servers would."""

    def write(thread: int) -> None:
        with datastore_of(url) as datastore:
            recorder = GroupCommitRecorder(datastore)
            for batch in range(BATCHES):
                appends = [one(derived("s", f"{process} {thread} {batch} {number}")) for number in range(APPENDS)]
                assert all(verdict.accepted for verdict in recorder.append_many(appends).verdicts)
            recorder.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("recorder")
def test_a_tailing_reader_misses_nothing_and_sees_nothing_out_of_order_while_eight_threads_in_two_processes_write(database_url):
    wanted = 2 * THREADS * BATCHES * APPENDS
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_from_threads, args=(database_url, number)) for number in range(2)]
    for writer in writers:
        writer.start()
    tail, seen = Tail(database_url), []
    while len(seen) < wanted and (any(writer.is_alive() for writer in writers) or tail.head() > len(seen)):
        seen += tail.read(len(seen), 100)
        tail.wait(20)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    tail.close()
    assert [fact.position for fact in seen] == list(range(1, wanted + 1))
    assert len({fact.stream_id for fact in seen}) == wanted


def test_of_many_writers_of_one_stream_each_version_has_one_winner(recorder, database_url):
    winners: list[int] = []

    def write() -> None:
        with datastore_of(database_url) as datastore:
            mine = GroupCommitRecorder(datastore)
            tries = (mine.append_many([one(derived("contended"), version)]).verdicts[0] for version in range(1, 21))
            winners.extend(version for version, verdict in enumerate(tries, 1) if verdict.accepted)
            mine.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [fact.version for fact in recorder.load({derived("contended"): 0})[derived("contended")]]
    assert sorted(winners) == versions == list(range(1, len(versions) + 1))


class LosesAcknowledgements(GroupCommit):
    """Commits, then learns nothing of it: the connection dies on the way back."""

    losses = 1

    def _acknowledged(self):
        if type(self).losses:
            type(self).losses -= 1
            super()._acknowledged()
            self._connection.close()
            raise psycopg.OperationalError("the connection died after the commit")
        super()._acknowledged()


class DiesBeforeCommit(GroupCommit):
    """The server's side of the connection is ended before the batch reaches it."""

    deaths = 1

    def _catch_up(self, *arguments):
        if type(self).deaths:
            type(self).deaths -= 1
            self._connection.close()
            raise psycopg.OperationalError("the connection died before the commit")
        return super()._catch_up(*arguments)


def with_fault(recorder: GroupCommitRecorder, kind: type[GroupCommit], url: str) -> GroupCommitRecorder:
    recorder._group_commit = kind(url, recorder._sql)
    return recorder


@pytest.mark.parametrize(("kind", "seam"), [(LosesAcknowledgements, "losses"), (DiesBeforeCommit, "deaths")])
def test_an_append_whose_connection_died_is_answered_with_its_real_outcome(recorder, database_url, monkeypatch, kind, seam):
    monkeypatch.setattr(kind, seam, 1)
    with_fault(recorder, kind, database_url)
    a, b = derived("a"), derived("b")
    verdicts = recorder.append_many([one(a), one(b), one(a)]).verdicts
    assert [(verdict.accepted, verdict.position) for verdict in verdicts] == [(True, 1), (True, 2), (False, 0)]
    assert [fact.position for fact in recorder.load({a: 0, b: 0})[b]] == [2]
    assert recorder.append_many([one(derived("c"))]).verdicts[0].position == 3
    assert getattr(kind, seam) == 0


def test_a_backend_ended_by_the_operator_between_batches_costs_nobody_an_answer(recorder, database_url):
    assert recorder.append_many([one(derived("a"))]).verdicts[0].accepted
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipstream group commit'")
    assert recorder.append_many([one(derived("b"), 1, Read(derived("a"), 1))]).verdicts[0].position == 2


def test_a_database_that_stays_away_is_named_and_the_outcome_is_not_guessed(recorder, database_url):
    recorder._group_commit = GroupCommit("postgresql://nobody@127.0.0.1:1/nowhere", recorder._sql, reconnect_s_max=0.2)
    with pytest.raises(StoreUnavailable):
        recorder.append_many([one(derived("a"))])
    with_fault(recorder, GroupCommit, database_url)
    assert recorder.append_many([one(derived("a"))]).verdicts[0].position == 1


def test_what_cannot_be_encoded_leaves_no_lock_behind_and_moves_no_position(recorder):
    with pytest.raises(ValueError, match="fromhex"):
        recorder.append_many([one("no uuid at all")])
    assert recorder.append_many([one(derived("a"))]).verdicts[0].position == 1


def test_events_recorded_the_librarys_way_are_seen_by_the_next_batch(recorder):
    a = derived("a")
    assert recorder.append_many([one(a)]).verdicts[0].accepted
    state = b'{"fact":"account.signed_in.v1","at":"2026-01-01T00:00:00Z"}'
    recorder.insert_events([StoredEvent(UUID(a), 2, "account.signed_in.v1", state)])
    batch = recorder.begin([one(a, 2), one(a, 3)])
    assert batch.changed_elsewhere == {a: 2}
    assert [verdict.accepted for verdict in batch.outcome().verdicts] == [False, False]
    assert recorder.append_many([one(a, 3)]).verdicts[0].position == 3


def test_when_others_wrote_more_than_is_worth_reading_the_versions_are_asked_for_again(recorder, database_url, monkeypatch):
    monkeypatch.setattr("infra.eventstore.group_commit.FOREIGN_FACTS_MAX", 3)
    a = derived("a")
    assert recorder.append_many([one(a)]).verdicts[0].accepted
    with datastore_of(database_url) as datastore:
        other = GroupCommitRecorder(datastore)
        other.append_many([one(a, version) for version in range(2, 10)])
        other.close()
    assert [v.accepted for v in recorder.append_many([one(a, 2), one(derived("b"))]).verdicts] == [False, True]
    assert recorder.append_many([one(a, 10)]).verdicts[0].accepted


def test_a_standby_that_takes_no_writes_is_a_log_that_is_away_until_it_takes_them_again(recorder, database_url):
    name = database_url.rpartition("/")[2]
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        recorder._group_commit.close()
        recorder._group_commit._reconnect_s_max = 0.2
        with pytest.raises(StoreUnavailable):
            recorder.append_many([one(derived("a"))])
        operator.execute("SET default_transaction_read_only = off")
        operator.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert recorder.append_many([one(derived("a"))]).verdicts[0].position == 1


def test_a_server_that_hangs_is_not_waited_for_for_ever(recorder, database_url, monkeypatch):
    monkeypatch.setattr("infra.eventstore.nonblocking_connection.ANSWER_MS_MAX", 300)
    recorder._group_commit._reconnect_s_max = 0.2
    assert recorder.append_many([one(derived("a"))]).verdicts[0].accepted
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT position FROM stored_events_head FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="said nothing"):
            recorder.append_many([one(derived("b"))])
    assert recorder.append_many([one(derived("b"))]).verdicts[0].position == 2


class StandsStill(GroupCommit):
    """A writer whose process is paused when the server waits for the rows of its batch."""

    def _send(self) -> None:
        assert self._wire is not None
        self._wire.send(self._lock_head)
        self._wire.finish()
        self._wire.send(self._copy_facts)


def test_a_writer_that_stands_still_in_the_middle_of_its_batch_stops_nobody_else(recorder, database_url, monkeypatch):
    monkeypatch.setattr("infra.eventstore.group_commit.LOCK_TIMEOUT_MS", 300)
    monkeypatch.setattr("infra.eventstore.stalled_writers.STALLED_S", 0.1)
    paused = StandsStill(database_url, recorder._group_commit._sql)
    paused.begin([one(derived("a"))])
    assert recorder.append_many([one(derived("b"))]).verdicts[0].position == 1
    paused.close()


def test_what_the_operator_says_about_the_connection_is_kept(database_url):
    url = f"{database_url}?options=-csearch_path%3Delsewhere&target_session_attrs=read-write"
    with datastore_of(url) as datastore:
        assert "search_path=elsewhere" in conninfo_of(datastore)
        assert "target_session_attrs=read-write" in conninfo_of(datastore)
        with datastore.get_connection() as connection:
            assert connection.execute("SHOW search_path").fetchone()["search_path"] == "elsewhere"


def test_a_batch_tells_when_its_commit_is_answered(recorder):
    batch = recorder.begin([one(derived("a"))])
    deadline_s = time.monotonic() + 10
    while not batch.ready():
        assert time.monotonic() < deadline_s
    appended = batch.outcome()
    assert appended.verdicts[0].position == 1
    assert 0 < appended.held_us < 10_000_000


def test_what_others_moved_is_told_when_a_batch_is_begun_and_not_known_at_first(recorder, database_url):
    a, b, c = derived("a"), derived("b"), derived("c")
    with datastore_of(database_url) as datastore:
        other = GroupCommitRecorder(datastore)
        first = other.begin([one(a), one(b)])
        assert first.changed_elsewhere is None
        first.outcome()
        recorder.append_many([one(a, 2), one(a, 3)])
        recorder.append_many([one(c)])
        second = other.begin([one(b, 2)])
        assert second.changed_elsewhere == {a: 3, c: 1}
        second.outcome()
        third = other.begin([one(b, 3)])
        assert third.changed_elsewhere == {}
        third.outcome()
        other.close()


def test_what_others_moved_while_a_batch_was_sent_again_is_told_with_the_next(recorder):
    """The batch takes an existing stream for new, is refused whole, and judged again."""
    a, b = derived("a"), derived("b")
    recorder.append_many([one(a)])
    recorder.append_many([one(b)])
    batch = recorder.begin([one(a)])
    assert batch.changed_elsewhere == {}
    assert not batch.outcome().verdicts[0].accepted
    following = recorder.begin([one(b, 2)])
    assert following.changed_elsewhere is None, "the version index began anew meanwhile"
    assert following.outcome().verdicts[0].accepted


def test_a_gate_that_nobody_ever_touched_is_asked_for_once(recorder, database_url):
    gate = derived("gate")
    asked: list[list[str]] = []
    group_commit = recorder._group_commit
    ask = group_commit._ask

    def counting(wire, versions, new, old):
        asked.append([*new, *old])
        ask(wire, versions, new, old)

    group_commit._ask = counting
    for number in range(5):
        assert recorder.append_many([one(derived("bet", str(number)), 1, Read(gate, 0))]).verdicts[0].accepted
    assert [streams for streams in asked if gate in streams][2:] == []
    with datastore_of(database_url) as datastore:
        other = GroupCommitRecorder(datastore)
        assert other.append_many([one(gate)]).verdicts[0].accepted
        other.close()
    assert not recorder.append_many([one(derived("bet"), 1, Read(gate, 0))]).verdicts[0].accepted
    assert recorder.append_many([one(derived("bet"), 1, Read(gate, 1))]).verdicts[0].accepted


def test_an_append_of_too_many_facts_is_an_error_that_leaves_no_lock_behind(recorder):
    with pytest.raises(ValueError, match="10,001 facts"):
        recorder.append_many([Append([NewFact(derived("a"), version, SignedIn(AT)) for version in range(1, 10_002)])])
    assert recorder.append_many([one(derived("a"))]).verdicts[0].position == 1


def test_the_digest_of_every_batch_follows_from_its_facts_its_time_and_the_batch_before(recorder, database_url):
    """Also of what was written the library's way; see `domain.chain`."""
    recorder.append_many([one(derived("a")), Append([NewFact(derived("b"), 1, SignedIn(AT)), NewFact(derived("c"), 1, SignedIn(AT))])])
    recorder.append_many([one(derived("a"))])
    events = [StoredEvent(UUID(derived("d")), version, "any topic \u20ac", b"\xff any bytes") for version in (1, 2, 3)]
    assert recorder.insert_events(events) == [4, 5, 6]
    recorder.append_many([one(derived("a"), 2)])
    with psycopg.connect(database_url) as connection:
        facts = connection.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events ORDER BY notification_id"
        ).fetchall()
        batches = connection.execute(
            "SELECT upto, committed_at, append_sizes, scheme, digest FROM stored_events_batches ORDER BY upto"
        ).fetchall()
        log_id, position, committed_at, digest = connection.execute(
            "SELECT log_id, position, committed_at, digest FROM stored_events_head"
        ).fetchone()
    assert [(upto, sizes) for upto, _, sizes, _, _ in batches] == [(3, [1, 2]), (6, [3]), (7, [1])]
    assert (position, committed_at, digest) == (batches[-1][0], batches[-1][1], batches[-1][4])
    before, start = GENESIS, 0
    for upto, at, sizes, scheme, kept in batches:
        rows = b"".join(
            stored_head(stream_id, version, topic, bytes(state)) + pack(">iq", 8, number)
            for stream_id, version, topic, state, number in facts[start:upto]
        )
        before = batch_digest(
            scheme=scheme,
            log_id=str(log_id),
            before=before,
            upto=upto,
            committed_us=micros(at),
            append_sizes=sizes,
            rows=rows_digest(rows),
        )
        assert bytes(kept) == before
        start = upto
