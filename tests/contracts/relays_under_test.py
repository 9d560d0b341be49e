"""A log with a relay to a topic of its own, and what is in the topic: raw, and as a reader has to see it."""

import asyncio
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.resources import files

import psutil
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from commands.ports import StoreUnavailable
from domain.partitions import PARTITIONS
from infra.log.kafka_address import KafkaAddress
from infra.log.relay import Relay
from infra.log.relay_cursor import Copied, LeadLost, copied_of
from infra.log.tail import Tail
from infra.log.topic_records import TopicRecord, read_record
from infra.processes.process_control import wait_until
from projections.homes import Homes
from projections.registry import VIEWS
from tests.contracts.log_readers_under_test import PostgresLog, Written

HOMES = Homes(VIEWS)
KINDS = [0, 1, 2, 3]

PROGRAM = """
import sys
from infra.log.kafka_address import KafkaAddress
from infra.log.relay import Relay
from infra.roles.shared import stopping
from projections.homes import Homes
from projections.registry import VIEWS
dsn, url, topic, facts = sys.argv[1:]
with stopping() as stop:
    Relay(dsn, KafkaAddress.read(url), Homes(VIEWS), topic=topic, facts_per_flush=int(facts)).run(stop)
"""


class RelayedLog:
    """A log in PostgreSQL and a topic of its own."""

    def __init__(self, database_url: str, kafka_url: str) -> None:
        self.database_url, self.kafka_url = database_url, kafka_url
        self.address = KafkaAddress.read(kafka_url)
        self.log = PostgresLog(database_url, Tail)
        with psycopg.connect(database_url) as connection:
            connection.execute((files("infra.log") / "sql" / "create_tables.sql").read_bytes())
        self.topic = f"facts-{uuid.uuid1().hex}"
        self.written = Written(self.log)

    def relay(self, facts_per_flush: int = 50, homes: Homes = HOMES) -> Relay:
        """Return a relay in this process."""
        return Relay(self.database_url, self.address, homes, topic=self.topic, facts_per_flush=facts_per_flush)

    def catch_up(self, homes: Homes = HOMES) -> None:
        """Have a relay copy all that the log has; where the machine stood still so long that its session ended, it goes on."""

        def is_copied() -> bool:
            try:
                return self.relay(homes=homes).catch_up() >= self.log.reader.head()
            except (StoreUnavailable, LeadLost):
                return False

        assert wait_until(is_copied, 120)

    def relay_process(self, facts_per_flush: int = 50) -> subprocess.Popen[bytes]:
        """Start a relay in a process of its own."""
        words = [self.database_url, self.kafka_url, self.topic, str(facts_per_flush)]
        return subprocess.Popen([sys.executable, "-c", PROGRAM, *words])

    def copied(self) -> Copied | None:
        """Return how far the topic is a copy of the log."""
        with psycopg.connect(self.database_url) as connection:
            return copied_of(connection, self.topic)

    def position(self) -> int:
        """Return the same as a position, 0 before there is one."""
        copied = self.copied()
        return 0 if copied is None else copied.position

    def records(self) -> list[list[TopicRecord]]:
        """Return what each partition holds."""
        return asyncio.run(self._records())

    async def _records(self) -> list[list[TopicRecord]]:
        partitions = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
        found: list[list[TopicRecord]] = [[] for _ in range(PARTITIONS)]
        async with AIOKafkaConsumer(**self.address.options(), enable_auto_commit=False, auto_offset_reset="earliest") as consumer:
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            while any([await consumer.position(each) < ends[each] for each in partitions]):
                for each, records in (await consumer.getmany(timeout_ms=500)).items():
                    found[each.partition] += [read_record(record.value, record.headers) for record in records]
        assert not any(record is None for records in found for record in records)
        return found

    def expected(self, homes: Homes = HOMES) -> list[list[int]]:
        """Return the positions that each partition has to have, as the log says."""
        positions: list[list[int]] = [[] for _ in range(PARTITIONS)]
        with closing(Tail(self.database_url)) as tail:
            after = 0
            while facts := tail.read(after, 10_000):
                for fact in facts:
                    for partition in homes.of(fact):
                        positions[partition].append(fact.position)
                after = facts[-1].position
        return positions

    def pretend(self, copied: int) -> None:
        """Say beside the log that it was copied up to a position, which is not so: as where the topic lost it."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("UPDATE relay_position SET position = %s WHERE topic = %s", [copied, self.topic])

    def rewind(self, to: Copied) -> None:
        """Put the database back to where its log and the note on the copy ended then, as a backup does. The topic is not told."""
        with psycopg.connect(self.database_url) as connection:
            for table, column in (("stored_events", "notification_id"), ("stored_events_batches", "upto")):
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
                connection.execute(f"DELETE FROM {table} WHERE {column} > %s", [to.position])  # noqa: S608  (the names above)
            connection.execute(
                "UPDATE stored_events_head SET (position, committed_at, digest) ="
                " (SELECT upto, committed_at, digest FROM stored_events_batches WHERE upto = %s)",
                [to.position],
            )
            connection.execute("UPDATE stored_events_flushed SET position = %s WHERE position > %s", [to.position, to.position])
            connection.execute("UPDATE relay_position SET position = %s, last_of = %s", [to.position, list(to.last_of)])
        self.log.close()
        self.log = PostgresLog(self.database_url, Tail)
        self.written = Written(self.log)

    def close(self) -> None:
        """Close the log."""
        self.log.close()


def chained(records: Sequence[TopicRecord], epoch: int, since: int = 0) -> tuple[list[int], int]:
    """Return the positions of the facts that a reader has to take from a partition, in order, and how far it has seen the log."""
    facts: list[int] = []
    seen = since
    for record in records:
        if record.epoch == epoch and record.before <= seen < record.position:
            seen = record.position
            if not record.is_watermark:
                facts.append(record.position)
    return facts, seen


def repeats(records: Sequence[TopicRecord]) -> list[int]:
    """Return the positions of facts that stand in a partition more than once."""
    positions = [record.position for record in records if not record.is_watermark]
    return sorted({position for position in positions if positions.count(position) > 1})


def appending(relayed: RelayedLog, kinds: Sequence[int], rounds: int) -> threading.Thread:
    """Append in a thread of its own."""

    def append() -> None:
        for _ in range(rounds):
            relayed.written.append(kinds, 10)

    thread = threading.Thread(target=append)
    thread.start()
    return thread


def assert_copied(relayed: RelayedLog) -> None:
    """Every fact is in each of its homes, in order, and every partition has seen the whole log."""
    copied, head = relayed.copied(), relayed.log.reader.head()
    assert copied.position == head
    for partition, (records, expected) in enumerate(zip(relayed.records(), relayed.expected(), strict=True)):
        facts, seen = chained(records, copied.epoch)
        assert facts == expected, f"partition {partition}"
        assert seen == head, f"partition {partition}"


@contextmanager
def running(relay: Relay) -> Iterator[Relay]:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        yield relay
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive(), "a relay that is told to stop ends"


@contextmanager
def process(relayed: RelayedLog, facts_per_flush: int = 50) -> Iterator[psutil.Process]:
    with relayed.relay_process(facts_per_flush) as started:
        try:
            yield psutil.Process(started.pid)
        finally:
            started.send_signal(signal.SIGCONT)
            started.kill()
