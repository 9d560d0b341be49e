"""What should have followed by now, in the log's time: a correction brings its bets with it, and a role that was revoked ends."""

import pytest

from commands.audit import verify
from commands.audit.checkpoint import Checkpoint
from domain.account.facts import RoleRevoked
from domain.bet.facts import BetLegResulted, BetPending, BetPlaced, BetSettlementReversed
from domain.bonus.facts import BonusCredited, BonusExpired
from domain.fact import Fact, micros
from domain.fixture.facts import FixtureEnded
from domain.gate.facts import BettingEnded, BettingStopped
from domain.ids import gate_of
from domain.market.facts import MarketPriceErrorsSet, MarketResulted, MarketVoidWindowsSet
from domain.proposal.facts import ProposalApproved
from domain.settling import LOST, VOID, WON
from tests.audit_story import (
    ANN,
    AWAY_WON,
    BEN,
    BOSS,
    COMPETITION,
    CORRECTION,
    DELAY_S,
    DELAYED,
    FIXTURE,
    FREE,
    GOALS,
    HOME_WON,
    LATE,
    LOSER,
    MARKET,
    MULTIPLE,
    SINGLE,
    SPENT,
    STEP_US,
    TESS,
    TOGETHER,
    TOM,
    Story,
    clean,
    grant,
    played,
    proposed,
    resettle,
    settle,
)

SECOND_US = 1_000_000


def corrected() -> Story:
    """The clean log up to a correction, none of whose bets was settled anew yet."""
    return clean().until(clean().place(BetSettlementReversed))


def struck(story: Story, bet_id: str) -> int:
    return next(fact.position for fact in story.log if fact.stream_id == bet_id and type(fact.body) is BetPlaced)


def test_a_settled_bet_that_a_correction_left_behind_is_found_after_a_minute():
    story = corrected()
    corrected_us = story.log[-1].committed_us
    assert type(story.log[-1].body) is MarketResulted
    assert verify(story, now_us=corrected_us + 60 * SECOND_US).violation is None
    overdue = verify(story, now_us=corrected_us + 62 * SECOND_US).violation
    assert (overdue.name, overdue.market_id, overdue.due_for_s) == ("correction-overdue", MARKET, 62)
    first = min((SINGLE, LATE, LOSER, MULTIPLE), key=lambda bet_id: struck(story, bet_id))
    assert (overdue.bet_id, overdue.position) == (first, struck(story, first))


@pytest.mark.parametrize("fact", [MarketVoidWindowsSet, MarketPriceErrorsSet])
@pytest.mark.parametrize("which", [0, 1])
def test_a_settled_bet_that_a_window_of_void_bets_or_a_price_error_left_behind_is_found_too(fact: type[Fact], which: int):
    story = clean().until(clean().place(fact, which))
    set_us = story.log[-1].committed_us
    assert verify(story, now_us=set_us + 60 * SECOND_US).violation is None
    overdue = verify(story, now_us=set_us + 62 * SECOND_US).violation
    assert (overdue.name, overdue.market_id, overdue.bet_id) == ("correction-overdue", GOALS, FREE)


def test_each_bet_that_a_correction_concerns_is_looked_for_not_only_the_first():
    story = corrected()
    corrected_us = story.log[-1].committed_us
    again = {
        SINGLE: lambda: resettle(story, SINGLE, MARKET, (LOST,), 0, "lost"),
        LATE: lambda: resettle(story, LATE, MARKET, (LOST,), 0, "lost"),
        LOSER: lambda: resettle(story, LOSER, MARKET, (WON,), 29_00, "won", BEN),
        DELAYED: lambda: resettle(story, DELAYED, MARKET, (LOST,), 0, "lost", BEN),
        MULTIPLE: lambda: resettle(story, MULTIPLE, MARKET, (LOST, VOID), 0, "lost"),
        TOGETHER: lambda: resettle(story, TOGETHER, MARKET, (LOST, WON), 0, "lost", BEN),
    }
    found = []
    while overdue := verify(story, now_us=corrected_us + 62 * SECOND_US).violation:
        found.append(overdue.bet_id)
        again[overdue.bet_id]()
    assert found == sorted(again, key=lambda bet_id: struck(story, bet_id))


