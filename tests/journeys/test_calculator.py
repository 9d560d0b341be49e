"""The calculator, over HTTP without a session and from the command line, line by line."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.journeys.process_tree import Tree, problem_of

LUCKY = {
    "type": "lucky15",
    "unit_stake": "2.50",
    "each_way": True,
    "each_way_rule": "win_to_win",
    "legs": [
        {"odds": "7/2", "place_terms": "1/5", "result": "won", "dead_heat": 2, "rule4_pence": 25},
        *[{"odds": "5.00", "place_terms": "1/4", "result": result} for result in ("placed", "void", "lost")],
    ],
}
RETURNS = {"total_stake": "75.00", "lines": 30, "returns": "46.94"}
"""2.50 on what the four make of one unit in all combinations, 1.8125 | 0 | 1 | 0 to win and 1.525 | 2 | 1 | 0 to be placed: 46.9375."""
GRADE = {
    "market": "asian_handicap",
    "line": "-0.75",
    "selection": "home",
    "score": {"full_time": [2, 0], "half_time": [1, 0]},
    "in_play_from": [0, 0],
}


def lines(tree: Tree, given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra", "calc"]
    return subprocess.run(command, env=tree.env, input=given, capture_output=True, text=True, timeout=120, check=False)


def test_whoever_asks_is_told_what_a_bet_returns_and_how_a_selection_came_out(tree: Tree):
    visitor = tree.visitor()
    assert visitor.post("/v1/calculator", LUCKY).json() == RETURNS
    assert visitor.post("/v1/calculator/grading", GRADE).json() == {"result": "won"}
    known = visitor.client.get("/v1/calculator").json()
    assert {"type": "goliath", "legs_min": 8, "legs_max": 8} in known["types"]
    for market in known["markets"]:
        graded = visitor.post("/v1/calculator/grading", {"market": market, "selection": "nothing", "score": {}})
        assert graded.status_code == 200 or problem_of(graded) in ("graded-selection-unknown", "specifier-malformed"), market


def test_lines_of_json_are_answered_one_by_one_as_over_http(tree: Tree):
    answered = lines(tree, f"{json.dumps(LUCKY)}\n\n{json.dumps(GRADE)}\n")
    assert [json.loads(line) for line in answered.stdout.splitlines()] == [RETURNS, {"result": "won"}]
    assert (answered.returncode, answered.stderr) == (0, "")


def test_a_line_that_is_refused_says_why_and_the_others_are_answered(tree: Tree):
    wrong: list[Any] = ["no json", [], {"type": "lucky15"}, {**LUCKY, "type": "septet"}, {**GRADE, "market": "x"}, "x" * 70_000, GRADE]
    given = "\n".join([each if isinstance(each, str) else json.dumps(each) for each in wrong])
    answered = lines(tree, given)
    told = [json.loads(line) for line in answered.stdout.splitlines()]
    malformed = "question-malformed"
    expected = [malformed, malformed, malformed, "calculated-type-unknown", "market-type-unknown", malformed]
    assert [each.get("problem") for each in told] == [*expected, None]
    assert all(each["detail"] for each in told[:-1])
    assert told[-1] == {"result": "won"}
    assert (answered.returncode, answered.stderr) == (1, "")


@pytest.mark.parametrize("body", [{**LUCKY, "unit_stake": 2.5}, {**LUCKY, "legs": [{}]}, {**GRADE, "score": {"full_time": [1]}}])
def test_a_body_of_another_shape_is_refused(tree: Tree, body: dict[str, Any]):
    path = "/v1/calculator" if "legs" in body else "/v1/calculator/grading"
    assert problem_of(tree.visitor().post(path, body)) == "body-malformed"
