"""The role `slipstream project`: updates the read models, or rebuilds one."""

from collections.abc import Sequence
from contextlib import closing
from threading import Event

import structlog

from api.cli.operations import Tick
from infra.interpreter import tune_interpreter
from infra.log.dead_letters import DeadLetters
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.log.tail import Tail
from infra.metrics.projecting import ProjectorCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.operator_errors import NoSuchThing
from infra.processes.inherited_sockets import say_ready
from infra.readmodels.held_facts import HeldBack
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.roles.group_feed import group_feed
from infra.roles.shared import Stop, stopping, watching
from infra.servers import Servers
from infra.settings import Settings
from projections.homes import Homes
from projections.partitions import partitions_in
from projections.ports import View
from projections.registry import views_of

ASSIGNED_WAIT_S = 0.5

logger = structlog.get_logger()


def project(servers: Servers) -> None:
    """Update the read models until told to stop: from the log those of the settings, from the topic those that a consumer group assigns."""
    settings = servers.settings
    tune_interpreter(huge_pages=settings.huge_pages)
    views = views_of(pushed_followers_max=settings.pushed_followers_max)
    with (
        servers.database() as dsn,
        servers.read_models() as redis_url,
        watching(dsn, redis_url, views, servers.process_managers(), None, settings) as ready,
        stopping() as stop,
    ):
        figures = ProjectorCollector()
        with serving_metrics(settings, "project", registry_of("project", ready, figures)):
            say_ready()
            if settings.backbone == "kafka":
                with servers.kafka() as kafka_url:
                    from_topic(settings, KafkaAddress.read(kafka_url), dsn, redis_url, views, servers.homes(), figures, stop)
                return
            with closing(Tail(dsn)) as tail, closing(DeadLetters(dsn)) as letters:
                kept = partitions_in(settings.project_partitions)
                projector = Projector(
                    tail, ValkeyModels(redis_url), views, partitions=kept, held=HeldBack(letters, tries_max=settings.view_tries_max)
                )
                figures.tell_of(projector)
                projector.run(stop)


def from_topic(
    settings: Settings,
    address: KafkaAddress,
    dsn: str,
    redis_url: str,
    views: Sequence[View],
    homes: Homes,
    figures: ProjectorCollector,
    stop: Stop,
) -> None:
    """Update the partitions that this process is assigned among all projectors, until told to stop."""
    with group_feed(settings, address, "project", stop) as feed:
        while not stop.is_set():
            if not (partitions := sorted(feed.wait_assigned(ASSIGNED_WAIT_S))):
                continue
            logger.info("partitions are assigned", count=len(partitions))
            reader = KafkaReader(dsn, feed, settings.kafka_topic, homes.name, partitions=partitions)
            with closing(reader), closing(DeadLetters(dsn)) as letters:
                held = HeldBack(letters, tries_max=settings.view_tries_max)
                projector = Projector(reader, ValkeyModels(redis_url), views, partitions=partitions, has_gaps=True, held=held)
                figures.tell_of(projector, reader)
                projector.run(_Either(stop, feed.moved))


class _Either(Event):
    """Is set as soon as one of two events is: the projector stops, or goes on with other partitions."""

    def __init__(self, stop: Event, moved: Event) -> None:
        super().__init__()
        self._stop, self._moved = stop, moved

    def is_set(self) -> bool:
        return self._stop.is_set() or self._moved.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._stop.wait(timeout)
        return self.is_set()


def rebuild(servers: Servers, view: str, tick: Tick) -> None:
    """Build a view anew, then switch.

    Raises:
        NoSuchThing: when there is no such view.

    """
    with servers.projector() as (projector, _):
        try:
            projector.rebuild(view, tick)
        except KeyError as unknown:
            raise NoSuchThing(str(unknown.args[0])) from None
