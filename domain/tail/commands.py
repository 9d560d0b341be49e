"""What may be asked of a tail."""

from datetime import datetime

import msgspec


class RecordTail(msgspec.Struct, frozen=True, gc=False):
    """Say that a bet was built from a slip: `side` is tail (the same selections) or fade (the opposite one)."""

    tailer_id: str
    slip_id: str
    slip_author_id: str
    bet_id: str
    side: str
    at: datetime


TailCommand = RecordTail
