"""Leagues of made-up teams are leagues, and their goals are those that the prices expect."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from domain.pricing import outlook
from infra.sports_data.simulated_leagues import LEAGUES_MAX, MATCHES_A_ROUND, ROUNDS, TEAMS, simulated_matches


def test_every_team_plays_every_other_of_its_league_once_at_home_and_once_away():
    matches = simulated_matches(2 * MATCHES_A_ROUND, seed=3)
    assert len(matches) == 2 * MATCHES_A_ROUND * ROUNDS
    leagues = defaultdict(list)
    for match in matches:
        leagues[match.competition].append((match.home, match.away))
    assert len(leagues) == 2
    for pairs in leagues.values():
        teams = {home for home, _ in pairs}
        assert len(teams) == TEAMS
        assert Counter(pairs) == {(one, other): 1 for one in teams for other in teams if one != other}


def test_nobody_plays_twice_in_a_round_and_no_two_teams_share_a_name():
    matches = simulated_matches(2_000, seed=1)
    by_round = defaultdict(list)
    for match in matches:
        by_round[match.kick_off] += [match.home, match.away]
    assert len(by_round) == ROUNDS
    for teams in by_round.values():
        assert len(set(teams)) == len(teams) >= 4_000
    assert LEAGUES_MAX * MATCHES_A_ROUND >= 5_000


def test_the_same_seed_draws_the_same_season_and_another_one_another():
    assert simulated_matches(10, seed=5) == simulated_matches(10, seed=5)
    assert simulated_matches(10, seed=5) != simulated_matches(10, seed=6)


def test_results_come_out_as_often_as_the_prices_say():
    matches = simulated_matches(300, seed=2)
    ends = outlook([match.expected for match in matches], [0] * len(matches), [(0, 0)] * len(matches))
    results = np.array([np.sign(home - away) for home, away in (match.score() for match in matches)])
    for chances, sign in ((ends.home, 1), (ends.draw, 0), (ends.away, -1)):
        assert float(chances.mean()) == pytest.approx(float((results == sign).mean()), abs=0.02)
    assert all(1 <= goal.minute <= 90 for match in matches for goal in match.goals)
