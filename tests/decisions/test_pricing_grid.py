"""Every market of a match follows from one grid of scores, by the rules that settle it."""

from datetime import UTC, datetime
from itertools import product
from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.trading.replay.match import Match
from commands.trading.replay.selection_names import name_of
from domain.market.outcomes import NAME_CHARACTERS_MAX
from domain.pricing import (
    FOOTBALL_MARKETS,
    MAIN_MARKETS,
    Expectation,
    MatchMoment,
    PricedMarket,
    books_of,
    outlook,
    selections_of_market,
    share_left,
)
from domain.pricing.grid import chances_of
from domain.settling.grading import FinalScore, grade
from domain.settling.rules import MatchScore, canonical_specifiers, is_within_bounds, results_of

expectations = st.builds(Expectation, st.floats(0.1, 4.0), st.floats(0.1, 4.0), st.floats(-0.3, 0.1))
goals = st.integers(0, 3)
NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)


@st.composite
def moments(draw):
    minute = draw(st.integers(0, 89))
    first = (draw(goals), draw(goals))
    if minute < 45:
        return MatchMoment(minute, *first)
    return MatchMoment(minute, first[0] + draw(goals), first[1] + draw(goals), first)


def split(chances, markets=FOOTBALL_MARKETS):
    """The chances of one match by market and selection."""
    row, found = iter(chances.tolist()), {}
    for market in markets:
        found[market] = {selection: next(row) for selection in selections_of_market(market)}
    return found


def poisson(mean, count):
    return exp(-mean) * mean**count / factorial(count)


def ends(expectation, moment):
    """Every way the match can end, with its chance: half-time score, final score; by hand, without dependence."""
    left = share_left(moment.minutes_gone)
    if moment.half_time is None:
        after = share_left(45)
        shares, base = (left - after, after), ((moment.home, moment.away), (0, 0))
    else:
        shares, base = (0.0, left), (moment.half_time, (moment.home - moment.half_time[0], moment.away - moment.half_time[1]))
    halves = []
    for share, (home, away) in zip(shares, base, strict=True):
        means = [max(expectation.home * share, 0.0), max(expectation.away * share, 0.0)]
        counts = range(13) if share else range(1)
        halves.append({(home + h, away + a): poisson(means[0], h) * poisson(means[1], a) for h, a in product(counts, repeat=2)})
    for (first, one), (second, other) in product(halves[0].items(), halves[1].items()):
        yield first, (first[0] + second[0], first[1] + second[1]), one * other


@settings(max_examples=10)
@given(st.builds(Expectation, st.floats(0.2, 2.0), st.floats(0.2, 2.0), st.just(0.0)), moments())
def test_every_chance_is_what_grading_every_way_the_match_can_end_adds_up_to(expectation, moment):
    won: dict = {}
    risked: dict = {}
    for half_time, final, chance in ends(expectation, moment):
        if chance < 1e-7:
            continue
        for market in FOOTBALL_MARKETS:
            for selection, result in grade(market.type, market.specifiers, FinalScore(*final, half_time)).items():
                key, at_risk = (market, selection), 1 - result.void[0] / result.void[1]
                won[key] = won.get(key, 0.0) + chance * at_risk * result.won[0] / result.won[1]
                risked[key] = risked.get(key, 0.0) + chance * at_risk
    found = split(chances_of(FOOTBALL_MARKETS, [expectation], [moment])[0])
    for (market, selection), chance in won.items():
        fair = chance / risked[market, selection] if risked[market, selection] > 1e-3 else found[market][selection]
        assert found[market][selection] == pytest.approx(fair, abs=1e-3), (market, selection)


@given(st.lists(st.tuples(expectations, moments()), min_size=1, max_size=6))
def test_the_grid_and_the_kernel_agree_on_the_main_markets(matches):
    expected, at = [one for one, _ in matches], [moment for _, moment in matches]
    found = chances_of(MAIN_MARKETS, expected, at)
    kernel = outlook(expected, [moment.minutes_gone for moment in at], [(moment.home, moment.away) for moment in at])
    columns = np.stack(
        [kernel.home, kernel.draw, kernel.away, kernel.over, 1 - kernel.over, kernel.both_score, 1 - kernel.both_score], axis=1
    )
    assert found == pytest.approx(columns, abs=1e-6)


@given(expectations, moments())
def test_what_a_score_has_decided_is_certain_and_agrees_with_the_result(expectation, moment):
    found = split(chances_of(FOOTBALL_MARKETS, [expectation], [moment])[0])
    score = MatchScore("playing", moment.home, moment.away, moment.half_time)
    for market in FOOTBALL_MARKETS:
        results = results_of(market.type, market.specifiers, score)
        if results is not None:
            for selection, result in results.items():
                assert found[market][selection] == (result.won[0] / result.won[1] if result.void == (0, 1) else 0.0), (market, selection)


