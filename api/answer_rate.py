"""Tells how many answers a second a queue gives when it is busy, and so how many may wait for one and still be answered in time."""

import time
from collections.abc import Callable

INTERVAL_S = 0.1
"""Over how long answers are counted."""
WEIGHT = 0.25
"""How much an interval counts against those before: answers come in batches, and one interval has a batch more than the next."""


class AnswerRate:
    """The rate at which a queue answers. For one thread.

    `waiting_max` may be under way so that the last of them is answered within `within_s`; never less than `few`.

    An interval throughout which at least `few` were under way shows what the queue can do. One that was quieter shows only what was asked,
    so it may raise the rate and does not lower it: what comes after a quiet time is not refused for that.
    """

    def __init__(self, within_s: float, few: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_s = 0.0
        self.waiting_max = few
        self._within_s = within_s
        self._few = few
        self._clock = clock
        self._began_s = clock()
        self._answers = 0
        self._least_under_way = 0

    def note(self, under_way: int) -> None:
        """Count an answer, after which so many are under way."""
        self._answers += 1
        self._least_under_way = min(self._least_under_way, under_way)
        now_s = self._clock()
        passed_s = now_s - self._began_s
        if passed_s < INTERVAL_S:
            return
        reached_per_s = self._answers / passed_s
        if reached_per_s > self.per_s or self._least_under_way >= self._few:
            self.per_s += (reached_per_s - self.per_s) * (WEIGHT if self.per_s else 1.0)
            self.waiting_max = max(self._few, int(self.per_s * self._within_s))
        self._began_s, self._answers, self._least_under_way = now_s, 0, under_way
