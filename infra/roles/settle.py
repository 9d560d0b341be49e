"""The role `slipstream settle`: runs the process managers, settlement and abandonment."""

from infra.process_managers import run_process_managers
from infra.process_managers.worker import CASES_PER_CHUNK
from infra.processes.inherited_sockets import say_ready
from infra.roles.shared import stopping
from infra.servers import Servers


def settle(servers: Servers) -> None:
    """Run the process managers until told to stop; cases are committed in the chunks they are taken in."""
    with (
        servers.dispatcher(CASES_PER_CHUNK) as (dsn, store, dispatcher),
        stopping() as stop,
        servers.telling("settle", dsn, store, dispatcher),
    ):
        say_ready()
        run_process_managers(dsn, dispatcher, servers.process_managers(), stop, clock_skew_s_max=servers.settings.clock_skew_s_max)
