"""The prices a book shows: a ladder of ticks, finer where prices are short."""

import numpy as np

from domain.odds import Odds
from domain.pricing.goals import Floats

_RUNGS = ((1_010, 2_000, 10), (2_000, 3_000, 20), (3_000, 4_000, 50), (4_000, 6_000, 100), (6_000, 10_000, 200), (10_000, 20_000, 500),
          (20_000, 30_000, 1_000), (30_000, 50_000, 2_000), (50_000, 100_000, 5_000), (100_000, 501_000, 10_000))  # fmt: skip
"""From, to (not included), tick: thousandths. The exchanges' ladder, cut off at 501."""

TICKS = (*(Odds(price, 1000) for first, end, tick in _RUNGS for price in range(first, end, tick)), Odds(501_000, 1000))
"""Every price there is, from 1.01 to 501."""

CHANCE_MIN = 0.000_5
"""Below this chance a selection is not offered: the longest price would not be one."""

_RETURNS = np.array([odds.numerator / odds.denominator for odds in TICKS])


def prices_of(implied: Floats) -> list[Odds | None]:
    """Return the longest tick that pays no more than each implied chance allows, or None where the selection is not offered.

    Not offered are what is certain or as good as certain, since it would pay less than 1.01, and what has next to no chance.
    """
    fair = 1.0 / np.maximum(implied, 1e-9)
    rungs = np.searchsorted(_RETURNS, fair * (1 + 1e-12), side="right") - 1
    offered = (rungs >= 0) & (implied >= CHANCE_MIN)
    return [TICKS[rung] if shown else None for rung, shown in zip(rungs.tolist(), offered.tolist(), strict=True)]
