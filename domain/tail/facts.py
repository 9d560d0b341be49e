"""What happens to a tail, and to the tails of an account's day: both are written in the append of the bet.

The ids of their streams follow from the bet's (`domain.ids.tail_of`), and from the account and the day (`tail_day_of`).
"""

from datetime import datetime

from domain.fact import Fact


class SlipTailed(Fact, frozen=True, tag="tail.slip_tailed.v2"):
    """A bet was built from a slip, at the odds of its own moment: `side` is tail (the same selections) or fade (the opposite one).

    `day` is the day (UTC, ISO) that its stake counts for, empty in logs from before tails were counted.
    """

    tailer_id: str
    slip_id: str
    slip_author_id: str
    bet_id: str
    side: str
    at: datetime
    day: str = ""


class TailCounted(Fact, frozen=True, tag="tail_day.tail_counted.v1"):
    """The stake of a tail counts for the day, whatever becomes of the bet; `daily_cap_minor` is what it was held against, if anything."""

    account_id: str
    day: str
    bet_id: str
    stake_minor: int
    daily_cap_minor: int | None
    at: datetime


TailFact = SlipTailed
TailDayFact = TailCounted
