"""Migrates a log of the first layout once: adds batches with times and a chain. A log that has them is left alone.

The first layout kept facts and their positions only. Where an append ended is told by the kinds of its facts, and its time is what its
author said, never going back and never later than now. It goes in steps that each commit, so that whoever is interrupted goes on from
there; only the last one locks the head.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
import structlog

from domain.chain import APPEND_FACTS_MAX, GENESIS, SCHEME_MIGRATED, batch_digest, rows_digest
from domain.fact import micros
from infra.eventstore.chained import batch_statements
from infra.eventstore.fact_encoding import numbered_rows, stored_head
from infra.eventstore.statements import Statements

FACTS_PER_STEP = 10_000
BATCH_FACTS_MAX = 1_000
BATCH_US_MAX = 1_000
"""A batch is cut where its appends' times are further apart than this: all of its facts get one time."""

FOLLOWED = frozenset(
    {
        "account.handle_claimed.v1",
        "account.email_claimed.v1",
        "wallet.opened.v1",
        "wallet.funds_deposited.v1",
        "wallet.funds_withdrawn.v1",
        "wallet.stake_reserved.v1",
        "wallet.returns_paid.v1",
        "wallet.stake_refunded.v1",
        "wallet.stake_lost.v1",
    }
)
"""Kinds of facts that were never the last of their append: the fact that caused them comes after them."""

logger = structlog.get_logger()


class Dated(msgspec.Struct):
    """The time that every fact states."""

    at: datetime


_decode_dated = msgspec.json.Decoder(Dated).decode


class StoredRow(NamedTuple):
    """A fact as its table has it."""

    position: int
    stream_id: UUID
    version: int
    topic: str
    state: bytes


class ChainEnd(NamedTuple):
    """Where the log and the chain of its batches end; times in microseconds since 1970."""

    position: int
    log_id: str
    clock_us: int
    upto: int
    committed_us: int
    scheme: int | None
    digest: bytes | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do: all facts are in batches, or the chain was begun by appends, so that what lacks it is damage."""
        return self.position <= self.upto or self.scheme not in (None, SCHEME_MIGRATED)


class MigratedBatch(NamedTuple):
    """A batch put together of facts that had none."""

    rows: list[StoredRow]
    append_sizes: list[int]
    committed_us: int


def migrate(connection: psycopg.Connection[Any], sql: Statements, *, facts_per_step: int = FACTS_PER_STEP) -> int:
    """Assign facts that are in no batch to batches; return how many facts that were. The caller holds the set-up lock."""
    end, before = chain_end(connection, sql), -1
    migrated = 0
    if not end.is_whole:
        logger.info("the log is being migrated to batches", facts=end.position - end.upto)
    while not end.is_whole:
        assert end.upto > before, "every step goes on"
        before = end.upto
        with connection.transaction():
            if end.position - end.upto <= facts_per_step:
                connection.execute(sql.lock_head)
                end = chain_end(connection, sql)
            migrated += _step(connection, sql, end, facts_per_step)
        end = chain_end(connection, sql)
    return migrated


def chain_end(connection: psycopg.Connection[Any], sql: Statements) -> ChainEnd:
    """Return where log and chain end."""
    row = connection.execute(sql.chain_end).fetchone()
    assert row is not None, "the head is one row"
    return ChainEnd(*row)


def _step(connection: psycopg.Connection[Any], sql: Statements, end: ChainEnd, facts_max: int) -> int:
    """Make the batches of the next facts; return how many facts these hold."""
    found = [StoredRow(*row) for row in connection.execute(sql.unchained, (end.upto, facts_max)).fetchall()]
    is_last = bool(found) and found[-1].position >= end.position
    digest, done = end.digest or GENESIS, 0
    statement = sql.write_migrated.as_bytes(None)
    statements = []
    for batch in batched(appends_of(found, is_last=is_last), end.committed_us, end.clock_us):
        upto = batch.rows[-1].position
        digest = batch_digest(
            scheme=SCHEME_MIGRATED,
            log_id=end.log_id,
            before=digest,
            upto=upto,
            committed_us=batch.committed_us,
            append_sizes=batch.append_sizes,
            rows=rows_digest(b"".join(numbered_rows([stored_head(*row[1:])], row.position - 1) for row in batch.rows)),
        )
        statements.append(batch_statements(statement, upto, batch.committed_us, batch.append_sizes, SCHEME_MIGRATED, digest))
        done += len(batch.rows)
    if statements:
        connection.execute(b";".join(statements))
        if is_last:
            connection.execute(sql.head_at_chain_end)
    return done


def appends_of(rows: Sequence[StoredRow], *, is_last: bool) -> Iterator[list[StoredRow]]:
    """Cut rows into appends. What is left in the end is one only where the log ends there, or where it is more than an append can be."""
    append: list[StoredRow] = []
    for row in rows:
        append.append(row)
        if row.topic not in FOLLOWED or len(append) == APPEND_FACTS_MAX:
            yield append
            append = []
    if append and (is_last or len(append) == len(rows)):
        yield append


def batched(appends: Iterable[list[StoredRow]], committed_us: int, now_us: int) -> Iterator[MigratedBatch]:
    """Group appends whose times are close together into batches; times begin at `committed_us`, never decrease, and are not after now."""
    batch, first_us = MigratedBatch([], [], committed_us), committed_us
    for append in appends:
        append_us = min(max(committed_us, *(said_us(row.state) for row in append)), max(now_us, committed_us))
        if batch.rows and (append_us - first_us > BATCH_US_MAX or len(batch.rows) + len(append) > BATCH_FACTS_MAX):
            yield batch
            batch = MigratedBatch([], [], committed_us)
        if not batch.rows:
            first_us = append_us
        committed_us = append_us
        batch = MigratedBatch([*batch.rows, *append], [*batch.append_sizes, len(append)], committed_us)
    if batch.rows:
        yield batch


def said_us(state: bytes) -> int:
    """Return the time that a fact states, in microseconds since 1970; 0 where it states none."""
    try:
        return micros(_decode_dated(state).at)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        return 0
