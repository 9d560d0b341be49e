"""Bets with several selections of one market, by rules written once more: a line has one selection of each of its markets."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from commands.audit.races import RACES
from commands.audit.rules import winners_of
from commands.audit.streams import AuditedMarket
from domain.bet.lines import folds_of
from domain.odds import Odds
from domain.settling import LegResult
from domain.settling.folds import Ratio
from domain.settling.returns import factor

Groups = list[list[int]]
"""The numbers of a bet's legs by market; none where each leg is on a market of its own."""


class MarketLeg(Protocol):
    """A leg, of a fact or as the audit keeps it."""

    @property
    def market_id(self) -> str:
        """The market that it is on."""
        ...


def groups_of(legs: Sequence[MarketLeg]) -> Groups:
    """Return the legs of a bet by market, if two are on the same."""
    markets = [leg.market_id for leg in legs]
    once = list(dict.fromkeys(markets))
    if len(once) == len(markets):
        return []
    return [[number for number, market_id in enumerate(markets) if market_id == wanted] for wanted in once]


def lines_in(bet_type: str, groups: Groups) -> int:
    """Return how many lines such a bet has, 0 where it is none."""
    sizes = folds_of(bet_type, len(groups))
    return int(sum_of_lines(sizes, [Fraction(len(group)) for group in groups])) if sizes else 0


def sum_of_lines(sizes: Sequence[int], of_markets: Sequence[Fraction]) -> Fraction:
    """Return the sum of all products of so many of these."""
    sums = [Fraction(1), *[Fraction(0)] * len(of_markets)]
    for seen, of_market in enumerate(of_markets):
        for size in range(seen + 1, 0, -1):
            sums[size] += sums[size - 1] * of_market
    return sum((sums[size] for size in sizes), Fraction(0))


def returned(bet_type: str, groups: Groups, legs: Sequence[tuple[Odds, LegResult]]) -> Fraction:
    """Return what one unit on every line returns."""
    made = [Fraction(*factor(odds, result)) for odds, result in legs]
    return sum_of_lines(folds_of(bet_type, len(groups)), added_up(groups, made))


def added_up(groups: Groups, made: Sequence[Fraction]) -> list[Fraction]:
    """Return what the markets make of a unit on each of their selections."""
    return [sum((made[number] for number in group), Fraction(0)) for group in groups]


def ratios(sums: Sequence[Fraction]) -> list[Ratio]:
    """Return fractions as pairs of numerator and denominator."""
    return [(each.numerator, each.denominator) for each in sums]


def best(bet_type: str, groups: Groups, odds: Sequence[Odds], markets: Sequence[AuditedMarket]) -> Fraction:
    """Return what one unit on every line returns at best: of a market that pays one selection alone that with the highest price."""
    made = [Fraction(price.numerator, price.denominator) for price in odds]
    of_markets = []
    for group in groups:
        market = markets[group[0]]
        pays_one = _pays_one(market.type, market.specifiers)
        all_of_it = [made[number] for number in group]
        of_markets.append(max(*all_of_it, Fraction(len(group))) if pays_one else sum(all_of_it, Fraction(0)))
    return sum_of_lines(folds_of(bet_type, len(groups)), of_markets)


def _pays_one(market_type: str, specifiers: Mapping[str, str]) -> bool:
    return market_type not in RACES and winners_of(market_type, specifiers) == 1
