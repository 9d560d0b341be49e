"""The calculator: the published cases, and for any bet at all the sum of its lines, listed one by one, in fractions."""

import json
from fractions import Fraction
from itertools import combinations
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import calculator
from domain.bet.decider import StakeUneven
from domain.calculator import calculation
from domain.calculator.calculation import CalculatedBet, CalculatedLeg, calculate, sizes_of
from domain.odds import OddsMalformed, OddsOutOfRange, OddsTooFine, exact, parse
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult, rule4
from domain.settling.folds import FULL_COVER

CASES = json.loads((Path(__file__).parents[1] / "data/settlement_cases.json").read_text())
LEGS = {"single": 1, "double": 2, "treble": 3, "fourfold": 4, "sevenfold": 7, "eightfold": 8, "patent": 3}


def ask(question: dict[str, Any]) -> dict[str, Any]:
    return calculator.answer_of(calculator.CalculatorQuestion.model_validate(question))


def four(**changed: Any) -> dict[str, Any]:
    leg = {"odds": "7/2", "place_terms": "1/5", "result": "won"}
    return {"type": "lucky15", "unit_stake": "2.50", "each_way": True, "legs": [leg] * 4, **changed}


@pytest.mark.parametrize("case", CASES["multiples_returns"], ids=lambda case: case["id"])
def test_a_published_case_returns_what_it_says(case: dict[str, Any]):
    question = {name: case[name] for name in ("unit_stake", "each_way", "legs")}
    answer = ask({"type": case["bet_type"], **question})
    expected = case["expected"]
    assert len(case["legs"]) == LEGS[case["bet_type"]]
    assert {name: Fraction(answer[name]) for name in ("total_stake", "returns")} == {
        "total_stake": Fraction(expected["total_stake"]),
        "returns": Fraction(expected["returns"]),
    }


@pytest.mark.parametrize("case", CASES["uof_result_mapping"], ids=lambda case: case["outcome"])
def test_what_a_feed_calls_a_result_returns_what_its_formula_says(case: dict[str, Any]):
    told = {name: case[name] for name in ("result", "void_factor", "dead_heat_factor") if case[name] is not None}
    question = {"type": "single", "unit_stake": "10.00", "legs": [{"odds": "3", "result": told}]}
    if case["outcome"] == "undecided":
        with pytest.raises(calculation.LegUndecided):
            ask(question)
        return
    names = {"stake": 10, "odds": 3, "dead_heat_factor": case["dead_heat_factor"]}
    expected = eval(case["return_formula"], {"__builtins__": {}}, names)  # noqa: S307  (numbers and four names, from the data of the tests)
    assert Fraction(ask(question)["returns"]) == Fraction(expected)


RESULTS = st.sampled_from(
    [*calculation.RESULTS.values(), *(calculation.result_of(name, heat) for name, heat in [("won", (2, 1)), ("placed", (3, 2))])]
)
ODDS = st.tuples(st.integers(1, 400), st.integers(1, 40)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))
TERMS = st.sampled_from([(1, 4), (1, 5), (1, 1)])
ANY_LEG = st.builds(
    lambda odds, results, terms, pence: CalculatedLeg(odds, *results, terms, pence), ODDS, RESULTS, TERMS, st.sampled_from([0, 5, 25, 90])
)
NAMED = st.sampled_from(sorted(FULL_COVER)).map(lambda name: (FULL_COVER[name][0], FULL_COVER[name][1]))
ROUND_ROBINS = st.integers(1, 7).flatmap(
    lambda legs: st.tuples(st.just(legs), st.sets(st.integers(1, legs), min_size=1).map(lambda sizes: tuple(sorted(sizes))))
)


@st.composite
def bets(draw: st.DrawFn) -> CalculatedBet:
    count, sizes = draw(NAMED | ROUND_ROBINS)
    legs = tuple(draw(st.lists(ANY_LEG, min_size=count, max_size=count)))
    each_way = draw(st.booleans())
    return CalculatedBet(sizes, legs, draw(st.integers(1, 9_999)), each_way, draw(st.sampled_from(calculation.EACH_WAY_RULES)))


def made_of(odds: Fraction, result: LegResult) -> Fraction:
    void, won, heat = Fraction(*result.void), Fraction(*result.won), Fraction(*result.dead_heat)
    return void + (1 - void) * won * odds / heat


def by_hand(bet: CalculatedBet) -> Fraction:
    """Every line by itself, in fractions, not rounded."""

    def parts(leg: CalculatedLeg) -> tuple[Fraction, Fraction]:
        profit = (Fraction(leg.odds.numerator, leg.odds.denominator) - 1) * Fraction(100 - leg.deduction_pence, 100)
        assert leg.place_terms is not None
        return made_of(1 + profit, leg.to_win), made_of(1 + profit * Fraction(*leg.place_terms), leg.to_place)

    total = Fraction(0)
    for size in bet.sizes:
        for line in combinations(bet.legs, size):
            made = [parts(leg) for leg in line]
            wins, places = prod([win for win, _ in made]), prod([place for _, place in made])
            if not bet.each_way:
                total += wins
            elif bet.each_way_rule == calculation.WIN_TO_WIN:
                total += wins + places
            else:
                running = Fraction(2)
                for win, place in made:
                    running = running / 2 * win + running / 2 * place
                total += running
    return total * bet.unit_minor


