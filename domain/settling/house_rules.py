"""The house rules by version: what a bet's fact names, so that the bet is settled and audited as it was struck, whatever came since.

A version is never changed. A corrected rule is a new version, which only later bets are struck under.
"""

from collections.abc import Callable
from typing import NamedTuple

from domain.settling.rule4 import TATTERSALLS

RULES_OLDEST = 1
"""What bets were struck under whose facts name no version."""

RULES_CURRENT = 4
"""What a bet is struck under now."""


def rounded_down(numerator: int, denominator: int) -> int:
    """Return a ratio that is not negative as whole minor units, what is over left out."""
    return numerator // denominator


def rounded_half_up(numerator: int, denominator: int) -> int:
    """Return a ratio that is not negative as whole minor units, half a unit being a whole one: what published calculators do."""
    return (2 * numerator + denominator) // (2 * denominator)


class HouseRules(NamedTuple):
    """One version: how the exact sum of a bet's lines becomes minor units, once a bet, and the table of Rule 4 deductions by its name.

    `payout_minor_max` is the most that is paid on one bet, its stake included. With `has_factors`, an account's stake factor multiplies it.
    With `names_standing`, a bet that was struck at a replaced price says what stood then.
    """

    rounding: Callable[[int, int], int]
    rule4_table: str
    payout_minor_max: int
    has_factors: bool = False
    names_standing: bool = False


HOUSE_RULES: dict[int, HouseRules] = {
    RULES_OLDEST: HouseRules(rounded_down, TATTERSALLS, 100_000_000_000),
    2: HouseRules(rounded_half_up, TATTERSALLS, 100_000_000_000),
    3: HouseRules(rounded_half_up, TATTERSALLS, 1_000_000_000, has_factors=True),
    4: HouseRules(rounded_half_up, TATTERSALLS, 1_000_000_000, has_factors=True, names_standing=True),
}
"""Version -> the rules."""
