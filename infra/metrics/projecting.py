"""The metrics of a projector for Prometheus."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from domain.fact import stored_name
from infra.log.kafka_reader import KafkaReader
from infra.readmodels.projector import Projector

HELP = {
    "fanout": "Seconds from the commit of a slip until the last follower's timeline has it.",
    "engagement": "Seconds from the commit of a reaction until the counts have it.",
}


class ProjectorCollector(Collector):
    """Tells how many facts of each kind were read from the log since the start of the process."""

    def __init__(self) -> None:
        self._projector: Projector | None = None
        self._reader: KafkaReader | None = None
        self._read_before: Counter[str] = Counter()

    def tell_of(self, projector: Projector, reader: KafkaReader | None = None) -> None:
        """Tell of a projector from now on, and of the topic that it reads, if it reads one."""
        if self._projector is not None:
            projector.facts_by_kind.update(self._projector.facts_by_kind)  # what is counted never goes back
        if self._reader is not None:
            self._read_before = self._read()
        self._projector, self._reader = projector, reader

    @property
    def rebalances(self) -> int:
        """How often the group assigned partitions to this member; 0 where the log is tailed."""
        return 0 if self._reader is None else self._reader.rebalances

    def _read(self) -> Counter[str]:
        """Return how many facts all readers of this process took from the topic and from the log, and how often they gave the topic up."""
        now = self._reader
        return self._read_before + (Counter() if now is None else Counter(topic=now.from_topic, log=now.from_log, given_up=now.given_up))

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics."""
        if self._projector is None:
            return
        facts = CounterMetricFamily("slipstream_facts_projected", "Facts taken into the views, by kind.", labels=["fact"])
        for kind, count in list(self._projector.facts_by_kind.items()):
            facts.add_metric([stored_name(kind)], count)
        yield facts
        if self._projector.held is not None:
            letters = GaugeMetricFamily("slipstream_dead_letters", "Facts that a view goes on without.", labels=["view"])
            for view, held in list(self._projector.held.by_view.items()):
                letters.add_metric([view], len(held.positions))
            yield letters
        if self._reader is not None:
            read = CounterMetricFamily("slipstream_facts_read", "Facts read, by where from: the topic, or the log.", labels=["source"])
            counted = self._read()
            for source in ("topic", "log"):
                read.add_metric([source], counted[source])
            yield read
            yield CounterMetricFamily(
                "slipstream_topic_given_up",
                "How often the topic was left for the log: it had a hole, or did not answer.",
                value=counted["given_up"],
            )
            assigned = GaugeMetricFamily("slipstream_consumer_position", "Up to where the topic was read.", labels=["partition"])
            for partition, seen in self._reader.seen_of().items():
                assigned.add_metric([str(partition)], seen)
            yield assigned
            yield CounterMetricFamily(
                "slipstream_consumer_rebalances", "How often partitions were assigned to this member.", value=self.rebalances
            )
        for name, took in self._projector.lags.seconds.items():
            lag = HistogramMetricFamily(f"slipstream_{name}_lag_seconds", HELP[name])
            lag.add_metric([], took.cumulated(), took.sum)
            yield lag
