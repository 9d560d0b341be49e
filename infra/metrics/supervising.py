"""The metrics of `slipstream up` for Prometheus: which roles run, and how often they had to be started again."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from infra.embedded.postgres_pair import StandbyState
from infra.processes.supervisor import RoleState


class SupervisorCollector(Collector):
    """Tells of each role whether it runs, how often it died, how often it was replaced."""

    def __init__(self, roles: Callable[[], Mapping[str, RoleState]], standby: Callable[[], StandbyState | None] = lambda: None) -> None:
        """Tell of the roles, and of the standby of the database where there is one."""
        self._roles = roles
        self._standby = standby

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics."""
        up = GaugeMetricFamily("slipstream_role_up", "Whether the process of a role runs.", labels=["role"])
        deaths = CounterMetricFamily("slipstream_role_restarts", "How often a role died and was started again.", labels=["role"])
        replaced = CounterMetricFamily("slipstream_role_replacements", "How often a role was replaced by a new process.", labels=["role"])
        for role, state in self._roles().items():
            up.add_metric([role], state.is_running)
            deaths.add_metric([role], state.deaths)
            replaced.add_metric([role], state.replacements)
        yield from (up, deaths, replaced)
        standby = self._standby()
        if standby is not None:
            told = "Whether the standby has every answered commit: 0 where commits are on one disk."
            yield GaugeMetricFamily("slipstream_standby_synchronous", told, value=standby.is_synchronous)
            yield CounterMetricFamily("slipstream_standby_promotions", "How often a standby took over.", value=standby.promotions)
            yield GaugeMetricFamily("slipstream_standby_promotion_seconds", "How long that took the last time.", value=standby.promotion_s)
