"""When a market's result is beyond change, by its rules and the score; what types there are, and what their prices add up to."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.odds import Odds, parse
from domain.settling import LOST, VOID, WON
from domain.settling.grading import GRADERS, FinalScore, MarketTypeUnknown, SpecifierMalformed, grade, selections_of
from domain.settling.rules import LINES, MatchScore, canonical_specifiers, is_within_bounds, results_of

PERIODS = ("", "first_half_", "second_half_")
TYPES = [period + asks for asks in GRADERS for period in PERIODS] + ["half_time_full_time"]
OVER = {"over": WON, "under": LOST}


def specifiers(market_type: str, line: str = "2.5") -> dict[str, str]:
    asks = next((asks for asks in GRADERS if market_type.endswith(asks)), "")
    return {LINES[asks]: line} if asks in LINES else {}


@pytest.mark.parametrize("market_type", TYPES)
@pytest.mark.parametrize("phase", ["before", "abandoned"])
def test_nothing_is_decided_before_kick_off_nor_on_a_match_that_was_abandoned(market_type: str, phase: str):
    assert results_of(market_type, specifiers(market_type), MatchScore(phase, 5, 5, (3, 3))) is None


@pytest.mark.parametrize("market_type", TYPES)
def test_every_type_is_graded_on_the_score_of_90_minutes_once_the_match_is_over(market_type: str):
    score = MatchScore("over", 2, 1, (1, 0))
    assert results_of(market_type, specifiers(market_type), score) == grade(market_type, specifiers(market_type), FinalScore(2, 1, (1, 0)))


def test_a_half_is_not_decided_where_the_score_at_half_time_was_never_known():
    for market_type in TYPES:
        if results_of(market_type, specifiers(market_type), MatchScore("over", 2, 1)) is None:
            assert market_type.startswith(("first_half", "second_half", "half_time"))


def test_a_first_half_is_decided_at_half_time_and_no_goal_after_that_matters():
    assert results_of("first_half_match_result", {}, MatchScore("playing", 1, 0)) is None
    decided = results_of("first_half_match_result", {}, MatchScore("playing", 1, 0, (1, 0)))
    assert decided == {"home": WON, "draw": LOST, "away": LOST}
    assert results_of("first_half_match_result", {}, MatchScore("playing", 1, 4, (1, 0))) == decided


def test_over_two_and_a_half_is_decided_at_three_goals_and_both_teams_scoring_when_both_have():
    assert results_of("total_goals", {"total": "2.5"}, MatchScore("playing", 2, 0)) is None
    assert results_of("total_goals", {"total": "2.5"}, MatchScore("playing", 2, 1)) == OVER
    assert results_of("both_teams_to_score", {}, MatchScore("playing", 3, 0)) is None
    assert results_of("both_teams_to_score", {}, MatchScore("playing", 1, 1)) == {"yes": WON, "no": LOST}
    assert results_of("match_result", {}, MatchScore("playing", 9, 0)) is None


def test_half_a_win_is_not_decided_yet():
    assert results_of("total_goals", {"total": "2.75"}, MatchScore("playing", 3, 0)) is None
    assert results_of("total_goals", {"total": "2.75"}, MatchScore("playing", 3, 1)) == OVER


@pytest.mark.parametrize("market_type", TYPES)
@pytest.mark.parametrize("line", ["1.5", "2", "2.25", "2.75"])
def test_what_is_decided_in_play_is_what_no_further_goal_could_change(market_type: str, line: str):
    """Held against every way the match could go on, four more goals a side: that is too few to turn a handicap."""
    named = specifiers(market_type, line)
    for home, away in product(range(3), range(4)):
        for half in (None, (0, 0), (min(1, home), min(1, away))):
            ends = set()
            for more_home, more_away in product(range(5), range(5)):
                final = (home + more_home, away + more_away)
                halves = [half] if half else product(range(home, final[0] + 1), range(away, final[1] + 1))
                ends |= {tuple(grade(market_type, named, FinalScore(*final, at_half)).items()) for at_half in halves}
            decided = results_of(market_type, named, MatchScore("playing", home, away, half))
            if decided is not None:
                assert ends == {tuple(decided.items())}
            elif len(ends) == 1 and "handicap" not in market_type and "spread" not in market_type:
                assert half is None
                assert market_type.startswith("second_half_")


def test_a_type_that_no_rule_grades_is_unknown():
    with pytest.raises(MarketTypeUnknown):
        results_of("most_corners", {}, MatchScore("over"))
    with pytest.raises(MarketTypeUnknown):
        canonical_specifiers("first_half_half_time_full_time", {})


@pytest.mark.parametrize(
    ("market_type", "told", "canonical"),
    [
        ("total_goals", "2.50", "2.5"),
        ("total_goals", "2.0", "2"),
        ("first_half_total_goals", "+1.25", "1.25"),
        ("asian_handicap", "-0.75", "-0.75"),
        ("asian_handicap", "-0", "0"),
        ("asian_handicap", "0.50", "0.5"),
        ("point_spread", "-7.0", "-7"),
        ("total_points", "221.50", "221.5"),
        ("total_games", "22.5", "22.5"),
    ],
)
def test_a_line_has_one_form(market_type: str, told: str, canonical: str):
    name = "hcp" if market_type in ("asian_handicap", "point_spread") else "total"
    assert canonical_specifiers(market_type, {name: told}) == {name: canonical}


@pytest.mark.parametrize(
    ("market_type", "told"),
    [
        ("match_result", {"total": "2.5"}),
        ("total_goals", {}),
        ("total_goals", {"total": "2.5", "hcp": "1"}),
        ("total_goals", {"total": "0"}),
        ("total_goals", {"total": "-1"}),
        ("total_goals", {"total": "100.25"}),
        ("asian_handicap", {"hcp": "two"}),
        ("point_spread", {"hcp": "-7.25"}),
        ("point_spread", {"hcp": "500.5"}),
        ("total_points", {"total": "221.75"}),
        ("total_points", {"total": "0"}),
        ("total_games", {"total": "22.25"}),
        ("total_games", {"total": "100.5"}),
        ("set_betting", {}),
        ("set_betting", {"bestof": "4"}),
        ("set_betting", {"bestof": "3", "total": "2.5"}),
        ("match_winner", {"bestof": "3"}),
        ("money_line", {"hcp": "0"}),
    ],
)
def test_a_type_has_exactly_the_specifiers_that_it_needs(market_type: str, told: dict[str, str]):
    with pytest.raises(SpecifierMalformed):
        canonical_specifiers(market_type, told)


def odds(*texts: str) -> list[Odds]:
    return [parse(text) for text in texts]


@pytest.mark.parametrize(
    ("market_type", "prices", "fine"),
    [
        ("race_winner", odds("1.7", "1.7", "1.7"), True),
        ("race_winner", odds("1.6", "1.6", "1.7"), False),
        ("race_place", odds("1.3", "1.3", "1.3"), True),
        ("race_place", odds("1.5", "1.5", "1.5"), False),
        ("race_place", odds("1.4", "1.1", "1.001", "1.8"), True),
        ("race_place", odds("1.001", "1.001", "1.5", "1.001"), False),
        ("match_result", odds("2.35", "3.4", "10/11"), True),
        ("match_result", odds("1000", "1000", "1000"), False),
        ("match_result", odds("3", "3", "3"), False),
        ("match_result", odds("2.4", "2.4", "2.4"), True),
        ("match_result", odds("2.399", "2.4", "2.4"), False),
        ("both_teams_to_score", odds("2", "2"), False),
        ("both_teams_to_score", odds("1.6", "1.6"), True),
        ("both_teams_to_score", odds("1.599", "1.6"), False),
        ("double_chance", odds("1.3", "1.3", "1.4"), True),
        ("first_half_double_chance", odds("3", "3", "3"), False),
        ("double_chance", odds("2", "2", "2"), False),
    ],
)
def test_prices_add_up_to_a_book_of_their_type(market_type: str, prices: list[Odds], fine: bool):
    assert is_within_bounds(market_type, {"places": "2"} if market_type == "race_place" else {}, prices) is fine


@given(st.lists(st.integers(1_001, 1_000_000_000), min_size=2, max_size=27))
def test_the_bounds_are_exact(thousandths: list[int]):
    implied = sum(1000 / price for price in thousandths)
    if abs(implied - 1) > 1e-9 and abs(implied - 1.25) > 1e-9:
        assert is_within_bounds("match_result", {}, [Odds(price, 1000) for price in thousandths]) is (1 < implied <= 1.25)


def test_the_stake_comes_back_on_a_whole_line_that_is_met():
    assert results_of("total_goals", {"total": "2"}, MatchScore("over", 1, 1)) == {"over": VOID, "under": VOID}
    assert len(selections_of("total_goals", {"total": "2"})) == 2