@given(expectations, moments())
def test_no_book_gives_money_away_and_all_are_within_the_bounds_of_their_type(expectation, moment):
    chances = split(chances_of(FOOTBALL_MARKETS, [expectation], [moment])[0])
    for market, book in books_of(FOOTBALL_MARKETS, [expectation], [moment])[0].items():
        for selection, odds in book.prices.items():
            assert chances[market][selection] * odds.numerator <= odds.denominator * (1 + 1e-9), (market, selection)
        if book.prices:
            assert book.prices.keys() | book.withdrawn.keys() == set(selections_of_market(market))
            assert is_within_bounds(market.type, market.specifiers, {**book.prices, **book.withdrawn}.values()), market


@given(expectations, moments())
def test_no_bets_across_markets_of_the_whole_match_are_a_sure_win(expectation, moment):
    """One grid gives each bet no more than its stake back on average: so no mixture of bets wins on every score (Farkas)."""
    whole = tuple(market for market in FOOTBALL_MARKETS if not market.type.startswith(("first_", "second_", "half_")))
    books = books_of(whole, [expectation], [moment])[0]
    scores = [PricedMarket("correct_score")]
    exact = split(chances_of(scores, [expectation], [moment])[0], scores)[scores[0]]
    listed = {key: chance for key, chance in exact.items() if key != "other"}
    for market, book in books.items():
        for selection, odds in book.prices.items():
            mean = 0.0
            for key, chance in listed.items():
                home, away = map(int, key.split("-"))
                result = grade(market.type, market.specifiers, FinalScore(home, away))[selection]
                void = result.void[0] / result.void[1]
                mean += chance * (void + (1 - void) * result.won[0] / result.won[1] * odds.numerator / odds.denominator)
            assert mean <= 1.0 + 1e-9


@given(st.lists(st.tuples(expectations, moments()), max_size=6))
def test_matches_priced_together_are_priced_as_each_alone(matches):
    together = books_of(FOOTBALL_MARKETS, [one for one, _ in matches], [moment for _, moment in matches])
    assert together == [books_of(FOOTBALL_MARKETS, [one], [moment])[0] for one, moment in matches]


@given(expectations)
def test_at_the_whistle_no_market_has_a_price(expectation):
    books = books_of(FOOTBALL_MARKETS, [expectation], [MatchMoment(90, 2, 1, (1, 1))])[0]
    assert all(not book.prices for book in books.values())


def test_markets_are_opened_under_the_specifiers_that_the_rules_store():
    assert len(set(FOOTBALL_MARKETS)) == len(FOOTBALL_MARKETS) >= 26
    for market in FOOTBALL_MARKETS:
        assert canonical_specifiers(market.type, market.specifiers) == market.specifiers


def between(home, away):
    return Match(source="s", competition="c", home=home, away=away, kick_off=NOON, neutral=False, goals=(), expected=Expectation(1, 1))


@given(st.text("AB", min_size=1, max_size=120), st.text("CD", min_size=1, max_size=120))
def test_every_selection_has_a_name_of_its_own_that_can_be_shown(home, away):
    match = between(home, away)
    for market in FOOTBALL_MARKETS:
        names = [name_of(match, market, selection) for selection in selections_of_market(market)]
        assert len(set(names)) == len(names)
        assert all(0 < len(name) <= NAME_CHARACTERS_MAX for name in names)


@pytest.mark.parametrize(
    ("market", "selection", "name"),
    [
        (PricedMarket("asian_handicap", ("hcp", "-0.75")), "home", "Ajax -0.75"),
        (PricedMarket("asian_handicap", ("hcp", "-0.75")), "away", "Benfica +0.75"),
        (PricedMarket("double_chance"), "home_or_draw", "Ajax or draw"),
        (PricedMarket("half_time_full_time"), "draw/away", "Draw / Benfica"),
        (PricedMarket("result_and_total", ("total", "2.5")), "home/over", "Ajax and over 2.5"),
        (PricedMarket("winning_margin"), "away_by_4_plus", "Benfica by 4 or more"),
        (PricedMarket("winning_margin"), "draw", "Draw"),
        (PricedMarket("first_half_correct_score"), "1-0", "1:0"),
        (PricedMarket("correct_score"), "other", "Any other score"),
        (PricedMarket("second_half_total_goals", ("total", "1.5")), "under", "Under 1.5"),
    ],
)
def test_selections_are_called_what_bettors_call_them(market, selection, name):
    match = Match(
        source="s", competition="c", home="Ajax", away="Benfica", kick_off=NOON, neutral=False, goals=(), expected=Expectation(1, 1)
    )
    assert name_of(match, market, selection) == name
