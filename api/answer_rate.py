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

    An interval in which somebody was refused shows what the queue can do. Any other shows only what was asked, so it may raise the rate and
    does not lower it: what comes after a quiet time is not refused for that.
    """

    def __init__(self, within_s: float, few: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_s = 0.0
        self.waiting_max = few
        self._within_s = within_s
        self._few = few
        self._clock = clock
        self._began_s = clock()
        self._answers = 0
        self._was_full = False

    def note_refused(self) -> None:
        """Note that more was asked than is taken."""
        self._was_full = True

    def note(self) -> None:
        """Count an answer."""
        self._answers += 1
        now_s = self._clock()
        passed_s = now_s - self._began_s
        if passed_s < INTERVAL_S:
            return
        reached_per_s = self._answers / passed_s
        if reached_per_s > self.per_s or self._was_full:
            self.per_s += (reached_per_s - self.per_s) * (WEIGHT if self.per_s else 1.0)
            self.waiting_max = max(self._few, int(self.per_s * self._within_s))
        self._began_s, self._answers, self._was_full = now_s, 0, False
