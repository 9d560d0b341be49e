"""The servers that everything stands on: the operator's where they are given by URL, else our own, started or joined."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import psycopg
import structlog
from prometheus_client.registry import Collector

from commands.dispatch.dispatcher import Dispatcher
from commands.log_reader import LogReader
from commands.process_manager import ProcessManager
from commands.registry import process_managers
from infra.database import make_ready, recorder_of, seal_key_of
from infra.embedded.kafka import EmbeddedKafka
from infra.embedded.kafka_cluster import EmbeddedKafkaCluster
from infra.embedded.mailbox import FileMailbox
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.postgres_pair import PostgresPair, StandbyElsewhere, StandbyState
from infra.embedded.server import EmbeddedServer
from infra.embedded.smtp import EmbeddedMailServer
from infra.embedded.valkey import EmbeddedValkey
from infra.eventstore.recorder import GroupCommitRecorder
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail
from infra.metrics.dispatching import DispatcherCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.readmodels.projector import Projector
from infra.readmodels.server_check import refuse_if_it_evicts
from infra.readmodels.valkey import ValkeyModels
from infra.replica.readers import ReplicaAuditTail, ReplicaTail
from infra.replica.replica_check import refuse_unfit_replica
from infra.roles.shared import dispatching, watching
from infra.settings import Settings
from projections.homes import Homes
from projections.partitions import partitions_in
from projections.registry import views_of

logger = structlog.get_logger()


class Servers:
    """Opens what an operation needs of the database and of the views' server, and closes it with the operation."""

    def __init__(self, settings: Settings, *, with_standby: bool = False) -> None:
        self.settings = settings
        self._postgres = PostgresPair if with_standby else EmbeddedPostgres
        self.started: list[EmbeddedServer | EmbeddedKafkaCluster] = []

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the roles' URL of a database that is ready: the operator's, else the embedded server's, started where nobody runs it yet.

        Raises:
            StandbyElsewhere: when a standby is asked for beside the operator's.

        """
        settings = self.settings
        if settings.database_url:
            if self._postgres is PostgresPair:
                raise StandbyElsewhere
            make_ready(settings.database_url, settings.owner_database_url)
            yield settings.database_url
        else:
            with self._postgres(settings.data_dir / "postgres", port=settings.postgres_port) as server:
                self.started.append(server)
                url = server.role_url()
                make_ready(url, server.start())
                yield url

    def standby(self) -> StandbyState | None:
        """Return how the standby of the embedded PostgreSQL stands, None where there is none."""
        return next((server.standby for server in self.started if isinstance(server, PostgresPair)), None)

    def process_managers(self) -> tuple[ProcessManager, ...]:
        """Return the process managers, with the numbers of the settings."""
        return process_managers(self.settings.never_played_after_hours)

    def homes(self) -> Homes:
        """Return what finds the homes of facts in the topic, for every view and process manager; with other settings they may be others."""
        return Homes(views_of(pushed_followers_max=self.settings.pushed_followers_max), self.process_managers())

    def recorder(self, dsn: str) -> AbstractContextManager[GroupCommitRecorder]:
        """Give the event store of a database that is ready."""
        return recorder_of(dsn, seal_key_of(self.settings.token_key()))

    @contextmanager
    def read_models(self) -> Iterator[str]:
        """Give the URL of Valkey, likewise."""
        settings = self.settings
        if settings.redis_url:
            refuse_if_it_evicts(settings.redis_url)
            yield settings.redis_url
        else:
            with EmbeddedValkey(settings.data_dir / "valkey", port=settings.valkey_port) as server:
                self.started.append(server)
                yield server.start()

    @contextmanager
    def kafka(self) -> Iterator[str]:
        """Give the URL of the Kafka cluster, likewise."""
        settings = self.settings
        if settings.kafka_url:
            yield settings.kafka_url
        elif settings.kafka_brokers > 1:
            with EmbeddedKafkaCluster(settings.data_dir / "kafka-cluster", settings.kafka_brokers) as cluster:
                self.started.append(cluster)
                yield cluster.start()
        else:
            with EmbeddedKafka(settings.data_dir / "kafka", port=settings.kafka_port) as server:
                self.started.append(server)
                yield server.start()

    @contextmanager
    def mail(self) -> Iterator[dict[str, str]]:
        """Give what tells the roles where mail goes: the operator's server, else our own, which is started and keeps every mail."""
        settings = self.settings
        if settings.mail_url:
            yield {}
            return
        with EmbeddedMailServer(FileMailbox(settings.data_dir / "mail"), port=settings.mail_port) as url:
            yield {"SLIPSTREAM_MAIL_URL": url, "SLIPSTREAM_MAIL_STARTTLS": "never", "SLIPSTREAM_MAIL_PAGE": "1"}

    @contextmanager
    def dispatcher(self, batch_at_least: int = 1) -> Iterator[tuple[str, GroupCommitRecorder, Dispatcher]]:
        """Give a dispatcher that commits so many commands at once at least, the URL of its database and the event store."""
        commands = max(self.settings.commands_per_batch_max, batch_at_least)
        settings = self.settings.model_copy(update={"commands_per_batch_max": commands})
        with self.database() as dsn, self.recorder(dsn) as store, dispatching(store, settings) as dispatcher:
            yield dsn, store, dispatcher

    @contextmanager
    def telling(self, role: str, dsn: str, store: GroupCommitRecorder, dispatcher: Dispatcher, *more: Collector) -> Iterator[None]:
        """Serve the figures of a role that writes and reads no views, and what it has `more`."""
        settings, collector = self.settings, DispatcherCollector(dispatcher, lambda: store.snapshots_dropped)
        with (
            watching(dsn, None, (), self.process_managers(), dispatcher, settings) as ready,
            serving_metrics(settings, role, registry_of(role, ready, collector, *more)),
        ):
            yield

    @contextmanager
    def projector(self) -> Iterator[tuple[Projector, str]]:
        """Give a projector of the partitions that this machine keeps, and the URL of the database."""
        with self.database() as dsn, closing(Tail(dsn)) as tail, self.projector_of(tail) as projector:
            yield projector, dsn

    @contextmanager
    def projector_of(self, log: LogReader) -> Iterator[Projector]:
        """Give a projector of these partitions that reads a log."""
        with self.read_models() as redis_url:
            views = views_of(pushed_followers_max=self.settings.pushed_followers_max)
            yield Projector(log, ValkeyModels(redis_url), views, partitions=partitions_in(self.settings.project_partitions))

    @contextmanager
    def audited_log(self) -> Iterator[tuple[str, Tail, AuditTail]]:
        """Give what an audit reads: the URL of the database, and readers of its log. All are of the replica where one is set and answers.

        Raises:
            ReplicaOfAnotherLog, ReplicaNotReadable: when it cannot be read from.

        """
        with self.database() as dsn, closing(Tail(dsn)) as tail:
            url = self._replica_of(tail)
            if url is None:
                with closing(AuditTail(dsn)) as reader:
                    yield dsn, tail, reader
            else:
                with closing(ReplicaTail(url, primary_dsn=dsn)) as replica, closing(ReplicaAuditTail(url, primary_dsn=dsn)) as reader:
                    yield url, replica, reader

    def _replica_of(self, log: Tail) -> str | None:
        """Return the URL of the replica of a log; None where none is set, or it is away."""
        url = self.settings.read_database_url
        if url is None:
            return None
        try:
            refuse_unfit_replica(url, log.identity())
        except psycopg.OperationalError as error:
            logger.warning("the read replica is away, so the database itself is audited", error=str(error).strip()[:200])
            return None
        return url
