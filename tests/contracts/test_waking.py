"""A reader of the log is woken after a commit, off the write path; and nothing that happens to the waking happens to the append."""

import os
import signal
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from commands.ports import Append, NewFact, StoreUnavailable
from domain.account.facts import SignedIn
from domain.ids import derived
from infra.eventstore.commit_notifier import CommitNotifier
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.read_ahead import ReadAhead
from infra.log.tail import Tail
from tests.journeys.process_tree import until

AT = datetime(2026, 1, 1, tzinfo=UTC)
NO_TIMEOUT_MS = 3_600_000
"""Who waits this long and returns was woken."""
AWAKE_S_MAX = 60.0
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'slipstream notifier' AND datname = current_database()"


@pytest.fixture
def recorder(database_url):
    with datastore_of(database_url) as datastore:
        recorder = GroupCommitRecorder(datastore)
        recorder.create_table()
        yield recorder
        recorder.close()


class Sleeper:
    """A reader in a thread of its own that listens, waits without an end, and reads once it is woken."""

    def __init__(self, url: str, reader: type[Tail] = Tail) -> None:
        self.facts = []
        self._reader = reader(url)
        self._after = self._reader.head()
        self._thread = threading.Thread(target=self._sleep, daemon=True)
        self._thread.start()

    def _sleep(self) -> None:
        with closing(self._reader), suppress(StoreUnavailable):
            while not self.facts:
                self._reader.wait(NO_TIMEOUT_MS)
                self.facts = self._reader.read(self._after, 100)

    def woke(self, timeout_s: float = AWAKE_S_MAX) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()


def sign_in(recorder: GroupCommitRecorder, stream_id: str) -> int:
    (verdict,) = recorder.append_many([Append([NewFact(stream_id, 1, SignedIn(AT))])]).verdicts
    assert verdict.accepted
    return verdict.position


def sign_in_the_librarys_way(recorder: GroupCommitRecorder, stream_id: str) -> int:
    state = b'{"fact":"account.signed_in.v1","at":"2026-01-01T00:00:00Z"}'
    (position,) = recorder.insert_events([StoredEvent(UUID(stream_id), 1, "account.signed_in.v1", state)])
    return position


@pytest.mark.parametrize("write", [sign_in, sign_in_the_librarys_way])
@pytest.mark.parametrize("reader", [Tail, ReadAhead])
def test_a_reader_that_would_wait_for_an_hour_is_woken_by_a_commit(recorder, database_url, write, reader):
    sleeper = Sleeper(database_url, reader)
    position = write(recorder, derived("s"))
    assert sleeper.woke()
    assert [(fact.position, fact.stream_id) for fact in sleeper.facts] == [(position, derived("s"))]


def test_every_reader_is_woken_by_one_commit_and_again_by_the_next(recorder, database_url):
    for number in range(3):
        sleepers = [Sleeper(database_url) for _ in range(3)]
        position = sign_in(recorder, derived(f"s{number}"))
        for sleeper in sleepers:
            assert sleeper.woke()
            assert [fact.position for fact in sleeper.facts] == [position]


def test_readers_are_woken_from_a_connection_of_its_own_and_never_by_one_that_writes(recorder, database_url):
    """A NOTIFY within the write transaction takes a lock that all databases share, and commits would queue for it."""
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN stored_events")
        heard = list[psycopg.Notify]()
        for number, write in enumerate([sign_in, sign_in_the_librarys_way] * 5):
            write(recorder, derived(f"s{number}"))
            heard += listener.notifies(timeout=AWAKE_S_MAX, stop_after=1)
            assert len(heard) > number
        notifiers = {row[0] for row in listener.execute(BACKENDS)}
    assert len(notifiers) == 1
    assert {notification.pid for notification in heard} == notifiers


def test_an_append_does_not_wait_for_a_notifier_that_hangs(recorder, database_url):
    sleeper = Sleeper(database_url)
    sign_in(recorder, derived("first"))
    assert sleeper.woke()
    (backend,) = until(lambda: backends(database_url, "idle"), "the notifier has done its work and holds no lock")
    sleeper = Sleeper(database_url)
    os.kill(backend, signal.SIGSTOP)
    try:
        positions = [sign_in(recorder, derived(f"s{number}")) for number in range(20)]
        assert positions == list(range(2, 22))
    finally:
        os.kill(backend, signal.SIGCONT)
    assert sleeper.woke(), "what was committed meanwhile is told afterwards"


def test_an_append_survives_the_death_of_the_notifiers_connection_and_readers_are_woken_again(recorder, database_url):
    sign_in(recorder, derived("first"))
    written = 1
    for _ in range(3):
        (backend,) = until(lambda: backends(database_url), "the notifier has a connection")
        with psycopg.connect(database_url, autocommit=True) as operator:
            operator.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
        sleeper = Sleeper(database_url)

        def awake(sleeper: Sleeper = sleeper) -> bool:
            nonlocal written
            written += 1
            assert sign_in(recorder, derived(f"s{written}")) == written
            return sleeper.woke(0.05)

        until(awake, "the reader is woken")


def test_with_a_notifier_that_reaches_nobody_appends_go_on_and_a_reader_that_polls_misses_nothing(recorder, database_url):
    recorder._notifier = CommitNotifier("postgresql://nobody@127.0.0.1:1/nowhere", recorder.channel_name)
    with closing(Tail(database_url)) as tail:
        seen = []
        for number in range(5):
            sign_in(recorder, derived(f"s{number}"))
            sign_in_the_librarys_way(recorder, derived(f"t{number}"))
            tail.wait(1)
            seen += tail.read(len(seen), 100)
        assert [fact.position for fact in seen] == list(range(1, 11))


def backends(url: str, state: str = "%") -> list[int]:
    with psycopg.connect(url, autocommit=True) as operator:
        return [row[0] for row in operator.execute(f"{BACKENDS} AND state LIKE %s", [state])]
