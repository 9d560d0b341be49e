"""What came of the cases that this process worked off, for Prometheus."""

import threading
from collections import Counter
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class CaseOutcomes(Collector):
    """Counts cases by their process manager and by how the stream of each stands afterwards. For any number of threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def note(self, manager: str, statuses: Iterable[str]) -> None:
        """Count cases of a manager by the statuses that they led to."""
        counted = Counter((manager, status) for status in statuses)
        with self._lock:
            self._counts.update(counted)

    def collect(self) -> Iterable[Metric]:
        """Return the counts."""
        with self._lock:
            counts = dict(self._counts)
        done = CounterMetricFamily(
            "slipstream_cases_done", "Cases worked off, by how they stand: a bet open or refused.", labels=["manager", "status"]
        )
        for (manager, status), count in counts.items():
            done.add_metric([manager, status], count)
        yield done
