"""What may be asked of a tail, and of the tails of a day."""

from datetime import datetime

import msgspec


class RecordTail(msgspec.Struct, frozen=True, gc=False):
    """Say that a bet was built from a slip: `side` is tail (the same selections) or fade (the opposite one); it counts for `day`."""

    tailer_id: str
    slip_id: str
    slip_author_id: str
    bet_id: str
    side: str
    at: datetime
    day: str = ""


class CountTail(msgspec.Struct, frozen=True, gc=False):
    """Count the stake of a tail for its day (UTC, ISO), which with it comes to no more than `daily_cap_minor`; None is no cap."""

    account_id: str
    day: str
    bet_id: str
    stake_minor: int
    daily_cap_minor: int | None
    at: datetime


TailCommand = RecordTail
TailDayCommand = CountTail
