"""Basketball and American football that nobody played: leagues of made-up teams, every possession drawn, the same for the same seed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import numpy as np

from commands.trading.replay.points import GAMES, PointsMatch, Possessions
from domain.pricing.points import PointsExpected, PointsRules
from infra.sports_data.simulated_leagues import FIRST_ROUND, MATCHES_A_ROUND, SOURCE, TEAMS, TOWNS, rounds_of

LEAGUES = {
    "basketball": ("Simulated Basketball League", 111.0, 2.8, 1.5, ("Hawks", "Comets", "Giants", "Wolves", "Kings", "Storm", "Rockets")),
    "american_football": ("Simulated Gridiron League", 22.5, 2.6, 1.0, ("Bisons", "Rams", "Raiders", "Miners", "Chargers", "Bears")),
}
"""Sport -> the name of its leagues, points of a side, their spread between teams, the home side's advantage, and the names of teams."""

OVERTIMES_MAX = 12
POINTS_SEED = 7_919


def simulated_points_matches(sport: str, matches_at_once: int, seed: int) -> list[PointsMatch]:
    """Return the season of as many leagues as have so many matches in one round, in order of time."""
    _, _, _, _, nicknames = LEAGUES[sport]
    leagues = min(-(-matches_at_once // MATCHES_A_ROUND), len(TOWNS) * len(nicknames) // TEAMS)
    drawn = np.random.default_rng((seed, POINTS_SEED, list(LEAGUES).index(sport)))
    names = drawn.permutation([f"{town} {club}" for town, club in product(TOWNS, nicknames)]).tolist()
    matches = [match for league in range(leagues) for match in _season(sport, league, names[league * TEAMS : (league + 1) * TEAMS], drawn)]
    return sorted(matches, key=lambda match: match.kick_off)


def _season(sport: str, league: int, teams: list[str], drawn: np.random.Generator) -> Iterator[PointsMatch]:
    name, points, spread, advantage, _ = LEAGUES[sport]
    attack, defence = drawn.normal(0.0, spread, (2, len(teams)))
    rules = GAMES[sport].rules
    for number, pairs in enumerate(rounds_of(len(teams))):
        for home, away in pairs:
            expected = PointsExpected(
                max(float(points + attack[home] - defence[away] + advantage), 3.0),
                max(float(points + attack[away] - defence[home] - advantage), 3.0),
            )
            regular = possessions(rules, expected, rules.possessions, drawn)
            yield PointsMatch(
                source=SOURCE,
                competition=f"{name} {league + 1}",
                home=teams[home],
                away=teams[away],
                kick_off=FIRST_ROUND + timedelta(weeks=number),
                sport=sport,
                expected=expected,
                regular=regular,
                overtimes=tuple(_overtimes(rules, expected, regular, drawn)),
            )


def possessions(rules: PointsRules, expected: PointsExpected, count: int, drawn: np.random.Generator) -> Possessions:
    """Draw what so many possessions of each side bring."""
    scoring = rules.scoring(np.array([expected.home, expected.away]))
    home, away = (
        drawn.choice([0, *rules.points], size=count, p=[1.0 - one, *(one * share for share in rules.shares)]) for one in scoring.tolist()
    )
    return bytes(home.tolist()), bytes(away.tolist())


def _overtimes(rules: PointsRules, expected: PointsExpected, regular: Possessions, drawn: np.random.Generator) -> Iterator[Possessions]:
    """Draw overtimes while the score is level; after the last that there can be, the home side has a point more."""
    period = regular
    for number in range(OVERTIMES_MAX):
        if sum(period[0]) != sum(period[1]):
            return
        period = possessions(rules, expected, rules.overtime_possessions, drawn)
        if number == OVERTIMES_MAX - 1 and sum(period[0]) == sum(period[1]):
            period = bytes([period[0][0] + 1, *period[0][1:]]), period[1]
        yield period
