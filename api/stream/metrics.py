"""What a gateway counts of itself, for `/metrics`."""

from bisect import bisect_left

AGES_MS = (1, 2, 5, 10, 20, 30, 50, 100, 200, 500, 1_000, 5_000)


class StreamCounts:
    """Counters and gauges of a process; written by its event loop, read by any thread."""

    def __init__(self) -> None:
        self.connections = 0
        self.subscriptions = 0
        self.deliveries = 0
        self.conflated = 0
        self.dropped = 0
        self.commands = 0
        self.refused_connections = 0
        self.buffered_bytes = 0
        self.position = 0
        self.broken_facts = 0
        self.upstream_publications = 0
        self.upstream_connected = 0
        self.server_publications = 0
        self.server_failures = 0
        self.server_queued = 0
        self.disconnects: dict[int, int] = {}
        self.ages = [0] * (len(AGES_MS) + 1)
        self.age_sum_s = 0.0

    def disconnected(self, code: int) -> None:
        """Count a connection that was closed with a code."""
        self.disconnects[code] = self.disconnects.get(code, 0) + 1

    def fact_age(self, age_us: int) -> None:
        """Count how long after the commit of its oldest fact a publication was told."""
        self.ages[bisect_left(AGES_MS, age_us / 1000)] += 1
        self.age_sum_s += max(0, age_us) / 1e6
