"""The metrics of one HTTP process: counted in plain numbers for each request, put into Prometheus' form when they are asked for."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from commands.dispatch.figures import Distribution

BOUNDS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


class Metrics:
    """Requests by route, method and status, how long they took, how many are under way, and what `sources` tell. For one event loop."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.under_way_now = 0
        self._requests: dict[tuple[str, str, int], int] = {}
        self._seconds: dict[tuple[str, str], Distribution] = {}
        self.sources: list[Callable[[], Iterable[Metric]]] = [self.families]
        self.registry.register(_Collector(self))

    def count(self, method: str, status: int, seconds: float, route: str) -> None:
        """Count an answered request; `route` is its path with the names of its parameters."""
        if method not in METHODS:
            method = "other"
        key = (route, method)
        self._requests[route, method, status] = self._requests.get((route, method, status), 0) + 1
        took = self._seconds.get(key)
        if took is None:
            took = self._seconds[key] = Distribution(BOUNDS_S)
        took.add(seconds)

    def families(self) -> Iterable[Metric]:
        """Return the present metrics."""
        requests = CounterMetricFamily("slipstream_http_requests", "Requests answered.", labels=["route", "method", "status"])
        for (route, method, status), count in sorted(self._requests.items()):
            requests.add_metric([route, method, str(status)], count)
        seconds = HistogramMetricFamily(
            "slipstream_http_request_seconds", "Seconds from a request's head to its answer.", labels=["route", "method"]
        )
        for key in sorted(self._seconds):
            took = self._seconds[key]
            seconds.add_metric(list(key), took.cumulated(), took.sum)
        under_way = GaugeMetricFamily("slipstream_http_requests_under_way", "Requests being answered now.", value=self.under_way_now)
        return requests, seconds, under_way


class _Collector:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return [family for source in self._metrics.sources for family in source()]
