"""What partitions of the topic hold, as they come: a thread that consumes them, alone or as a member of a consumer group.

It reads ahead of whoever takes, up to a bound of records. Partitions come as the brokers send them, some far ahead of others; beyond the
bound those alone are read on that hold up who waits, until something can be taken.
"""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError

from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.log.arrived_records import RECORDS_MAX, ArrivedRecords
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_settings import SESSION_TIMEOUT_S
from infra.log.kafka_topic import has_topic
from infra.log.topic_records import decode_records

POLL_MS = 50
FETCH_WAIT_MS = 50
"""How long a broker may keep a fetch open where nothing is new. Whoever begins elsewhere waits for that fetch first."""

FULL_PAUSE_S = 0.01
TOPIC_PAUSE_S = 0.2
PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 2.0
HEARTBEAT_MS = 300
"""How soon a member learns of a rebalance."""

ENDS_TIMEOUT_S = 5.0
MAX_POLL_INTERVAL_MS = 300_000
FETCH_BYTES_MAX, PARTITION_BYTES_MAX = 16 * 1024 * 1024, 1024 * 1024

ALL = frozenset(range(PARTITIONS))

logger = structlog.get_logger()


class TopicFeed:
    """Consumes partitions of the topic in a thread of its own, from where it is told to begin. One thread may take what has come.

    Without a group it has all partitions. As a member of a group it has those that are assigned to it; `moved` is set when these change.
    """

    def __init__(
        self,
        address: KafkaAddress,
        topic: str,
        *,
        group: str | None = None,
        member: str | None = None,
        session_timeout_s: float = SESSION_TIMEOUT_S,
        records_max: int = RECORDS_MAX,
        fetch_bytes_max: int = FETCH_BYTES_MAX,
    ) -> None:
        """Consume a topic; `member` names this process in the group for ever: its partitions wait `session_timeout_s` while it restarts.

        So many records are kept at most where there is something to take, and an answer of a broker has so many bytes, or one batch.
        """
        self._address = address
        self._topic = topic
        self._group = group
        self._member = member
        self._session_timeout_ms = int(session_timeout_s * 1_000)
        self._news = threading.Condition()
        self._stopping = threading.Event()
        self._leaves = True
        self._thread: threading.Thread | None = None
        self._asked: tuple[int, int] | None = None
        self._arrived = ArrivedRecords(records_max)
        self._fetch_bytes_max = fetch_bytes_max
        self._doubted: int | None = None
        self._lacks: bool | None = None
        self._has_begun = False
        self.moved = threading.Event()
        self.assigned: frozenset[int] = ALL if group is None else frozenset()
        self.is_lost = True
        self.reading = 0
        self.rebalances = 0

    def start(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kafka", daemon=True)
            self._thread.start()

    def stop(self, *, stays: bool = False) -> None:
        """Leave the group and end the thread. A named member that `stays` does not leave: its partitions wait for who follows it."""
        self._leaves = not stays
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def wait_assigned(self, timeout_s: float) -> frozenset[int]:
        """Return the partitions that this member has, none where it has none within the time; from now on `moved` tells of changes."""
        self.start()
        with self._news:
            self._news.wait_for(lambda: self.assigned or self._stopping.is_set(), timeout_s)
            self.moved.clear()
            return self.assigned

    def begin_at(self, position: int, at_ms: int, epoch: int, partitions: frozenset[int]) -> int | None:
        """Read these partitions on from a position, which was committed at a time, in one copy of the log; drop what was read before.

        Return a number for `take`, which is of this reading alone; None, and nothing is read, where other partitions are assigned.
        """
        with self._news:
            if partitions != self.assigned:
                return None
            self._arrived.begin_at(position, epoch, self.assigned)
            self._asked = position, at_ms
            self.is_lost = self._has_begun = False
            reading = self.reading = self.reading + 1
        self.start()
        return reading

    def seen(self) -> int:
        """Return up to where all partitions were seen."""
        with self._news:
            return self._arrived.seen()

    def seen_of(self) -> Mapping[int, int]:
        """Return up to where each partition was seen."""
        with self._news:
            return self._arrived.seen_of()

    def wait_begun(self, timeout_s: float) -> bool:
        """Wait until records come from where it was told to begin; return whether they do. It ends early where partitions move, too."""
        with self._news:
            self._news.wait_for(lambda: self._has_begun or self.is_lost, timeout_s)
            return self._has_begun and not self.is_lost

    def wait_seen(self, position: int, timeout_s: float) -> bool:
        """Wait until all partitions were seen up to a position; return whether they were.

        It ends early where partitions move, too, and where so much has come that something has to be taken first.
        """
        arrived = self._arrived
        with self._news:
            self._news.wait_for(lambda: arrived.seen() >= position or self.is_lost or arrived.are_many, timeout_s)
            return arrived.seen() >= position and not self.is_lost

    def lacks(self, position: int, timeout_s: float) -> bool:
        """Whether a partition of the topic ends, or has a hole, before a position that the copy has; also where nobody says so in time."""
        with self._news:
            self._doubted, self._lacks = position, None
            self._news.wait_for(lambda: self._lacks is not None or self.is_lost, timeout_s)
            self._doubted = None
            return self._lacks is not False

    def take(self, reading: int, after: int, limit: int) -> tuple[Sequence[Recorded[Any]], int]:
        """Return the facts that came after a position, each once and in order, and where these end: at most `limit` positions further.

        Nothing is passed over where `reading` is over: the partitions moved, or somebody began elsewhere.
        """
        with self._news:
            if reading != self.reading:
                return (), after
            records, upto = self._arrived.take(after, limit)
        return decode_records(records), upto

    def _run(self) -> None:
        asyncio.run(self._consume_for_ever())

    async def _consume_for_ever(self) -> None:
        pause_s = PAUSE_S_MIN
        while not self._stopping.is_set():
            try:
                await self._consume()
                pause_s = PAUSE_S_MIN
            except (KafkaError, OSError) as error:
                logger.warning("the topic cannot be read; trying again", error=f"{type(error).__name__}: {error}"[:200], pause_s=pause_s)
            except Exception:
                logger.exception("reading the topic failed and starts again", pause_s=pause_s)
            self._lose(ALL if self._group is None else frozenset())
            await asyncio.to_thread(self._stopping.wait, pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)

    async def _consume(self) -> None:
        while not await has_topic(self._address, self._topic):  # the relay makes it; who subscribes before is told of it minutes later
            if await asyncio.to_thread(self._stopping.wait, TOPIC_PAUSE_S):
                return
        consumer = AIOKafkaConsumer(
            **self._address.options(),
            group_id=self._group,
            group_instance_id=self._member if self._group else None,
            partition_assignment_strategy=(StickyPartitionAssignor,),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=self._session_timeout_ms,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_max_bytes=self._fetch_bytes_max,
            max_partition_fetch_bytes=PARTITION_BYTES_MAX,
        )
        try:
            if self._group is None:
                consumer.assign([TopicPartition(self._topic, number) for number in ALL])
            else:
                consumer.subscribe([self._topic], listener=_Assignments(self))
            await consumer.start()
            while not self._stopping.is_set():
                await self._go_where_asked(consumer)
                await self._look_where_it_is_doubted(consumer)
                with self._news:
                    asked = [TopicPartition(self._topic, number) for number in self._arrived.to_fetch()]
                if not asked:
                    await self._pass_time(consumer)
                    continue
                for partition, records in (await consumer.getmany(*asked, timeout_ms=POLL_MS)).items():
                    self._take(partition.partition, records)
        finally:
            if self._stopping.is_set() and self._leaves and self._member is not None and self._group is not None:
                consumer._coordinator._group_instance_id = None  # noqa: SLF001  (it has no other way to have a named member leave)
            await consumer.stop()

    async def _look_where_it_is_doubted(self, consumer: AIOKafkaConsumer) -> None:
        """Answer who doubts that more will come: ask the brokers where those partitions end that were not seen so far."""
        with self._news:
            doubted = self._doubted
            if doubted is None or self._lacks is not None:
                return
            behind = self._arrived.behind(doubted)
            has_hole = any(self._arrived.has_hole(number) for number in behind)
        partitions = [each for each in consumer.assignment() if each.partition in behind]
        try:
            async with asyncio.timeout(ENDS_TIMEOUT_S):
                ends = await consumer.end_offsets(partitions)
                lacks = has_hole or any([await consumer.position(each) >= ends[each] for each in partitions])
        except (KafkaError, TimeoutError):
            lacks = True
        with self._news:
            if self._doubted == doubted:
                self._lacks = lacks
            self._news.notify_all()

    async def _pass_time(self, consumer: AIOKafkaConsumer) -> None:
        """Wait until somebody takes something, or says where to begin; a member that asks for nothing would lose its partitions."""
        if self.is_lost:
            consumer.pause(*consumer.assignment())
            await consumer.getmany(timeout_ms=0)
        await asyncio.sleep(FULL_PAUSE_S)

    async def _go_where_asked(self, consumer: AIOKafkaConsumer) -> None:
        with self._news:
            asked, self._asked = self._asked, None
            partitions = [TopicPartition(self._topic, number) for number in self._arrived.seen_of()]
        if asked is None:
            return
        position, at_ms = asked
        partitions = [each for each in partitions if each in consumer.assignment()]
        ends = await consumer.end_offsets(partitions)
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, at_ms)) if position else {}
        begins = {} if position else await consumer.beginning_offsets(partitions)
        for each in partitions:
            at = found.get(each)
            consumer.seek(each, begins[each] if not position else at.offset if at is not None else ends[each])
        consumer.resume(*partitions)
        with self._news:
            self._has_begun = self._asked is None
            self._news.notify_all()

    def _take(self, number: int, records: Iterable[Any]) -> None:
        with self._news:
            if self._asked is None:
                self._arrived.add(number, records)
                self._news.notify_all()

    def _lose(self, assigned: frozenset[int]) -> None:
        """Have whoever reads begin anew, with these partitions."""
        with self._news:
            if self._group is not None and assigned != self.assigned:
                self.moved.set()
            self.assigned, self.is_lost = assigned, True
            self.reading += 1
            self._arrived.forget()
            self._news.notify_all()


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]  # it says nothing of its types
    """Tells the feed which partitions are its own."""

    def __init__(self, feed: TopicFeed) -> None:
        self._feed = feed

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Give all up: they are assigned anew."""
        if list(revoked):
            self._feed._lose(frozenset())  # noqa: SLF001  (a part of it)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take what is assigned."""
        self._feed.rebalances += 1
        self._feed._lose(frozenset(each.partition for each in assigned))  # noqa: SLF001  (a part of it)
