"""Races: a market on their runners, the places that it pays, and how its runners came out, from the order in which they finished.

A race is a fixture. Its markets are graded on an order that a trader or a feed tells, never on goals. On `race_winner` one runner wins;
places and what they pay to bets each way are its specifiers: `places` is how many are paid, `place_terms` the fraction of the odds' profit
that a place pays, such as 1/5. On `race_place` so many win as its one specifier says, `places`, each at its own odds.
"""

import re
from collections.abc import Collection, Mapping, Sequence

import msgspec

from domain.odds import Odds, exact
from domain.refused import Refused
from domain.settling.folds import Ratio
from domain.settling.grading import Results, SpecifierMalformed
from domain.settling.returns import LOST, VOID, WON, LegResult
from domain.settling.rule4 import deduction_pence

RACING = "racing"
"""The sport of a race: its course is the fixture's home, its title the away."""

RACE_WINNER = "race_winner"
RACE_PLACE = "race_place"
RACES = frozenset({RACE_WINNER, RACE_PLACE})
RUNNERS_MAX = 40
PLACES_MAX = 9
PLACE_PARTS_MAX = 20

Order = tuple[tuple[str, ...], ...]
"""Who finished, the first first; runners that tied stand together."""

_PLACES = re.compile(r"[1-9]")
_TERMS = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)")


class FinishingOrderMalformed(Refused):
    """A race's order names each runner that finished once, no non-runner, and as many as there are places, or all."""

    runner: str
    named: int
    needed: int


class PlaceTerms(msgspec.Struct, frozen=True, gc=False):
    """How many places are paid, and which fraction of the odds' profit."""

    part: Ratio
    places: int


class NonRunner(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A runner that was withdrawn: at which version of the market, and what it cost then, None where it never had a price."""

    version: int
    price: Odds | None = None


def places_of(market_type: str, specifiers: Mapping[str, str]) -> int:
    """Return how many runners win on `race_place`; one on any other market of a race.

    Raises:
        SpecifierMalformed: when they cannot be read.

    """
    if market_type != RACE_PLACE:
        return 1
    places = specifiers.get("places", "")
    if not _PLACES.fullmatch(places) or len(specifiers) != 1:
        raise SpecifierMalformed(market_type, f"places={places[:20]}")
    return int(places)


def place_terms_of(market_type: str, specifiers: Mapping[str, str]) -> PlaceTerms | None:
    """Return the places that a market pays to bets each way; None where it pays none.

    Raises:
        SpecifierMalformed: when they cannot be read.

    """
    if market_type != RACE_WINNER or not specifiers:
        return None
    places, terms = specifiers.get("places", ""), specifiers.get("place_terms", "")
    found = _TERMS.fullmatch(terms)
    if not _PLACES.fullmatch(places) or found is None or len(specifiers) != 2:
        raise SpecifierMalformed(market_type, f"places={places[:20]} place_terms={terms[:20]}")
    part, of = int(found[1]), int(found[2])
    if not part <= of <= PLACE_PARTS_MAX:
        raise SpecifierMalformed(market_type, f"place_terms={terms[:20]}")
    return PlaceTerms((part, of), int(places))


def grade_race(runners: Sequence[str], order: Order, gone: Collection[str], places: int) -> tuple[Results, Results]:
    """Return how every runner came out to win and to be placed, the latter empty where there are no places; those gone are void.

    Several that tied for first share the win, and are placed outright; a tie that reaches beyond the last place is a dead heat for what
    is left of them.

    Raises:
        FinishingOrderMalformed: with the first runner that is wrong, or with how many are missing.

    """
    ran = [runner for runner in runners if runner not in gone]
    named = [runner for tied in order for runner in tied]
    for number, runner in enumerate(named):
        if runner not in ran or runner in named[:number]:
            raise FinishingOrderMalformed(runner[:60], len(named), len(ran))
    needed = min(max(places, 1), len(ran))
    if len(named) < needed or not all(order):
        raise FinishingOrderMalformed("", len(named), needed)
    to_win: Results = {runner: VOID if runner in gone else LOST for runner in runners}
    to_place: Results = dict(to_win) if places else {}
    position = 1
    for tied in order:
        for runner in tied:
            if position == 1:
                to_win[runner] = _shared(len(tied), 1)
            if position <= places:
                to_place[runner] = _shared(len(tied), places - position + 1)
        position += len(tied)
    return to_win, to_place


def _shared(tied: int, left: int) -> LegResult:
    """Return the result of each of several that tied for so many places."""
    return LegResult((1, 1), dead_heat=(tied, left)) if tied > left else WON


def rule4_price(market_type: str, specifiers: Mapping[str, str], price: Odds | None) -> Odds | None:
    """Return the price by which Rule 4 counts a withdrawn runner that cost `price`.

    The table is of prices to win. Where several places are paid, a runner's share of them is what it would have cost to win one: its odds
    times the places.
    """
    places = places_of(market_type, specifiers)
    return price if price is None or places == 1 else exact(price.numerator * places, price.denominator)


def pence_of(table: str, version: int, gone: Mapping[str, NonRunner]) -> int:
    """Return what Rule 4 takes off a bet at a version of the market: for those that were withdrawn after it was struck."""
    late = [each.price for each in gone.values() if each.version > version and each.price is not None]
    return deduction_pence(table, late) if late else 0
