"""The chance to win that the prices of a market give a selection: what its open bets are worth now follows from it.

Only markets of which exactly one selection wins and none is ever void in part: from prices alone, nobody can tell how likely it is that a
stake is given back.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from domain.odds import Odds
from domain.pricing.margin import probabilities_of
from domain.settling.rules import LINES, type_of, winners_of

MILLION = 1_000_000
BOOKS_REMEMBERED_MAX = 4_096
STAKE_GIVEN_BACK = frozenset({"draw_no_bet", "money_line"})
"""What is asked, of which a result gives the stake back whatever the line is."""


def has_one_winner(market_type: str, specifiers: Mapping[str, str]) -> bool:
    """Say whether exactly one selection of a market wins, whatever the score: no second winner, and no line that a score can be on.

    Raises:
        MarketTypeUnknown: when no rule grades it.

    """
    asks = type_of(market_type).asks
    if winners_of(market_type, specifiers) > 1:
        return False
    line = specifiers.get(LINES.get(asks, ""))
    return asks not in STAKE_GIVEN_BACK and (line is None or line.endswith(".5"))


def chance_millionths(book: Mapping[str, Odds], runners: Sequence[str], selection: str) -> int:
    """Return a selection's chance by the prices of all runners, the margin taken off by the power method; in millionths, rounded down.

    It is never more than the price implies, which a book without a margin could give. 0 where a runner has no
    price, so that the prices are no book.
    """
    if any(runner not in book for runner in runners):
        return 0
    return _millionths(tuple([book[runner] for runner in runners]))[runners.index(selection)]


@lru_cache(maxsize=BOOKS_REMEMBERED_MAX)
def _millionths(prices: tuple[Odds, ...]) -> tuple[int, ...]:
    probabilities, _ = probabilities_of([odds.numerator / odds.denominator for odds in prices])
    implied = [MILLION * odds.denominator // odds.numerator for odds in prices]
    return tuple([min(int(probability * MILLION), most) for probability, most in zip(probabilities.tolist(), implied, strict=True)])
