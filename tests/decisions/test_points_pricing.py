"""The chances of basketball and American football: against every way that few possessions can end, and against Stern's normal."""

from itertools import product
from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.other_sports import points_books, points_chances, points_markets
from domain.pricing.points import AMERICAN_FOOTBALL, BASKETBALL, PointsExpected, PointsMoment, PointsRules, points_outlook
from domain.settling.grading import FinalScore, grade
from domain.settling.returns import VOID, WON
from domain.settling.rules import canonical_specifiers, is_within_bounds

SPORTS = st.sampled_from([(BASKETBALL, 85.0, 130.0), (AMERICAN_FOOTBALL, 10.0, 35.0)])


@st.composite
def matches(draw: st.DrawFn) -> tuple[PointsRules, PointsExpected, PointsMoment]:
    rules, low, high = draw(SPORTS)
    expected = PointsExpected(draw(st.floats(low, high)), draw(st.floats(low, high)))
    left = draw(st.integers(0, rules.possessions))
    scored = int(high * (1 - left / rules.possessions))
    score = draw(st.tuples(st.integers(0, scored + 3), st.integers(0, scored + 3)))
    return rules, expected, PointsMoment(*score, left, draw(st.sampled_from([left, max(left - 1, 0)])))


def chances_of(rules: PointsRules, expected: PointsExpected, moment: PointsMoment):
    """The chances of a match's markets, by market."""
    markets = points_markets(expected, every=True)
    found = points_chances(rules, [markets], [expected], [moment])[0].reshape(-1, 2)
    return dict(zip(markets, found.tolist(), strict=True))


Ends = dict[tuple[int, int], float]
"""Scores and their chances."""

FEW = PointsRules((2, 3), (0.6, 0.4), possessions=3, overtime_possessions=1)


def enumerated(rules: PointsRules, scoring: tuple[float, float], home: int, away: int, left: tuple[int, int]) -> Ends:
    """Every score that regular time can end with, and its chance."""
    ends: Ends = {}
    each = [[(0, 1 - one), *((points, one * share) for points, share in zip(rules.points, rules.shares, strict=True))] for one in scoring]
    for brought in product(*[each[0]] * left[0], *[each[1]] * left[1]):
        chance = float(np.prod([one for _, one in brought]))
        points = [points for points, _ in brought]
        score = home + sum(points[: left[0]]), away + sum(points[left[0] :])
        ends[score] = ends.get(score, 0.0) + chance
    return ends


def decided(rules: PointsRules, scoring: tuple[float, float], ends: Ends) -> Ends:
    """The same with overtime, as often as it takes: forty times is as good as always."""
    for _ in range(40):
        after: Ends = {}
        for (home, away), chance in ends.items():
            later = enumerated(rules, scoring, home, away, (1, 1)) if home == away and chance > 1e-12 else {(home, away): 1.0}
            for score, more in later.items():
                after[score] = after.get(score, 0.0) + chance * more
        ends = after
    return ends


@pytest.mark.parametrize("moment", [PointsMoment(0, 0, 3, 3), PointsMoment(5, 4, 2, 1), PointsMoment(7, 7, 0, 0), PointsMoment(4, 6, 0, 1)])
def test_chances_are_those_of_every_way_that_it_can_end(moment: PointsMoment):
    expected = PointsExpected(3.9, 2.7)
    one, other = FEW.scoring(np.array([3.9, 2.7])).tolist()
    ends = decided(FEW, (one, other), enumerated(FEW, (one, other), moment.home, moment.away, (moment.home_left, moment.away_left)))
    for market, found in chances_of(FEW, expected, moment).items():
        won, back = np.zeros(2), np.zeros(2)
        for (home, away), chance in ends.items():
            results = list(grade(market.type, market.specifiers, FinalScore(home, away)).values())
            won += [chance * (result == WON) for result in results]
            back += [chance * (result == VOID) for result in results]
        assert found == pytest.approx(won / np.maximum(1 - back, 1e-12), abs=1e-9), market


