"""Where a bonus stands."""

import msgspec

from domain.bonus.facts import BonusCredited

ACTIVE, CONVERTED, EXPIRED = "active", "converted", "expired"
"""What the status of a bonus is once it is credited, after its conversion, and after it was taken off."""


class Bonus(msgspec.Struct, frozen=True, gc=False):
    """Where a bonus stands: `credited` is None until it is. No amount is ever below zero.

    `wagered_minor` counts towards the requirement. `owed_minor` is what reversals took back and the bonus did not hold: what its bets
    return repays that, so nothing is available while it stands.
    """

    credited: BonusCredited | None = None
    status: str = ""
    available_minor: int = 0
    reserved_minor: int = 0
    owed_minor: int = 0
    wagered_minor: int = 0
