"""Rule 4: what is taken off winnings when a horse is withdrawn too late to price the race again, by tables that differ between books.

The deduction is in pence of every pound won, by the price that the withdrawn horse had; several withdrawals add up, to 90 at most.
"""

from collections.abc import Iterable

from domain.odds import Odds
from domain.refused import Refused

DEDUCTION_PENCE_MAX = 90
"""Of all withdrawals from one race together."""

Table = tuple[tuple[int, int, int], ...]
"""Bands from the shortest price: (profit, stake, pence) says that prices up to profit/stake cost so many pence. Others cost nothing."""

_TATTERSALLS: Table = (
    (1, 9, 90),
    (2, 11, 85),
    (1, 4, 80),
    (3, 10, 75),
    (2, 5, 70),
    (8, 15, 65),
    (8, 13, 60),
    (4, 5, 55),
    (20, 21, 50),
    (6, 5, 45),
    (6, 4, 40),
    (7, 4, 35),
    (9, 4, 30),
    (3, 1, 25),
    (4, 1, 20),
    (11, 2, 15),
    (9, 1, 10),
    (14, 1, 5),
)

TATTERSALLS = "tattersalls_v1"
RULE4_TABLES: dict[str, Table] = {TATTERSALLS: _TATTERSALLS, "tattersalls_without_5p_v1": _TATTERSALLS[:-1]}
"""Name with its version -> the bands. Tattersalls Committee's Rule 4(c), and as books apply it that waive the lowest deduction.

A table is never changed: what was struck under one is settled by it. A corrected table is another entry.
"""


class Rule4TableUnknown(Refused):
    """There is no such table of Rule 4 deductions."""

    table: str


def deduction_pence(table: str, withdrawn: Iterable[Odds]) -> int:
    """Return what the withdrawal of horses at these prices takes off every pound won, in pence.

    Raises:
        Rule4TableUnknown: when there is no such table.

    """
    bands = RULE4_TABLES.get(table)
    if bands is None:
        raise Rule4TableUnknown(table[:60])
    return min(DEDUCTION_PENCE_MAX, sum(_pence(bands, price) for price in withdrawn))


def _pence(bands: Table, price: Odds) -> int:
    profit, stake = price.numerator - price.denominator, price.denominator
    return next((pence for at_most, of, pence in bands if profit * of <= at_most * stake), 0)


def reduced(odds: Odds, pence: int) -> Odds:
    """Return odds whose profit is less by so many pence in the pound; not in canonical form."""
    profit = (odds.numerator - odds.denominator) * (100 - pence)
    return Odds(100 * odds.denominator + profit, 100 * odds.denominator)