def test_an_open_bet_that_was_told_otherwise_than_the_correction_says_is_found_as_well():
    story = played().at(60)
    now = story.time
    story.add(
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "ended", "replay", now)),
        (FIXTURE, FixtureEnded(2, 1, 2, 1, now, actor="replay")),
    )
    story.add(MARKET, MarketResulted(HOME_WON, 2, 1, story.time, actor="replay"))
    settle(story, SINGLE, (WON,), 23_50, "won")
    settle(story, LATE, (WON,), 20_00, "won")
    settle(story, LOSER, (LOST,), 0, "lost", BEN)
    settle(story, DELAYED, (WON,), 20_00, "won", BEN)
    story.add(MULTIPLE, BetLegResulted(ANN, MARKET, WON, (WON, None), story.time, 0))
    story.add(CORRECTION, proposed(story, MARKET, "correct_result", home=2, away=3, void_reason="", reason="two goals were missing"))
    now = story.time
    result = MarketResulted(AWAY_WON, 2, 3, now, actor=TESS, number=2, reason="two goals were missing")
    story.add((CORRECTION, ProposalApproved(TOM, now)), (MARKET, result))
    resettle(story, SINGLE, MARKET, (LOST,), 0, "lost")
    resettle(story, LATE, MARKET, (LOST,), 0, "lost")
    resettle(story, LOSER, MARKET, (WON,), 29_00, "won", BEN)
    resettle(story, DELAYED, MARKET, (LOST,), 0, "lost", BEN)
    late_us = story.now_us + 62 * SECOND_US
    overdue = verify(story, now_us=late_us).violation
    assert (overdue.name, overdue.bet_id) == ("correction-overdue", MULTIPLE)
    story.add(MULTIPLE, BetLegResulted(ANN, MARKET, LOST, (LOST, None), story.time, 0))
    assert verify(story, now_us=late_us).violation is None


def test_a_bet_that_still_waits_a_minute_after_its_delay_is_found():
    story = clean()
    story = story.until(story.place(BetPending, 1))
    over_us = story.now_us + DELAY_S * SECOND_US
    assert verify(story, now_us=over_us + 60 * SECOND_US).violation is None
    overdue = verify(story, now_us=over_us + 61 * SECOND_US).violation
    assert (overdue.name, overdue.bet_id, overdue.over_for_s) == ("delay-overdue", DELAYED, 61)
    kept = Checkpoint.decoded(verify(story, now_us=over_us, keep_checkpoint=True).checkpoint.encoded())
    assert verify(clean(), checkpoint=kept).violation is None, "what waits is kept in a checkpoint, and goes on from there"


def test_a_checkpoint_keeps_a_correction_until_all_its_bets_were_seen_to_stand_by_it():
    story = corrected()
    soon = verify(story, now_us=story.now_us + SECOND_US, keep_checkpoint=True)
    assert list(soon.checkpoint.state.corrected) == [MARKET]
    kept = Checkpoint.decoded(soon.checkpoint.encoded())
    overdue = verify(story, checkpoint=kept, now_us=story.now_us + 62 * SECOND_US).violation
    assert overdue.name == "correction-overdue"
    whole = verify(clean(), checkpoint=kept, keep_checkpoint=True)
    assert (whole.violation, whole.since, whole.checkpoint.state.corrected) == (None, len(story.log), {})


def acts(actor: str, later_us: int) -> Story:
    """The clean log until Tom's role is revoked; and somebody who stops betting so much later."""
    story = clean()
    story = story.until(story.place(RoleRevoked))
    revoked_us = story.log[-1].committed_us
    story.now_us = revoked_us + later_us - STEP_US
    story.add(COMPETITION, BettingStopped("competition", ("football", "Cup"), "rain", actor, story.time))
    assert story.log[-1].committed_us - revoked_us == later_us
    return story


@pytest.mark.parametrize("later_us", [0, 1, 61 * SECOND_US])
def test_who_lost_their_role_may_not_act_from_that_commit_on(later_us: int):
    violation = verify(acts(TOM, later_us)).violation
    assert violation is not None
    assert violation.name == "role-not-granted"


def test_who_has_a_role_acts_on_after_another_lost_it():
    assert verify(acts(TESS, 3_600 * SECOND_US)).violation is None


def test_who_gets_a_role_back_acts_again():
    story = clean()
    story.now_us += 3_600 * SECOND_US
    grant(story, TOM, "trader", BOSS)
    story.add(COMPETITION, BettingStopped("competition", ("football", "Cup"), "rain", TOM, story.time))
    assert verify(story).violation is None


def test_a_bonus_that_was_not_taken_off_is_found_a_minute_after_its_time():
    story = clean().until(clean().place(BonusExpired) - 1)
    expires_us = micros(clean().body(clean().place(BonusCredited, 1)).expires_at)
    story.now_us = expires_us + 60 * SECOND_US - STEP_US
    assert verify(story, now_us=expires_us + 60 * SECOND_US).violation is None
    found = verify(story, now_us=expires_us + 61 * SECOND_US).violation
    assert (found.name, found.stream_id, found.amount_minor) == ("bonus-expiry-overdue", SPENT, 8_94)
