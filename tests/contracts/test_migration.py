"""A log of the first layout, a real one, gets batches, times and a chain when it is opened; its facts stay as they are."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from commands.log_reader import BatchRow
from commands.ports import Append, NewFact, Read
from domain.chain import GENESIS, SCHEME, SCHEME_MIGRATED, batch_digest
from domain.fact import UnknownFact, micros
from domain.ids import derived
from domain.market.facts import MarketOpened
from domain.wallet.facts import WalletOpened
from infra.clock import Clock
from infra.database import make_ready
from infra.eventstore import migration
from infra.eventstore.migration import FOLLOWED, StoredRow, appends_of, batched, migrate
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.eventstore.statements import Statements
from infra.log.audit_tail import AuditTail
from tests.decisions.given import NOON

OLD_LOG = Path(__file__).parents[1] / "data" / "old_log"
FACTS = len((OLD_LOG / "stored_events.copy").read_text().splitlines())

FIRST_LAYOUT = """
CREATE TABLE stored_events (
    originator_id uuid NOT NULL, originator_version bigint NOT NULL, topic text, state bytea, notification_id bigserial,
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id ASC);
CREATE TYPE stored_event_uuid AS (originator_id uuid, originator_version bigint, topic text, state bytea);
ALTER TABLE stored_events ALTER COLUMN notification_id DROP DEFAULT;
CREATE TABLE stored_events_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), position bigint NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE stored_events_snapshots (
    stream_id uuid NOT NULL, schema text NOT NULL, version bigint NOT NULL, state bytea NOT NULL,
    PRIMARY KEY (stream_id, schema)
);
CREATE TEMPORARY TABLE told (originator_id uuid, originator_version bigint, topic text, state text, notification_id bigint);
"""


@pytest.fixture
def old_log(database_url: str) -> str:
    """The URL of a database that holds the old log, as the old version left it."""
    with psycopg.connect(database_url) as connection:
        connection.execute(FIRST_LAYOUT)
        with connection.cursor().copy("COPY told FROM STDIN") as copy:
            copy.write((OLD_LOG / "stored_events.copy").read_bytes())
        connection.execute(
            "INSERT INTO stored_events "
            "SELECT originator_id, originator_version, topic, convert_to(state, 'UTF8'), notification_id FROM told"
        )
        connection.execute("INSERT INTO stored_events_head (position) SELECT max(notification_id) FROM told")
        wallet = derived("wallet")
        connection.execute("INSERT INTO stored_events_snapshots VALUES (%s, 'wallet:x', 64, 'old')", (wallet,))
    return database_url


def everything(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM stored_events ORDER BY notification_id").fetchall()


@pytest.fixture
def recorder(old_log: str) -> Iterator[GroupCommitRecorder]:
    with datastore_of(old_log) as datastore:
        recorder = GroupCommitRecorder(datastore)
        recorder.create_table()
        yield recorder
        recorder.close()


def batches_of(url: str) -> tuple[str, list[BatchRow]]:
    with closing(AuditTail(url)) as log:
        return log.identity(), list(log.read_batches(0, 1_000_000).batches)


def chain(log_id: str, batches: list[BatchRow]) -> bytes:
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


def test_an_old_log_gets_a_chain_and_keeps_its_facts(old_log: str):
    before = everything(old_log)
    make_ready(old_log)
    assert everything(old_log) == before
    log_id, batches = batches_of(old_log)
    digest = chain(log_id, batches)
    assert UUID(log_id)
    assert batches[-1].upto == FACTS
    assert {batch.scheme for batch in batches} == {SCHEME_MIGRATED}
    with closing(AuditTail(old_log)) as log:
        assert log.mark_at(FACTS) == f"{log_id}:{digest[:8].hex()}"
        assert (log.read_batches(0, 1_000).misnamed, log.read_batches(0, 1_000).strays) == ([], [])


def test_every_old_fact_loads_and_has_the_time_that_its_author_said(old_log: str):
    make_ready(old_log)
    now_us = micros(Clock().now())
    with closing(AuditTail(old_log)) as log:
        facts = log.read(0, 1_000)
    assert [fact.position for fact in facts] == list(range(1, FACTS + 1))
    assert not [fact for fact in facts if isinstance(fact.body, UnknownFact)]
    opened = next(fact.body for fact in facts if isinstance(fact.body, MarketOpened))
    assert opened.gates, "a market of the first version stands below its fixture's gate"
    latest_us = 0
    for fact in facts:
        said_us = micros(fact.body.at)  # type: ignore[attr-defined]  # every fact of the old log says when
        latest_us = max(latest_us, said_us)
        expected_us = min(latest_us, now_us)
        assert expected_us - 5_000_000 <= fact.committed_us <= max(latest_us + migration.BATCH_US_MAX, said_us)
        assert fact.committed_us <= now_us
    times = [fact.committed_us for fact in facts]
    assert times == sorted(times)


def test_appends_end_where_they_did(old_log: str):
    """But for a match's end, whose markets were closed in its append: each of these now stands alone."""
    make_ready(old_log)
    sizes = [size for batch in batches_of(old_log)[1] for size in batch.append_sizes]
    with closing(AuditTail(old_log)) as log:
        facts = log.read(0, 1_000)
    expected, start = [], 0
    for size in json.loads((OLD_LOG / "append_sizes.json").read_text()):
        kinds = [type(fact.body).__name__ for fact in facts[start : start + size]]
        expected += [1] * size if kinds[0] == "MarketClosed" else [size]
        start += size
    assert sizes == expected
    assert len(sizes) > 100


