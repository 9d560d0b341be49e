"""The chances of tennis: closed forms against the recursion they solve, whole matches against matches that are played out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.other_sports import tennis_books, tennis_chances, tennis_markets
from domain.pricing.tennis import ALL_SETS, ServeChances, TennisMoment, game_chance, set_chances, tennis_outlook, tie_break_chance
from domain.settling.rules import is_within_bounds

SERVE = st.floats(0.45, 0.8)
PLAYERS = st.builds(ServeChances, SERVE, SERVE, st.sampled_from([2, 3]))
POINTS = st.tuples(st.integers(0, 3), st.integers(0, 3))
DEUCE = st.integers(3, 12).flatmap(lambda level: st.sampled_from([(level, level), (level + 1, level), (level, level + 1)]))
GAMES = st.sampled_from([(one, other) for one in range(7) for other in range(7) if (one, other) not in ALL_SETS and (one, other) != (6, 6)])


@st.composite
def moments(draw: st.DrawFn, sets_to_win: int) -> TennisMoment:
    sets = draw(st.tuples(st.integers(0, sets_to_win - 1), st.integers(0, sets_to_win - 1)))
    before = draw(st.integers(6 * sum(sets), 13 * sum(sets)))
    return TennisMoment(sets, before, draw(GAMES), draw(POINTS | DEUCE), draw(st.booleans()))


MATCHES = PLAYERS.flatmap(lambda players: st.tuples(st.just(players), moments(players.sets_to_win)))


def array(*values: float) -> np.ndarray:
    return np.array(values)


@pytest.mark.parametrize("p", [0.35, 0.5, 0.6, 0.62, 0.75, 0.89])
def test_a_game_is_won_as_o_malleys_formula_says(p: float):
    formula = p**4 * (15 - 34 * p + 28 * p**2 - 8 * p**3) / (p**2 + (1 - p) ** 2)
    assert game_chance(array(p))[0] == pytest.approx(formula, abs=1e-14)
    assert game_chance(array(0.6))[0] == pytest.approx(0.7357, abs=5e-5)


@given(SERVE, POINTS | DEUCE)
def test_a_game_is_worth_what_its_next_point_makes_of_it(p: float, points: tuple[int, int]):
    won, lost = points
    if max(points) - min(points) >= 2 and max(points) > 3:
        return
    now, after, behind = game_chance(array(p, p, p), np.array([points, (won + 1, lost), (won, lost + 1)]))
    wins = 1.0 if won >= 3 and won - lost >= 1 else after
    loses = 0.0 if lost >= 3 and lost - won >= 1 else behind
    assert now == pytest.approx(p * wins + (1 - p) * loses, abs=1e-12)


@given(SERVE, SERVE, st.booleans(), st.tuples(st.integers(0, 6), st.integers(0, 6)) | st.integers(6, 12).map(lambda level: (level, level)))
def test_a_tie_break_is_worth_what_its_next_point_makes_of_it(home: float, away: float, first: bool, points: tuple[int, int]):
    rows = np.array([points, (points[0] + 1, points[1]), (points[0], points[1] + 1)])
    chances = tie_break_chance(np.repeat(home, 3), np.repeat(away, 3), np.repeat(first, 3), rows)
    serves_first = sum(points) % 4 in (0, 3)
    point = home if serves_first == first else 1 - away
    wins = 1.0 if points[0] >= 6 and points[0] > points[1] else chances[1]
    loses = 0.0 if points[1] >= 6 and points[1] > points[0] else chances[2]
    if abs(points[0] - points[1]) < 2 or max(points) < 7:
        assert chances[0] == pytest.approx(point * wins + (1 - point) * loses, abs=1e-12)


@given(SERVE, SERVE)
def test_who_serves_first_does_not_matter_for_who_wins_a_set(home: float, away: float):
    """Newton and Keller (2005), section 3."""
    both = set_chances((np.repeat(home, 2), np.repeat(away, 2)), np.array([True, False]))
    assert both.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-12)
    won = both[:, : len(ALL_SETS) // 2].sum(axis=1)
    assert won[0] == pytest.approx(won[1], abs=1e-12)


@given(MATCHES)
def test_the_results_of_a_match_add_up_to_one_and_so_do_its_games(match: tuple[ServeChances, TennisMoment]):
    outlook = tennis_outlook([match[0]], [match[1]])
    assert outlook.results.sum() == pytest.approx(1.0, abs=1e-12)
    assert outlook.games.sum() == pytest.approx(1.0, abs=1e-12)
    assert outlook.games[0, : match[1].games_before + sum(match[1].games)].sum() == 0.0


@given(MATCHES)
def test_from_the_other_side_of_the_net_it_is_the_same_match(match: tuple[ServeChances, TennisMoment]):
    players, at = match
    turned = ServeChances(players.away, players.home, players.sets_to_win)
    other = TennisMoment(at.sets[::-1], at.games_before, at.games[::-1], at.points[::-1], not at.home_serves)
    one, two = tennis_outlook([players], [at]), tennis_outlook([turned], [other])
    assert one.results[0] == pytest.approx(two.results[0, ::-1], abs=1e-12)
    assert one.games[0] == pytest.approx(two.games[0], abs=1e-12)


@given(MATCHES, st.floats(0.001, 0.1))
def test_who_serves_better_and_who_is_further_ahead_is_likelier_to_win(match: tuple[ServeChances, TennisMoment], more: float):
    players, at = match
    better = ServeChances(min(players.home + more, 0.9), players.away, players.sets_to_win)
    assert tennis_outlook([better], [at]).home[0] >= tennis_outlook([players], [at]).home[0] - 1e-12
    one_more = TennisMoment(at.sets, at.games_before, at.games, (at.points[0] + 1, at.points[1]), at.home_serves)
    if at.points[0] < 3:
        assert tennis_outlook([players], [one_more]).home[0] >= tennis_outlook([players], [at]).home[0] - 1e-12


def played_out(players: ServeChances, at: TennisMoment, drawn: np.random.Generator) -> tuple[tuple[int, int], int]:
    """Play a match to its end, point by point; return its sets and its games."""
    sets, games, points, serves, total = list(at.sets), list(at.games), list(at.points), at.home_serves, at.games_before
    while max(sets) < players.sets_to_win:
        is_tie_break = games == [6, 6]
        home_serves = serves if not is_tie_break or sum(points) % 4 in (0, 3) else not serves
        home_wins = drawn.random() < (players.home if home_serves else 1 - players.away)
        points[0 if home_wins else 1] += 1
        if max(points) < (7 if is_tie_break else 4) or abs(points[0] - points[1]) < 2:
            continue
        games[0 if home_wins else 1] += 1
        points, serves = [0, 0], not serves
        if tuple(games) in ALL_SETS:
            sets[0 if home_wins else 1] += 1
            total, games = total + sum(games), [0, 0]
    return (sets[0], sets[1]), total


@pytest.mark.parametrize(
    ("players", "at"),
    [
        (ServeChances(0.66, 0.62), TennisMoment()),
        (ServeChances(0.6, 0.64), TennisMoment((1, 0), 9, (2, 4), (1, 3), home_serves=False)),
        (ServeChances(0.63, 0.63, 3), TennisMoment((1, 2), 30, (6, 6), (3, 4))),
    ],
)
def test_matches_that_are_played_out_end_as_often_as_the_chances_say(players: ServeChances, at: TennisMoment):
    drawn, matches = np.random.default_rng(7), 1_500
    ends = [played_out(players, at, drawn) for _ in range(matches)]
    outlook = tennis_outlook([players], [at])
    wins = players.sets_to_win
    results = [(wins, lost) for lost in range(wins)] + [(lost, wins) for lost in reversed(range(wins))]
    for number, result in enumerate(results):
        chance = outlook.results[0, number]
        deviation = np.sqrt(chance * (1 - chance) / matches)
        assert sum(sets == result for sets, _ in ends) / matches == pytest.approx(chance, abs=4 * deviation + 1e-9)
    games = np.array([games for _, games in ends])
    mean = float((outlook.games[0] * np.arange(66)).sum())
    spread = float(np.sqrt((outlook.games[0] * np.arange(66) ** 2).sum() - mean**2))
    assert games.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(matches))


@given(st.lists(MATCHES.filter(lambda match: match[0].sets_to_win == 2), min_size=1, max_size=4))
def test_many_matches_at_once_cost_what_each_costs_alone(matches: list[tuple[ServeChances, TennisMoment]]):
    markets = [tennis_markets(players, every=True) for players, _ in matches]
    players, at = [one for one, _ in matches], [moment for _, moment in matches]
    together = tennis_chances(markets, players, at)
    for row, (one, moment) in enumerate(matches):
        assert together[row] == pytest.approx(tennis_chances([markets[row]], [one], [moment])[0], abs=1e-12)
    for books in tennis_books(markets, players, at):
        for market, book in books.items():
            assert not book.prices or is_within_bounds(market.type, market.specifiers, {**book.prices, **book.withdrawn}.values())


def test_a_match_that_is_over_is_certain():
    outlook = tennis_outlook([ServeChances(0.6, 0.6)], [TennisMoment((2, 1), 30)])
    assert outlook.results[0].tolist() == [0, 1, 0, 0]
    assert outlook.games[0, 30] == 1.0
