"""Circuit breakers: what can be done without is switched off, one feature after another, while a process has too much to do.

Once a second three measures are compared with their bounds: how long a command has waited to be decided, how late the event loop is, how
far the views are behind. Where one was beyond its bound for a few looks in a row, one more feature is off; where all were below half of
theirs for a few looks, the one that was switched off last is on again. Betting is no feature here: nothing switches it off.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import structlog

from api.refusals import FeatureOff

LOOKS_TO_SWITCH_OFF = 3
"""For how many looks in a row a measure has to be beyond its bound before one more feature is off."""
LOOKS_TO_SWITCH_ON = 3
"""For how many looks in a row all measures have to be below their lower bound before one is on again."""
CALM = 0.5
"""The lower bound, as part of the upper one: what lies between changes nothing."""
RETRY_AFTER_S = 5

logger = structlog.get_logger()


class Feature(StrEnum):
    """What can be switched off, in that order."""

    SEARCH = "search"
    SUGGESTIONS = "suggestions"
    TRENDING = "trending"
    FEED_BLENDING = "feed-blending"
    ENGAGEMENT_PUSHES = "engagement-pushes"


ORDER = tuple(Feature)


class ProcessLoad(NamedTuple):
    """What was measured, or the most that is borne, in seconds.

    `undecided_s` is how long the oldest command has waited, `loop_late_s` how late the event loop did what was due at its quickest,
    `views_late_s` the age of the oldest fact that no view has seen yet; a view that stands still alone is no overload.
    """

    undecided_s: float
    loop_late_s: float
    views_late_s: float


BOUNDS = ProcessLoad(undecided_s=0.25, loop_late_s=0.25, views_late_s=15.0)
WORDS = (
    "a command has waited for {:.1f} s to be decided, more than {:g} s",
    "the event loop is {:.1f} s late, more than {:g} s",
    "all views are {:.1f} s behind the log, more than {:g} s",
)


class CircuitBreakers:
    """Says which features are off. One thread looks, any may ask."""

    def __init__(self, bounds: ProcessLoad = BOUNDS) -> None:
        self._bounds = bounds
        self._count_off = 0
        self._busy_looks = self._calm_looks = 0
        self._why = ""

    @property
    def off(self) -> Sequence[Feature]:
        """Return what is off, in the order in which it was switched off."""
        return ORDER[: self._count_off]

    @property
    def alarms(self) -> Sequence[str]:
        """Return a sentence for each feature that is off, with what was measured last beyond its bound."""
        return [f"{feature} is switched off: {self._why}" for feature in self.off]

    def is_off(self, feature: Feature) -> bool:
        """Tell whether a feature is off."""
        return feature in self.off

    def check(self, feature: Feature) -> None:
        """Go on where a feature is on.

        Raises:
            FeatureOff: where it is off.

        """
        if self.is_off(feature):
            raise FeatureOff(feature.value, RETRY_AFTER_S)

    def look(self, load: ProcessLoad) -> None:
        """Take what was measured, once a second."""
        parts = [value / bound for value, bound in zip(load, self._bounds, strict=True)]
        worst = max(range(len(parts)), key=parts.__getitem__)
        self._busy_looks = self._busy_looks + 1 if parts[worst] > 1 else 0
        self._calm_looks = self._calm_looks + 1 if parts[worst] < CALM else 0
        if parts[worst] > 1:
            self._why = WORDS[worst].format(load[worst], self._bounds[worst])
        if self._busy_looks >= LOOKS_TO_SWITCH_OFF and self._count_off < len(ORDER):
            self._switch(self._count_off + 1)
            logger.warning("a feature is switched off", feature=self.off[-1].value, why=self._why)
        elif self._calm_looks >= LOOKS_TO_SWITCH_ON and self._count_off:
            logger.warning("a feature is switched on again", feature=self.off[-1].value)
            self._switch(self._count_off - 1)

    def _switch(self, count_off: int) -> None:
        self._count_off, self._busy_looks, self._calm_looks = count_off, 0, 0
