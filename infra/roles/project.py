"""The role `slipstream project`: updates the read models, or rebuilds one."""

from contextlib import closing

from api.cli.operations import Tick
from infra.interpreter import tune_interpreter
from infra.log.tail import Tail
from infra.metrics.projecting import ProjectorCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.operator_errors import NoSuchThing
from infra.processes.inherited_sockets import say_ready
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.roles.shared import stopping, watching
from infra.servers import Servers
from projections.partitions import partitions_in
from projections.registry import views_of


def project(servers: Servers) -> None:
    """Update the read models until told to stop."""
    settings = servers.settings
    tune_interpreter(huge_pages=settings.huge_pages)
    views = views_of(pushed_followers_max=settings.pushed_followers_max)
    with (
        servers.database() as dsn,
        servers.read_models() as redis_url,
        closing(Tail(dsn)) as tail,
        watching(dsn, redis_url, views, servers.process_managers(), None, settings) as ready,
        stopping() as stop,
    ):
        projector = Projector(tail, ValkeyModels(redis_url), views, partitions=partitions_in(settings.project_partitions))
        with serving_metrics(settings, "project", registry_of("project", ready, ProjectorCollector(projector))):
            say_ready()
            projector.run(stop)


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
