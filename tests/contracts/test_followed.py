"""What other processes wrote to the streams that decisions everywhere wait for comes with the next commit, exactly as the log has it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from commands.ports import Append, NewFact
from domain.account.facts import SignedIn
from domain.gate.facts import BettingStopped
from domain.ids import derived
from domain.producer.facts import SessionBegun
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail

AT = datetime(2026, 1, 1, tzinfo=UTC)
GATE, PRODUCER, SIGN_INS = derived("gate"), derived("producer"), derived("sign-ins")


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[GroupCommitRecorder, GroupCommitRecorder]]:
    with datastore_of(database_url) as datastore, datastore_of(database_url) as others:
        recorder, other = GroupCommitRecorder(datastore), GroupCommitRecorder(others)
        recorder.create_table()
        yield recorder, other
        recorder.close()
        other.close()


def sign_in(version: int) -> Append:
    return Append([NewFact(SIGN_INS, version, SignedIn(AT))])


def stopped(version: int) -> NewFact:
    return NewFact(GATE, version, BettingStopped("sport", ("football",), "goal", "bench", AT))


def test_followed_facts_come_as_the_log_has_them_and_no_others(two, database_url):
    recorder, other = two
    recorder.append_many([sign_in(1)])
    beat = NewFact(PRODUCER, 1, SessionBegun("bench", 1, 10_000, AT))
    other.append_many([Append([stopped(1), NewFact(derived("other"), 1, SignedIn(AT))]), Append([beat])])
    other.append_many([Append([stopped(2)])])
    batch = recorder.begin([sign_in(2)])
    batch.outcome()
    tail = Tail(database_url)
    assert list(batch.facts_elsewhere) == [fact for fact in tail.read(0, 100) if fact.stream_id in (GATE, PRODUCER)]
    assert [fact.version for fact in batch.facts_elsewhere] == [1, 1, 2]
    tail.close()


@pytest.mark.parametrize("others_before", [0, 1])
def test_they_come_once_whether_others_wrote_before_or_not(two, others_before):
    recorder, other = two
    recorder.append_many([sign_in(1)])
    for number in range(others_before):
        other.append_many([Append([stopped(number + 1)])])
        recorder.append_many([sign_in(number + 2)])
    other.append_many([Append([stopped(others_before + 1)])])
    told = []
    for number in range(3):
        batch = recorder.begin([sign_in(others_before + 2 + number)])
        assert batch.outcome().verdicts[0].accepted
        told.append([fact.version for fact in batch.facts_elsewhere])
    assert told == [[others_before + 1], [], []]


def test_where_one_cannot_be_decoded_none_come_and_the_streams_are_named(two, database_url):
    recorder, other = two
    recorder.append_many([sign_in(1)])
    other.append_many([Append([stopped(1)])])
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
        owner.execute("UPDATE stored_events SET state = %s WHERE originator_id = %s", (b'{"fact":"gate.of_tomorrow.v9"}', GATE))
    batch = recorder.begin([sign_in(2)])
    assert batch.outcome().verdicts[0].accepted
    assert (batch.facts_elsewhere, batch.changed_elsewhere) == ((), {GATE: 1})
