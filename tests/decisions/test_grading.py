"""Markets are graded from the score by published rules."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.odds import parse
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, returns_minor
from domain.settling.grading import (
    GRADERS,
    FinalScore,
    HalfTimeScoreUnknown,
    MarketTypeUnknown,
    SpecifierMalformed,
    grade,
    selections_of,
)
from domain.settling.tennis import sets_won

CASES = json.loads((Path(__file__).parents[1] / "data/settlement_cases.json").read_text())["market_grading"]
RESULTS = {"WON": WON, "LOST": LOST, "VOID": VOID, "HALF_WON": HALF_WON, "HALF_LOST": HALF_LOST}
NO_RULE_YET = {
    "goalscorers": "needs the scorers of a match",
    "10_minute_result": "needs the minutes of the goals",
    "to_win_match": "what others call our match_winner",
    "game_lines": "points of one side",
}

goals = st.integers(0, 9)
scores = st.tuples(goals, goals, goals, goals).map(lambda g: FinalScore(g[0] + g[2], g[1] + g[3], (g[0], g[1])))
lines = st.integers(-20, 20).map(lambda quarters: f"{'-' if quarters < 0 else ''}{abs(quarters) // 4}.{(0, 25, 5, 75)[abs(quarters) % 4]}")


def asked(case):
    """A published case in our words: type, specifiers, selection."""
    name, header = case["selection"]["name"].lower(), case["selection"].get("header", "").lower()
    chances = {"draw or away": "draw_or_away", "2x": "draw_or_away", "12": "home_or_away"}
    handicap = name.removeprefix("+") if header == "home" else f"-{name}".replace("-+", "-").replace("--", "")
    turned = "-".join(reversed(name.split("-"))) if header == "away" else name
    lead = f"{({'1': 'home', '2': 'away'}).get(header)}_by_{name.replace('+', '_plus')}"
    words = {
        "correct_score": ("correct_score", {}, turned),
        "set_betting": ("set_betting", {"bestof": "3"}, turned),
        "half_time_correct_score": ("first_half_correct_score", {}, turned),
        "winning_margin": ("winning_margin", {}, lead),
        "asian_handicap": ("asian_handicap", {"hcp": handicap}, header),
        "double_chance": ("double_chance", {}, chances.get(name)),
        "half_time_double_chance": ("first_half_double_chance", {}, chances.get(name)),
        "draw_no_bet": ("draw_no_bet", {}, name),
        "1st_half_goals_odd_even": ("first_half_odd_even", {}, name),
        "goals_odd_even": ("odd_even", {}, name),
        "first_half_goals": ("first_half_total_goals", {"total": name}, header),
        "goals_over_under": ("total_goals", {"total": name}, header),
        "result_total_goals": ("result_and_total", {"total": case["selection"].get("handicap", "")}, f"{name}/{header}"),
        "half_time_result": ("first_half_match_result", {}, name),
        "half_time_full_time": ("half_time_full_time", {}, name.replace(" - ", "/")),
        "match_result": ("match_result", {}, name),
        "both_teams_to_score": ("both_teams_to_score", {}, name),
        "both_teams_to_score_in_1st_half": ("first_half_both_teams_to_score", {}, name),
        "both_teams_to_score_in_2nd_half": ("second_half_both_teams_to_score", {}, name),
    }
    return words[case["market"]]


def score_of(case):
    if sets := tuple(map(tuple, case.get("sets") or ())):
        return FinalScore(*sets_won(sets), None, sets)
    periods = {period: (int(g["home"]), int(g["away"])) for period, g in (json.loads(case["period_scores"] or "{}")).items()}
    first = tuple(case["score_ht"]) if case["score_ht"] else periods.get("1", (0, 0))
    second = periods.get("2", (0, 0))
    home, away = case["score_ft"] or (first[0] + second[0], first[1] + second[1])
    return FinalScore(home, away, first)


@pytest.mark.parametrize("case", [case for case in CASES if case["market"] not in NO_RULE_YET], ids=lambda case: case["id"])
def test_published_gradings_come_out_as_published(case):
    market_type, specifiers, selection = asked(case)
    assert grade(market_type, specifiers, score_of(case))[selection] == RESULTS[case["expected_status"]]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["market"] in NO_RULE_YET], ids=lambda case: f"{case['id']}-{case['market']}"
)
def test_a_market_without_a_rule_is_refused_by_name_and_never_guessed(case):
    with pytest.raises(MarketTypeUnknown) as refusal:
        grade(case["market"], {}, FinalScore(1, 0, (0, 0)))
    assert refusal.value.market_type == case["market"]


def test_the_three_markets_of_a_two_one():
    score = FinalScore(2, 1)
    assert grade("match_result", {}, score) == {"home": WON, "draw": LOST, "away": LOST}
    assert grade("total_goals", {"total": "2.5"}, score) == {"over": WON, "under": LOST}
    assert grade("both_teams_to_score", {}, score) == {"yes": WON, "no": LOST}


@pytest.mark.parametrize(
    ("line", "over", "under"),
    [
        ("3", VOID, VOID),
        ("3.0", VOID, VOID),
        ("2.75", HALF_WON, HALF_LOST),
        ("3.25", HALF_LOST, HALF_WON),
        ("2.5", WON, LOST),
        ("3.50", LOST, WON),
        ("2.25", WON, LOST),
        ("3.75", LOST, WON),
    ],
)
def test_three_goals_against_whole_half_and_quarter_lines(line, over, under):
    assert grade("total_goals", {"total": line}, FinalScore(3, 0)) == {"over": over, "under": under}


@given(scores, st.integers(0, 6), st.sampled_from([1, 3]))
def test_a_quarter_line_is_two_half_stakes_on_the_lines_beside_it(score, whole, quarter):
    beside = (f"{whole}.0", f"{whole}.5") if quarter == 1 else (f"{whole}.5", f"{whole + 1}.0")
    price = parse("2.35")
    for selection in ("over", "under"):
        split = grade("total_goals", {"total": f"{whole}.{quarter * 25}"}, score)[selection]
        halves = [grade("total_goals", {"total": line}, score)[selection] for line in beside]
        assert returns_minor(20_00, [(price, split)]) == sum(returns_minor(10_00, [(price, half)]) for half in halves)


@given(scores, lines)
def test_exactly_one_side_of_a_line_is_ahead_or_both_get_their_stake_back(score, line):
    graded = grade("asian_handicap", {"hcp": line}, score)
    mirror = {WON: LOST, LOST: WON, VOID: VOID, HALF_WON: HALF_LOST, HALF_LOST: HALF_WON}
    assert graded["away"] == mirror[graded["home"]]


@given(scores, st.sampled_from(sorted(GRADERS)), st.sampled_from(["", "first_half_", "second_half_"]))
def test_every_score_grades_every_selection_of_every_market(score, market_type, period):
    specifiers = {"total": "2.5", "hcp": "-0.75"}
    graded = grade(period + market_type, specifiers, score)
    assert tuple(graded) == selections_of(period + market_type, specifiers)
    assert len(graded) >= 2


@given(scores)
def test_the_markets_of_one_match_agree_with_each_other(score):
    result = grade("match_result", {}, score)
    chance = grade("double_chance", {}, score)
    no_bet = grade("draw_no_bet", {}, score)
    assert [result[selection] for selection in result].count(WON) == 1
    assert (chance["home_or_away"] == WON) == (result["draw"] == LOST)
    assert (no_bet["home"] == VOID) == (result["draw"] == WON)
    assert grade("asian_handicap", {"hcp": "0"}, score) == no_bet


@pytest.mark.parametrize("line", ["", "two", "2.3", "2.55", "--1", "1e1", "2.5 ", "9999", "٢.5"])
def test_a_line_that_is_no_quarter_goal_is_refused_by_name(line):
    with pytest.raises(SpecifierMalformed):
        grade("total_goals", {"total": line}, FinalScore(1, 1))


def test_a_market_without_its_line_is_refused_by_name():
    with pytest.raises(SpecifierMalformed):
        grade("asian_handicap", {"total": "2.5"}, FinalScore(1, 1))


def test_a_half_is_not_graded_while_the_half_time_score_is_unknown():
    with pytest.raises(HalfTimeScoreUnknown):
        grade("first_half_total_goals", {"total": "0.5"}, FinalScore(1, 1))
