"""What a sender counts."""

from collections import Counter

LATENCIES_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 300.0, 3_600.0)


class SenderFigures:
    """What a sender did: deliveries by outcome, by rule where they were not told, and how long after their cause they were sent."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.suppressed: Counter[str] = Counter()
        self.folded = 0
        self.latencies: Counter[float] = Counter()
        self.latency_s = 0.0

    def sent_after(self, seconds: float) -> None:
        """Note how long after its cause a delivery was sent."""
        self.latency_s += seconds
        self.latencies[next((bound for bound in LATENCIES_S if seconds <= bound), float("inf"))] += 1
