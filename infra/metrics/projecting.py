"""The metrics of a projector for Prometheus."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from domain.fact import stored_name
from infra.readmodels.projector import Projector

HELP = {
    "fanout": "Seconds from the commit of a slip until the last follower's timeline has it.",
    "engagement": "Seconds from the commit of a reaction until the counts have it.",
}


class ProjectorCollector(Collector):
    """Tells how many facts of each kind were read from the log since the start of the process."""

    def __init__(self, projector: Projector) -> None:
        self._projector = projector

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics."""
        facts = CounterMetricFamily("slipstream_facts_projected", "Facts taken into the views, by kind.", labels=["fact"])
        for kind, count in list(self._projector.facts_by_kind.items()):
            facts.add_metric([stored_name(kind)], count)
        yield facts
        for name, took in self._projector.lags.seconds.items():
            lag = HistogramMetricFamily(f"slipstream_{name}_lag_seconds", HELP[name])
            lag.add_metric([], took.cumulated(), took.sum)
            yield lag
