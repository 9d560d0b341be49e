"""The topic that the log is copied to: made where it is not there, refused where it is not as it has to be, and looked at from its end."""

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from domain.partitions import PARTITIONS
from infra.log.kafka_address import KafkaAddress
from infra.log.topic_records import TopicRecord, read_record
from infra.operator_errors import Failure

READ_TIMEOUT_MS = 1_000
QUIET_READS_MAX = 10
REPLICAS = 3


@dataclass(eq=False)
class TopicUnfit(Failure):
    """The topic {topic} has {found} partitions and needs {needed}: delete it, or name another one with SLIPSTREAM_KAFKA_TOPIC."""

    topic: str
    found: int
    needed: int = PARTITIONS


async def make_topic(address: KafkaAddress, topic: str, replicas: int | None, partitions: int = PARTITIONS) -> None:
    """Make the topic unless it is there, with so many replicas; None is three, or one on each broker where these are fewer.

    Raises:
        TopicUnfit: when it has another number of partitions. KafkaError: when the cluster is unavailable, or does not let us.

    """
    admin = AIOKafkaAdminClient(**address.options())
    try:
        await admin.start()
        if topic not in await admin.list_topics():
            brokers = len((await admin.describe_cluster())["brokers"])
            answer = await admin.create_topics([NewTopic(topic, partitions, replicas or min(REPLICAS, brokers))])
            for _, code, *_ in answer.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)(topic)
        (described,) = await admin.describe_topics([topic])
        found = len(described["partitions"])
    finally:
        await admin.close()
    if found not in (0, partitions):  # 0: it was made a moment ago, and not every broker knows
        raise TopicUnfit(topic, found, partitions)


async def has_topic(address: KafkaAddress, topic: str) -> bool:
    """Whether the topic was made yet; raises KafkaError when the cluster is unavailable."""
    admin = AIOKafkaAdminClient(**address.options())
    try:
        await admin.start()
        return topic in await admin.list_topics()
    finally:
        await admin.close()


async def end_of_topic(address: KafkaAddress, topic: str, epoch: int) -> TopicRecord | None:
    """Return the record of an epoch with the highest position among the last ones of all partitions, None where there is none.

    Raises:
        KafkaError: when the cluster is unavailable.

    """
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(**address.options(), enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        waiting = {each for each in partitions if ends[each] > begins[each]}
        for each in partitions:
            consumer.seek(each, max(begins[each], ends[each] - 1))
        found: list[TopicRecord] = []
        quiet = 0
        while waiting and quiet < QUIET_READS_MAX:
            read = await consumer.getmany(*waiting, timeout_ms=READ_TIMEOUT_MS)
            quiet = 0 if read else quiet + 1
            for each, records in read.items():
                waiting.discard(each)
                found += [told for record in records if (told := read_record(record.value, record.headers)) is not None]
    finally:
        await consumer.stop()
    return max((each for each in found if each.epoch == epoch), key=lambda each: each.position, default=None)
