"""Each way: half of a bet is on the win and half on the place, on every line of any bet."""

from collections.abc import Sequence

from domain.odds import Odds, exact
from domain.settling.folds import Ratio, lines_in, sum_of_folds

WIN_TO_WIN, EQUALLY_DIVIDED = "win_to_win", "equally_divided"
EACH_WAY_RULES = (WIN_TO_WIN, EQUALLY_DIVIDED)


def place_odds(odds: Odds, part: Ratio) -> Odds:
    """Return the odds of a place, which pays so much of the profit; not in canonical form."""
    numerator, denominator = part
    profit = (odds.numerator - odds.denominator) * numerator
    return Odds(odds.denominator * denominator + profit, odds.denominator * denominator)


def each_way_odds(sizes: Sequence[int], odds: Sequence[Odds], terms: Sequence[Ratio], rule: str) -> Odds:
    """Return the odds of a whole each-way bet: what a unit of its stake, spread evenly over both parts of all lines, returns at best."""
    places = [place_odds(price, part) for price, part in zip(odds, terms, strict=True)]
    to_win, to_place = ([(price.numerator, price.denominator) for price in each] for each in (odds, places))
    numerator, denominator = each_way_sum(sizes, to_win, to_place, rule)
    return exact(numerator, denominator * 2 * lines_in(len(odds), sizes))


def each_way_sum(sizes: Sequence[int], to_win: Sequence[Ratio], to_place: Sequence[Ratio], rule: str) -> Ratio:
    """Return what one unit on each part of every line returns, from what the legs make of one on the win and one on the place.

    Win to win, it is the same bet twice. Divided equally, what a leg returns on both is staked half and half on the next, so that a line is
    its two units times the product of every leg's mean of the two.
    """
    if rule == EQUALLY_DIVIDED:
        means = [(a * d + c * b, 2 * b * d) for (a, b), (c, d) in zip(to_win, to_place, strict=True)]
        numerator, denominator = sum_of_folds(sizes, means)
        return 2 * numerator, denominator
    (a, b), (c, d) = sum_of_folds(sizes, to_win), sum_of_folds(sizes, to_place)
    return a * d + c * b, b * d
