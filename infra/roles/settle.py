"""The role `slipstream settle`: runs the process managers, settlement and abandonment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.log.tail import Tail
from infra.log.topic_feed import TopicFeed
from infra.process_managers import run_process_managers
from infra.process_managers.worker import CASES_PER_CHUNK
from infra.processes.inherited_sockets import say_ready
from infra.roles.shared import stopping
from infra.servers import Servers
from projections.homes import Homes
from projections.registry import views_of


def settle(servers: Servers) -> None:
    """Run the process managers until told to stop; cases are committed in the chunks they are taken in."""
    with (
        servers.dispatcher(CASES_PER_CHUNK) as (dsn, store, dispatcher),
        stopping() as stop,
        servers.telling("settle", dsn, store, dispatcher),
    ):
        say_ready()
        with log_reader(servers) as reader_of:
            run_process_managers(
                dsn,
                dispatcher,
                servers.process_managers(),
                stop,
                clock_skew_s_max=servers.settings.clock_skew_s_max,
                reader_of=reader_of,
            )


@contextmanager
def log_reader(servers: Servers) -> Iterator[Callable[[str], Tail]]:
    """Give what opens a reader of the whole log: from PostgreSQL, or from all partitions of the topic, no member of any group.

    Of several processes the one whose turn it is reads. The others open no connection to Kafka.
    """
    settings = servers.settings
    if settings.backbone == "tail":
        yield Tail
        return
    with servers.kafka() as kafka_url:
        feed = TopicFeed(KafkaAddress.read(kafka_url), settings.kafka_topic)
        homes = Homes(views_of(pushed_followers_max=settings.pushed_followers_max)).name
        try:
            yield lambda dsn: KafkaReader(dsn, feed, settings.kafka_topic, homes)
        finally:
            feed.stop()
