"""The audit of tennis, basketball and American football: scores that can be, results that follow from them, and nothing else."""

from typing import Any

import msgspec
import pytest

from commands.audit import verify
from domain.fact import Fact
from domain.fixture.facts import FixtureEnded, KickedOff, ScoreChanged
from domain.gate.facts import BettingEnded, PricesVoided
from domain.ids import derived, gate_of
from domain.market.facts import MarketOpened, MarketResulted, Selection
from domain.odds import Odds
from domain.producer.facts import SessionBegun
from domain.proposal.facts import ActionProposed, ProposalApproved
from domain.settling import LOST, VOID, WON
from domain.settling.tennis import TennisScore, sets_won
from tests.audit_mutations import changes_of_struct
from tests.audit_story import FEED, LEASE_MS, TESS, TOM, Story, after, opened, people, proposed, scheduled

MATCH, GAME = derived("fixture", "of tennis"), derived("fixture", "of basketball")
EVEN = (Odds(1900, 1000), Odds(1900, 1000))
SETS = ((6, 4), (6, 7), (7, 5))
FREE = {
    ".at": "what its author said",
    ".actor": "another one who may act so",
    ".minute": "any minute after the last one",
    ".tennis.points[]": "any points of a game",
    ".tennis.serving": "either side, or not known",
}


def offer(story: Story, fixture_id: str, sport: str, market_type: str, *selections: str, **specifiers: str) -> tuple[str, MarketOpened]:
    gates = (gate_of("fixture", fixture_id), gate_of("competition", sport, "Cup"), gate_of("sport", sport))
    prices = dict(zip(selections, EVEN, strict=True)) if len(selections) == 2 else dict.fromkeys(selections, Odds(3800, 1000))
    shown = tuple(Selection(each, each) for each in selections)
    fact = opened(story, fixture_id, type=market_type, specifiers=specifiers, selections=shown, prices=prices)
    return derived("market", sport, market_type), msgspec.structs.replace(fact, gates=gates, marks=tuple(0 for _ in gates))


def score(story: Story, fixture_id: str, home: int, away: int, period: str, tennis: TennisScore | None = None) -> None:
    minute = 1 + sum(isinstance(fact.body, ScoreChanged) for fact in story.log)
    voided = PricesVoided("fixture", (fixture_id,), "point" if tennis else "goal", "replay", story.time)
    changed = ScoreChanged(home, away, minute, period, story.time, "replay", tennis)
    story.add((gate_of("fixture", fixture_id), voided), (fixture_id, changed))


def end(story: Story, fixture_id: str, home: int, away: int) -> None:
    ended = FixtureEnded(home, away, home, away, story.time, "", "replay")
    story.add((gate_of("fixture", fixture_id), BettingEnded("fixture", (fixture_id,), "ended", "replay", story.time)), (fixture_id, ended))


def tennis(*, retired: str = "") -> Story:
    """A match in three sets that was played out, or given up in the third; with every market of tennis."""
    story = people().at(1)
    story.add(FEED, SessionBegun("replay", 1, LEASE_MS, story.time))
    story.add(MATCH, scheduled(story, sport="tennis", home="Ann", away="Bea", kick_off=after(60)))
    story.add(*offer(story, MATCH, "tennis", "match_winner", "home", "away"))
    story.add(*offer(story, MATCH, "tennis", "set_betting", "2-0", "2-1", "1-2", "0-2", bestof="3"))
    story.add(*offer(story, MATCH, "tennis", "total_games", "over", "under", total="33.5"))
    story.add(MATCH, KickedOff(story.time, "replay"))
    sets = (*SETS[:2], (4, 5)) if retired else SETS
    for number, period in enumerate(("first_set", "second_set", "third_set"), start=1):
        games = sets[number - 1]
        if number == 1:
            score(story, MATCH, 0, 0, period, TennisScore(((0, 0),), (1, 0), "home"))
        told = TennisScore(sets[:number], (0, 0), "away", retired if number == 3 else "")
        score(story, MATCH, *told.sets_won, period, told)
        assert games == told.sets[-1]
    home, away = sets_won(sets)
    end(story, MATCH, home, away)
    results = {
        "match_winner": {"home": WON, "away": LOST},
        "set_betting": {"2-0": LOST, "2-1": WON, "1-2": LOST, "0-2": LOST},
        "total_games": {"over": WON, "under": LOST},
    }
    for market_type, graded in results.items():
        void = retired != ""
        fact = MarketResulted(
            dict.fromkeys(graded, VOID) if void else graded, home, away, story.time, actor="replay", sets=sets, retired=void
        )
        story.add(derived("market", "tennis", market_type), fact)
    return story


