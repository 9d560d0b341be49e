"""Prices follow from the goals a match is expected to see, and never from what is not known yet."""

import json
from itertools import pairwise
from math import exp, factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing import MAIN_MARKETS, Expectation, MatchMoment, books_of, outlook, selections_of_market, share_left
from domain.pricing.closing import expectation_of
from domain.pricing.goals import bounded_rho
from domain.pricing.ladder import CHANCE_MIN, TICKS, prices_of
from domain.pricing.margin import MARGIN_EXPONENT, probabilities_of, with_margin
from domain.pricing.strengths import Strengths
from domain.settling import WON
from domain.settling.grading import FinalScore, grade

PUBLISHED = json.loads((Path(__file__).parents[1] / "data/overround_published.json").read_text())["examples"]
SPECIFIERS = {"total": "2.5"}
SELECTIONS = {market.type: selections_of_market(market) for market in MAIN_MARKETS}

expected_goals = st.floats(0.1, 5.0)
expectations = st.builds(Expectation, expected_goals, expected_goals, st.floats(-1.0, 1.0))
minutes = st.integers(0, 89)
scores = st.tuples(st.integers(0, 5), st.integers(0, 5))
chances = st.lists(st.floats(0.01, 1.0), min_size=2, max_size=8).map(lambda parts: np.array(parts) / sum(parts))


def ends_of(expectation, minute, score):
    return {name: float(column[0]) for name, column in outlook([expectation], [minute], [score])._asdict().items()}


def price_matches(matches):
    """The prices of the main markets by type, of matches as (expectation, minute, score)."""
    books = books_of(MAIN_MARKETS, [one[0] for one in matches], [MatchMoment(minute, *score) for _, minute, score in matches])
    return [{market.type: book.prices for market, book in of_match.items()} for of_match in books]


def price_match(expectation, minute, home, away):
    return price_matches([(expectation, minute, (home, away))])[0]


def rest_of_a_match(home, away, rho):
    """The chance of every count of goals still to come, cell by cell as Dixon and Coles write it."""
    factors = {(0, 0): 1 - home * away * rho, (0, 1): 1 + home * rho, (1, 0): 1 + away * rho, (1, 1): 1 - rho}
    return {
        (h, a): exp(-home) * home**h / factorial(h) * exp(-away) * away**a / factorial(a) * factors.get((h, a), 1.0)
        for h in range(21)
        for a in range(21)
    }


