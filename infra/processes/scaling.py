"""How many processes of a role run: as many as bets a second and the wait in the queue ask for, within what the operator allows."""

from dataclasses import dataclass
from typing import NamedTuple

from pydantic import Field
from pydantic_settings import BaseSettings

GROW_AFTER_LOOKS = 3
"""So many looks in a row must find too much load: a burst of a second is no reason."""

SETTLE_S = 10.0
"""After a change nothing is decided for so long: a process takes seconds to start, and the load to spread."""

SHRINK_BELOW = 0.7
"""One process fewer must have no more than this share of the load that would ask for another one again."""


class ScalingSettings(BaseSettings):
    """When `slipstream up --api 1..4` starts another API process, or ends one; a part of `infra.settings.Settings`."""

    scale_bets_per_s: float = Field(
        4_000.0, gt=0, le=1_000_000, description="Bets a second of an API process beyond which `up` starts another one."
    )
    scale_queue_wait_ms: float = Field(
        50.0, gt=0, le=10_000, description="Mean wait in the queue, in ms, beyond which `up` starts another API process."
    )
    scale_down_after_s: float = Field(60.0, ge=1, le=86_400, description="How long one process fewer must be enough before one is ended.")


class ApiLoad(NamedTuple):
    """What all processes had since the last look: bets a second together, and how long the oldest of each batch waited, on average."""

    bets_per_s: float
    queue_wait_ms: float


@dataclass
class Scaling:
    """How many processes are wanted, from `fewest` to `most`; told of the load about once a second."""

    fewest: int
    most: int
    bets_per_s: float
    queue_wait_ms: float
    down_after_s: float

    def __post_init__(self) -> None:
        self.wanted = self.fewest
        self._looks_over = 0
        self._enough_since_s: float | None = None
        self._settled_at_s = 0.0

    def note(self, load: ApiLoad, now_s: float) -> int:
        """Return how many are wanted after a look at the load."""
        if now_s < self._settled_at_s:
            return self.wanted
        too_much = load.bets_per_s > self.bets_per_s * self.wanted or load.queue_wait_ms > self.queue_wait_ms
        self._looks_over = self._looks_over + 1 if too_much else 0
        fewer_are_enough = (
            load.bets_per_s <= SHRINK_BELOW * self.bets_per_s * (self.wanted - 1) and load.queue_wait_ms <= self.queue_wait_ms / 2
        )
        if not fewer_are_enough:
            self._enough_since_s = None
        elif self._enough_since_s is None:
            self._enough_since_s = now_s
        if self._looks_over >= GROW_AFTER_LOOKS and self.wanted < self.most:
            self._change(1, now_s)
        elif self.wanted > self.fewest and self._enough_since_s is not None and now_s - self._enough_since_s >= self.down_after_s:
            self._change(-1, now_s)
        return self.wanted

    def _change(self, by: int, now_s: float) -> None:
        self.wanted += by
        self._looks_over, self._enough_since_s = 0, None
        self._settled_at_s = now_s + SETTLE_S
