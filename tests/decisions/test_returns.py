"""What a line returns: one formula, one rounding."""

import json
from fractions import Fraction
from itertools import combinations
from math import prod
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.odds import Odds, exact, parse
from domain.settling import (
    HALF_LOST,
    HALF_WON,
    LOST,
    RULES_CURRENT,
    RULES_OLDEST,
    VOID,
    WON,
    LegResult,
    potential_returns_minor,
    returns_minor,
)

CASES = json.loads((Path(__file__).parents[1] / "data/settlement_cases.json").read_text())
LEGS_OF_A_LINE = {"single": 1, "double": 2, "treble": 3, "fourfold": 4, "sevenfold": 7, "eightfold": 8}

odds = st.tuples(st.integers(1, 3_000), st.integers(1, 3_000)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))
ties = st.integers(2, 6).flatmap(lambda tied: st.integers(1, tied - 1).map(lambda places: LegResult((1, 1), dead_heat=(tied, places))))
results = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST]) | ties
legs = st.tuples(odds, results)
stakes = st.integers(1, 100_000_000)


def exact_returns(stake_minor, line):
    """The formula in fractions, written a second time and slowly."""
    factors = [
        Fraction(*result.void)
        + (1 - Fraction(*result.void)) * Fraction(*result.won) * Fraction(leg.numerator, leg.denominator) / Fraction(*result.dead_heat)
        for leg, result in line
    ]
    return stake_minor * prod(factors, start=Fraction(1))


@pytest.mark.parametrize(
    ("result", "returned_minor"),
    [(WON, 23_50), (LOST, 0), (VOID, 10_00), (HALF_WON, 16_75), (HALF_LOST, 5_00), (LegResult((1, 1), dead_heat=(2, 1)), 11_75)],
)
def test_a_tenner_at_2_35_returns_what_its_result_says(result, returned_minor):
    assert returns_minor(10_00, [(Odds(2350, 1000), result)]) == returned_minor


def test_eleven_hundred_at_ten_to_eleven_on_returns_twenty_one_hundred_to_the_penny():
    assert returns_minor(1_100_00, [(parse("10/11"), WON)]) == 2_100_00
    assert returns_minor(1_100_00, [(parse("1.909"), WON)]) == 2_099_90


def test_a_multiple_is_rounded_once_and_not_leg_by_leg():
    thirds = [(parse("1/3"), WON)] * 3
    assert returns_minor(27, thirds) == 64
    assert returns_minor(1, thirds) == 2
    assert (returns_minor(2, thirds), returns_minor(2, thirds, RULES_OLDEST)) == (5, 4)


def test_half_a_penny_is_paid_as_a_whole_one_and_never_was_under_the_first_house_rules():
    for line, paid, paid_before in (((parse("1.5"), WON), 2, 1), ((parse("2.0"), HALF_LOST), 1, 0), ((parse("1.499"), WON), 1, 1)):
        assert (returns_minor(1, [line]), returns_minor(1, [line], RULES_OLDEST)) == (paid, paid_before)


@given(stakes, st.lists(legs, min_size=1, max_size=20))
def test_returns_are_the_exact_value_rounded_once_by_the_rules_of_the_bet(stake_minor, line):
    exactly = exact_returns(stake_minor, line)
    assert 0 <= exactly - returns_minor(stake_minor, line, RULES_OLDEST) < 1
    assert -Fraction(1, 2) <= exactly - returns_minor(stake_minor, line, RULES_CURRENT) < Fraction(1, 2)
    assert 0 <= returns_minor(stake_minor, line) - returns_minor(stake_minor, line, RULES_OLDEST) <= 1


@given(stakes, st.lists(odds, min_size=1, max_size=20))
def test_what_a_bet_may_return_is_what_it_returns_when_every_leg_wins(stake_minor, line):
    assert potential_returns_minor(stake_minor, line) == returns_minor(stake_minor, [(price, WON) for price in line])


