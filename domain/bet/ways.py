"""Several selections of one market in a bet: each of them is in lines of its own, and the market counts as one leg of the bet's type.

Sportradar's Managed Trading Services call the selections of a market in a bet its ways. A double with two selections of one market and one
of another is two doubles, as if both had been written down. Lines are not listed here either: what a market's selections make of a unit is
added up first, and the sum takes the place of a leg's factor in `domain.settling.folds`.
"""

from collections.abc import Container, Sequence
from typing import Protocol

from domain.bet.lines import folds_of
from domain.refused import Refused
from domain.settling.folds import Ratio, sum_of_folds

Ways = tuple[tuple[int, ...], ...]
"""The legs of a bet by market, each by its number in the bet, in the order of the markets; empty where each has a market of its own."""


class OnMarket(Protocol):
    """A leg, in whatever form it is kept."""

    @property
    def market_id(self) -> str:
        """The market that it is on."""
        ...


class OnSelection(OnMarket, Protocol):
    """A leg with its selection."""

    @property
    def selection(self) -> str:
        """What it bets on."""
        ...


class SelectionTwice(Refused):
    """A bet has every selection of a market once: a larger stake is what two of the same would be."""

    market_id: str
    selection: str


def ways_of(legs: Sequence[OnMarket]) -> Ways:
    """Return the legs of a bet by market where one of these has several."""
    by_market: dict[str, list[int]] = {}
    for number, leg in enumerate(legs):
        by_market.setdefault(leg.market_id, []).append(number)
    return () if len(by_market) == len(legs) else tuple([tuple(numbers) for numbers in by_market.values()])


def check_selections(legs: Sequence[OnSelection], ways: Ways) -> None:
    """Refuse a selection that is in a bet twice.

    Raises:
        SelectionTwice: with the first.

    """
    for numbers in ways:
        taken = set[str]()
        for number in numbers:
            if legs[number].selection in taken:
                raise SelectionTwice(legs[number].market_id, legs[number].selection[:60])
            taken.add(legs[number].selection)


def lines_with(bet_type: str, selections: Sequence[int]) -> int:
    """Return how many lines a bet has with so many selections of each of its markets; 0 where its type is of another number of markets."""
    sizes = folds_of(bet_type, len(selections))
    return sum_of_folds(sizes, [(count, 1) for count in selections])[0] if sizes else 0


def added_up(factors: Sequence[Ratio], ways: Ways) -> list[Ratio]:
    """Return what the markets of a bet make of a unit on each of their selections, from what every selection makes of one."""
    return [_sum([factors[number] for number in numbers]) for numbers in ways]


def at_best(odds: Sequence[Ratio], ways: Ways, markets: Sequence[str], exclusive: Container[str]) -> list[Ratio]:
    """Return what the markets of a bet make of a unit on each of their selections at best.

    Of an `exclusive` market one selection wins at most: it makes the highest of its odds, or gives all stakes back if it is void. Of any
    other all may win.
    """
    best = []
    for numbers in ways:
        of_market = [odds[number] for number in numbers]
        if markets[numbers[0]] in exclusive:
            highest = max(of_market, key=lambda ratio: ratio[0] / ratio[1])
            best.append(highest if highest[0] >= len(numbers) * highest[1] else (len(numbers), 1))
        else:
            best.append(_sum(of_market))
    return best


def _sum(ratios: Sequence[Ratio]) -> Ratio:
    (numerator, denominator), *others = ratios
    for of_other, out_of in others:
        numerator, denominator = numerator * out_of + of_other * denominator, denominator * out_of
    return numerator, denominator
