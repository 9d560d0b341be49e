"""Appends a second through `append_many`, the table warm with 5 million rows; held against COPY and the library's recorder.

An append is what a bet is: two facts on two streams, one of them new, with a market as a read. COPY gets the same rows in the same
batches, encoded and numbered beforehand, with the time and the digest of each batch: it checks nothing. The library's recorder gets the
same two events a save.
"""

import gc
import statistics
import time
from collections.abc import Sequence
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from bench.chained_log import ChainedLog
from bench.harness import Figure, at_least
from bench.world import ROWS_WARM, WALLETS, World, batches
from commands.ports import Append
from domain.fact import stored_name
from infra.eventstore.fact_encoding import copy_heads, encode_fact, numbered_rows
from infra.eventstore.recorder import datastore_of

BATCH = 512
APPENDS = 51_200
SAVES_LIBRARY = 1_000
ROUNDS = 7


def measure(dsn: str, *, rounds: int = ROUNDS, rows_warm: int = ROWS_WARM) -> list[Figure]:
    """Measure the three in turn, `rounds` times; return medians in facts a second."""
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    dispatcher.stop()
    world.warm(rows_warm)
    with psycopg.connect(dsn) as connection, datastore_of(dsn) as datastore:
        library = PostgresApplicationRecorder(datastore, events_table_name="library_events")
        library.create_table()
        library_versions = [0] * WALLETS
        append_batches(world, world.appends(APPENDS // 2))
        rates = [
            (
                append_batches(world, world.appends(APPENDS)),
                copy_batches(connection, world.appends(APPENDS)),
                save_pairs(library, world.appends(SAVES_LIBRARY, library_versions)),
            )
            for _ in range(rounds)
        ]
    world.store.close()
    ours, limit, peer = (statistics.median(column) for column in zip(*rates, strict=True))
    return [
        at_least(
            "append",
            2 * ours,
            "facts/s",
            2 * limit,
            "COPY of the same rows with digest and time",
            0.7,
            rows_warm=rows_warm,
            facts_per_append=2,
        ),
        at_least("append.library", 2 * ours, "facts/s", 2 * peer, "the library's recorder, two events a save", 25, rows_warm=rows_warm),
    ]


def append_batches(world: World, appends: Sequence[Append]) -> float:
    """Append in batches; return appends a second."""
    cut = list(batches(appends, BATCH))
    gc.collect()
    started = time.perf_counter()
    for batch in cut:
        verdicts = world.store.append_many(batch).verdicts
        assert all(verdict.accepted for verdict in verdicts), "nothing conflicts here"
    return len(appends) / (time.perf_counter() - started)


def copy_batches(connection: psycopg.Connection, appends: Sequence[Append]) -> float:
    """COPY the same rows, encoded before the clock starts, with the time and the digest of each batch; return appends a second."""
    log = ChainedLog(connection)
    encoded, position = [], log.position
    for batch in batches(appends, BATCH):
        facts = [fact for append in batch for fact in append.facts]
        encoded.append((numbered_rows(copy_heads(facts), position), [len(append.facts) for append in batch]))
        position += len(facts)
    gc.collect()
    started = time.perf_counter()
    for rows, append_sizes in encoded:
        log.copy_in(rows, append_sizes)
    return len(appends) / (time.perf_counter() - started)


def save_pairs(library: PostgresApplicationRecorder, appends: Sequence[Append]) -> float:
    """Save the same events through the library's recorder, an append at a time; return saves a second."""
    saves = [
        [StoredEvent(UUID(fact.stream_id), fact.version, stored_name(type(fact.body)), encode_fact(fact.body)) for fact in append.facts]
        for append in appends
    ]
    started = time.perf_counter()
    for events in saves:
        library.insert_events(events)
    return len(appends) / (time.perf_counter() - started)