@given(stakes, st.lists(legs, max_size=10), odds)
def test_a_void_leg_multiplies_by_one(stake_minor, line, void_odds):
    assert returns_minor(stake_minor, [*line, (void_odds, VOID)]) == returns_minor(stake_minor, line)


@given(stakes, st.lists(legs, max_size=10), odds)
def test_one_lost_leg_loses_the_line(stake_minor, line, lost_odds):
    assert returns_minor(stake_minor, [*line, (lost_odds, LOST)]) == 0


@given(stakes, st.lists(legs, max_size=5), odds, odds, results)
def test_better_odds_never_return_less(stake_minor, line, one, other, result):
    shorter, longer = sorted((one, other))
    assert returns_minor(stake_minor, [*line, (shorter, result)]) <= returns_minor(stake_minor, [*line, (longer, result)])


@given(stakes, stakes, st.lists(legs, min_size=1, max_size=5))
def test_a_larger_stake_never_returns_less(one, other, line):
    assert returns_minor(min(one, other), line) <= returns_minor(max(one, other), line)


@given(stakes, odds)
def test_results_are_ordered_from_lost_to_won(stake_minor, price):
    paid = [returns_minor(stake_minor, [(price, result)]) for result in (LOST, HALF_LOST, VOID, HALF_WON, WON)]
    assert paid == sorted(paid)


@given(results)
def test_a_result_read_from_the_log_settles_as_it_was_written(result):
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(result), type=LegResult)
    assert again == result
    assert returns_minor(77_77, [(parse("7/3"), again)]) == returns_minor(77_77, [(parse("7/3"), result)])


def lines_of(case):
    """The lines of a published bet: every combination its type covers, and the place part of an each-way bet."""
    size = LEGS_OF_A_LINE.get(case["bet_type"])
    sizes = [size] if size else range(1, len(case["legs"]) + 1)
    parts = ("win", "place") if case["each_way"] else ("win",)
    for part in parts:
        for count in sizes:
            for chosen in combinations(case["legs"], count):
                yield [part_of(leg, part) for leg in chosen]


def part_of(leg, part):
    price = parse(leg["odds"])
    if part == "place":
        share = Fraction(leg["place_terms"])
        placed = 1 + (Fraction(price.numerator, price.denominator) - 1) * share
        price = exact(placed.numerator, placed.denominator)
    wins = {"won", "placed"} if part == "place" else {"won"}
    if leg["result"] == "void":
        return price, VOID
    return price, WON if leg["result"] in wins else LOST


@pytest.mark.parametrize("case", CASES["multiples_returns"], ids=lambda case: case["id"])
def test_published_multiples_return_what_was_published(case):
    unit_minor = int(Fraction(case["unit_stake"]) * 100)
    lines = list(lines_of(case))
    assert len(lines) * unit_minor == Fraction(case["expected"]["total_stake"]) * 100
    assert sum(returns_minor(unit_minor, line) for line in lines) == Fraction(case["expected"]["returns"]) * 100


NOT_A_RESULT = {"undecided"}


@pytest.mark.parametrize("case", CASES["uof_result_mapping"], ids=lambda case: case["id"])
def test_result_codes_of_the_unified_odds_feed_pay_by_their_formula(case):
    if case["outcome"] in NOT_A_RESULT:
        assert case["return_formula"] is None, "a selection that is undecided returns nothing yet, so there is no result to give it"
        return
    void, heat = Fraction(case["void_factor"] or 0), Fraction(case["dead_heat_factor"] or 1)
    result = LegResult((case["result"], 1), void=void.as_integer_ratio(), dead_heat=(1 / heat).as_integer_ratio())
    expected = {"lost": 0, "won": 40_00, "void": 10_00, "half_won": 25_00, "half_lost": 5_00, "won_dead_heat": 20_00}
    assert returns_minor(10_00, [(parse("4.0"), result)]) == expected[case["outcome"]]
