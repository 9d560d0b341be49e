"""What is counted of what a member of staff gives an account. The stream's id follows from both (`domain.ids.gifts_of`).

No fact here names the account as `account_id`: what is exported to its holder, pushed to them and kept for them is found by that name, and
how the book controls its staff is not theirs. The free bet or bonus itself names it.
"""

from datetime import datetime

from domain.fact import Fact


class GiftCounted(Fact, frozen=True, tag="gifts.counted.v1"):
    """A member of staff alone gave an account a free bet or a bonus, in the same append; `at` is the log's time.

    With it, that is `sum_minor` within the time that the rules of this version look at.
    """

    holder_id: str
    given_by: str
    gift_id: str
    amount_minor: int
    currency: str
    sum_minor: int
    rules: int
    at: datetime


GiftsFact = GiftCounted
