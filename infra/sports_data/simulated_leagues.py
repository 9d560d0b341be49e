"""Matches that nobody played: leagues of made-up teams whose goals are drawn from the model, the same for the same seed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np

from commands.trading.replay.match import Goal, Match, Side
from domain.pricing.goals import MINUTES, Expectation, share_left
from domain.pricing.strengths import BASE, HOME_ADVANTAGE

SOURCE = "simulated"
TEAMS = 20
"""A league's teams; each plays each other twice in a season, as real leagues do."""

ROUNDS = 2 * (TEAMS - 1)
MATCHES_A_ROUND = TEAMS // 2
FIRST_ROUND = datetime(2026, 8, 1, 15, 0, tzinfo=UTC)
STRENGTH_SPREAD = 0.28
"""Standard deviation of teams' attack and defence, in logarithms of goals: as of a real first division."""

_FIRST = """Alder Apple Ash Barn Beech Birch Black Bram Clay Cran Dun Elm Fern Fox Glen Green Hart Hazel Iver Jas Kel Lark Maple Nor Oak
Pine Red Stan Thorn West White Wood"""
_LAST = """bank beck bourne bridge brook burn bury cliff combe cote dale den fell field ford gate grove ham haven hill holm hurst ley
march mere mouth port ridge stead ton wick worth"""
TOWNS = tuple("".join(parts) for parts in product(re.split(r"\s", _FIRST), re.split(r"\s", _LAST)))
_CLUBS = ("Rovers", "United", "City", "Athletic", "Town", "Wanderers", "Albion", "Rangers", "County", "Sporting")
LEAGUES_MAX = len(TOWNS) * len(_CLUBS) // TEAMS

_SHARES_GONE = np.array([1.0 - share_left(minute) for minute in range(MINUTES + 1)])


def simulated_matches(matches_at_once: int, seed: int) -> list[Match]:
    """Return the season of as many leagues as have so many matches in one round, in order of time.

    A season is 38 rounds. Every team's name is its own, over all leagues.
    """
    leagues = min(-(-matches_at_once // MATCHES_A_ROUND), LEAGUES_MAX)
    drawn = np.random.default_rng(seed)
    names = drawn.permutation([f"{town} {club}" for town, club in product(TOWNS, _CLUBS)]).tolist()
    matches = [
        match
        for league in range(leagues)
        for match in _season(f"Simulated League {league + 1}", names[league * TEAMS : (league + 1) * TEAMS], drawn)
    ]
    return sorted(matches, key=lambda match: match.kick_off)


def _season(competition: str, teams: list[str], drawn: np.random.Generator) -> Iterator[Match]:
    attack, defence = drawn.normal(0.0, STRENGTH_SPREAD, (2, len(teams)))
    for number, pairs in enumerate(rounds_of(len(teams))):
        for home, away in pairs:
            expected = Expectation(
                float(np.exp(BASE + attack[home] - defence[away] + HOME_ADVANTAGE / 2)),
                float(np.exp(BASE + attack[away] - defence[home] - HOME_ADVANTAGE / 2)),
                rho=0.0,
            )
            yield Match(
                source=SOURCE,
                competition=competition,
                home=teams[home],
                away=teams[away],
                kick_off=FIRST_ROUND + timedelta(weeks=number),
                neutral=False,
                goals=tuple(sorted([*_goals("home", expected.home, drawn), *_goals("away", expected.away, drawn)])),
                expected=expected,
            )


def _goals(side: Side, expected: float, drawn: np.random.Generator) -> list[Goal]:
    """Draw a side's goals: how many, and in which minute each, by the shares that minutes have."""
    minutes = np.searchsorted(_SHARES_GONE, drawn.random(drawn.poisson(expected)), side="right")
    return [Goal(min(max(int(minute), 1), MINUTES), side) for minute in minutes]


def rounds_of(teams: int) -> Iterator[list[tuple[int, int]]]:
    """Yield the pairs of each round of a double round robin, by the circle method; the second half turns home and away around."""
    circle = list(range(1, teams))
    first_half = []
    for number in range(teams - 1):
        row = [0, *circle[number:], *circle[:number]]
        pairs = [(row[place], row[-1 - place]) for place in range(teams // 2)]
        first_half.append([pair if (number + place) % 2 else pair[::-1] for place, pair in enumerate(pairs)])
    yield from first_half
    yield from ([(away, home) for home, away in pairs] for pairs in first_half)