def basketball() -> Story:
    """A game that goes into overtime, with every market on points."""
    story = people().at(1)
    story.add(FEED, SessionBegun("replay", 1, LEASE_MS, story.time))
    story.add(GAME, scheduled(story, sport="basketball", kick_off=after(60)))
    story.add(*offer(story, GAME, "basketball", "money_line", "home", "away"))
    story.add(*offer(story, GAME, "basketball", "point_spread", "home", "away", hcp="-4.5"))
    story.add(*offer(story, GAME, "basketball", "total_points", "over", "under", total="221"))
    story.add(GAME, KickedOff(story.time, "replay"))
    for home, away, period in ((55, 50, "second_quarter"), (104, 104, "fourth_quarter"), (112, 109, "overtime")):
        score(story, GAME, home, away, period)
    end(story, GAME, 112, 109)
    graded = {"home": WON, "away": LOST}
    for market_type, results in (("money_line", graded), ("point_spread", {"home": LOST, "away": WON}), ("total_points", None)):
        fact = MarketResulted(results or {"over": VOID, "under": VOID}, 112, 109, story.time, actor="replay")
        story.add(derived("market", "basketball", market_type), fact)
    return story


@pytest.mark.parametrize("story", [tennis(), tennis(retired="away"), basketball()], ids=["tennis", "retired", "basketball"])
def test_matches_of_other_sports_are_clean(story: Story):
    assert verify(story).violation is None


@pytest.mark.parametrize("kind", [ScoreChanged, MarketResulted, MarketOpened])
@pytest.mark.parametrize("story", [tennis(), tennis(retired="home"), basketball()], ids=["tennis", "retired", "basketball"])
def test_whatever_is_changed_in_a_score_or_a_result_is_found(story: Story, kind: type[Fact]):
    fields = {
        ScoreChanged: (".tennis",),
        MarketResulted: (".sets", ".retired", ".results", ".home", ".away"),
        MarketOpened: (".specifiers",),
    }
    tried = 0
    for position in [fact.position for fact in story.log if type(fact.body) is kind]:
        for path, changed in changes_of_struct(story.body(position)):
            if path.startswith(fields[kind]) and path not in FREE and not _is_another_match(story, position, path, changed):
                tried += 1
                assert verify(story.copy().put(position, body=changed)).violation is not None, (path, changed)
    assert tried > 2


def _is_another_match(story: Story, position: int, path: str, changed: Any) -> bool:
    """Say whether the change makes a score that can be as well, and nothing is graded on."""
    if path.startswith(".specifiers"):
        return bool(changed.specifiers) and changed.specifiers.keys() == story.body(position).specifiers.keys()
    if not path.startswith(".tennis"):
        return False
    last = max(fact.position for fact in story.log if type(fact.body) is ScoreChanged)
    told = changed.tennis
    return position != last and told is not None and told.sets_won == (changed.home, changed.away)


CORRECTED = ((6, 4), (6, 7), (5, 7))


def corrected(**changes: Any) -> Story:
    """A result of tennis that two traders correct to other sets."""
    story, market_id = tennis(), derived("market", "tennis", "match_winner")
    proposal = derived("proposal", "other sets")
    told = {"home": 1, "away": 2, "void_reason": "", "reason": "scorer", "sets": [list(games) for games in CORRECTED]}
    story.add(proposal, proposed(story, market_id, "correct_result", **told))
    fact = MarketResulted({"home": LOST, "away": WON}, 1, 2, story.time, actor=TESS, number=2, reason="scorer", sets=CORRECTED)
    approved = ProposalApproved(TOM, story.time)
    return story.add((proposal, approved), (market_id, msgspec.structs.replace(fact, **changes)))


def test_a_result_of_tennis_is_corrected_to_the_sets_that_were_proposed():
    assert verify(corrected()).violation is None
    assert {type(fact.body) for fact in corrected().log} >= {ActionProposed, ProposalApproved}
    for changes in (
        {"sets": ((4, 6), (6, 7))},
        {"sets": ()},
        {"sets": ((6, 4), (6, 7), (0, 6))},
        {"retired": True},
        {"home": 2, "away": 1},
    ):
        assert verify(corrected(**changes)).violation is not None
