"""What a bet returns: how a selection came out, what that makes of a stake, and how markets are graded from a score."""

from domain.settling.house_rules import HOUSE_RULES, RULES_CURRENT, RULES_OLDEST
from domain.settling.returns import (
    HALF_LOST,
    HALF_WON,
    LOST,
    VOID,
    WON,
    LegResult,
    LegResultMalformed,
    check_leg_result,
    odds_of_folds,
    potential_of_folds_minor,
    potential_returns_minor,
    returns_minor,
    returns_of_folds_minor,
)

__all__ = [
    "HALF_LOST",
    "HALF_WON",
    "HOUSE_RULES",
    "LOST",
    "RULES_CURRENT",
    "RULES_OLDEST",
    "VOID",
    "WON",
    "LegResult",
    "LegResultMalformed",
    "check_leg_result",
    "odds_of_folds",
    "potential_of_folds_minor",
    "potential_returns_minor",
    "returns_minor",
    "returns_of_folds_minor",
]
