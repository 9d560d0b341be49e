"""How much of a limit is used, and the refusals of what would pass it.

A wallet counts all it ever staked, got returned and deposited, and remembers these sums as they were when its day, week and month began:
what was moved since is a subtraction. A movement counts in the window of its fact's `at`; a window that has begun is never gone back
to, so a movement dated earlier counts in the window at hand.
Withdrawals count nowhere. While an account has limits its movements are dated by the log's time.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.limits import Limit, midnight, window_of
from domain.refused import Refused

Sums = tuple[int, int, int]
"""Staked, returned, deposited; in minor units, since the wallet was opened."""


class LimitReached(Refused):
    """With this amount a limit of the account's own would be passed."""

    period: str
    limit_minor: int
    used_minor: int
    left_minor: int
    resets_at: datetime


class DepositLimitReached(LimitReached):
    """With this deposit more would come in than the account's own deposit limit."""


class StakeLimitReached(LimitReached):
    """With this bet more would be staked than the account's own stake limit."""


class LossLimitReached(LimitReached):
    """With this bet more could be lost than the account's own loss limit; stakes of open bets count as lost until they return."""


REFUSALS = {"deposit": DepositLimitReached, "stake": StakeLimitReached, "loss": LossLimitReached}


class Began(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The newest day on which something counted, and the sums with which that day, its week and its month began."""

    day: int = 0
    of_day: Sums = (0, 0, 0)
    of_week: Sums = (0, 0, 0)
    of_month: Sums = (0, 0, 0)


class LimitUse(msgspec.Struct, frozen=True, gc=False):
    """A limit with what of it is used and left in the window from `starts_at` until `resets_at`.

    `used_minor` of a loss is below 0 where more was returned than staked, and so much more is left.
    """

    kind: str
    period: str
    amount_minor: int
    used_minor: int
    left_minor: int
    starts_at: datetime
    resets_at: datetime


def rolled(began: Began, day: int, sums: Sums) -> Began:
    """Return the windows of a later day, with the sums before the first movement of that day."""
    return Began(
        day=day,
        of_day=sums,
        of_week=sums if began.day < window_of(day, "week")[0] else began.of_week,
        of_month=sums if began.day < window_of(day, "month")[0] else began.of_month,
    )


def never_staked(began: Began, day: int, stake_minor: int) -> Began:
    """Return the windows as if a stake of an earlier day had never been: those that began after that day began with it."""

    def without(sums: Sums, first: int) -> Sums:
        return (sums[0] - stake_minor, *sums[1:]) if day < first else sums

    return Began(
        day=began.day,
        of_day=without(began.of_day, began.day),
        of_week=without(began.of_week, window_of(began.day, "week")[0]),
        of_month=without(began.of_month, window_of(began.day, "month")[0]),
    )


def used_minor_of(limit: Limit, began: Began, sums: Sums, day: int) -> int:
    """Return how much of a limit is used on a day, in minor units."""
    if began.day < day and began.day < window_of(day, limit.period)[0]:
        return 0
    before = began.of_day if limit.period == "day" else began.of_week if limit.period == "week" else began.of_month
    if limit.kind == "deposit":
        return sums[2] - before[2]
    staked = sums[0] - before[0]
    return staked if limit.kind == "stake" else staked - sums[1] + before[1]


def use_of(limit: Limit, began: Began, sums: Sums, day: int) -> LimitUse:
    """Return how much of a limit is used on a day, what is left, and when its window begins and ends."""
    first, following = window_of(max(day, began.day), limit.period)
    used_minor = used_minor_of(limit, began, sums, day)
    left_minor = max(limit.amount_minor - used_minor, 0)
    return LimitUse(limit.kind, limit.period, limit.amount_minor, used_minor, left_minor, midnight(first), midnight(following))


def check_limits(limits: Iterable[Limit], began: Began, sums: Sums, day: int, amount_minor: int) -> None:
    """Refuse an amount that passes one of these limits; the one with the least left is named.

    Raises:
        DepositLimitReached, StakeLimitReached, LossLimitReached: with what is left, and when the window ends.

    """
    passed = [limit for limit in limits if used_minor_of(limit, began, sums, day) + amount_minor > limit.amount_minor]
    if passed:
        least = min([use_of(limit, began, sums, day) for limit in passed], key=lambda use: use.amount_minor - use.used_minor)
        raise REFUSALS[least.kind](least.period, least.amount_minor, least.used_minor, least.left_minor, least.resets_at)
