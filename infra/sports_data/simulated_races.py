"""Races that nobody ran: cards of made-up runners whose chances drift before the off, with results drawn from the model.

The same for the same seed and number, whichever races were drawn before.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from commands.trading.racing.race import STEP_S, Race, Withdrawal
from domain.market.facts import Selection
from domain.pricing.goals import Floats
from domain.pricing.racing import HENERY

COURSES = ("Aldermere", "Braxfield", "Colne Park", "Dunmore Downs")
RACES_A_DAY = 8
ON_OFFER_S = 3_600
"""How long a race is on offer before the off."""

FIELDS = (5, 16)
"""The fewest and the most runners."""

CHANCE_MIN = 0.004
SPREAD = 1.4
"""The parameter of the Dirichlet distribution of the chances: a favourite of ten runners wins three races in ten."""

DRIFT = 0.02
"""Standard deviation of a step of a runner's drift, in logarithms of its chance."""

NON_RUNNER_SHARE = 0.15
DEAD_HEAT_SHARE = 0.01
_DISTANCES = ((60, "5f"), (73, "6f"), (86, "7f"), (99, "1m"), (126, "1m 2f"), (154, "1m 4f"), (212, "2m"))
"""How long a race lasts in seconds, and over which distance."""

_FIRST = """Amber Autumn Bright Copper Crimson Dancing Distant Early Electric Fair Gallant Gentle Golden Hidden Ivory Jolly Lucky Marble
Midnight Misty Noble Northern Old Quiet Rapid Royal Scarlet Second Secret Silver Singing Solar Spring Steady Stormy Sunday Swift Velvet
Wandering Winter"""
_LAST = """Arrow Ballad Beacon Boy Bridge Candle Captain Chance Comet Dancer Duke Echo Fiddler Flight Fortune Girl Harbour Heron Jester
Lady Lantern Legend Melody Minstrel Orchard Piper Promise Question Ranger River Runner Sailor Shadow Song Spirit Star Tide Tower Venture
Whisper"""
_HORSES = tuple(" ".join(parts) for parts in product(re.split(r"\s", _FIRST), re.split(r"\s", _LAST)))


def simulated_race(seed: int, number: int) -> Race:
    """Return the race of a number, from 0: the courses take turns, each with a card of eight races."""
    drawn = np.random.default_rng([seed, number])
    runners = int(drawn.integers(FIELDS[0], FIELDS[1] + 1))
    is_handicap = bool(drawn.integers(2))
    lasts_s, distance = _DISTANCES[int(drawn.integers(len(_DISTANCES)))]
    names = [_HORSES[at] for at in drawn.choice(len(_HORSES), runners, replace=False).tolist()]
    field = tuple(Selection(name.lower().replace(" ", "_"), name) for name in names)
    chances = _drifting(drawn, runners)
    withdrawals = _withdrawals(drawn, field, len(chances))
    gone = {each.selection for each in withdrawals}
    places, terms = place_terms(runners, is_handicap=is_handicap)
    kind = "Handicap" if is_handicap else "Stakes"
    return Race(
        source=f"simulated-racing-{seed}",
        number=number,
        course=COURSES[number % len(COURSES)],
        title=f"Race {number // len(COURSES) % RACES_A_DAY + 1}, {distance} {kind}",
        runners=field,
        chances=tuple(map(tuple, chances.tolist())),
        withdrawals=withdrawals,
        places=places,
        place_terms=terms,
        lasts_s=lasts_s,
        order=tuple(_finish(drawn, [each.selection for each in field], chances[-1], gone)),
    )


def place_terms(runners: int, *, is_handicap: bool) -> tuple[int, str]:
    """Return the places and the fraction of the odds that British books pay each way, by the field at the opening, of 5 or more."""
    if runners < 8:
        return 2, "1/4"
    if is_handicap and runners >= 16:
        return 4, "1/4"
    return 3, "1/4" if is_handicap and runners >= 12 else "1/5"


def _drifting(drawn: np.random.Generator, runners: int) -> Floats:
    """Return the chances of a field at every step before the off: a walk in their logarithms, each step adding up to 1."""
    opening = np.maximum(drawn.dirichlet(np.full(runners, SPREAD)), CHANCE_MIN)
    walk = np.cumsum(drawn.normal(0.0, DRIFT, (ON_OFFER_S // STEP_S, runners)), axis=0)
    moved = opening * np.exp(walk - walk[0])
    chances: Floats = moved / moved.sum(axis=1, keepdims=True)
    return chances


def _withdrawals(drawn: np.random.Generator, field: Sequence[Selection], rows: int) -> tuple[Withdrawal, ...]:
    """Return who is withdrawn and when: of most races nobody, of others one runner, in the second half of the time on offer."""
    if drawn.uniform() >= NON_RUNNER_SHARE:
        return ()
    return (Withdrawal(int(drawn.integers(rows // 2, rows)), field[int(drawn.integers(len(field)))].selection),)


def _finish(drawn: np.random.Generator, names: list[str], chances: Floats, gone: set[str]) -> Iterator[tuple[str, ...]]:
    """Draw the order in which all runners finish, place by place, by the model that places are priced by; rarely, two tie."""
    left = [at for at, name in enumerate(names) if name not in gone]
    order: list[str] = []
    while left:
        discount = HENERY[min(len(order), len(HENERY) - 1)]
        weights = chances[left] ** discount
        order.append(names[left.pop(int(drawn.choice(len(left), p=weights / weights.sum())))])
    tied = int(drawn.integers(3)) if drawn.uniform() < DEAD_HEAT_SHARE else len(order)
    at = 0
    while at < len(order):
        count = 2 if at == tied and at + 1 < len(order) else 1
        yield tuple(order[at : at + count])
        at += count
