"""Facts a second from a log to a real Kafka broker, and from its topic into every view, on one machine with the broker.

The relay is held against a bare loop that sends as many records of that size to as many partitions in batches, and does nothing else; the
projector that reads the topic against the one that tails the log. Copies are counted apart: each home of a fact gets one.
"""

import asyncio
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg
from aiokafka import AIOKafkaProducer

from bench.harness import Figure, at_least
from bench.project import Story, catch_up
from bench.world import World
from commands.registry import process_managers
from domain.partitions import PARTITIONS
from infra.database import make_ready
from infra.embedded.kafka import EmbeddedKafka, why_no_broker
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.log.kafka_settings import TOPIC
from infra.log.kafka_topic import make_topic
from infra.log.relay import BATCH_BYTES_MAX, FACTS_PER_FLUSH_MAX, Relay
from infra.log.relay_cursor import copied_of
from infra.log.topic_feed import TopicFeed
from infra.log.topic_records import StoredTail, headers_of, packed
from infra.operator_errors import NoSuchThing
from projections.homes import Homes
from projections.registry import VIEWS

FACTS = 200_000
BARE_TOPIC = "bare"
TARGET_PER_S = 100_000


def measure(dsn: str, redis_url: str, *, facts: int = FACTS) -> list[Figure]:
    """Return the figures; the database of `redis_url` is emptied.

    Raises:
        NoSuchThing: where no broker can be started.

    """
    if why := why_no_broker():
        raise NoSuchThing(f"no Kafka broker to measure with: {why}")
    make_ready(dsn)
    write(dsn, facts)
    homes = Homes(VIEWS, process_managers())
    with tempfile.TemporaryDirectory(prefix="slipstream-bench-") as name, EmbeddedKafka(Path(name) / "kafka") as broker:
        address = KafkaAddress.read(broker.start())
        relay = Relay(dsn, address, homes)
        started = time.perf_counter()
        copied = relay.catch_up()
        relay_s = time.perf_counter() - started
        bare_per_s = asyncio.run(bare(dsn, address, relay.records))
        tailed_per_s, _ = catch_up(dsn, redis_url)
        feed = TopicFeed(address, TOPIC)
        try:
            with closing(KafkaReader(dsn, feed, TOPIC, homes.name)) as reader:
                projected_per_s, _ = catch_up(dsn, redis_url, reader)
                from_topic = reader.from_topic / max(1, reader.from_topic + reader.from_log)
        finally:
            feed.stop()
    copies = round(relay.records / relay.facts, 2)
    records_per_s = relay.records / relay_s
    return [
        at_least("relay", copied / relay_s, "facts/s", TARGET_PER_S, "the target", 1.0, copies_per_fact=copies),
        at_least("relay.records", records_per_s, "records/s", bare_per_s, "a bare batch loop of records of that size", 0.5),
        at_least("relay.project", projected_per_s, "facts/s", tailed_per_s, "a tail of the log", 0.5, from_topic=round(from_topic, 3)),
    ]


def write(dsn: str, facts: int) -> None:
    """Fill the log with a busy book."""
    world = World(dsn)
    world.open_accounts()
    Story(world).write(dsn, facts)
    world.store.close()


async def bare(dsn: str, address: KafkaAddress, records: int) -> float:
    """Return how many records a second a loop sends that has them all in memory: those of the log's end, again and again."""
    with closing(StoredTail(dsn)) as tail, psycopg.connect(dsn) as connection:
        copied = copied_of(connection, TOPIC)
        assert copied is not None, "it was copied"
        stored = tail.read_stored(max(0, copied.position - FACTS_PER_FLUSH_MAX), FACTS_PER_FLUSH_MAX)
    made = [(fact.state, headers_of(fact, packed(copied.position), packed(copied.epoch))) for fact in stored]
    await make_topic(address, BARE_TOPIC, None)
    producer = AIOKafkaProducer(
        **address.options(), acks="all", enable_idempotence=True, compression_type="lz4", max_batch_size=BATCH_BYTES_MAX
    )
    await producer.start()
    started, sent = time.perf_counter(), 0
    while sent < records:
        waiting = []
        for partition in range(PARTITIONS):
            batch = producer.create_batch()
            for value, headers in made[partition::PARTITIONS]:
                batch.append(timestamp=0, key=b"0", value=value, headers=headers)
            sent += batch.record_count()
            waiting.append(await producer.send_batch(batch, BARE_TOPIC, partition=partition))
        await asyncio.gather(*waiting)
    took_s = time.perf_counter() - started
    await producer.stop()
    return sent / took_s
