"""A role's membership of a consumer group on the topic."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.log.kafka_address import KafkaAddress
from infra.log.topic_feed import TopicFeed
from infra.roles.shared import Stop
from infra.settings import Settings


@contextmanager
def group_feed(settings: Settings, address: KafkaAddress, role: str, stop: Stop) -> Iterator[TopicFeed]:
    """Give what is read of the topic as a member of the group of all processes of a role.

    It leaves the others in the end, who take its partitions at once; where it is replaced, these wait for the process that has its name.
    """
    feed = TopicFeed(
        address,
        settings.kafka_topic,
        group=f"{settings.kafka_topic}.{role}",
        member=settings.kafka_member,
        session_timeout_s=settings.kafka_session_timeout_s,
    )
    try:
        yield feed
    finally:
        feed.stop(stays=stop.is_replaced)
