"""A process's estimate of the log's time between two commits."""

import time
from collections.abc import Callable


class LogClock:
    """Counts on from the last time that the database told, with the monotonic clock.

    The next commit is judged at that time or later, unless the database's clock was set back since: the first batch puts that right.
    """

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._seen_us = 0
        self._at_ns = 0

    def see(self, log_us: int) -> None:
        """Take in a time that the database told outside of a commit: its clock's, which may be set back before anything is committed."""
        if log_us >= self._seen_us:
            self._seen_us, self._at_ns = log_us, self._monotonic_ns()

    def judged(self, log_us: int) -> None:
        """Take in the log's time at which a batch was judged, though it be before what was seen."""
        self._seen_us, self._at_ns = log_us, self._monotonic_ns()

    def now_us(self) -> int:
        """Return the log's time, 0 while nothing is known of it."""
        return self._seen_us + (self._monotonic_ns() - self._at_ns) // 1000 if self._seen_us else 0
