"""Odds: what one unit staked returns, as an exact fraction. No floats come near them."""

import re
from math import gcd

import msgspec

from domain.refused import Refused

THOUSANDTHS = 1000
"""The denominator of every price that three decimals can say."""

ODDS_MAX = 1_000_000
"""The longest odds anybody may name, as a total return on one unit."""

TEXT_CHARACTERS_MAX = 20

_DECIMAL = re.compile(r"([0-9]{1,7})(?:\.([0-9]+))?")
_FRACTION = re.compile(r"([0-9]{1,7})/([0-9]{1,7})")
_AMERICAN = re.compile(r"([+-])([0-9]{3,9})")


class OddsMalformed(Refused):
    """Odds are text such as "2.35", "10/11", "-110", "+150" or "evens"."""

    odds: str


class OddsTooFine(OddsMalformed):
    """Decimal odds have at most three places."""


class OddsOutOfRange(OddsMalformed):
    """Odds return more than the stake, and at most a million times it."""

    odds_max: int


class Odds(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Total return on one unit staked: `numerator / denominator`, so 2.35 is 2350/1000 and ten to eleven on is 21/11.

    Every function here gives the canonical form: thousandths wherever three decimals are exact (3/2 is 2500/1000), else lowest terms.
    So equal prices are equal structs. Comparison is exact whatever the form.
    """

    numerator: int
    denominator: int

    def __lt__(self, other: "Odds") -> bool:
        return self.numerator * other.denominator < other.numerator * self.denominator

    def __le__(self, other: "Odds") -> bool:
        return self.numerator * other.denominator <= other.numerator * self.denominator

    def __gt__(self, other: "Odds") -> bool:
        return self.numerator * other.denominator > other.numerator * self.denominator

    def __ge__(self, other: "Odds") -> bool:
        return self.numerator * other.denominator >= other.numerator * self.denominator

    def times(self, other: "Odds") -> "Odds":
        """Return the odds of both coming true in one line; exact, so a long multiple's numbers may outgrow 64 bits."""
        return exact(self.numerator * other.numerator, self.denominator * other.denominator)

    @property
    def text(self) -> str:
        """The exact form that `parse` reads back: decimal where three places say it, else the fraction."""
        return self.decimal_text if THOUSANDTHS % self.denominator == 0 else self.fractional_text

    @property
    def decimal_text(self) -> str:
        """European form with two or three places, rounded down where three cannot say it: "2.35", "1.909" for 10/11."""
        whole, thousandths = divmod(self.numerator * THOUSANDTHS // self.denominator, THOUSANDTHS)
        places = f"{thousandths:03d}"
        return f"{whole}.{places.removesuffix('0')}"

    @property
    def fractional_text(self) -> str:
        """British form, profit to stake in lowest terms: "27/20", "10/11"."""
        profit = self.numerator - self.denominator
        shared = gcd(profit, self.denominator)
        return f"{profit // shared}/{self.denominator // shared}"

    @property
    def american_text(self) -> str:
        """American form, rounded half up to whole units: profit on 100 from evens up, else the stake that wins 100."""
        profit = self.numerator - self.denominator
        if profit >= self.denominator:
            return f"+{_rounded(100 * profit, self.denominator)}"
        return f"-{_rounded(100 * self.denominator, profit)}"


def parse(text: str) -> Odds:
    """Read odds in any of the three forms: "2.35" or "5" (total return), "10/11" (profit/stake), "-110" or "+150", and "evens".

    Raises:
        OddsMalformed: for anything else, floats included.
        OddsTooFine: for decimals with more than three places.
        OddsOutOfRange: for odds that return no more than the stake, or more than a million times it.

    """
    if not isinstance(text, str):
        raise OddsMalformed(repr(text)[:TEXT_CHARACTERS_MAX])
    if len(text) > TEXT_CHARACTERS_MAX:
        raise OddsMalformed(text[:TEXT_CHARACTERS_MAX])
    numerator, denominator = _read(text)
    if not denominator < numerator <= ODDS_MAX * denominator:
        raise OddsOutOfRange(text, ODDS_MAX)
    return exact(numerator, denominator)


def check_odds(odds: Odds) -> None:
    """Refuse odds that no text could have named: those that are not canonical, return no more than the stake, or far too much.

    Raises:
        OddsOutOfRange: with both numbers.

    """
    numerator, denominator = odds.numerator, odds.denominator
    if not (
        type(numerator) is int is type(denominator)
        and 0 < denominator < numerator <= ODDS_MAX * denominator
        and (denominator == THOUSANDTHS or exact(numerator, denominator) == odds)
    ):
        raise OddsOutOfRange(f"{numerator}/{denominator}"[:TEXT_CHARACTERS_MAX], ODDS_MAX)


def exact(numerator: int, denominator: int) -> Odds:
    """Return the canonical odds of that value; both numbers are positive."""
    thousandths, rest = divmod(numerator * THOUSANDTHS, denominator)
    if not rest:
        return Odds(thousandths, THOUSANDTHS)
    shared = gcd(numerator, denominator)
    return Odds(numerator // shared, denominator // shared)


def _read(text: str) -> tuple[int, int]:
    if found := _DECIMAL.fullmatch(text):
        whole, places = found[1], found[2] or ""
        if len(places) > 3:
            raise OddsTooFine(text)
        return int(whole + places.ljust(3, "0")), THOUSANDTHS
    if (found := _FRACTION.fullmatch(text)) and int(found[2]):
        return int(found[1]) + int(found[2]), int(found[2])
    if (found := _AMERICAN.fullmatch(text)) and int(found[2]) >= 100:
        hundreds = int(found[2])
        return (100 + hundreds, 100) if found[1] == "+" else (100 + hundreds, hundreds)
    if text == "evens":
        return 2, 1
    raise OddsMalformed(text)


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
