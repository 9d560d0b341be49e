"""Places of a race from its win chances: the chance of each runner to be among the first few.

D. A. Harville, "Assigning probabilities to the outcomes of multi-entry competitions" (1973): whoever is left wins the next place with the
chance that it has among those that are left. That gives favourites too many places: under R. J. Henery's normal running times
("Permutation probabilities as models for horse races", 1981) the chances of those that are left are closer to each other. V. S. Y. Lo and
J. Bacon-Shone ("A comparison between two models for predicting ordering probabilities in multiple-entry competitions", 1994; "The
application of ranking probability models to racetrack betting", with K. Busche, 1995) discount them to come close to that: place r goes by
`chance ** discount[r]`.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.pricing.goals import Floats

HARVILLE = (1.0, 1.0, 1.0, 1.0, 1.0)
"""No discount on any place: Harville's model."""

HENERY = (1.0, 0.76, 0.62, 0.53, 0.46)
"""The discount on each place. Second and third are Lo and Bacon-Shone's for Henery's model; fourth and fifth follow from the expected
normal order statistics of ten runners of nearly one strength, which give the same second and third."""

PLACES_MAX = len(HENERY)
"""How many places are priced at most."""

FIELDS_REMEMBERED_MAX = 64


class _Level(NamedTuple):
    """How the sets of runners that share the first places grow by one: `came_from` and `runner` make `came_to`; `left` are not in it."""

    left: Floats
    """One row for each set before: 1 for each runner that is not in it."""
    came_from: NDArray[np.intp]
    runner: NDArray[np.intp]
    came_to: NDArray[np.intp]
    sets: int


def place_chances(win: Floats, places: int, discounts: Sequence[float] = HENERY) -> Floats:
    """Return the chance of each runner to be among the first `places`, in the shape of `win`: one race, or one race a row.

    The chances to win of one race are positive and add up to 1. Exact: who takes the next place depends on
    the set of runners that took those before, whatever their order, so that sets are summed over.
    """
    assert 1 <= places <= PLACES_MAX, "so many places are priced"
    races = np.atleast_2d(np.asarray(win, dtype=np.float64))
    runners = races.shape[1]
    if places >= runners:
        return np.ones_like(np.asarray(win, dtype=np.float64))
    levels = _levels(runners, places)
    chances = np.ones((len(races), 1))
    for level, discount in zip(levels, discounts, strict=False):
        weights = races**discount
        each = chances[:, level.came_from] * weights[:, level.runner] / (weights @ level.left.T)[:, level.came_from]
        chances = np.stack([np.bincount(level.came_to, weights=row, minlength=level.sets) for row in each])
    placed: Floats = chances @ _members(runners, places)
    return np.minimum(placed, 1.0).reshape(np.shape(win))


@lru_cache(FIELDS_REMEMBERED_MAX)
def _members(runners: int, size: int) -> Floats:
    """Return one row for each set of so many runners, in lexical order: 1 for each runner in it."""
    sets = list(combinations(range(runners), size))
    members = np.zeros((len(sets), runners))
    members[np.repeat(np.arange(len(sets)), size), np.array(sets, dtype=np.intp).ravel()] = 1.0
    return members


@lru_cache(FIELDS_REMEMBERED_MAX)
def _levels(runners: int, places: int) -> tuple[_Level, ...]:
    levels = []
    for size in range(places):
        before, after = list(combinations(range(runners), size)), list(combinations(range(runners), size + 1))
        index = {members: number for number, members in enumerate(before)}
        grown = [(index[members[:at] + members[at + 1 :]], members[at], to) for to, members in enumerate(after) for at in range(size + 1)]
        came_from, runner, came_to = np.array(grown, dtype=np.intp).T
        levels.append(_Level(1.0 - _members(runners, size), came_from, runner, came_to, len(after)))
    return tuple(levels)
