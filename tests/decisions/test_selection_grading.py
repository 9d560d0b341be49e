"""Any selection of any market of any sport is graded from what is known of the end, or left undecided; the published cases agree."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import calculator
from domain.calculator import grading
from domain.settling.grading import GRADERS, FinalScore, MarketTypeUnknown, SpecifierMalformed, grade

CASES = json.loads((Path(__file__).parents[1] / "data/settlement_cases.json").read_text())["market_grading"]
ONE_ALL_AFTER_TEN_MINUTES = {"first_ten_minutes": [1, 1]}
MORE = {
    "bk-1101": {"scorers": ["C. Ronaldo", "Lionel Messi"]},
    "bk-1100": {"scorers": ["Lionel Messi"]},
    "bk-1317": ONE_ALL_AFTER_TEN_MINUTES,
    "bk-1325": ONE_ALL_AFTER_TEN_MINUTES,
}
"""What the cases tell in words: who scored, and what stood after ten minutes."""


def ask(market: str, selection: str, score: dict[str, Any], **more: Any) -> dict[str, Any]:
    question = {"market": market, "selection": selection, "score": score, **more}
    return calculator.grading_of(calculator.GradingQuestion.model_validate(question))


def asked_of(case: dict[str, Any]) -> dict[str, Any]:
    """A published case in our question: most of its words are understood as they stand."""
    name, header, line = case["selection"].get("name", ""), case["selection"].get("header", ""), None
    market, selection = case["market"], name
    match market:
        case "asian_handicap" | "goals_over_under" | "first_half_goals":
            selection, line = header, name
        case "result_total_goals":
            selection, line = f"{name}/{header}", case["selection"]["handicap"]
        case "goalscorers":
            market = f"{header.lower()}_goalscorer"
        case "correct_score" | "half_time_correct_score" | "set_betting":
            selection = ":".join(reversed(name.split("-"))) if header == "Away" else name
        case "winning_margin":
            selection = f"{'home' if header == '1' else 'away'} {name}"
        case "game_lines":
            market, (selection, line) = f"{header.lower()}_total_points", case["selection"]["handicap"].split()
    periods = json.loads(case["period_scores"] or "{}")
    score = {"full_time": case["score_ft"], "half_time": case["score_ht"], "sets": case.get("sets"), **MORE.get(case["id"], {})}
    if "2" in periods:
        score["second_half"] = [int(periods["2"]["home"]), int(periods["2"]["away"])]
    return {"market": market, "selection": selection, "line": line, "score": score}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['market']}")
def test_every_published_grading_comes_out_as_published(case: dict[str, Any]):
    assert ask(**asked_of(case)) == {"result": case["expected_status"].lower()}


GOALS = st.integers(0, 9)
MATCHES = st.tuples(GOALS, GOALS, GOALS, GOALS)
QUARTERS = st.integers(1, 24)


@given(MATCHES, st.sampled_from(sorted(GRADERS)), st.sampled_from(["", "first_half_", "second_half_"]), QUARTERS)
def test_every_market_of_the_book_is_graded_here_as_it_is_settled(goals: tuple[int, ...], asks: str, period: str, quarters: int):
    home, away = goals[0] + goals[2], goals[1] + goals[3]
    line = f"{quarters // 4}.{('00', '25', '50', '75')[quarters % 4]}"
    settled = grade(period + asks, {"total": line, "hcp": line}, FinalScore(home, away, (goals[0], goals[1])))
    score = {"full_time": [home, away], "half_time": list(goals[:2])}
    for selection, result in settled.items():
        own = f"-{line}" if selection == "away" and asks in ("asian_handicap", "point_spread") else line
        assert ask(period + asks, selection, score, line=own) == {"result": grading.NAMES[result]}


@given(MATCHES, st.sampled_from(["home", "draw", "away"]), st.sampled_from(["home", "draw", "away"]))
def test_half_time_and_full_time_are_graded_as_they_are_settled(goals: tuple[int, ...], half: str, full: str):
    final = FinalScore(goals[0] + goals[2], goals[1] + goals[3], (goals[0], goals[1]))
    score = {"full_time": [final.home, final.away], "half_time": list(goals[:2])}
    settled = grade("half_time_full_time", {}, final)[f"{half}/{full}"]
    assert ask("half_time_full_time", f"{half}/{full}", score) == {"result": grading.NAMES[settled]}


@pytest.mark.parametrize(
    ("line", "selection", "full_time", "in_play_from", "result"),
    [
        ("-0.75", "home", [2, 0], [0, 0], "won"),
        ("-0.75", "home", [1, 0], [0, 0], "half_won"),
        ("0", "home", [2, 1], [2, 0], "lost"),
        ("0", "away", [2, 1], [2, 0], "won"),
        ("-0.25", "away", [2, 1], [2, 1], "half_lost"),
        ("+0.25", "away", [0, 0], None, "half_won"),
        ("-1", "home", [2, 1], [0, 0], "void"),
    ],
)
def test_an_asian_handicap_counts_from_the_score_at_the_bet(
    line: str, selection: str, full_time: list[int], in_play_from: Any, result: str
):
    assert ask("asian_handicap", selection, {"full_time": full_time}, line=line, in_play_from=in_play_from) == {"result": result}


@pytest.mark.parametrize(
    ("market", "selection", "score", "more", "answer"),
    [
        ("correct_score", "5:4", {"full_time": [5, 4]}, {}, {"result": "won"}),
        ("second_half_correct_score", "0:1", {"full_time": [2, 1], "half_time": [2, 0]}, {}, {"result": "won"}),
        ("winning_margin", "home_by_2", {"full_time": [3, 1]}, {}, {"result": "won"}),
        ("winning_margin", "home_by_4_plus", {"full_time": [5, 0]}, {}, {"result": "won"}),
        ("winning_margin", "draw", {"full_time": [1, 1]}, {}, {"result": "won"}),
        ("winning_margin", "away_by_1", {"full_time": [1, 0]}, {}, {"result": "lost"}),
        ("match_result", "X", {"full_time": [1, 1]}, {}, {"result": "won"}),
        ("total_goals", "over 2.5", {"full_time": [2, 1]}, {}, {"result": "won"}),
        ("money_line", "home", {"full_time": [24, 24]}, {}, {"result": "void"}),
        ("money_line", "away", {"full_time": [98, 101]}, {}, {"result": "won"}),
        ("point_spread", "away", {"full_time": [27, 20]}, {"line": "6.5"}, {"result": "lost"}),
        ("point_spread", "home -7", {"full_time": [27, 20]}, {}, {"result": "void"}),
        ("total_points", "under", {"full_time": [101, 99]}, {"line": "200.5"}, {"result": "won"}),
        ("first_half_total_points", "over", {"half_time": [50, 52]}, {"line": "101.5"}, {"result": "won"}),
        ("match_winner", "away", {"sets": [[6, 7], [6, 3], [4, 6]]}, {}, {"result": "won"}),
        ("match_winner", "home", {"sets": [[6, 0], [2, 1]], "retired": True}, {}, {"result": "void"}),
        ("set_betting", "1:2", {"sets": [[6, 7], [6, 3], [4, 6]]}, {}, {"result": "won"}),
        ("total_games", "over", {"sets": [[6, 4], [6, 4]]}, {"line": "19.5"}, {"result": "won"}),
        ("total_games", "over", {"sets": [[6, 4], [2, 1]], "retired": True}, {"line": "12.5"}, {"result": "won"}),
        ("total_games", "under", {"sets": [[6, 4], [2, 1]], "retired": True}, {"line": "19.5"}, {"result": "void"}),
        ("win", "Red Rum", {"positions": {"Red Rum": 1, "Crisp": 2}}, {}, {"result": "won"}),
        ("win", "Red Rum", {"positions": {"Red Rum": 1, "Crisp": 1}}, {}, {"result": "won", "dead_heat": "2"}),
        ("win", "Crisp", {"positions": {"Red Rum": 1, "Crisp": None}}, {}, {"result": "void"}),
        ("place", "C", {"positions": {"A": 1, "B": 2, "C": 2, "D": 2}, "places": 3}, {}, {"result": "won", "dead_heat": "3/2"}),
        ("place", "B", {"positions": {"A": 1, "B": 2, "C": 2}, "places": 3}, {}, {"result": "won"}),
        ("each_way", "C", {"positions": {"A": 1, "B": 2, "C": 3, "D": 3}, "places": 3}, {}, {"result": "placed", "dead_heat": "2"}),
        ("each_way", "A", {"positions": {"A": 1, "B": 2}, "places": 2}, {}, {"result": "won"}),
        ("each_way", "D", {"positions": {"A": 1, "B": 2, "C": 3, "D": 4}, "places": 3}, {}, {"result": "lost"}),
    ],
)
def test_other_markets_and_sports_by_their_rules(market: str, selection: str, score: dict[str, Any], more: dict[str, Any], answer: Any):
    assert ask(market, selection, score, **more) == answer


@pytest.mark.parametrize(
    ("market", "selection", "line"),
    [
        *[("match_result", "home", None), ("first_half_odd_even", "odd", None), ("half_time_full_time", "home/draw", None)],
        *[("second_half_total_goals", "over", "1.5"), ("ten_minute_result", "draw", None), ("anytime_goalscorer", "Pelé", None)],
        *[("match_winner", "home", None), ("set_betting", "2:0", None), ("total_games", "over", "20.5"), ("win", "Red Rum", None)],
    ],
)
def test_what_the_scores_do_not_say_is_undecided(market: str, selection: str, line: str | None):
    assert ask(market, selection, {}, line=line) == {"result": "undecided"}


def test_a_tennis_match_that_is_level_and_a_place_without_places_are_undecided():
    assert ask("match_winner", "home", {"sets": [[6, 4], [4, 6]]}) == {"result": "undecided"}
    assert ask("place", "A", {"positions": {"A": 1}}) == {"result": "undecided"}
    assert ask("win", "nobody", {"positions": {"A": 1}}) == {"result": "undecided"}


@pytest.mark.parametrize(
    ("market", "selection", "line", "refusal"),
    [
        ("both_teams_to_lose", "yes", None, MarketTypeUnknown),
        ("first_half_match_winner", "home", None, MarketTypeUnknown),
        ("match_result", "nobody", None, grading.GradedSelectionUnknown),
        ("double_chance", "home_or_home", None, grading.GradedSelectionUnknown),
        ("asian_handicap", "draw", "1", grading.GradedSelectionUnknown),
        ("asian_handicap", "home", None, SpecifierMalformed),
        ("asian_handicap", "home", "0.3", SpecifierMalformed),
        ("total_goals", "between", "2", grading.GradedSelectionUnknown),
        ("correct_score", "two one", None, grading.GradedSelectionUnknown),
        ("winning_margin", "home_by_0", None, grading.GradedSelectionUnknown),
        ("both_teams_to_score", "maybe", None, grading.GradedSelectionUnknown),
        ("odd_even", "maybe", None, grading.GradedSelectionUnknown),
        ("half_time_full_time", "home", None, grading.GradedSelectionUnknown),
        ("match_winner", "draw", None, grading.GradedSelectionUnknown),
        ("result_and_total", "home/between", "2", grading.GradedSelectionUnknown),
    ],
)
@pytest.mark.parametrize("score", [{}, {"full_time": [2, 1], "half_time": [1, 0]}])
def test_what_is_no_market_or_selection_is_refused_whatever_the_score(
    market: str, selection: str, line: str | None, refusal: Any, score: Any
):
    with pytest.raises(refusal):
        ask(market, selection, score, line=line)
