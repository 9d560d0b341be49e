"""Tennis that nobody played: tours of made-up players, every point drawn, the same for the same seed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from string import ascii_uppercase
from typing import Literal

import numpy as np

from commands.trading.replay.tennis import DRAW_BYTES, TennisMatch
from domain.pricing.tennis import ServeChances
from infra.sports_data.simulated_leagues import FIRST_ROUND, MATCHES_A_ROUND, SOURCE, TEAMS, TOWNS, rounds_of

SERVE_MIN, SERVE_MAX = 0.45, 0.85
ON_SERVE, SERVE_SPREAD, RETURN_SPREAD = 0.63, 0.025, 0.02
"""The chance to win a point on serve between two players of the tour, and how far players differ in serve and return."""

RETIRED_SHARE = 0.02
"""How many matches are given up, as in real tours; each within its first hundred points."""

POINTS_DRAWN = 400
TENNIS_SEED = 104_729
_INITIALS = tuple(letter for letter in ascii_uppercase if letter not in "QXYZ")


def simulated_tennis_matches(matches_at_once: int, seed: int) -> list[TennisMatch]:
    """Return a year of as many tours as have so many matches in one round, in order of time. Every second tour is best of five."""
    tours = min(-(-matches_at_once // MATCHES_A_ROUND), len(TOWNS) * len(_INITIALS) // TEAMS)
    drawn = np.random.default_rng((seed, TENNIS_SEED))
    names = drawn.permutation([f"{initial}. {name}" for name, initial in product(TOWNS, _INITIALS)]).tolist()
    matches = [match for tour in range(tours) for match in _tour(tour, names[tour * TEAMS : (tour + 1) * TEAMS], drawn)]
    return sorted(matches, key=lambda match: match.kick_off)


def _tour(number: int, players: list[str], drawn: np.random.Generator) -> Iterator[TennisMatch]:
    serve = drawn.normal(0.0, SERVE_SPREAD, len(players))
    returned = drawn.normal(0.0, RETURN_SPREAD, len(players))
    for week, pairs in enumerate(rounds_of(len(players))):
        for home, away in pairs:
            chances = [float(np.clip(ON_SERVE + serve[a] - returned[b], SERVE_MIN, SERVE_MAX)) for a, b in ((home, away), (away, home))]
            retires: Literal["home", "away", ""] = ""
            if drawn.random() < RETIRED_SHARE:
                retires = "home" if drawn.random() < 0.5 else "away"
            yield TennisMatch(
                source=SOURCE,
                competition=f"Simulated Tour {number + 1}",
                home=players[home],
                away=players[away],
                kick_off=FIRST_ROUND + timedelta(weeks=week),
                serve=ServeChances(chances[0], chances[1], 2 + number % 2),
                draws=drawn.bytes(POINTS_DRAWN * DRAW_BYTES),
                home_first=bool(drawn.integers(2)),
                retires=retires,
                retires_after=int(drawn.integers(1, 101)),
            )