@given(bets())
def test_a_fast_return_is_the_sum_of_all_lines_rounded_half_up_once(bet: CalculatedBet):
    calculated, exactly = calculate(bet), by_hand(bet)
    assert calculated.returns_minor == int(exactly + Fraction(1, 2))
    assert calculated.lines == sum(1 for size in bet.sizes for _ in combinations(bet.legs, size)) * (2 if bet.each_way else 1)
    assert calculated.stake_minor == calculated.lines * bet.unit_minor


def changed(bet: CalculatedBet, legs: list[CalculatedLeg]) -> CalculatedBet:
    return CalculatedBet(bet.sizes, tuple(legs), bet.unit_minor, bet.each_way, bet.each_way_rule)


@given(bets(), st.randoms(use_true_random=False))
def test_returns_are_never_negative_nor_above_the_all_win_return_and_no_order_of_legs_changes_them(bet: CalculatedBet, random: Any):
    returns_minor = calculate(bet).returns_minor
    all_won = changed(bet, [CalculatedLeg(leg.odds, WON, WON, leg.place_terms) for leg in bet.legs])
    assert 0 <= returns_minor <= calculate(all_won).returns_minor
    legs = list(bet.legs)
    random.shuffle(legs)
    assert calculate(changed(bet, legs)).returns_minor == returns_minor
    void = calculate(changed(bet, [CalculatedLeg(leg.odds, VOID, VOID, leg.place_terms, leg.deduction_pence) for leg in bet.legs]))
    assert void.returns_minor == void.stake_minor


def test_half_a_cent_is_rounded_up_once_a_bet_and_never_a_line_at_a_time():
    assert ask({"type": "single", "unit_stake": "0.01", "legs": [{"odds": "1.5"}]})["returns"] == "0.02"
    assert ask({"type": "roundrobin", "folds": [1], "unit_stake": "0.01", "legs": [{"odds": "1.5"}] * 4})["returns"] == "0.06"


def test_a_lucky_15_each_way_is_thirty_lines():
    answer = ask(four())
    assert (answer["lines"], answer["total_stake"]) == (30, "75.00")
    win, place = Fraction(9, 2), Fraction(17, 10)
    exactly_minor = 250 * ((1 + win) ** 4 - 1 + (1 + place) ** 4 - 1)
    assert Fraction(answer["returns"]) * 100 == int(exactly_minor + Fraction(1, 2))
    assert ask(four(unit_stake=None, total_stake="75.00")) == answer


def test_each_way_divided_equally_stakes_what_a_leg_returned_half_and_half_on_the_next():
    legs = [{"odds": "3/1", "place_terms": "1/4", "result": "won"}, {"odds": "4/1", "place_terms": "1/5", "result": "placed"}]
    double = {"type": "double", "unit_stake": "8", "each_way": True, "legs": legs}
    assert ask(double)["returns"] == "25.20"
    first = Fraction(8) * (4 + Fraction(7, 4))
    second = first / 2 * 0 + first / 2 * Fraction(9, 5)
    assert Fraction(ask({**double, "each_way_rule": "equally_divided"})["returns"]) == second


@pytest.mark.parametrize(
    ("leg", "returns"),
    [
        ({"odds": "5", "dead_heat": 2}, "25.00"),
        ({"odds": "5", "dead_heat": "3/2"}, "33.33"),
        ({"odds": "5", "result": "placed"}, "0.00"),
        ({"odds": "5", "result": "half_won"}, "30.00"),
        ({"odds": "5", "result": "half_lost"}, "5.00"),
        ({"odds": "5", "rule4_pence": 25}, "40.00"),
        ({"odds": "5", "withdrawn": ["2/1", "13/2"]}, "34.00"),
        ({"odds": "5", "withdrawn": ["12/1"]}, "48.00"),
        ({"odds": "5", "withdrawn": ["20/1"]}, "50.00"),
        ({"odds": "5", "withdrawn": ["1/10", "4/1"]}, "14.00"),
    ],
)
def test_dead_heats_half_results_and_rule_4_on_a_tenner_at_four_to_one(leg: dict[str, Any], returns: str):
    assert ask({"type": "single", "unit_stake": "10", "legs": [leg]})["returns"] == returns


def test_tables_of_rule_4_differ_between_books_and_are_named_by_version():
    long_odds = {"type": "single", "unit_stake": "10", "legs": [{"odds": "5", "withdrawn": ["12/1"]}]}
    assert ask({**long_odds, "rule4_table": "tattersalls_v1"})["returns"] == "48.00"
    assert ask({**long_odds, "rule4_table": "tattersalls_without_5p_v1"})["returns"] == "50.00"
    steps = [
        rule4.deduction_pence("tattersalls_v1", [parse(price)]) for price in ("1/9", "2/17", "evens", "5/4", "6/4", "3/1", "14/1", "15/1")
    ]
    assert steps == [90, 85, 45, 40, 40, 25, 5, 0]


