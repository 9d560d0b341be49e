"""What the runners of races cost: to win by their chances, to be placed by what follows from those, with the margin on."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commands.trading.racing.race import Race
from domain.pricing.margin import with_margin
from domain.pricing.markets import Book, book_of
from domain.pricing.racing import place_chances
from domain.settling.racing import RACE_PLACE, RACE_WINNER

MARGIN_EXPONENT = 0.92
"""The book's margin on races (see `domain.pricing.margin`): 20 % on ten equal chances, about 2 % a runner, as books on races take."""

RaceBooks = dict[str, Book]
"""Type of market -> its book; without prices where as many are paid as runners are left."""

RUNNERS_MIN = 2


class RaceMoment(NamedTuple):
    """A race at a row of its chances, before the off, and who does not run."""

    race: Race
    row: int
    gone: frozenset[str] = frozenset()


def books_of_races(moments: Sequence[RaceMoment]) -> list[RaceBooks]:
    """Return the books of many races, those with as many runners and places in one vectorised call."""
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    left = [[at for at, runner in enumerate(moment.race.runners) if runner.selection not in moment.gone] for moment in moments]
    for number, moment in enumerate(moments):
        alike[len(left[number]), moment.race.places].append(number)
    books = [{RACE_WINNER: Book({}, {}), RACE_PLACE: Book({}, {})} for _ in moments]
    for (runners, places), numbers in alike.items():
        if runners < RUNNERS_MIN:
            continue
        chances = np.array([[moments[number].race.chances[moments[number].row][at] for at in left[number]] for number in numbers])
        win = chances / chances.sum(axis=1, keepdims=True)
        placed = place_chances(win, places) if places < runners else None
        for row, number in enumerate(numbers):
            race = moments[number].race
            selections = [race.runners[at].selection for at in left[number]]
            on_places = Book({}, {}) if placed is None else book_of(selections, with_margin(placed[row], MARGIN_EXPONENT))
            books[number] = {RACE_WINNER: book_of(selections, with_margin(win[row], MARGIN_EXPONENT)), RACE_PLACE: on_places}
    return books
