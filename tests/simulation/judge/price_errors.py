"""The judge's own rules of prices that were obvious errors: legs that were struck at one pay the odds that were right then."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from tests.simulation.judge.arithmetic import odds_of
from tests.simulation.judge.record import JudgedFact, claim

ERRORS_SET = "market.price_errors_set"
ERRORS_MAX = 20
RULES = 1
TIMES, CHANCE = Fraction(3, 2), Fraction(15, 100)
"""What a price returns of the right odds, or how far its chance is below theirs, at least."""


class PriceError(NamedTuple):
    """The odds of a selection that the prices from one version to another gave, and those that were right."""

    selection: str
    first: int
    last: int
    odds: Fraction
    right: Fraction

    @property
    def is_obvious(self) -> bool:
        """Tell whether anybody had to see it."""
        return 1 < self.right < self.odds and (self.odds >= TIMES * self.right or 1 / self.right - 1 / self.odds >= CHANCE)

    def has(self, leg: dict[str, Any]) -> bool:
        """Tell whether a leg was struck at it."""
        return leg["selection"] == self.selection and self.first <= leg["version"] <= self.last and odds_of(leg["odds"]) == self.odds


def errors_of(entry: JudgedFact) -> list[PriceError]:
    """Read the errors that hold from a fact on."""
    return [PriceError(name, first, last, odds_of(odds), odds_of(right)) for name, first, last, odds, right in entry.body["errors"]]


def check_errors_set(before: Sequence[PriceError], after: Sequence[PriceError], entry: JudgedFact) -> None:
    """Check that one price is more or less, of versions that have been, that it is obvious, and that no leg is at two of them."""
    changed = set(before) ^ set(after)
    claim(len(changed) == 1 and len(after) <= ERRORS_MAX, "one price error is more or less", before, entry)
    claim(all(1 <= error.first <= error.last < entry.version for error in after), "price errors have been", entry)
    claim(entry.body["rules"] == RULES and all(error.is_obvious for error in after), "price errors are obvious", entry)
    at = [(error.selection, error.odds, version) for error in after for version in range(error.first, error.last + 1)]
    claim(len(set(at)) == len(at), "a leg pays the right odds of one price error", entry)
