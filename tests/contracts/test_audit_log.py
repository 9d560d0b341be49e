"""The log as the audit sees it: whole batches, with the digest of their rows as they stand now, the same from every store."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Protocol
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from commands.audit import verify
from commands.log_reader import AuditLog, BatchRow, WholeBatches
from commands.ports import Append, EventStore, NewFact
from domain.catalogue import FACTS
from domain.chain import GENESIS, batch_digest, rows_digest
from domain.fact import UnknownFact
from domain.ids import derived
from domain.wallet.facts import FundsDeposited, WalletOpened
from infra.eventstore.fact_encoding import copy_row
from infra.eventstore.memory import MemoryEventStore
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.audit_tail import AuditTail
from tests.audit_story import people
from tests.decisions.given import NOON
from tests.decisions.stored import example_of


class Audited(Protocol):
    """A store and what its audit reads."""

    store: EventStore
    log: AuditLog


class InMemory:
    def __init__(self) -> None:
        self.store = self.log = MemoryEventStore()


class OnPostgres:
    def __init__(self, url: str) -> None:
        self.url = url
        self.store = GroupCommitRecorder(datastore_of(url))
        self.store.create_table()
        self.log = AuditTail(url)

    def tamper(self, statement: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statement)

    def close(self) -> None:
        self.log.close()
        self.store.close()
        self.store.datastore.close()


@pytest.fixture
def postgres(database_url: str) -> Iterator[OnPostgres]:
    with closing(OnPostgres(database_url)) as opened:
        yield opened


@pytest.fixture(params=["memory", "postgres"])
def audited(request: pytest.FixtureRequest) -> Audited:
    return InMemory() if request.param == "memory" else request.getfixturevalue("postgres")


def append(store: EventStore, batch: int, *sizes: int) -> None:
    opened = WalletOpened(derived("account"), "EUR", NOON)
    appends = [
        Append([NewFact(derived("stream", f"{batch} {number} {one}"), 1, opened) for one in range(size)])
        for number, size in enumerate(sizes)
    ]
    assert all(verdict.accepted for verdict in store.append_many(appends).verdicts)


def positions(stretch: WholeBatches) -> list[int]:
    return [fact.position for fact in stretch.facts]


def chain(log_id: str, batches: Sequence[BatchRow]) -> bytes:
    """Return the digest that a history gives, checked at every batch."""
    digest = GENESIS
    for batch in batches:
        digest = batch_digest(
            scheme=batch.scheme,
            log_id=log_id,
            before=digest,
            upto=batch.upto,
            committed_us=batch.committed_us,
            append_sizes=batch.append_sizes,
            rows=batch.rows_digest,
        )
        assert digest == batch.digest
    return digest


def test_batches_come_whole_with_their_facts_times_and_appends(audited: Audited):
    for number, sizes in enumerate([(1, 2), (4,), (1, 1, 1)]):
        append(audited.store, number, *sizes)
    found = audited.log.read_batches(0, 100)
    assert [(batch.upto, tuple(batch.append_sizes)) for batch in found.batches] == [(3, (1, 2)), (7, (4,)), (10, (1, 1, 1))]
    assert positions(found) == list(range(1, 11))
    assert list(found.facts) == list(audited.log.read(0, 100))
    assert {batch.upto: batch.committed_us for batch in found.batches}[7] == found.facts[4].committed_us
    assert (list(found.misnamed), list(found.strays)) == ([], [])
    assert audited.log.mark_at(10) == f"{audited.log.identity()}:{chain(audited.log.identity(), found.batches)[:8].hex()}"


@pytest.mark.parametrize(("facts_min", "stretches"), [(1, [3, 7, 10]), (3, [3, 7, 10]), (4, [7, 10]), (7, [7, 10]), (8, [10])])
def test_a_stretch_is_as_many_batches_as_hold_so_many_facts(audited: Audited, facts_min: int, stretches: list[int]):
    for number, sizes in enumerate([(1, 2), (4,), (1, 1, 1)]):
        append(audited.store, number, *sizes)
    after, ends, read = 0, [], []
    while (found := audited.log.read_batches(after, facts_min)).batches:
        after = found.batches[-1].upto
        ends.append(after)
        read += positions(found)
    assert ends == stretches
    assert read == list(range(1, 11))


def test_what_was_appended_after_the_end_was_read_is_there_when_it_is_asked_for_again(audited: Audited):
    append(audited.store, 1, 2)
    assert positions(audited.log.read_batches(0, 2)) == [1, 2]
    assert positions(audited.log.read_batches(2, 2)) == []
    append(audited.store, 2, 1)
    assert positions(audited.log.read_batches(2, 2)) == [3]


def test_the_rows_of_every_kind_of_fact_are_digested_as_they_were_written(audited: Audited):
    facts = [NewFact(derived("stream", name), 1, example_of(kind)) for name, kind in FACTS.items()]
    for fact in facts:
        audited.store.append_many([Append([fact])])
    found = audited.log.read_batches(0, 10_000)
    expected = [rows_digest(copy_row(fact.stream_id, 1, fact.body, position)) for position, fact in enumerate(facts, 1)]
    assert [batch.rows_digest for batch in found.batches] == expected
    assert [fact.body for fact in found.facts] == [fact.body for fact in facts]
    assert list(found.misnamed) == []
    chain(audited.log.identity(), found.batches)


TAMPERED = {
    "id": "UPDATE stored_events SET originator_id = gen_random_uuid() WHERE notification_id = 2",
    "version": "UPDATE stored_events SET originator_version = 7 WHERE notification_id = 2",
    "topic": "UPDATE stored_events SET topic = 'wallet.opened.v2' WHERE notification_id = 2",
    "no topic": "UPDATE stored_events SET topic = NULL WHERE notification_id = 2",
    "state": "UPDATE stored_events SET state = replace(convert_from(state, 'UTF8'), 'EUR', 'USD')::bytea WHERE notification_id = 2",
    "order": "UPDATE stored_events SET notification_id = 6 - notification_id WHERE notification_id IN (2, 4)",
    "gone": "DELETE FROM stored_events WHERE notification_id = 2",
    "all gone": "DELETE FROM stored_events WHERE notification_id IN (1, 2)",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_the_digest_of_rows_that_were_changed_is_another(postgres: OnPostgres, how: str):
    append(postgres.store, 1, 2)
    append(postgres.store, 2, 2)
    before = [batch.rows_digest for batch in postgres.log.read_batches(0, 9).batches]
    if how == "order":
        postgres.tamper("DROP INDEX stored_events_notification_id_idx")
    postgres.tamper(TAMPERED[how])
    found = postgres.log.read_batches(0, 9)
    after = [batch.rows_digest for batch in found.batches]
    assert after[0] != before[0]
    assert (after[1] == before[1]) is (how != "order")
    assert list(found.misnamed) == ([2] if "topic" in how else [])


def test_facts_that_are_in_no_batch_are_told_with_the_last_one(postgres: OnPostgres):
    append(postgres.store, 1, 2)
    append(postgres.store, 2, 2)
    insert = "INSERT INTO stored_events SELECT gen_random_uuid(), 1, topic, state, {} FROM stored_events WHERE notification_id = 1"
    postgres.tamper(insert.format(-3))
    postgres.tamper(insert.format(9))
    found = postgres.log.read_batches(0, 1)
    assert (positions(found), list(found.strays)) == ([1, 2], [])
    found = postgres.log.read_batches(2, 1)
    assert (positions(found), list(found.strays)) == ([3, 4], [-3, 9])
    assert list(postgres.log.read_batches(4, 1).strays) == [-3, 9]
    assert list(postgres.log.read_batches(0, 100).strays) == [-3, 9]
    assert [fact.position for fact in postgres.log.read(0, 100)] == [1, 2, 3, 4]


def test_a_batch_that_is_committed_and_not_flushed_yet_is_audited_and_hides_behind_no_head(postgres: OnPostgres):
    """So stands a log beside a writer on a slow disk, or one that died between its commit and its flush."""
    story = people()
    until_money_moves = story.until(story.place(FundsDeposited) - 1)  # transfers are assessed in the hour of their commit, which is now
    for told in until_money_moves.appends():
        postgres.store.append_many([Append([NewFact(fact.stream_id, fact.version, fact.body) for fact in told])])
    committed = postgres.log.head()
    postgres.tamper("UPDATE stored_events_flushed SET position = least(position, 1)")
    assert (postgres.log.head(), postgres.log.head_committed()) == (1, committed)
    assert verify(postgres.log).violation is None
    postgres.tamper("UPDATE stored_events_head SET position = position - 1")
    found = verify(postgres.log).violation
    assert found is not None
    assert (found.name, found.position) == ("head-moved-back", committed)


def test_bytes_that_are_no_fact_are_an_unknown_fact_in_their_place(postgres: OnPostgres):
    """No text, no JSON, JSON that is no fact, a fact that nobody knows: the audit has to name them, not to break on them."""
    append(postgres.store, 1, 1)
    states = [b"\xff", b"not JSON", b"7", b'{"fact":"lottery.drawn.v1"}', b'{"fact":"wallet.opened.v1"}']
    postgres.store.insert_events([StoredEvent(UUID(derived(str(n))), 1, "x", state) for n, state in enumerate(states)])
    append(postgres.store, 2, 1)
    found = postgres.log.read_batches(0, 100)
    assert [type(fact.body) is UnknownFact for fact in found.facts] == [False, True, True, True, True, True, False]
    assert list(found.misnamed) == [2, 3, 4, 5, 6]
    assert [batch.upto for batch in found.batches] == [1, 6, 7]
    chain(postgres.log.identity(), found.batches)
    assert positions(postgres.log.read_batches(6, 100)) == [7]
