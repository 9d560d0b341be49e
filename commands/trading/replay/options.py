"""How to replay: the options and their limits."""

from datetime import date
from typing import Literal

import msgspec

from domain.market.commands import IN_PLAY_GRACE_MS
from domain.producer.decider import LEASE_MS_MAX, LEASE_MS_MIN

LIMITS = {
    "speed": (0.01, 100_000.0),
    "matches": (1, 5_000),
    "ahead": (0, 1_000),
    "grace_ms": (0, 60_000),
    "in_play_grace_ms": (0, 60_000),
    "lease_ms": (LEASE_MS_MIN, LEASE_MS_MAX),
}
"""Option -> its least and its most."""


OfferedMarkets = Literal["main", "all"]
"""Which markets a match has: those on the board, or every one that the model prices."""


class ReplayOptions(msgspec.Struct, frozen=True):
    """How to replay: `speed` is simulated seconds a real second, `matches` how many are live at once, `ahead` how many are on offer next.

    `first_day` is the day to begin with; with `loop` the matches start over, under other ids, when all are played.
    `producer` gives the prices: two replays beside each other need two.
    """

    speed: float = 60.0
    first_day: date = date.min
    matches: int = 4
    ahead: int = 8
    loop: bool = True
    grace_ms: int = 3_000
    in_play_grace_ms: int = IN_PLAY_GRACE_MS
    lease_ms: int = 10_000
    producer: str = "replay"
    markets: OfferedMarkets = "all"

    @property
    def every(self) -> bool:
        """Whether a match has every market that is priced, or those on the board alone."""
        return self.markets == "all"
