"""The metrics of a relay for Prometheus."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from infra.log.relay import Relay


class RelayCollector(Collector):
    """Tells how far a relay is. Its lag is `slipstream_log_position` less its position, where it leads."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def collect(self) -> Iterable[Metric]:
        """Return the present metrics."""
        relay = self._relay
        yield GaugeMetricFamily("slipstream_relay_leads", "1 where this relay copies, 0 where it waits for its turn.", value=relay.leads)
        yield GaugeMetricFamily("slipstream_relay_waits", "1 where Kafka does not acknowledge what was written.", value=relay.waits)
        yield GaugeMetricFamily("slipstream_relay_position", "Up to where this relay copied the log.", value=relay.position)
        yield CounterMetricFamily("slipstream_relay_facts", "Facts that this relay copied.", value=relay.facts)
        yield CounterMetricFamily("slipstream_relay_records", "Copies of facts, one in each home.", value=relay.records)
