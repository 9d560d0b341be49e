"""Open bets shade the grid of a match: all its prices follow from it, none is a gift, and without bets nothing is shaded."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.shading import MARGIN_POINTS_MAX, WORST_CASE_MAX, drawn_season, played
from commands.audit.score_grid import chance_of_all
from domain.fixture.commands import LimitShading
from domain.fixture.decider import FIXTURE, FixtureNotLive
from domain.fixture.facts import FixtureAbandoned, FixtureScheduled, FixtureShadingLimited
from domain.fixture.shading import ShadingLimitMalformed, ShadingNotOffered
from domain.pricing import (
    FOOTBALL_MARKETS,
    MATCH_RESULT,
    TOTAL_GOALS,
    Expectation,
    MatchMoment,
    PricedMarket,
    books_of,
    selections_of_market,
)
from domain.pricing.grid import HALF_TIME_FULL_TIME, chances_of, grids_of, payoffs_of, period_of
from domain.pricing.shading import FULL_AT_MINOR, Owed, counts_for_shading, has_moved, owed_by_score, tilt_of
from domain.score_model import MILLIONTHS, SHADING_THOUSANDTHS, TILT_CELLS, TILT_THOUSANDTHS_MAX, ScoreModel
from domain.settling.grading import FinalScore, grade
from tests.decisions import given as decided
from tests.decisions.given import NOON

WHOLE = tuple(market for market in FOOTBALL_MARKETS if counts_for_shading(market))
MOMENTS = (MatchMoment(), MatchMoment(30, 1, 0), MatchMoment(45, 0, 0, (0, 0)), MatchMoment(70, 2, 1, (1, 1)))
F = "fixture-1"
SCHEDULED = FixtureScheduled("football", "Cup", "Reds", "Blues", NOON, neutral=False, at=NOON)

expectations = st.builds(Expectation, st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.floats(-0.2, 0.05))
tilts = st.lists(st.integers(0, TILT_THOUSANDTHS_MAX), min_size=TILT_CELLS, max_size=TILT_CELLS).map(
    lambda tilt: tuple(one - min(tilt) for one in tilt) if max(tilt) > min(tilt) else ()
)


def model_of(expectation: Expectation, moment: MatchMoment, tilt: tuple[int, ...]) -> ScoreModel:
    goals = [round(part * MILLIONTHS) for part in (expectation.home, expectation.away, expectation.rho)]
    return ScoreModel(*goals, 950_000, moment.minutes_gone, moment.home, moment.away, moment.half_time, tilt)


@settings(max_examples=15)
@given(expectations, st.sampled_from(MOMENTS), tilts, st.data())
def test_every_market_of_a_shaded_match_follows_from_one_grid_that_the_audit_makes_alike(expectation, moment, tilt, data):
    row = iter(chances_of(FOOTBALL_MARKETS, [expectation], [moment], [tilt])[0].tolist())
    shaded = {(market, one): next(row) for market in FOOTBALL_MARKETS for one in selections_of_market(market)}
    model = model_of(expectation, moment, tilt)
    for market in data.draw(st.lists(st.sampled_from([one for one in FOOTBALL_MARKETS if one.type != HALF_TIME_FULL_TIME]), max_size=4)):
        for selection in selections_of_market(market):
            graded = grade(market.type.removeprefix(period_of(market)), market.specifiers, FinalScore(2, 1))[selection]
            if graded.won in ((0, 1), (1, 1)) and graded.void in ((0, 1), (1, 1)) and not _is_quarter(market):
                found = chance_of_all(model, [(market.type, tuple(market.specifiers.items()), selection)])
                assert shaded[market, selection] == pytest.approx(found, abs=1e-5), (market, selection)


def _is_quarter(market: PricedMarket) -> bool:
    return bool(market.line) and market.line[1][-2:] in ("25", "75")


@settings(max_examples=25)
@given(st.lists(st.tuples(expectations, st.sampled_from(MOMENTS), tilts), min_size=1, max_size=4))
def test_no_mixture_of_bets_at_any_tilts_is_a_sure_win_for_the_grid_before_values_each_at_its_stake_at_most(matches):
    """By Farkas' lemma: one measure that values every bet at no more than its stake leaves no mixture that wins on every score."""
    expected, moments, tilted = zip(*matches, strict=True)
    unshaded = chances_of(FOOTBALL_MARKETS, expected, moments)
    for row, books in enumerate(books_of(FOOTBALL_MARKETS, expected, moments, tilts=tilted)):
        chances = iter(unshaded[row].tolist())
        for market in FOOTBALL_MARKETS:
            for selection in selections_of_market(market):
                chance, price = next(chances), books[market].prices.get(selection)
                assert price is None or price.numerator * chance <= price.denominator * (1 + 1e-9)