def test_an_old_log_goes_on_as_any_other(recorder: GroupCommitRecorder, old_log: str):
    a, wallet = derived("a"), str(everything(old_log)[0][0])
    opened = Append([NewFact(a, 1, WalletOpened(a, "EUR", NOON))], [Read(wallet, 1)])
    assert recorder.append_many([opened]).verdicts[0].position == FACTS + 1
    log_id, batches = batches_of(old_log)
    chain(log_id, batches)
    assert [batch.scheme for batch in batches[-2:]] == [SCHEME_MIGRATED, SCHEME]
    assert batches[-1].committed_us >= batches[-2].committed_us


def test_a_migrated_log_is_left_alone(old_log: str):
    make_ready(old_log)
    before = batches_of(old_log)
    with datastore_of(old_log) as datastore:
        recorder = GroupCommitRecorder(datastore)
        recorder.create_table()
        recorder.create_table()
        recorder.close()
    assert batches_of(old_log) == before


class Interrupted(Exception):  # noqa: N818  (what happens in this test)
    pass


def test_whoever_is_interrupted_goes_on_from_there(old_log: str, monkeypatch: pytest.MonkeyPatch):
    """Every step is of seven facts and every third one dies; what it had done is gone with it, and done again."""
    sql = Statements("public", "stored_events")
    step, steps = migration._step, iter(range(1_000))

    def dying(*arguments: object) -> int:
        done = step(*arguments)  # type: ignore[arg-type]
        if next(steps) % 3 == 2:
            raise Interrupted
        return done

    monkeypatch.setattr(migration, "_step", dying)
    with psycopg.connect(old_log, autocommit=True) as connection:
        connection.execute(sql.create_head)
        interrupted = 0
        while True:
            try:
                migrate(connection, sql, facts_per_step=7)
                break
            except Interrupted:
                interrupted += 1
    assert interrupted > 10
    log_id, batches = batches_of(old_log)
    chain(log_id, batches)
    assert batches[-1].upto == FACTS
    sizes = [size for batch in batches for size in batch.append_sizes]
    make_ready(old_log)
    assert batches_of(old_log) == (log_id, batches)
    assert sum(sizes) == FACTS


def test_facts_that_lack_a_batch_in_a_log_that_has_a_chain_are_damage_and_stay_so(recorder: GroupCommitRecorder, old_log: str):
    a = derived("a")
    recorder.append_many([Append([NewFact(a, 1, WalletOpened(a, "EUR", NOON))])])
    with psycopg.connect(old_log) as connection:
        connection.execute(
            "INSERT INTO stored_events SELECT gen_random_uuid(), 1, topic, state, %s FROM stored_events WHERE notification_id = 1",
            (FACTS + 2,),
        )
        connection.execute("UPDATE stored_events_head SET position = %s", (FACTS + 2,))
    recorder.create_table()
    with closing(AuditTail(old_log)) as log:
        found = log.read_batches(0, 1_000)
    assert (found.batches[-1].upto, list(found.strays)) == (FACTS + 1, [FACTS + 2])


def row(position: int, topic: str, seconds: float | None = None) -> StoredRow:
    at = "" if seconds is None else f',"at":"{(NOON + timedelta(seconds=seconds)).isoformat()}"'
    return StoredRow(position, UUID(int=position), 1, topic, f'{{"fact":"{topic}"{at}}}'.encode())


def test_an_append_is_cut_after_the_fact_that_it_was_written_for():
    stake, bet = "wallet.stake_reserved.v1", "bet.placed.v1"
    rows = [row(n, topic) for n, topic in enumerate([stake, bet, bet, stake, stake, bet, stake], 1)]
    assert [len(append) for append in appends_of(rows, is_last=True)] == [2, 1, 3, 1]
    assert [len(append) for append in appends_of(rows, is_last=False)] == [2, 1, 3]
    assert [len(append) for append in appends_of(rows[3:5], is_last=False)] == [2], "it must go on"
    assert stake in FOLLOWED


def test_times_never_go_back_nor_beyond_now_and_batches_are_cut_where_they_move():
    noon_us = micros(NOON)
    appends = [[row(n, "x", seconds)] for n, seconds in enumerate([0, 0.0005, 0.5, 0.2, None, 7_200, 9_000], 1)]
    made = list(batched(appends, 0, noon_us + 3_600_000_000))
    assert [(len(batch.rows), batch.committed_us - noon_us) for batch in made] == [(2, 500), (3, 500_000), (2, 3_600_000_000)]
    assert [batch.append_sizes for batch in made] == [[1, 1], [1, 1, 1], [1, 1]]
    assert [batch.committed_us for batch in batched(appends[:1], noon_us + 5, noon_us)] == [noon_us + 5]
