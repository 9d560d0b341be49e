"""A process's estimate of the log's time between two commits."""

import time
from collections.abc import Callable


class LogClock:
    """Counts on from the last commit time with the monotonic clock, so that it is never ahead of the next commit's time."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._seen_us = 0
        self._at_ns = 0

    def see(self, log_us: int) -> None:
        """Take in a time that the database told."""
        if log_us >= self._seen_us:
            self._seen_us, self._at_ns = log_us, self._monotonic_ns()

    def now_us(self) -> int:
        """Return the log's time, 0 while nothing is known of it."""
        return self._seen_us + (self._monotonic_ns() - self._at_ns) // 1000 if self._seen_us else 0
