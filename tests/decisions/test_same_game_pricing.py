"""Legs of one match together cost what the grid of scores gives, counted score by score; no two ways to bet on a match are a sure win."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import exp, factorial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commands.audit.score_grid import chance_of_all, chance_priced, exponent_of
from domain.odds import Odds, parse
from domain.pricing import FOOTBALL_MARKETS, Books, Expectation, MatchMoment, PricedMarket, books_of, selections_of_market
from domain.pricing.grid import HALF_TIME_FULL_TIME
from domain.pricing.same_game import (
    GameLeg,
    JointPrice,
    LegNotOfScores,
    LegsCannotAllWin,
    LegsOfDifferentPeriods,
    LegsOfDifferentScores,
    LegsOnOneMarket,
    LegSplitsStake,
    LegWithoutModel,
    SameGameNotOffered,
    check_related,
    joint_price,
)
from domain.refused import Refused
from domain.score_model import MILLIONTHS, ScoreModel
from domain.settling.grading import FinalScore, grade
from domain.settling.returns import LOST, VOID, WON
from domain.settling.rules import type_of
from domain.settling.same_game import result_together

MATCH_RESULT, BOTH = PricedMarket("match_result"), PricedMarket("both_teams_to_score")
OVER_2_5, OVER_1_5 = PricedMarket("total_goals", ("total", "2.5")), PricedMarket("total_goals", ("total", "1.5"))
DRAW_NO_BET, DOUBLE_CHANCE = PricedMarket("draw_no_bet"), PricedMarket("double_chance")
WHOLE_LINE = PricedMarket("total_goals", ("total", "2"))
EVEN = ScoreModel(1_450_000, 1_150_000, -150_000, 950_000)
GOALS = range(21)
HOME_TILTED = tuple(300 if home > away else 40 * away for home, away in product(range(6), repeat=2))
"""Open bets are on the home side most of all."""


@cache
def books(model: ScoreModel) -> Books:
    expected = Expectation(*[part / MILLIONTHS for part in (model.home_millionths, model.away_millionths, model.rho_millionths)])
    exponents = dict.fromkeys(FOOTBALL_MARKETS, model.exponent_millionths / MILLIONTHS)
    moment = MatchMoment(model.minutes_gone, model.home, model.away, model.half_time)
    return books_of(FOOTBALL_MARKETS, [expected], [moment], [exponents], [model.tilt_thousandths])[0]


def leg(market: PricedMarket, selection: str, model: ScoreModel | None = EVEN, odds: str | None = None) -> GameLeg:
    price = parse(odds) if odds else books(model or EVEN)[market].prices[selection]
    return GameLeg(f"{market.type} {market.line}", market.type, tuple(market.specifiers.items()), selection, price, model)


def together(*legs: GameLeg) -> JointPrice:
    check_related("f", legs)
    return joint_price("f", legs)


MOMENTS = [(0, 0, 0, None), (12, 1, 0, None), (44, 0, 2, None), (60, 1, 1, (1, 0)), (85, 2, 0, (0, 0))]
GOALS_MARKETS = [market for market in FOOTBALL_MARKETS if market.type != HALF_TIME_FULL_TIME]


@st.composite
def models(draw: st.DrawFn) -> ScoreModel:
    """What prices are computed from, before a match and at some moments of it."""
    goals = st.integers(200_000, 3_500_000)
    rho, exponent = draw(st.integers(-250_000, 100_000)), draw(st.sampled_from([900_000, 950_000, 980_000]))
    tilt = draw(st.sampled_from([(), HOME_TILTED]))
    return ScoreModel(draw(goals), draw(goals), rho, exponent, *draw(st.sampled_from(MOMENTS)), tilt)


@st.composite
def of_one_match(draw: st.DrawFn) -> list[GameLeg]:
    """Two or three legs on different markets of a match: of the whole match, or of its halves."""
    model, is_whole = draw(models()), draw(st.booleans())
    of_period = [market for market in GOALS_MARKETS if (type_of(market.type).period == "") == is_whole]
    markets = draw(st.lists(st.sampled_from(of_period), min_size=2, max_size=3, unique=True))
    offered = books(model)
    return [leg(market, draw(st.sampled_from(sorted(offered[market].prices))), model) for market in markets if offered[market].prices]


def priced(legs: Sequence[GameLeg]) -> JointPrice | None:
    if len(legs) < 2:
        return None
    try:
        return together(*legs)
    except Refused:
        return None


@settings(max_examples=25, deadline=None)
@given(of_one_match())
def test_the_chance_is_the_sum_over_every_score_of_what_the_settling_rule_gives(legs: list[GameLeg]):
    price = priced(legs)
    assume(price is not None)
    assert price is not None
    assert legs[0].model is not None
    selections, exponent = [(each.type, each.specifiers, each.selection) for each in legs], exponent_of([legs[0].model.exponent_millionths])
    by_hand = chance_priced(legs[0].model, selections, exponent)
    assert by_hand == chance_of_all(legs[0].model, selections) or legs[0].model.tilt_thousandths
    assert abs(price.chance_millionths - by_hand * MILLIONTHS) <= 2


@settings(max_examples=25, deadline=None)
@given(of_one_match())
def test_no_legs_together_are_worth_more_than_their_stake_nor_cost_more_than_one_of_them_alone(legs: list[GameLeg]):
    price = priced(legs)
    assume(price is not None)
    assert price is not None
    assert all(price.odds >= each.odds for each in legs)
    assert Fraction(price.chance_millionths - 2, MILLIONTHS) * Fraction(price.odds.numerator, price.odds.denominator) <= 1


@settings(max_examples=15, deadline=None)
@given(models())
def test_the_prices_of_all_that_can_happen_add_up_to_a_book(model: ScoreModel):
    """Of three markets at once, every combination that a score allows is priced; together they cost more than they pay."""
    offered = books(model)
    markets = [market for market in (MATCH_RESULT, BOTH, OVER_2_5) if len(offered[market].prices) == len(selections_of_market(market))]
    if len(markets) < 3:
        return
    total, missing = 0.0, 0.0
    for names in product(*[selections_of_market(market) for market in markets]):
        try:
            price = together(*[leg(market, name, model) for market, name in zip(markets, names, strict=True)])
        except LegsCannotAllWin:
            continue
        except SameGameNotOffered as refused:
            missing += refused.chance_millionths / MILLIONTHS
        else:
            total += price.odds.denominator / price.odds.numerator
    assert total + missing >= 1


def test_legs_that_do_not_depend_on_each_other_cost_what_their_prices_multiplied_give():
    """Of independent goals, the home side's and the away side's: the margin multiplies as the chances do."""
    independent = ScoreModel(1_400_000, 1_200_000, 0, 950_000)
    first, second = PricedMarket("first_half_total_goals", ("total", "0.5")), PricedMarket("second_half_total_goals", ("total", "1.5"))
    one, other = leg(first, "over", independent), leg(second, "over", independent)
    price = together(one, other).odds
    multiplied = one.odds.times(other.odds)
    assert abs(price.numerator / price.denominator / (multiplied.numerator / multiplied.denominator) - 1) < 0.03


def test_a_leg_that_another_implies_adds_nothing():
    home, one_or_draw = leg(MATCH_RESULT, "home"), leg(DOUBLE_CHANCE, selections_of_market(DOUBLE_CHANCE)[0])
    assert together(home, one_or_draw).odds == home.odds
    assert together(leg(OVER_2_5, "over"), leg(OVER_1_5, "over")).odds == leg(OVER_2_5, "over").odds


def test_legs_that_help_each_other_cost_more_than_their_prices_multiplied_and_legs_that_hinder_each_other_less():
    home, over, under = leg(MATCH_RESULT, "home"), leg(OVER_2_5, "over"), leg(OVER_2_5, "under")
    assert together(leg(BOTH, "yes"), over).odds < leg(BOTH, "yes").odds.times(over.odds)
    assert together(home, under).odds > home.odds.times(under.odds)


def test_where_a_leg_may_be_void_the_price_is_that_of_the_rule_which_then_gives_the_stake_back():
    """Draw no bet with more than one goal: a draw with two goals gives the stake back, one without goals loses it."""
    price = together(leg(DRAW_NO_BET, "home"), leg(OVER_1_5, "over"))
    won, void = 0.0, 0.0
    for home, away, chance in scores(EVEN):
        came = [
            grade("draw_no_bet", {}, FinalScore(home, away))["home"],
            grade("total_goals", {"total": "1.5"}, FinalScore(home, away))["over"],
        ]
        result = result_together(came)
        won += chance * (result == WON)
        void += chance * (result == VOID)
    assert void > 0.05
    assert price.chance_millionths == pytest.approx(won / (1 - void) * MILLIONTHS, abs=2)


def scores(model: ScoreModel) -> Iterator[tuple[int, int, float]]:
    """Every score of a match before it begins, by Poisson and the four moved cells of Dixon and Coles."""
    home, away, rho = model.home_millionths / MILLIONTHS, model.away_millionths / MILLIONTHS, model.rho_millionths / MILLIONTHS
    moved = {(0, 0): -rho, (1, 1): -rho, (0, 1): rho, (1, 0): rho}
    for one, other in product(GOALS, GOALS):
        plain = exp(-home - away) * home**one * away**other / factorial(one) / factorial(other)
        yield one, other, plain + moved.get((one, other), 0.0) * home * away * exp(-home - away)


@pytest.mark.parametrize(
    ("legs", "refusal"),
    [
        ((leg(MATCH_RESULT, "home"), leg(MATCH_RESULT, "away")), LegsOnOneMarket),
        ((leg(MATCH_RESULT, "home"), leg(MATCH_RESULT, "home")), LegsOnOneMarket),
        ((leg(PricedMarket(HALF_TIME_FULL_TIME), "home/home"), leg(BOTH, "yes")), LegNotOfScores),
        ((leg(PricedMarket("race_winner"), "arkle", odds="5"), leg(BOTH, "yes")), LegNotOfScores),
        ((leg(PricedMarket("first_half_match_result"), "home"), leg(BOTH, "yes")), LegsOfDifferentPeriods),
        ((leg(PricedMarket("asian_handicap", ("hcp", "-0.75")), "home"), leg(BOTH, "yes")), LegSplitsStake),
        ((leg(PricedMarket("total_goals", ("total", "2.75")), "over"), leg(BOTH, "yes")), LegSplitsStake),
        ((leg(MATCH_RESULT, "home", None), leg(BOTH, "yes")), LegWithoutModel),
        (
            (leg(MATCH_RESULT, "home"), leg(BOTH, "yes", ScoreModel(1_450_000, 1_150_000, -150_000, 950_000, 30, 1, 0))),
            LegsOfDifferentScores,
        ),
        ((leg(BOTH, "yes"), leg(OVER_1_5, "under")), LegsCannotAllWin),
        ((leg(PricedMarket("correct_score"), "2-1"), leg(BOTH, "no")), LegsCannotAllWin),
        ((leg(PricedMarket("correct_score"), "1-1"), leg(MATCH_RESULT, "home")), LegsCannotAllWin),
        ((leg(PricedMarket("correct_score"), "0-4"), leg(PricedMarket("odd_even"), "even")), None),
        ((leg(WHOLE_LINE, "over"), leg(BOTH, "yes")), None),
    ],
)
def test_what_has_no_price_together_is_refused_by_name(legs: tuple[GameLeg, ...], refusal: type[Refused] | None):
    if refusal is None:
        assert together(*legs).odds >= legs[0].odds
        return
    with pytest.raises(refusal):
        together(*legs)


def test_legs_that_are_next_to_impossible_are_not_offered():
    unlikely = ScoreModel(300_000, 300_000, 0, 950_000)
    legs = [leg(PricedMarket("correct_score"), "3-3", unlikely, "500"), leg(WHOLE_LINE, "over", unlikely)]
    with pytest.raises(SameGameNotOffered):
        together(*legs)


def test_of_models_of_different_minutes_the_shortest_price_is_taken_whatever_the_order():
    earlier, later = EVEN, ScoreModel(1_450_000, 1_150_000, -150_000, 950_000, 40)
    legs = [leg(MATCH_RESULT, "home", earlier, "2.2"), leg(OVER_2_5, "over", later, "3")]
    mixed = together(*legs)
    alone = [together(*[each._replace(model=model) for each in legs]) for model in (earlier, later)]
    assert mixed.chance_millionths == max(price.chance_millionths for price in alone)
    assert together(*reversed(legs)) == mixed


def test_no_mixture_of_singles_and_legs_together_is_a_sure_win():
    """The grid values each offered bet at no more than its stake (Farkas' lemma): checked for all pairs of the markets on the board."""
    offered, valued = books(EVEN), 0
    for one, other in combinations((MATCH_RESULT, BOTH, OVER_2_5, DRAW_NO_BET, WHOLE_LINE), 2):
        for first, second in product(offered[one].prices, offered[other].prices):
            price = priced([leg(one, first), leg(other, second)])
            if price is None:
                continue
            value = sum(chance * pays([(one, first), (other, second)], price.odds, home, away) for home, away, chance in scores(EVEN))
            assert value <= 1.0 + 1e-9
            valued += 1
    assert valued > 30


def pays(legs: Sequence[tuple[PricedMarket, str]], odds: Odds, home: int, away: int) -> float:
    result = result_together([grade(market.type, market.specifiers, FinalScore(home, away))[name] for market, name in legs])
    return {LOST: 0.0, VOID: 1.0, WON: odds.numerator / odds.denominator}[result]
