"""What a gateway tells at `/metrics`."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api.stream.metrics import AGES_MS, StreamCounts


class StreamCollector(Collector):
    """Tells the counts of a gateway."""

    def __init__(self, counts: StreamCounts, *, is_edge: bool = False, has_centrifugo: bool = False) -> None:
        self._counts = counts
        self._is_edge = is_edge
        self._has_centrifugo = has_centrifugo

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        counts = self._counts
        yield GaugeMetricFamily("slipstream_stream_connections", "Open connections.", counts.connections)
        yield GaugeMetricFamily("slipstream_stream_subscriptions", "Subscriptions of all connections.", counts.subscriptions)
        yield GaugeMetricFamily("slipstream_stream_position", "Position in the log up to which clients were told.", counts.position)
        yield GaugeMetricFamily("slipstream_stream_buffered_bytes", "Bytes that wait for slow clients.", counts.buffered_bytes)
        yield CounterMetricFamily("slipstream_stream_deliveries", "Publications sent to a client.", counts.deliveries)
        yield CounterMetricFamily("slipstream_stream_conflated", "Times that a client was left for its next tick.", counts.conflated)
        yield CounterMetricFamily("slipstream_stream_dropped", "Subscriptions given up, to be begun anew.", counts.dropped)
        yield CounterMetricFamily("slipstream_stream_commands", "Commands of clients.", counts.commands)
        yield CounterMetricFamily("slipstream_stream_refused_connections", "Connections refused: too many.", counts.refused_connections)
        yield CounterMetricFamily("slipstream_stream_broken_facts", "Facts that a feed broke on.", counts.broken_facts)
        if self._is_edge:
            told = "Publications that the edge was told of by the gateway that it stands before."
            yield CounterMetricFamily("slipstream_stream_upstream_publications", told, counts.upstream_publications)
            yield GaugeMetricFamily("slipstream_stream_upstream_connected", "1 while the edge is connected.", counts.upstream_connected)
        if self._has_centrifugo:
            yield CounterMetricFamily(
                "slipstream_stream_server_publications", "Publications that Centrifugo took.", counts.server_publications
            )
            yield CounterMetricFamily(
                "slipstream_stream_server_failures", "Requests that Centrifugo did not carry out.", counts.server_failures
            )
            yield GaugeMetricFamily("slipstream_stream_server_queued", "Commands that wait for Centrifugo.", counts.server_queued)
        closed = CounterMetricFamily("slipstream_stream_disconnects", "Connections closed by the gateway, by code.", labels=["code"])
        for code, count in sorted(dict(counts.disconnects).items()):
            closed.add_metric([str(code)], count)
        yield closed
        ages, total, buckets = list(counts.ages), 0, []
        for bound_ms, count in zip([*AGES_MS, None], ages, strict=True):
            total += count
            buckets.append((str(bound_ms / 1000) if bound_ms is not None else "+Inf", total))
        age = HistogramMetricFamily("slipstream_stream_fact_age_seconds", "From a fact's commit until clients are told, but of feeds.")
        age.add_metric([], buckets, counts.age_sum_s)
        yield age
