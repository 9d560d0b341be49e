"""Tennis, basketball and American football as they are played: made-up matches end as their prices say, and are run whole."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from commands.trading.replay.match_markets import fixture_of, market_ids_of, markets_of
from commands.trading.replay.points import GAMES, PointsMatch
from commands.trading.replay.sports import SPORTS
from commands.trading.replay.tennis import TennisMatch
from domain.fixture.decider import FIXTURE
from domain.fixture.facts import FixtureEnded, FixtureScheduled, KickedOff, ScoreChanged
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.pricing.other_sports import points_chances, points_markets
from domain.pricing.points import PointsMoment
from domain.pricing.tennis import TennisMoment, tennis_outlook
from domain.settling.grading import FinalScore, grade
from domain.settling.rules import results_of
from domain.settling.tennis import is_tennis_score, sets_won
from infra.sports_data.simulated_points import simulated_points_matches
from infra.sports_data.simulated_tennis import simulated_tennis_matches
from tests.contracts.test_sports_feeds import Killed, Mortal, World, what_happened

POINTS_SPORTS = ("basketball", "american_football")


def of_sport(sport: str, matches_at_once: int = 10, seed: int = 3) -> list:
    return simulated_tennis_matches(matches_at_once, seed) if sport == "tennis" else simulated_points_matches(sport, matches_at_once, seed)


EVERY = ("tennis", *POINTS_SPORTS)


@pytest.mark.parametrize("sport", EVERY)
def test_the_same_seed_draws_the_same_season_and_another_one_another(sport: str):
    assert of_sport(sport) == of_sport(sport)
    assert of_sport(sport) != of_sport(sport, seed=4)
    matches = of_sport(sport, 20)
    assert len({match.competition for match in matches}) == 2
    for round_of in {match.kick_off for match in matches}:
        names = [name for match in matches if match.kick_off == round_of for name in (match.home, match.away)]
        assert len(set(names)) == len(names) == 40


@pytest.mark.parametrize("sport", EVERY)
def test_the_steps_of_a_match_are_in_order_and_scores_grow_from_step_to_step(sport: str):
    for match in of_sport(sport)[:25]:
        steps = SPORTS[sport].steps(match)
        assert [steps[0].kind, steps[-1].kind] == ["kick_off", "end"]
        for one, other in pairwise(steps):
            assert one.at_s <= other.at_s
            assert (one.home, one.away) <= (other.home, other.away) or one.home <= other.home
            assert one.home <= other.home
            assert one.away <= other.away
        assert all(step.betting == "closed" for step in steps[-2:])
        assert steps[-1].home != steps[-1].away or getattr(match, "retires", "")


def test_every_score_of_a_tennis_match_can_be_and_the_last_one_is_its_end():
    retired = 0
    for match in simulated_tennis_matches(20, 5)[:120]:
        steps = SPORTS["tennis"].steps(match)
        assert all(is_tennis_score(step.tennis) for step in steps if step.tennis is not None)
        last = steps[-1].tennis
        retired += bool(last.retired)
        assert last.retired or max(sets_won(last.sets)) == match.serve.sets_to_win
    assert 0 < retired < 20


def test_tennis_is_won_as_often_as_the_prices_say():
    matches = [match for match in simulated_tennis_matches(20, 1) if not match.retires and match.serve.sets_to_win == 2][:300]
    ends = [SPORTS["tennis"].steps(match)[-1] for match in matches]
    outlook = tennis_outlook([match.serve for match in matches], [TennisMoment(home_serves=match.home_first) for match in matches])
    assert np.mean([end.home > end.away for end in ends]) == pytest.approx(float(outlook.home.mean()), abs=0.08)
    games = [sum(map(sum, end.tennis.sets)) for end in ends]
    assert np.mean(games) == pytest.approx(float((outlook.games @ np.arange(66)).mean()), abs=1.2)


@pytest.mark.parametrize("sport", POINTS_SPORTS)
def test_points_come_out_as_often_as_the_prices_say(sport: str):
    matches: list[PointsMatch] = simulated_points_matches(sport, 10, 1)
    possessions = len(matches[0].regular[0])
    markets = [points_markets(match.expected, every=False) for match in matches]
    moments = [PointsMoment(0, 0, possessions, possessions)] * len(matches)
    chances = points_chances(GAMES[sport].rules, markets, [match.expected for match in matches], moments)
    ends = [SPORTS[sport].steps(match)[-1] for match in matches]
    won = np.zeros(chances.shape)
    for row, (of_match, end) in enumerate(zip(markets, ends, strict=True)):
        graded = [grade(market.type, market.specifiers, FinalScore(end.home, end.away)) for market in of_match]
        won[row] = [result.won[0] for results in graded for result in results.values()]
    assert won.mean(axis=0) == pytest.approx(chances.mean(axis=0), abs=0.09)


@pytest.fixture
def world():
    world = World()
    yield world
    world.caller.stop()


@pytest.mark.parametrize("sport", EVERY)
def test_a_match_is_scheduled_played_priced_suspended_and_graded_and_its_log_is_clean(world: World, sport: str, capsys):
    match = of_sport(sport)[0]
    world.play([match], matches=1, markets="all")
    fixture_id = fixture_of(match, 0)
    fixture = world.of(fixture_id)
    assert [type(fact) for fact in fixture[:2]] == [FixtureScheduled, KickedOff]
    assert fixture[0].sport == sport
    assert isinstance(fixture[-1], FixtureEnded)
    state = FIXTURE.initial
    for fact in fixture:
        state = FIXTURE.evolve(state, fact)
    steps = SPORTS[sport].steps(match)
    assert (state.home_goals, state.away_goals, state.tennis) == (steps[-1].home, steps[-1].away, steps[-1].tennis)
    assert sum(isinstance(fact, ScoreChanged) for fact in fixture) == sum(step.kind in ("goal", "point") for step in steps)
    markets = markets_of(match, every=True)
    assert len(markets) >= 6
    kinds: Counter[type] = Counter()
    for market, market_id in market_ids_of(fixture_id, markets).items():
        facts = world.of(market_id)
        if not facts:
            continue
        assert isinstance(facts[0], MarketOpened)
        assert facts[0].specifiers == market.specifiers
        assert len({selection.name for selection in facts[0].selections}) == len(facts[0].selections)
        assert isinstance(facts[-1], MarketResulted)
        assert facts[-1].results == results_of(market.type, market.specifiers, state.score)
        kinds.update(type(fact) for fact in facts)
    assert kinds[MarketPriced] > 50
    assert kinds[MarketSuspended] > 4
    assert kinds[MarketResumed] > 4
    assert kinds[MarketOpened] == kinds[MarketClosed] == kinds[MarketResulted] >= 6
    assert "was refused" not in capsys.readouterr().out


@pytest.mark.parametrize("sport", EVERY)
def test_a_match_whose_replay_is_killed_between_any_two_commands_goes_on_and_tells_nothing_twice(sport: str):
    match = of_sport(sport)[3]
    whole = World()
    counting = whole.caller = Mortal(whole.caller, 10**9)
    whole.play([match])
    counting.caller.stop()
    for commands in range(40, counting.taken, counting.taken // 4):
        cut = World()
        mortal = cut.caller = Mortal(cut.caller, commands)
        with pytest.raises(Killed):
            cut.play([match])
        mortal.caller.stop()
        again = World(cut.store)
        again.play([match])
        again.caller.stop()
        assert what_happened(again) == what_happened(whole), f"killed after {commands} commands"


def test_a_tennis_match_that_outlasts_its_draw_ends():
    match: TennisMatch = simulated_tennis_matches(10, 3)[0]
    short = TennisMatch(
        **{name: getattr(match, name) for name in TennisMatch.__struct_fields__ if name not in ("draws", "retires")}, draws=b"\0\0" * 5
    )
    assert sets_won(SPORTS["tennis"].steps(short)[-1].tennis.sets)[0] == match.serve.sets_to_win
