"""What may be asked of the limit of a match. `actor` is the account or process that asks."""

from datetime import datetime

import msgspec


class LimitFixturePayout(msgspec.Struct, frozen=True, gc=False):
    """Limit the most that is paid on a bet with a leg on the match, in minor units, for a reason; None takes the limit away."""

    fixture_id: str
    payout_minor_max: int | None
    reason: str
    at: datetime
    actor: str = ""


FixtureLimitCommand = LimitFixturePayout