def normal(mean: float, deviation: float, above: float) -> float:
    return 0.5 - 0.5 * erf((above - mean) / (deviation * sqrt(2)))


@pytest.mark.parametrize(("home", "away", "gone"), [(0, 0, 0.0), (50, 58, 0.5), (90, 84, 0.75)])
def test_a_basketball_lead_is_as_near_to_normal_as_stern_says(home: int, away: int, gone: float):
    expected = PointsExpected(112.0, 108.0)
    left = round(100 * (1 - gone))
    outlook = points_outlook(BASKETBALL, [expected], [PointsMoment(home, away, left, left)])
    squares = sum(points**2 * share for points, share in zip(BASKETBALL.points, BASKETBALL.shares, strict=True))
    variance = 0.0
    for mean in (1.12, 1.08):
        variance += left * (mean / BASKETBALL.points_a_score * squares - mean**2)
    for line in (-20.5, -12.5, 12.5, 20.5):
        ahead = outlook.lead_above(np.array([[line - (home - away)]]))[0][0, 0]
        assert ahead == pytest.approx(normal(home - away + 0.04 * left, sqrt(variance), line), abs=0.012)


@given(matches())
def test_two_sides_of_a_line_add_up_to_one_and_turned_around_it_is_the_same_match(match: tuple[PointsRules, PointsExpected, PointsMoment]):
    rules, expected, at = match
    found = chances_of(rules, expected, at)
    assert all(sum(chances) == pytest.approx(1.0, abs=1e-9) or sum(chances) == 0.0 for chances in found.values())
    markets = [market for market in points_markets(expected, every=True) if market.type == "money_line"]
    turned = PointsMoment(at.away, at.home, at.away_left, at.home_left)
    other = points_chances(rules, [markets], [PointsExpected(expected.away, expected.home)], [turned])[0]
    assert found[markets[0]] == pytest.approx(other[::-1], abs=1e-9)


@given(matches())
def test_a_point_more_never_makes_it_less_likely_to_win(match: tuple[PointsRules, PointsExpected, PointsMoment]):
    rules, expected, at = match
    one_more = PointsMoment(at.home + 1, at.away, at.home_left, at.away_left)
    if not at.is_level_at_the_end and not one_more.is_level_at_the_end:
        before, after = (chances_of(rules, expected, moment) for moment in (at, one_more))
        for market in [market for market in before if market.type == "money_line"]:
            assert after[market][0] >= before[market][0] - 1e-9
    assert all(0.0 <= chance <= 1.0 for chances in chances_of(rules, expected, at).values() for chance in chances)


@given(st.lists(matches().filter(lambda match: match[0] is BASKETBALL), min_size=1, max_size=4))
def test_many_matches_at_once_cost_what_each_costs_alone_and_are_books(of_matches: list[tuple[PointsRules, PointsExpected, PointsMoment]]):
    markets = [points_markets(expected, every=True) for _, expected, _ in of_matches]
    expected, moments = [one for _, one, _ in of_matches], [at for _, _, at in of_matches]
    together = points_books(BASKETBALL, markets, expected, moments)
    for row, books in enumerate(together):
        assert books == points_books(BASKETBALL, [markets[row]], [expected[row]], [moments[row]])[0]
        for market, book in books.items():
            assert canonical_specifiers(market.type, market.specifiers) == market.specifiers
            assert not book.prices or is_within_bounds(market.type, market.specifiers, {**book.prices, **book.withdrawn}.values())


def test_american_football_gives_a_field_goals_lead_its_own_chance():
    expected = PointsExpected(23.0, 20.0)
    above, below = points_outlook(AMERICAN_FOOTBALL, [expected], [PointsMoment(0, 0, 12, 12)]).lead_above(np.array([[3.0, 5.0]]))
    by_three, by_five = (1.0 - above - below)[0].tolist()
    assert by_three > 1.5 * by_five
