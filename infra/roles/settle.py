"""The role `slipstream settle`: runs the process managers, settlement and abandonment."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.metrics.cases import CaseOutcomes
from infra.process_managers import run_process_managers
from infra.process_managers.group_member import TopicReaders
from infra.process_managers.worker import CASES_PER_CHUNK
from infra.processes.inherited_sockets import say_ready
from infra.roles.group_feed import group_feed
from infra.roles.shared import Stop, stopping
from infra.servers import Servers
from infra.settings import Settings
from projections.homes import Homes


def settle(servers: Servers) -> None:
    """Run the process managers until told to stop; cases are committed in the chunks they are taken in."""
    outcomes = CaseOutcomes()
    with (
        servers.dispatcher(CASES_PER_CHUNK) as (dsn, store, dispatcher),
        stopping() as stop,
        servers.telling("settle", dsn, store, dispatcher, outcomes),
    ):
        say_ready()
        with topic_readers(servers, stop) as feed:
            run_process_managers(
                dsn,
                dispatcher,
                servers.process_managers(),
                stop,
                clock_skew_s_max=servers.settings.clock_skew_s_max,
                feed=feed,
                done=outcomes.note,
            )


@contextmanager
def topic_readers(servers: Servers, stop: Stop) -> Iterator[TopicReaders | None]:
    """Give what reads the topic as a member of the group of all settle processes; None where the log itself is read."""
    settings = servers.settings
    if settings.backbone == "tail":
        yield None
        return
    with servers.kafka() as kafka_url, member_of_group(settings, KafkaAddress.read(kafka_url), servers.homes(), stop) as feed:
        yield feed


@contextmanager
def member_of_group(settings: Settings, address: KafkaAddress, homes: Homes, stop: Stop) -> Iterator[TopicReaders]:
    """Give the same at an address, for facts that have these homes."""
    with group_feed(settings, address, "settle", stop) as feed:
        yield TopicReaders(feed, lambda dsn, partitions: KafkaReader(dsn, feed, settings.kafka_topic, homes.name, partitions=partitions))