@given(st.lists(st.tuples(expectations, st.sampled_from(MOMENTS)), min_size=1, max_size=3), tilts)
def test_a_match_without_open_bets_costs_what_it_costs_beside_others_that_are_shaded(matches, tilt):
    expected, moments = zip(*matches, strict=True)
    alone = books_of(FOOTBALL_MARKETS, expected, moments)
    beside = books_of(FOOTBALL_MARKETS, (*expected, Expectation(1.4, 1.2)), (*moments, MatchMoment()), tilts=[*[()] * len(expected), tilt])
    assert beside[:-1] == alone


def test_what_the_book_pays_is_what_the_settling_rules_say_on_every_score():
    owed = {(MATCH_RESULT, "home"): Owed(500_00, 100_00), (PricedMarket("draw_no_bet"), "away"): Owed(300_00, 90_00)}
    owed |= {(TOTAL_GOALS, "over"): Owed(70_00, 40_00), (PricedMarket("total_goals", ("total", "2")), "under"): Owed(20_00, 10_00)}
    for score in ((0, 0), (2, 1)):
        found = owed_by_score(owed, WHOLE, score)
        for home, away in product(range(6), repeat=2):
            assert found[home, away] == pytest.approx(_paid(owed, FinalScore(score[0] + home, score[1] + away)))


def _paid(owed: Mapping[tuple[PricedMarket, str], Owed], score: FinalScore) -> float:
    paid = 0.0
    for (market, selection), (won_minor, returned_minor) in owed.items():
        result = grade(market.type, market.specifiers, score)[selection]
        void = result.void[0] / result.void[1]
        paid += won_minor * (1 - void) * result.won[0] / result.won[1] + returned_minor * void
    return paid


def test_a_tilt_grows_with_what_is_owed_up_to_the_limit_and_is_gone_with_it():
    one_sided = {(MATCH_RESULT, "home"): Owed(FULL_AT_MINOR / 2, 0)}
    assert max(tilt_of(owed_by_score(one_sided, WHOLE, (0, 0)), 200)) == 100
    for times in (2, 3, 50):
        more = {of: Owed(times * owed.won_minor, 0) for of, owed in one_sided.items()}
        assert set(tilt_of(owed_by_score(more, WHOLE, (0, 0)), 200)) == {0, 200}
    assert tilt_of(owed_by_score({}, WHOLE, (0, 0)), 200) == tilt_of(owed_by_score(one_sided, WHOLE, (0, 0)), 0) == ()


def test_what_is_owed_alike_on_every_score_tilts_none():
    even = {(MATCH_RESULT, one): Owed(FULL_AT_MINOR, 0) for one in ("home", "draw", "away")}
    assert tilt_of(owed_by_score(even, WHOLE, (1, 0)), 200) == ()


def test_prices_move_by_a_step_at_once_and_back_to_none_always():
    little, more, much = [(tilt, *(0,) * (TILT_CELLS - 1)) for tilt in (9, 15, 60)]
    assert [has_moved((), one, 200) for one in ((), little, more)] == [False, False, True]
    assert [has_moved(more, one, 200) for one in (more, little, much, ())] == [False, False, True, True]
    assert has_moved(much, much, 40)


