"""What may be asked of what a member of staff gave an account."""

from datetime import datetime

import msgspec


class CountGift(msgspec.Struct, frozen=True, gc=False):
    """Give one more free bet or bonus alone; `at` is the log's time."""

    holder_id: str
    given_by: str
    gift_id: str
    amount_minor: int
    currency: str
    at: datetime


GiftsCommand = CountGift