def test_a_dead_heat_divides_what_was_tied_for_and_a_tied_winner_is_placed_outright():
    assert calculation.result_of("won", (2, 1)) == (LegResult((1, 1), dead_heat=(2, 1)), WON)
    assert calculation.result_of("placed", (3, 2)) == (LOST, LegResult((1, 1), dead_heat=(3, 2)))
    assert calculation.result_of("half_lost", (1, 1)) == (HALF_LOST, HALF_LOST)
    assert calculation.result_of("half_won", (2, 2)) == (HALF_WON, HALF_WON)


@pytest.mark.parametrize(
    ("name", "legs", "lines"),
    [
        *[("trixie", 3, 4), ("patent", 3, 7), ("yankee", 4, 11), ("lucky15", 4, 15), ("canadian", 5, 26), ("superyankee", 5, 26)],
        *[("lucky31", 5, 31), ("heinz", 6, 57), ("lucky63", 6, 63), ("superheinz", 7, 120), ("lucky127", 7, 127), ("goliath", 8, 247)],
        *[("lucky255", 8, 255), ("single", 1, 1), ("double", 2, 1), ("fivefold", 5, 1), ("twentyfivefold", 25, 1), ("fold", 20, 1)],
    ],
)
def test_every_type_has_its_number_of_lines(name: str, legs: int, lines: int):
    assert ask({"type": name, "unit_stake": "1", "legs": [{"odds": "2"}] * legs})["lines"] == lines
    with pytest.raises(calculation.CalculatedTypeUnknown):
        sizes_of(name, 26)


def test_a_round_robin_of_25_legs_is_exact_without_its_lines_being_listed():
    answer = ask({"type": "roundrobin", "folds": [*range(1, 26)], "unit_stake": "0.01", "legs": [{"odds": "2"}] * 25})
    assert answer == {"total_stake": "335544.31", "lines": 2**25 - 1, "returns": f"{(3**25 - 1) // 100}.{(3**25 - 1) % 100:02d}"}


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        (four(type="septet"), calculation.CalculatedTypeUnknown),
        (four(type="trixie"), calculation.CalculatedTypeUnknown),
        (four(legs=[]), calculation.CalculatedTypeUnknown),
        (four(type="roundrobin"), calculation.FoldsMalformed),
        (four(type="roundrobin", folds=[2, 2]), calculation.FoldsMalformed),
        (four(type="roundrobin", folds=[5]), calculation.FoldsMalformed),
        (four(folds=[2]), calculation.FoldsMalformed),
        (four(unit_stake="2.505"), calculator.MoneyMalformed),
        (four(unit_stake="-1"), calculator.MoneyMalformed),
        (four(unit_stake="0"), calculation.CalculatedStakeOutOfRange),
        (four(unit_stake=None), calculator.StakeUnclear),
        (four(total_stake="75.00"), calculator.StakeUnclear),
        (four(unit_stake=None, total_stake="75.01"), StakeUneven),
        (four(each_way_rule="half"), calculation.EachWayRuleUnknown),
        (four(rule4_table="tattersalls_v0"), rule4.Rule4TableUnknown),
        (four(legs=[{"odds": "7/2"}] * 4), calculation.PlaceTermsMissing),
        (four(legs=[{"odds": "7/2", "place_terms": "5/4"}] * 4), calculation.PlaceTermsMalformed),
        (four(legs=[{"odds": "7/2", "place_terms": "1/0"}] * 4), calculation.PlaceTermsMalformed),
        (four(legs=[{"odds": "7/2", "result": "fell"}] * 4), calculation.LegOutcomeUnknown),
        (four(legs=[{"odds": "7/2", "dead_heat": "1/2"}] * 4), calculation.DeadHeatMalformed),
        (four(legs=[{"odds": "7/2", "dead_heat": 0}] * 4), calculation.DeadHeatMalformed),
        (four(legs=[{"odds": "7/2", "dead_heat": "2/0"}] * 4), calculation.DeadHeatMalformed),
        (four(legs=[{"odds": "7/2", "rule4_pence": 101}] * 4), calculation.DeductionOutOfRange),
        (four(legs=[{"odds": "7/2", "result": {"result": 1, "void_factor": 0.3}}] * 4), calculator.FeedResultUnknown),
        (four(legs=[{"odds": "7/2", "result": {"result": 0, "dead_heat_factor": 0.5}}] * 4), calculator.FeedResultUnknown),
        (four(legs=[{"odds": "x"}] * 4), OddsMalformed),
        (four(legs=[{"odds": "1.0"}] * 4), OddsOutOfRange),
        (four(legs=[{"odds": "1.0001"}] * 4), OddsTooFine),
    ],
)
def test_what_cannot_be_calculated_is_refused_by_name(question: dict[str, Any], refusal: type[Refused]):
    with pytest.raises(refusal):
        ask(question)
