"""The relay: copies the log to a topic of Kafka, each fact to every one of its homes, in log order, and nothing is ever missing.

    log --stretch--> records by partition, a watermark to end each --acks of all replicas--> position beside the log

The position is moved only after everything up to it was acknowledged. So a relay that dies leaves no gap: whoever goes on writes some
records again, right where it stopped. Several may run: one leads, and another takes over when its session with the database ends.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from commands.ports import StoreUnavailable
from domain.partitions import PARTITIONS
from infra.clock import Clock
from infra.log.dead_letter_topic import copy_letters
from infra.log.dead_letters import DeadLetters
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_settings import TOPIC
from infra.log.kafka_topic import end_of_topic, make_topic
from infra.log.relay_cursor import Copied, LeadLost, RelayCursor
from infra.log.topic_records import StoredFact, StoredTail, headers_of, packed, watermark_of
from infra.operator_errors import Failure
from projections.homes import Homes

FACTS_PER_FLUSH_MAX = 8_192
BATCH_BYTES_MAX = 512 * 1024
GATHER_S = 0.02
"""How long facts gather at least from one flush to the next: each flush writes to all partitions, since it ends with a watermark."""

WAIT_MS = 100
BEAT_S = 0.3
LEAD_EVERY_S = 0.25
REQUEST_TIMEOUT_MS = 10_000
SILENCE_S = 3.0
"""How long a flush may take before the relay says that it waits."""

CLOSE_TIMEOUT_S = 2.0
PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 2.0

KEYS = [b"%d" % partition for partition in range(PARTITIONS)]

logger = structlog.get_logger()


class Flush(NamedTuple):
    """What is written at once: batches by partition, and where the copy stands after it."""

    batches: Mapping[int, Sequence[BatchBuilder]]
    after: Copied
    facts: int
    records: int


class Relay:
    """Copies the log of one database to one topic. For one thread."""

    def __init__(
        self,
        dsn: str,
        address: KafkaAddress,
        homes: Homes,
        *,
        topic: str = TOPIC,
        replicas: int | None = None,
        facts_per_flush: int = FACTS_PER_FLUSH_MAX,
    ) -> None:
        """Copy to a topic, made with so many replicas of each partition where it is not there; see `make_topic`."""
        self._dsn = dsn
        self._address = address
        self._homes = homes
        self._topic = topic
        self._replicas = replicas
        self._facts_per_flush = facts_per_flush
        self._clock = Clock()
        self.position = 0
        self.leads = self.waits = False
        self.facts = self.records = 0

    def run(self, stop: threading.Event) -> None:
        """Copy, or wait for the lead, until told to stop. Whatever fails is said and tried again from the position that is kept.

        Raises:
            TopicUnfit: when the topic is not as it has to be.

        """
        asyncio.run(self._run(stop))

    def catch_up(self) -> int:
        """Copy all that the log has now and return the position reached.

        Raises:
            StoreUnavailable, KafkaError: when something is unavailable. LeadLost: when another relay leads.

        """
        asyncio.run(self._lead(threading.Event(), once=True))
        return self.position

    async def _run(self, stop: threading.Event) -> None:
        pause_s = PAUSE_S_MIN
        while not stop.is_set():
            began_s = self._clock.monotonic_s()
            try:
                await self._lead(stop)
            except LeadLost:
                logger.warning("another relay took the lead")
            except StoreUnavailable as error:
                logger.warning("the log is unavailable; the relay waits for it", error=str(error)[:200], pause_s=pause_s)
            except (KafkaError, OSError) as error:
                reason = f"{type(error).__name__}: {error}"[:200]
                logger.warning("Kafka is unavailable; the relay waits for it", error=reason, pause_s=pause_s)
            except Failure:
                raise
            except Exception:
                logger.exception("the relay failed and starts again", position=self.position, pause_s=pause_s)
            pause_s = PAUSE_S_MIN if self._clock.monotonic_s() - began_s > PAUSE_S_MAX else min(2 * pause_s, PAUSE_S_MAX)
            await _wait(stop, pause_s)

    async def _lead(self, stop: threading.Event, *, once: bool = False) -> None:
        """Wait for the lead, then copy until told to stop, or `once` to where the log ends."""
        cursor, tail = await asyncio.to_thread(self._connect), StoredTail(self._dsn)
        try:
            while not await asyncio.to_thread(cursor.take_lead):
                if once:
                    raise LeadLost
                if await _wait(stop, LEAD_EVERY_S):
                    return
            beating = asyncio.create_task(_beat(cursor))
            producer = AIOKafkaProducer(
                **self._address.options(),
                acks="all",
                enable_idempotence=True,
                compression_type="lz4",
                max_batch_size=BATCH_BYTES_MAX,
                max_request_size=64 * BATCH_BYTES_MAX,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            copying = asyncio.create_task(self._copy(cursor, tail, producer, stop, once=once))
            letters = asyncio.create_task(copy_letters(DeadLetters(self._dsn), self._address, self._topic, self._replicas))
            given_up = asyncio.create_task(_long_stopped(stop))
            try:
                done, _ = await asyncio.wait({beating, copying, letters, given_up}, return_when=asyncio.FIRST_COMPLETED)
                for ended in done:
                    await ended
            finally:
                self.leads = self.waits = False
                await _cancelled(copying, beating, letters, given_up)
                await _closed(producer)
        finally:
            cursor.close()
            tail.close()

    def _connect(self) -> RelayCursor:
        return RelayCursor(self._dsn, self._topic)

    async def _copy(self, cursor: RelayCursor, tail: StoredTail, producer: AIOKafkaProducer, stop: threading.Event, *, once: bool) -> None:
        await make_topic(self._address, self._topic, self._replicas)
        copied = await self._where_to_go_on(cursor, tail)
        await producer.start()
        self.leads, self.position = True, copied.position
        logger.info("the relay copies the log", topic=self._topic, position=copied.position)
        head = await asyncio.to_thread(tail.head)
        prepared = await asyncio.to_thread(self._prepare, tail, producer, copied)
        while not stop.is_set():
            began_s = self._clock.monotonic_s()
            if prepared is None:
                if once and self.position >= head:
                    return
                await asyncio.to_thread(tail.wait, WAIT_MS)
                prepared = await asyncio.to_thread(self._prepare, tail, producer, copied)
                continue
            flush, following = prepared, prepared.facts == self._facts_per_flush
            sending = asyncio.create_task(_sent(producer, self._topic, flush.batches))
            try:
                prepared = await asyncio.to_thread(self._prepare, tail, producer, flush.after) if following else None
                await self._acknowledged(sending)
            finally:
                await _cancelled(sending)
            await asyncio.to_thread(cursor.advance, copied, flush.after)
            copied, self.position = flush.after, flush.after.position
            self.facts, self.records = self.facts + flush.facts, self.records + flush.records
            if not following:
                await _wait(stop, GATHER_S - (self._clock.monotonic_s() - began_s))
                prepared = await asyncio.to_thread(self._prepare, tail, producer, copied)

    async def _acknowledged(self, sending: asyncio.Task[None]) -> None:
        """Wait until a flush is acknowledged, however long; say so where it takes long, as where a quorum is lost."""
        await asyncio.wait({sending}, timeout=SILENCE_S)
        self.waits = not sending.done()
        if self.waits:
            logger.warning("Kafka acknowledges nothing; the relay waits for it", topic=self._topic, position=self.position)
        await sending
        if self.waits:
            logger.info("Kafka acknowledges again", topic=self._topic)
        self.waits = False

    async def _where_to_go_on(self, cursor: RelayCursor, tail: StoredTail) -> Copied:
        """Return where the copy stands; begin it anew where the topic, or the homes of facts, are not those of before."""
        copied = await asyncio.to_thread(cursor.load)
        if copied is None:
            return await asyncio.to_thread(cursor.begin, 0, self._homes.name)
        last = await end_of_topic(self._address, self._topic, copied.epoch)
        if last is not None:
            there = await asyncio.to_thread(tail.read_stored, last.position - 1, 1)
            if not there or there[0].recorded.committed_us != last.committed_us:
                logger.error("the topic is ahead of the log, which was restored; its copy begins anew", since=copied.position)
                return await asyncio.to_thread(cursor.begin, copied.position, self._homes.name)
        if copied.homes != self._homes.name:
            logger.info("views are others than those that facts were copied for; the copy begins anew", since=copied.position)
            return await asyncio.to_thread(cursor.begin, copied.position, self._homes.name)
        return copied

    def _prepare(self, tail: StoredTail, producer: AIOKafkaProducer, copied: Copied) -> Flush | None:
        """Return the records of the next stretch, None where there is none yet."""
        facts = tail.read_stored(copied.position, self._facts_per_flush)
        return self._records_of(facts, producer, copied) if facts else None

    def _records_of(self, facts: Sequence[StoredFact], producer: AIOKafkaProducer, copied: Copied) -> Flush:
        last_of, epoch, homes = list(copied.last_of), packed(copied.epoch), self._homes.of
        batches: dict[int, list[BatchBuilder]] = {partition: [producer.create_batch()] for partition in range(PARTITIONS)}
        records = 0
        for fact in facts:
            recorded, state = fact.recorded, fact.state
            position, at_ms = recorded.position, recorded.committed_us // 1_000
            for partition in homes(recorded):
                _append(producer, batches[partition], at_ms, KEYS[partition], state, headers_of(fact, packed(last_of[partition]), epoch))
                last_of[partition] = position
                records += 1
        last = facts[-1].recorded
        for partition, of_partition in batches.items():
            headers = watermark_of(last.position, last.committed_us, last_of[partition], epoch)
            _append(producer, of_partition, last.committed_us // 1_000, KEYS[partition], None, headers)
        return Flush(batches, copied._replace(position=last.position, last_of=last_of), len(facts), records)


def _append(producer: AIOKafkaProducer, batches: list[BatchBuilder], at_ms: int, key: bytes, value: bytes | None, headers: Any) -> None:
    """Append a record to the last batch of a partition, or to another one where that is full."""
    if batches[-1].append(timestamp=at_ms, key=key, value=value, headers=headers) is None:
        batches.append(producer.create_batch())
        batches[-1].append(timestamp=at_ms, key=key, value=value, headers=headers)


async def _sent(producer: AIOKafkaProducer, topic: str, batches: Mapping[int, Sequence[BatchBuilder]]) -> None:
    """Send batches and wait until all are acknowledged; those of a partition one after another."""

    async def of_partition(partition: int, waiting: Sequence[BatchBuilder]) -> None:
        for batch in waiting:
            await (await producer.send_batch(batch, topic, partition=partition))

    await asyncio.gather(*(of_partition(partition, waiting) for partition, waiting in batches.items()))


async def _beat(cursor: RelayCursor) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        await asyncio.to_thread(cursor.beat)


async def _long_stopped(stop: threading.Event) -> None:
    """Return some seconds after it was told to stop: what is not acknowledged by then may never be, as where a quorum is lost."""
    while not await _wait(stop, LEAD_EVERY_S):
        pass
    await asyncio.sleep(CLOSE_TIMEOUT_S)


async def _wait(stop: threading.Event, timeout_s: float) -> bool:
    """Wait, and return whether it is to stop."""
    return await asyncio.to_thread(stop.wait, max(0.0, timeout_s))


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _closed(producer: AIOKafkaProducer) -> None:
    """Close a producer; what it still holds is written again by whoever goes on, so nobody waits for it long."""
    try:
        with suppress(KafkaError, OSError):
            await asyncio.wait_for(producer.stop(), CLOSE_TIMEOUT_S)
    except TimeoutError:
        with suppress(KafkaError, OSError, asyncio.CancelledError):
            await producer._sender.close()  # noqa: SLF001  (it has no other way to be closed without a broker)
        await producer.client.close()