def test_the_side_that_is_backed_costs_more_and_the_others_cost_less_whatever_market_says_it():
    expectation, tilt = Expectation(1.5, 1.2), tilt_of(owed_by_score({(MATCH_RESULT, "home"): Owed(FULL_AT_MINOR, 0)}, WHOLE, (0, 0)), 200)
    plain, shaded = (books_of(WHOLE, [expectation], [MatchMoment()], tilts=one)[0] for one in ((), [tilt]))
    draw_no_bet, margin = PricedMarket("draw_no_bet"), PricedMarket("winning_margin")
    for market, dearer, cheaper in ((MATCH_RESULT, "home", "away"), (draw_no_bet, "home", "away"), (margin, "home_1", "away_1")):
        if dearer in plain[market].prices:
            assert shaded[market].prices[dearer] < plain[market].prices[dearer]
            assert shaded[market].prices[cheaper] > plain[market].prices[cheaper]


def test_a_shaded_grid_adds_up_to_one_and_weighs_scores_by_their_tilt():
    tilt = tuple(range(TILT_CELLS))
    plain, shaded = (grids_of(Expectation(1.3, 0.9), MatchMoment(50, 1, 1, (1, 0)), one) for one in ((), tilt))
    for period in ("", "second_half_"):
        grid = shaded[period][0]
        assert grid.sum() == pytest.approx(1.0)
        assert grid[2, 3] / grid[0, 0] == pytest.approx(plain[period][0][2, 3] / plain[period][0][0, 0] * np.exp(0.015))
        assert grid[9, 7] / grid[0, 0] == pytest.approx(plain[period][0][9, 7] / plain[period][0][0, 0] * np.exp(0.035))
    assert (shaded["first_half_"][0] == plain["first_half_"][0]).all()
    assert payoffs_of(WHOLE).win.shape[2] == sum(len(selections_of_market(market)) for market in WHOLE)


def test_over_a_season_the_worst_case_falls_by_thirty_percent_at_no_more_than_a_point_of_margin_and_nothing_is_given_away():
    season = drawn_season(40)
    plain, shaded = played(season, 0), played(season, SHADING_THOUSANDTHS)
    assert shaded.worst_case_minor <= WORST_CASE_MAX * plain.worst_case_minor
    assert 100 * (plain.margin - shaded.margin) <= MARGIN_POINTS_MAX
    assert shaded.most_owed_by_chance <= 1.0


def test_a_trader_limits_the_shading_of_a_football_match_that_is_not_over():
    limited = FixtureShadingLimited(80, NOON, "ann")
    decided.given(FIXTURE, SCHEDULED).when(LimitShading(F, 80, NOON, "ann")).then(limited)
    decided.given(FIXTURE, SCHEDULED, limited).when(LimitShading(F, 80, NOON)).nothing()
    decided.given(FIXTURE, SCHEDULED).when(LimitShading(F, SHADING_THOUSANDTHS, NOON)).nothing()
    decided.given(FIXTURE, SCHEDULED, limited).when(LimitShading(F, 0, NOON)).then(FixtureShadingLimited(0, NOON))
    for wrong in (-1, 301, 1.5, True):
        decided.given(FIXTURE, SCHEDULED).when(LimitShading(F, wrong, NOON)).refused(ShadingLimitMalformed, limit_thousandths_max=300)
    tennis = FixtureScheduled("tennis", "Cup", "Reds", "Blues", NOON, neutral=False, at=NOON)
    decided.given(FIXTURE, tennis).when(LimitShading(F, 80, NOON)).refused(ShadingNotOffered, sport="tennis")
    over = FixtureAbandoned("snow", NOON)
    decided.given(FIXTURE, SCHEDULED, over).when(LimitShading(F, 80, NOON)).refused(FixtureNotLive, status="abandoned")
