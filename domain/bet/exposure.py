"""What an open bet may cost the book: the most that it pays, market by market, if a selection of it wins there and if none does.

The rule for bets of several legs is the marginal maximum loss: every other open leg is taken to win. So what a bet pays in truth, whatever
comes, is never more than what is said here of any one of its markets.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from domain.bet.facts import BetPlaced
from domain.bet.settlement import at_right_odds, settled
from domain.bet.ways import ways_of
from domain.odds import Odds
from domain.settling import LOST, WON, LegResult


class MarketRisk(NamedTuple):
    """What a bet pays at most, by a market that it has an open leg on: `kept_minor` if none of its selections there wins.

    `added_minor` is by selection what it pays more if that one wins.
    """

    fixture_id: str
    market_id: str
    kept_minor: int
    added_minor: Mapping[str, int]


def risks_of(
    placed: BetPlaced,
    results: Sequence[LegResult | None],
    places: Sequence[LegResult | None],
    deductions: tuple[int, ...],
    repriced: Sequence[Odds | None] = (),
) -> list[MarketRisk]:
    """Return what a bet may still cost by market, from how its legs came out so far (None: open); nothing where it can pay nothing.

    `placed.stake_minor` is the stake that is open, and `placed.potential_returns_minor` what that returns if every leg wins. Of an each-way
    bet a selection that does not win is taken to be placed. Of several selections on another market all are taken to win. A leg pays the
    odds of `repriced` where it was struck at an obvious error.
    """
    placed = at_right_odds(placed, repriced)
    open_legs = [number for number, result in enumerate(results) if result is None]
    by_market: dict[str, list[int]] = {}
    for number in open_legs:
        by_market.setdefault(placed.legs[number].market_id, []).append(number)
    is_fresh = len(open_legs) == len(results)
    is_promised = is_fresh and not (placed.lines > 1 and ways_of(placed.legs))
    best_minor = placed.potential_returns_minor if is_promised else _paid_minor(placed, results, places, deductions, ())
    if not best_minor:
        return []
    found = []
    for market_id, numbers in by_market.items():
        is_whole = placed.lines == 1 and not placed.each_way
        kept_minor = 0 if is_whole else _paid_minor(placed, results, places, deductions, numbers)
        added = {}
        for number in numbers:
            others = [other for other in numbers if other != number]
            pays_minor = _paid_minor(placed, results, places, deductions, others) if others else best_minor
            added[placed.legs[number].selection] = pays_minor - kept_minor
        found.append(MarketRisk(placed.legs[numbers[0]].fixture_id, market_id, kept_minor, added))
    return found


def _paid_minor(
    placed: BetPlaced,
    results: Sequence[LegResult | None],
    places: Sequence[LegResult | None],
    deductions: tuple[int, ...],
    lost: Collection[int],
) -> int:
    """Return what the bet pays if these open legs lose and all other open ones win, by the rule that settles it."""
    to_win = tuple([(LOST if number in lost else WON) if result is None else result for number, result in enumerate(results)])
    to_place = tuple([WON if result is None else result for result in places or (None,) * len(to_win)]) if placed.each_way else ()
    return settled(placed, to_win, 1, placed.at, (), to_place, deductions).returns_minor
