"""Stake factors: decimals by which traders multiply the most that the book pays on a bet, counted in millionths."""

import re

from domain.refused import Refused

FACTOR_UNITS = 1_000_000
"""A factor is counted in millionths."""

FACTOR_MAX = 10
FACTOR_CHARACTERS_MAX = 20

_DECIMAL = re.compile(r"([0-9]{1,2})(?:\.([0-9]{1,6}))?")


class FactorMalformed(Refused):
    """A stake factor is text such as 0.25: above nothing, at most 10, with at most six decimals."""

    factor: str
    factor_max: int


def parse_factor(text: str) -> int:
    """Read a factor from its decimal text; return it in millionths.

    Raises:
        FactorMalformed: for anything else.

    """
    found = _DECIMAL.fullmatch(text) if text.isascii() else None
    units = 0 if found is None else int(found[1] + (found[2] or "").ljust(6, "0"))
    if not 0 < units <= FACTOR_MAX * FACTOR_UNITS:
        raise FactorMalformed(text[:FACTOR_CHARACTERS_MAX], FACTOR_MAX)
    return units


def factor_text(units: int) -> str:
    """Return a factor as a decimal without needless zeros: the one text of each factor that facts hold."""
    whole, rest = divmod(units, FACTOR_UNITS)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
