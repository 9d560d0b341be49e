"""Limits of one's own: of what kind they are, over which periods they count, and when those begin and end.

Periods are calendar windows in UTC: a day, an ISO week (from Monday), a month. A day is told by its ordinal (`date.toordinal`), as it is
quick to compare: every bet folds it.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

import msgspec

from domain.fact import EPOCH

LimitKind = Literal["deposit", "stake", "loss"]
LimitPeriod = Literal["day", "week", "month"]
KINDS: tuple[str, ...] = get_args(LimitKind)
PERIODS: tuple[str, ...] = get_args(LimitPeriod)
ZONE = "UTC"
"""The zone whose days, weeks and months the periods are."""

DAY_US = 24 * 3_600 * 1_000_000
EPOCH_DAY = EPOCH.toordinal()
DAYS_OF_WEEK = 7
WINDOWS_REMEMBERED_MAX = 256
"""Every bet of an account with limits asks for the windows that today is in."""


class Limit(msgspec.Struct, frozen=True, gc=False):
    """A limit that counts: in a window of its period no more than `amount_minor` is deposited, staked, or lost.

    Deposits are gross, stakes those of all bets that were struck, losses the stakes less all that bets returned.
    """

    kind: str
    period: str
    amount_minor: int


def day_of(now_us: int) -> int:
    """Return the ordinal of the day, in UTC, of a moment in microseconds."""
    return now_us // DAY_US + EPOCH_DAY


def begins_us(day: int) -> int:
    """Return when a day begins, in microseconds."""
    return (day - EPOCH_DAY) * DAY_US


@lru_cache(WINDOWS_REMEMBERED_MAX)
def window_of(day: int, period: str) -> tuple[int, int]:
    """Return the first day of the window of a period that a day is in, and the first day of the next window."""
    if period == "day":
        return day, day + 1
    if period == "week":
        first = day - (day - 1) % DAYS_OF_WEEK
        return first, first + DAYS_OF_WEEK
    on = date.fromordinal(day)
    first = day - on.day + 1
    return first, (on.replace(day=1) + timedelta(days=32)).replace(day=1).toordinal()


def midnight(day: int) -> datetime:
    """Return when a day begins, aware, in UTC."""
    return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC)
