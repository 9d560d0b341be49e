"""Tennis: which scores can be, how its markets come out, and what a retirement leaves of them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.audit.tennis import are_sets
from domain.calculator.grading import NAMES, AskedGrade, grade_selection
from domain.calculator.scores import EventScores
from domain.fixture.commands import ChangeScore, EndFixture
from domain.fixture.decider import FIXTURE, SetsMalformed
from domain.fixture.facts import FixtureEnded, FixtureScheduled, KickedOff, ScoreChanged
from domain.settling import LOST, VOID, WON
from domain.settling.grading import FinalScore, MarketTypeUnknown, SpecifierMalformed, grade, selections_of
from domain.settling.rules import MatchScore, canonical_specifiers, results_of
from domain.settling.tennis import SetsUnknown, TennisScore, is_tennis_score, sets_won
from tests.decisions.given import NOON
from tests.decisions.given import given as before

F = "f-1"
THREE = {"bestof": "3"}
OVER_SETS = [(6, lost) for lost in range(5)] + [(7, 5), (7, 6)]
A_SET = st.sampled_from(OVER_SETS + [games[::-1] for games in OVER_SETS])
GAMES = st.tuples(st.integers(0, 8), st.integers(0, 8))


def played_out(sets: list[tuple[int, int]], wins: int) -> tuple[tuple[int, int], ...] | None:
    """Return the sets up to the one that ends a match, None where none does."""
    for count in range(1, len(sets) + 1):
        if max(sets_won(tuple(sets[:count]))) == wins:
            return tuple(sets[:count])
    return None


MATCHES = st.lists(A_SET, min_size=3, max_size=3).map(lambda sets: played_out(sets, 2)).filter(bool)


def result(market: str, sets: tuple[tuple[int, int], ...], *, retired: bool = False, **specifiers: str):
    return grade(market, specifiers, FinalScore(*sets_won(sets), None, sets, retired))


def test_a_match_in_two_sets_is_graded_on_winner_sets_and_games():
    sets = ((6, 4), (7, 6))
    assert result("match_winner", sets) == {"home": WON, "away": LOST}
    assert result("set_betting", sets, bestof="3") == {"2-0": WON, "2-1": LOST, "1-2": LOST, "0-2": LOST}
    assert result("total_games", sets, total="22.5") == {"over": WON, "under": LOST}
    assert result("total_games", sets, total="23") == {"over": VOID, "under": VOID}


def test_a_retirement_voids_the_winner_and_the_sets_and_games_that_had_not_passed_their_line():
    sets = ((6, 4), (2, 1))
    assert set(result("match_winner", sets, retired=True).values()) == {VOID}
    assert set(result("set_betting", sets, retired=True, bestof="3").values()) == {VOID}
    assert result("total_games", sets, retired=True, total="12.5") == {"over": WON, "under": LOST}
    assert set(result("total_games", sets, retired=True, total="13").values()) == {VOID}
    assert set(result("total_games", sets, retired=True, total="13.5").values()) == {VOID}


def test_best_of_five_has_its_own_results():
    assert selections_of("set_betting", {"bestof": "5"}) == ("3-0", "3-1", "3-2", "2-3", "1-3", "0-3")
    assert result("set_betting", ((6, 0), (0, 6), (6, 0), (6, 0)), bestof="5")["3-1"] == WON


@given(MATCHES, st.booleans(), st.integers(24, 160))
def test_the_calculator_grades_tennis_as_it_is_settled(sets: tuple[tuple[int, int], ...], retired: bool, halves: int):
    line = f"{halves // 2}{('', '.5')[halves % 2]}"
    scores = EventScores(sets=sets, retired=retired)
    for market, specifiers in (("match_winner", {}), ("set_betting", THREE), ("total_games", {"total": line})):
        for selection, settled in result(market, sets, retired=retired, **specifiers).items():
            assert grade_selection(AskedGrade(market, selection, scores, specifiers.get("total", ""))).result == NAMES[settled]


@given(MATCHES)
def test_exactly_one_winner_and_one_result_in_sets_of_a_match_that_was_played_out(sets: tuple[tuple[int, int], ...]):
    winner, in_sets = result("match_winner", sets), result("set_betting", sets, bestof="3")
    assert list(winner.values()).count(WON) == list(in_sets.values()).count(WON) == 1
    home_won = any(in_sets[selection] == WON for selection in ("2-0", "2-1"))
    assert (winner["home"] == WON) == home_won


@pytest.mark.parametrize("phase", ["before", "playing", "abandoned"])
def test_nothing_of_tennis_comes_out_before_the_end(phase: str):
    for market, specifiers in (("match_winner", {}), ("set_betting", THREE), ("total_games", {"total": "5.5"})):
        assert results_of(market, specifiers, MatchScore(phase, 2, 0, None, ((6, 0), (6, 0)))) is None


def test_what_is_not_known_of_the_sets_is_not_decided():
    assert results_of("match_winner", {}, MatchScore("over", 2, 0)) is None
    assert results_of("set_betting", {"bestof": "5"}, MatchScore("over", 2, 0, None, ((6, 0), (6, 0)))) is None
    with pytest.raises(SetsUnknown):
        grade("match_winner", {}, FinalScore(1, 1, None, ((6, 0), (0, 6))))


def test_specifiers_are_those_of_the_type():
    assert canonical_specifiers("set_betting", THREE) == THREE
    with pytest.raises(SpecifierMalformed):
        selections_of("set_betting", {"bestof": "2"})
    with pytest.raises(SpecifierMalformed):
        selections_of("total_games", {})
    with pytest.raises(MarketTypeUnknown):
        canonical_specifiers("first_half_match_winner", {})


@given(st.lists(A_SET | GAMES, min_size=0, max_size=6), st.tuples(st.integers(-1, 3), st.integers(0, 3)))
def test_the_audit_and_the_rules_know_the_same_scores(sets: list[tuple[int, int]], points: tuple[int, int]):
    told = TennisScore(tuple(sets), points)
    is_underway = told.sets_won == sets_won(told.sets[:-1])
    are_points = all(0 <= one <= (200 if is_underway else 0) for one in points)
    assert is_tennis_score(told) == (are_sets(told.sets, told.sets_won) and are_points)


LIVE = [FixtureScheduled("tennis", "Open", "Ann", "Bea", NOON, neutral=True, at=NOON), KickedOff(NOON)]
FIRST = TennisScore(((6, 4), (1, 2)), (3, 2), "home")


def told(score: TennisScore | None, home: int = 1, away: int = 0) -> ChangeScore:
    return ChangeScore(F, home, away, 50, "second_set", NOON, "feed", score)


def test_a_score_in_sets_games_and_points_is_told_once():
    fact = ScoreChanged(1, 0, 50, "second_set", NOON, "feed", FIRST)
    before(FIXTURE, *LIVE).when(told(FIRST)).then(fact)
    before(FIXTURE, *LIVE, fact).when(told(FIRST)).then()


@pytest.mark.parametrize(
    "score",
    [
        TennisScore(()),
        TennisScore(((6, 5), (0, 0))),
        TennisScore(((8, 6),)),
        TennisScore(((6, 4),), (1, 0)),
        TennisScore(((6, 4), (0, 0)), (201, 0)),
        TennisScore(((6, 4), (0, 0)), serving="nobody"),
        TennisScore(((6, 4), (0, 0)), retired="both"),
        TennisScore(((4, 6), (0, 0))),
        TennisScore(((6, 4), (6, 0), (6, 0), (6, 0))),
    ],
)
def test_a_score_that_cannot_be_is_refused(score: TennisScore):
    before(FIXTURE, *LIVE).when(told(score)).refused(SetsMalformed, home=1, away=0)


def test_sets_stay_told_and_the_end_is_the_sets_won():
    live = [*LIVE, ScoreChanged(1, 0, 50, "second_set", NOON, "feed", FIRST)]
    before(FIXTURE, *live).when(told(None)).refused(SetsMalformed)
    before(FIXTURE, *live).when(EndFixture(F, 2, 0, 2, 0, NOON)).refused(SetsMalformed)
    over = TennisScore(((6, 4), (6, 2)))
    facts = [*live, ScoreChanged(2, 0, 80, "second_set", NOON + timedelta(hours=1), "feed", over), FixtureEnded(2, 0, 2, 0, NOON)]
    state = FIXTURE.initial
    for fact in facts:
        state = FIXTURE.evolve(state, fact)
    assert state.score == MatchScore("over", 2, 0, None, over.sets)
