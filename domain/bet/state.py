"""Where a bet stands."""

import msgspec

from domain.bet.facts import BetPlaced
from domain.refused import Refused
from domain.settling import LegResult


class BetUnknown(Refused):
    """There is no such bet."""

    bet_id: str


class LegUnknown(Refused):
    """The bet has no leg on that market."""

    bet_id: str
    market_id: str


class Bet(msgspec.Struct, frozen=True, gc=False):
    """Where a bet stands: `placed` is None until it is struck; `results` holds what its legs came out as, in their order.

    `settlement` is the number of its last settlement, 0 before the first. `places` and `deductions` as in `BetSettled`.
    """

    placed: BetPlaced | None = None
    results: tuple[LegResult | None, ...] = ()
    status: str = ""
    returns_minor: int = 0
    settlement: int = 0
    places: tuple[LegResult | None, ...] = ()
    deductions: tuple[int, ...] = ()
