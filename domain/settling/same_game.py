"""Legs of one match that are struck together: at odds of their own, and with one result.

They are one leg of their bet's line. It is lost when one of them is lost; else its stake comes back when one of them is void; else it is
won, at the odds of all together. Those are priced by the same rule (`domain.pricing.same_game`), so that nothing has to be priced anew
when a leg is void.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from domain.odds import Odds
from domain.settling.returns import LOST, VOID, WON, LegResult, odds_of_folds

T = TypeVar("T")


class SameGame(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Legs of one match, by their indexes in the bet, ascending, and their odds together.

    `chance_millionths` is the chance that the odds were made of, 0 in a slip. `asked` is there only where the bettor had asked for other
    odds and agreed to take these.
    """

    legs: tuple[int, ...]
    odds: Odds
    chance_millionths: int = 0
    asked: Odds | None = None


def odds_together(odds: Sequence[Odds], same_game: Sequence[SameGame]) -> list[Odds]:
    """Return the odds of a line's legs, those of one match as one: first all others in their order, then the matches in theirs."""
    return [*_alone(odds, same_game), *[each.odds for each in same_game]]


def legs_together(legs: Sequence[tuple[Odds, LegResult]], same_game: Sequence[SameGame]) -> list[tuple[Odds, LegResult]]:
    """Return the odds and results of a line's legs, those of one match as one; in the order of `odds_together`."""
    return [*_alone(legs, same_game), *[(each.odds, result_together([legs[index][1] for index in each.legs])) for each in same_game]]


def odds_of_line(odds: Sequence[Odds], same_game: Sequence[SameGame]) -> Odds:
    """Return the odds of a line whose legs of one match count as one."""
    together = odds_together(odds, same_game)
    return odds_of_folds((len(together),), together)


def result_together(results: Sequence[LegResult]) -> LegResult:
    """Return how legs of one match came out together; none of them splits its stake, since such a leg is not taken."""
    if LOST in results:
        return LOST
    if VOID in results:
        return VOID
    assert all(result == WON for result in results), "a leg of a same-game multiple is won, void or lost"
    return WON


def _alone(values: Sequence[T], same_game: Sequence[SameGame]) -> Iterator[T]:
    together = {index for each in same_game for index in each.legs}
    return (value for index, value in enumerate(values) if index not in together)
