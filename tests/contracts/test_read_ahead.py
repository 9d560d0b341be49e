"""A tail that reads ahead tells exactly what a tail tells, whatever is asked of it in between."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime

import psycopg
import pytest

from commands.ports import Append, NewFact, StoreUnavailable
from domain.account.facts import SignedIn
from domain.ids import derived
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.read_ahead import ReadAhead
from infra.log.tail import Tail

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)


class Writer:
    """Appends facts to one log, one stream each."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.recorder = GroupCommitRecorder(datastore_of(url))
        self.recorder.create_table()
        self.count = 0

    def append(self, facts: int) -> None:
        streams = [derived("stream", str(self.count + number)) for number in range(facts)]
        self.recorder.append_many([Append([NewFact(stream_id, 1, SignedIn(NOON))]) for stream_id in streams])
        self.count += facts

    def close(self) -> None:
        self.recorder.close()
        self.recorder.datastore.close()


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    with closing(Writer(database_url)) as opened:
        yield opened


def positions(reader: Tail, after: int, limit: int) -> list[int]:
    return [recorded.position for recorded in reader.read(after, limit)]


def patiently(reader: Tail, after: int, limit: int) -> list[int]:
    """Ask again as often as the database is said to be unavailable."""
    for _ in range(5):
        with suppress(StoreUnavailable):
            return positions(reader, after, limit)
    raise AssertionError("it stayed unavailable")


@pytest.mark.parametrize("limit", [1, 7, 10, 25, 100])
def test_a_log_read_to_its_end_is_the_log_that_a_tail_reads(writer: Writer, limit: int):
    writer.append(25)
    with closing(ReadAhead(writer.url)) as ahead, closing(Tail(writer.url)) as tail:
        read = []
        while facts := ahead.read(len(read), limit):
            assert len(facts) <= limit
            read += facts
        assert read == list(tail.read(0, 100))


def test_facts_that_came_after_the_question_was_asked_are_not_missed(writer: Writer):
    writer.append(5)
    with closing(ReadAhead(writer.url)) as ahead:
        assert positions(ahead, 0, 5) == [1, 2, 3, 4, 5]
        writer.append(3)
        assert positions(ahead, 5, 5) == [6, 7, 8]
        assert positions(ahead, 8, 5) == []
        writer.append(1)
        assert positions(ahead, 8, 5) == [9]


def test_any_other_stretch_may_be_asked_for_than_the_one_that_was_prepared(writer: Writer):
    writer.append(20)
    with closing(ReadAhead(writer.url)) as ahead:
        assert positions(ahead, 0, 5) == [1, 2, 3, 4, 5]
        assert positions(ahead, 12, 5) == [13, 14, 15, 16, 17]
        assert positions(ahead, 17, 2) == [18, 19]
        assert positions(ahead, 0, 3) == [1, 2, 3]
        assert positions(ahead, 3, 9) == list(range(4, 13))
        assert ahead.head() == 20
        ahead.wait(1)
        assert positions(ahead, 6, 2) == [7, 8]


def test_whoever_asks_again_after_the_connection_was_cut_misses_nothing(writer: Writer):
    writer.append(12)
    with closing(ReadAhead(writer.url)) as ahead:
        read = positions(ahead, 0, 2)
        while len(read) < 12:
            with psycopg.connect(writer.url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipstream tail'")
            read += patiently(ahead, len(read), 2)
        assert read == list(range(1, 13))
        assert ahead.head() == 12
