"""The servers that everything stands on: the operator's where they are given by URL, else our own, started or joined."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import structlog

from commands.dispatch.dispatcher import Dispatcher
from commands.process_manager import ProcessManager
from commands.registry import process_managers
from infra.database import make_ready, recorder_of, seal_key_of
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.server import EmbeddedServer
from infra.embedded.valkey import EmbeddedValkey
from infra.eventstore.recorder import GroupCommitRecorder
from infra.log.tail import Tail
from infra.metrics.dispatching import DispatcherCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.readmodels.projector import Projector
from infra.readmodels.server_check import refuse_if_it_evicts
from infra.readmodels.valkey import ValkeyModels
from infra.roles import api
from infra.settings import Settings
from projections.partitions import partitions_in
from projections.registry import VIEWS

logger = structlog.get_logger()


class WithServers:
    """Opens what an operation needs of the database and of the views' server, and closes it with the operation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._servers: list[EmbeddedServer] = []

    @contextmanager
    def _database(self) -> Iterator[str]:
        """Give the roles' URL of a database that is ready: the operator's, else the embedded server's, started where nobody runs it yet."""
        settings = self._settings
        if settings.database_url:
            make_ready(settings.database_url, settings.owner_database_url)
            yield settings.database_url
        else:
            with EmbeddedPostgres(settings.data_dir / "postgres", port=settings.postgres_port) as server:
                self._servers.append(server)
                url = server.role_url()
                make_ready(url, server.start())
                yield url

    def _process_managers(self) -> tuple[ProcessManager, ...]:
        return process_managers(self._settings.never_played_after_hours)

    def _recorder(self, dsn: str) -> AbstractContextManager[GroupCommitRecorder]:
        """Give the event store of a database that is ready."""
        return recorder_of(dsn, seal_key_of(self._settings.token_key()))

    @contextmanager
    def _read_models(self) -> Iterator[str]:
        """Give the URL of Valkey, likewise."""
        settings = self._settings
        if settings.redis_url:
            refuse_if_it_evicts(settings.redis_url)
            yield settings.redis_url
        else:
            with EmbeddedValkey(settings.data_dir / "valkey", port=settings.valkey_port) as server:
                self._servers.append(server)
                yield server.start()

    @contextmanager
    def _dispatcher(self, batch_at_least: int = 1) -> Iterator[tuple[str, GroupCommitRecorder, Dispatcher]]:
        commands = max(self._settings.commands_per_batch_max, batch_at_least)
        settings = self._settings.model_copy(update={"commands_per_batch_max": commands})
        with self._database() as dsn, self._recorder(dsn) as store, api.dispatching(store, settings) as dispatcher:
            yield dsn, store, dispatcher

    @contextmanager
    def _telling(self, role: str, dsn: str, dispatcher: Dispatcher) -> Iterator[None]:
        """Serve the figures of a role that writes and reads no views."""
        settings = self._settings
        with (
            api.watching(dsn, None, (), self._process_managers(), dispatcher, settings) as ready,
            serving_metrics(settings, role, registry_of(role, ready, DispatcherCollector(dispatcher))),
        ):
            yield

    @contextmanager
    def _projector(self) -> Iterator[tuple[Projector, str]]:
        with self._database() as dsn, self._read_models() as redis_url, closing(Tail(dsn)) as tail:
            yield Projector(tail, ValkeyModels(redis_url), VIEWS, partitions=partitions_in(self._settings.project_partitions)), dsn
