"""Tells whether a queue is too slow: not its length, but how long the quickest of those answered lately had waited (as CoDel, RFC 8289)."""

import time
from collections.abc import Callable

INTERVAL_S = 0.1
"""Over how long the quickest answer is looked for."""


class QueueDelay:
    """The delay of a queue, as far as it stands in everybody's way: one slow request says nothing, an interval without a quick one does.

    `few` may be under way whatever they take, so that a queue that refuses goes on being measured. For one thread.
    """

    def __init__(self, late_s: float, few: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.under_way = 0
        self._late_s = late_s
        self._few = few
        self._least_s = 0.0
        self._until_s = 0.0
        self._is_late = False

    @property
    def is_too_slow(self) -> bool:
        """Whether one more would wait too long."""
        return self._is_late and self.under_way >= self._few

    def begin(self) -> float:
        """Count a request as under way; return when it began, for `end`."""
        self.under_way += 1
        return self.clock()

    def end(self, began_s: float) -> None:
        """Count it as answered."""
        self.under_way -= 1
        now_s = self.clock()
        took_s = now_s - began_s
        if now_s >= self._until_s:
            self._is_late = self._least_s > self._late_s
            self._least_s, self._until_s = took_s, now_s + INTERVAL_S
        elif took_s < self._least_s:
            self._least_s = took_s