@given(
    st.builds(Expectation, st.floats(0.1, 3.0), st.floats(0.1, 3.0), st.floats(-0.3, 0.1)),
    minutes,
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_the_kernel_gives_what_adding_up_every_score_by_hand_gives(expectation, minute, score):
    left = share_left(minute)
    rho = expectation.rho if score[0] == score[1] else 0.0
    to_come = rest_of_a_match(expectation.home * left, expectation.away * left, rho)
    final = {(score[0] + h, score[1] + a): chance for (h, a), chance in to_come.items()}
    ends = ends_of(expectation, minute, score)
    assert ends == pytest.approx(
        {
            "home": sum(chance for (h, a), chance in final.items() if h > a),
            "draw": sum(chance for (h, a), chance in final.items() if h == a),
            "away": sum(chance for (h, a), chance in final.items() if h < a),
            "over": sum(chance for (h, a), chance in final.items() if h + a > 2),
            "both_score": sum(chance for (h, a), chance in final.items() if h and a),
        },
        abs=1e-6,
    )


@given(expectations, minutes, scores)
def test_the_three_results_are_all_there_is(expectation, minute, score):
    ends = ends_of(expectation, minute, score)
    assert ends["home"] + ends["draw"] + ends["away"] == pytest.approx(1.0)
    assert all(0.0 <= chance <= 1.0 for chance in ends.values())


@given(expectations, minutes, scores)
def test_both_sides_are_treated_alike(expectation, minute, score):
    ends, mirrored = (
        ends_of(expectation, minute, score),
        ends_of(Expectation(expectation.away, expectation.home, expectation.rho), minute, score[::-1]),
    )
    assert (ends["home"], ends["draw"], ends["over"]) == pytest.approx((mirrored["away"], mirrored["draw"], mirrored["over"]))


@given(expectations, scores)
def test_after_ninety_minutes_every_chance_is_the_graded_result(expectation, score):
    ends = ends_of(expectation, 90, score)
    graded = {name: grade(name, SPECIFIERS, FinalScore(*score)) for name in SELECTIONS}
    assert {name: ends[name] for name in ("home", "draw", "away")} == {
        selection: float(result == WON) for selection, result in graded["match_result"].items()
    }
    assert ends["over"] == (graded["total_goals"]["over"] == WON)
    assert ends["both_score"] == (graded["both_teams_to_score"]["yes"] == WON)


@given(expected_goals, scores.filter(lambda score: score[0] > score[1]))
def test_between_equals_a_lead_is_worth_more_with_every_minute(goals, score):
    ahead = outlook([Expectation(goals, goals)] * 91, range(91), [score] * 91)
    assert np.all(np.diff(ahead.home) >= -1e-9)
    assert ahead.home[90] == 1.0


@given(expectations, minutes, scores)
def test_a_goal_never_makes_its_side_less_likely_to_win(expectation, minute, score):
    before, after = ends_of(expectation, minute, score), ends_of(expectation, minute, (score[0] + 1, score[1]))
    assert after["home"] >= before["home"] - 1e-12
    assert after["over"] >= before["over"] - 1e-12


def test_goals_to_come_run_out_from_kick_off_to_the_whistle():
    left = [share_left(minute) for minute in range(91)]
    assert left[0] == 1.0
    assert left[90] == 0.0
    assert all(later < earlier for earlier, later in pairwise(left))
    assert 0.5 < left[45] < 0.6, "the second half sees more goals than the first"


@given(chances, st.floats(0.85, 0.999))
def test_a_margin_put_on_comes_off_again(probabilities, exponent):
    implied = with_margin(probabilities, exponent)
    assert implied.sum() > 1.0
    found, exponent_found = probabilities_of((1 / implied).tolist())
    assert found == pytest.approx(probabilities, abs=1e-6)
    assert exponent_found == pytest.approx(exponent, abs=1e-6)


@pytest.mark.parametrize("example", [one for one in PUBLISHED if one["method"] == "power"], ids=lambda one: one["id"])
def test_published_margins_come_off_as_published(example):
    probabilities, exponent = probabilities_of(example["odds"])
    assert probabilities == pytest.approx(example["expected"], abs=example["tolerance"])
    if example["parameter"]:
        assert exponent == pytest.approx(example["parameter"]["exponent_n (r = p**n)"], abs=5e-5), "their solver stops at 2e-5"


@given(expectations, minutes, scores)
def test_a_market_with_all_its_selections_on_offer_is_never_given_away(expectation, minute, score):
    for market, prices in price_match(expectation, minute, *score).items():
        if len(prices) == len(SELECTIONS[market]):
            assert sum(odds.denominator / odds.numerator for odds in prices.values()) > 1.0


@given(expectations, minutes, scores)
def test_every_price_is_a_tick_and_pays_no_more_than_its_chance(expectation, minute, score):
    prices = price_match(expectation, minute, *score)
    ends = ends_of(expectation, minute, score)
    assert set(prices["match_result"].values()) <= set(TICKS)
    for selection, odds in prices["match_result"].items():
        assert ends[selection] * odds.numerator <= odds.denominator * (1 + 1e-9)


def test_ticks_are_book_prices_from_1_01_to_501_in_rising_order():
    assert (TICKS[0].decimal_text, TICKS[-1].decimal_text) == ("1.01", "501.00")
    assert all(shorter < longer for shorter, longer in pairwise(TICKS))
    assert {odds.denominator for odds in TICKS} == {1000}


def test_what_is_as_good_as_certain_or_next_to_impossible_is_not_offered():
    assert prices_of(np.array([1.0, 0.9999, 0.5, CHANCE_MIN, CHANCE_MIN / 2, 0.0])) == [
        None,
        None,
        next(odds for odds in TICKS if odds.decimal_text == "2.00"),
        TICKS[-1],
        None,
        None,
    ]


def test_a_market_that_is_decided_has_no_prices_left():
    prices = price_match(Expectation(1.5, 1.2), 60, 2, 1)
    assert prices["total_goals"] == {}
    assert prices["both_teams_to_score"] == {}
    assert set(prices["match_result"]) == {"home", "draw", "away"}


@given(expectations, scores)
def test_at_the_whistle_nothing_is_on_offer(expectation, score):
    assert price_match(expectation, 90, *score) == {"match_result": {}, "total_goals": {}, "both_teams_to_score": {}}


@given(st.lists(st.tuples(expectations, minutes, scores), max_size=8))
def test_matches_priced_together_are_priced_as_each_alone(matches):
    assert price_matches(matches) == [price_match(expectation, minute, *score) for expectation, minute, score in matches]


@given(st.builds(Expectation, st.floats(0.2, 3.5), st.floats(0.2, 3.5), st.floats(-0.25, 0.08)))
def test_expected_goals_and_their_dependence_are_found_again_in_the_prices_they_give(expectation):
    ends = ends_of(expectation, 0, (0, 0))
    results = with_margin(np.array([ends["home"], ends["draw"], ends["away"]]), MARGIN_EXPONENT)
    totals = with_margin(np.array([ends["over"], 1 - ends["over"]]), MARGIN_EXPONENT)
    found = expectation_of((1 / results).tolist(), (1 / totals).tolist())
    assert (found.home, found.away) == pytest.approx((expectation.home, expectation.away), abs=1e-3)
    assert ends_of(found, 0, (0, 0)) == pytest.approx(ends, abs=1e-5)


@given(expectations)
def test_no_score_is_given_a_chance_below_zero_however_low_scores_depend_on_each_other(expectation):
    goals = np.array([[expectation.home, expectation.away]])
    rho = float(bounded_rho(np.array([expectation.rho]), goals)[0])
    assert min(rest_of_a_match(expectation.home, expectation.away, rho).values()) >= -1e-12


@pytest.mark.parametrize("odds", [[1.03, 3.0, 60.0], [2.6, 30.0, 2.6], [5.0, 1.2, 25.0]])
def test_prices_that_no_dependence_explains_are_met_as_nearly_as_chances_allow(odds):
    found = expectation_of(odds, [1.9, 1.9])
    assert ends_of(found, 0, (0, 0))["over"] == pytest.approx(0.5, abs=1e-5)
    assert all(0.0 <= chance <= 1.0 for chance in ends_of(found, 0, (0, 0)).values())


def test_without_a_price_for_goals_the_draw_says_how_many_to_expect():
    found = expectation_of([2.10, 3.40, 3.60])
    ends = ends_of(found, 0, (0, 0))
    assert (ends["home"], ends["draw"], ends["away"]) == pytest.approx(probabilities_of([2.10, 3.40, 3.60])[0].tolist(), abs=1e-3)


def test_a_team_that_wins_is_expected_to_score_more_and_concede_less():
    strengths = Strengths()
    before = strengths.expect("A", "B", neutral=True)
    strengths.learn("A", "B", 3, 0, neutral=True)
    after = strengths.expect("A", "B", neutral=True)
    assert after.home > before.home
    assert after.away < before.away


def test_playing_at_home_helps_and_neutral_ground_helps_nobody():
    strengths = Strengths()
    at_home, neutral = strengths.expect("A", "B", neutral=False), strengths.expect("A", "B", neutral=True)
    assert at_home.home > neutral.home == neutral.away > at_home.away


def test_one_rout_teaches_no_more_than_a_clear_win():
    rout, clear = Strengths(), Strengths()
    rout.learn("A", "B", 17, 0, neutral=True)
    clear.learn("A", "B", 6, 0, neutral=True)
    assert rout.rating("A") == clear.rating("A")


def test_ratings_find_the_strengths_that_results_were_drawn_from():
    draw = np.random.default_rng(11)
    attack = {"strong": 0.5, "middle": 0.0, "weak": -0.5}
    strengths, base = Strengths(), Strengths().expect("x", "y", neutral=True).home
    for _ in range(2_000):
        home, away = draw.permutation(sorted(attack))[:2]
        means = [base * exp(attack[one] - attack[other]) for one, other in ((home, away), (away, home))]
        strengths.learn(str(home), str(away), *draw.poisson(means).tolist(), neutral=True)
    strong = strengths.expect("strong", "weak", neutral=True)
    assert strong.home == pytest.approx(base * exp(1.0), rel=0.3)
    assert strong.away == pytest.approx(base * exp(-1.0), rel=0.3)
