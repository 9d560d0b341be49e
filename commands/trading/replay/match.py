"""A match that was really played, in one plain shape whatever file it came from."""

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from domain.odds import Odds
from domain.pricing import Expectation

Side = Literal["home", "away"]

MINUTE_MAX = 120
"""The last minute a goal can have: the end of extra time, its stoppage time included."""


class Goal(NamedTuple):
    """A goal: minute 1 to 120, and the side it counted for. Minutes 45 and 90 hold stoppage time, 91 on is extra time."""

    minute: int
    side: Side


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One match: who, when (UTC), where, every goal in order of time, and how it went on after 90 minutes.

    `closing` holds the closing prices of real books by market type and selection, as far as they are known; `expected` the goals that
    each side was expected to score, from earlier matches alone.
    """

    source: str
    competition: str
    home: str
    away: str
    kick_off: datetime
    neutral: bool
    goals: tuple[Goal, ...]
    expected: Expectation
    extra_time: bool = False
    shootout_winner: Literal["home", "away", ""] = ""
    sport: str = "football"
    closing: dict[str, dict[str, Odds]] = {}

    def score(self, until_minute: int = MINUTE_MAX) -> tuple[int, int]:
        """Return home's and away's goals up to and including a minute: 45 for half time, 90 for regular time."""
        scored = [goal.side for goal in self.goals if goal.minute <= until_minute]
        return scored.count("home"), scored.count("away")
