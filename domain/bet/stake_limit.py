"""How much may be staked on a bet: what the book pays on one at most, and the largest stake that keeps within it."""

from functools import lru_cache

import msgspec

from domain.refused import Refused
from domain.settling import HOUSE_RULES, RULES_CURRENT
from domain.settling.folds import Ratio
from domain.stake_factor import FACTOR_UNITS, factor_text

STAKE_MINOR_MAX = 100_000_000
"""The largest stake of any bet, whatever its odds."""

LIMITS_REMEMBERED_MAX = 1_000


class StakeOverLimit(Refused):
    """The bet could return more than the book pays on it: only a smaller stake would be taken, none where that is 0.

    `may_refer` says that a trader may be asked to take it nevertheless.
    """

    stake_minor: int
    stake_minor_max: int
    lines: int
    potential_returns_minor: int
    payout_minor_max: int
    factor: str
    may_refer: bool


class StakeLimit(msgspec.Struct, frozen=True, gc=False):
    """The most that is paid on a bet, its stake included, in minor units of its currency; `factor` is what the account has of it."""

    payout_minor_max: int
    factor: str = "1"


@lru_cache(LIMITS_REMEMBERED_MAX)
def limit_of(factor_units: int, markets_minor_max: int = 0) -> StakeLimit:
    """Return the limit of an account with a stake factor, in millionths, under the house rules of today.

    `markets_minor_max` is the lowest limit of the markets that it bets on, which takes the place of that of any bet; 0 where none has one.
    """
    payout_minor_max = markets_minor_max or HOUSE_RULES[RULES_CURRENT].payout_minor_max
    return StakeLimit(payout_minor_max * factor_units // FACTOR_UNITS, factor_text(factor_units))


HOUSE_LIMIT = limit_of(FACTOR_UNITS)
"""What holds for an account that no trader gave a factor."""


def largest_stake_minor(limit: StakeLimit, best: Ratio, lines: int) -> int:
    """Return the largest stake that is taken: a multiple of the number of lines, 0 where no stake is.

    `best` is what one unit on every line returns if all legs win.
    """
    numerator, denominator = best
    rounding = HOUSE_RULES[RULES_CURRENT].rounding
    unit_minor = limit.payout_minor_max * denominator // numerator
    while rounding((unit_minor + 1) * numerator, denominator) <= limit.payout_minor_max:
        unit_minor += 1
    return min(unit_minor, STAKE_MINOR_MAX // lines) * lines
