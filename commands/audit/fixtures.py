"""Fixtures: scheduled, played, ended or abandoned, with a clock that never goes back and a score that never falls below a confirmed one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from commands.audit.actors import ABANDONMENT, check_trading, is_person
from commands.audit.auditor import Auditor, check_text, check_value
from commands.audit.gates import CORRECTION, GOAL, POINT
from commands.audit.rules import graded_on
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedGate, AuditedMarket, AuditedProposal
from commands.audit.tennis import check_tennis
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AbandonedTooEarly,
    AbandonmentNotApproved,
    ClockWentBack,
    ConfirmationWithoutResult,
    FixtureOutOfOrder,
    GateNotMoved,
    ScoreBelowConfirmed,
    ScoreWrong,
)
from domain.fact import Recorded, micros
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    FixtureShadingLimited,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.gate.facts import BettingEnded, PricesVoided
from domain.ids import gate_of
from domain.market.facts import MarketResulted
from domain.proposal.facts import ProposalApproved

PERIODS = (
    "not_started",
    "first_half",
    "first_quarter",
    "second_quarter",
    "first_set",
    "second_set",
    "third_set",
    "fourth_set",
    "fifth_set",
    "half_time",
    "second_half",
    "third_quarter",
    "fourth_quarter",
    "overtime",
    "extra_time_first",
    "extra_time_second",
    "penalties",
)
FIRST_HALF, HALF_TIME, EXTRA_TIME = PERIODS.index("first_half"), PERIODS.index("half_time"), PERIODS.index("extra_time_first")
MINUTE_MAX = 200
GOALS_MAX = 200
NAME_CHARACTERS_MAX = 120
REASON_CHARACTERS_MAX = 120
SHADED_SPORT, SHADING_MAX = "football", 300
KICK_OFF_MIN, KICK_OFF_BEFORE = datetime(1900, 1, 1, tzinfo=UTC), datetime(2201, 1, 1, tzinfo=UTC)

MOVED_BY_MAX = timedelta(hours=72)
"""How much later than first announced a match may kick off and be the same fixture."""

NEVER_PLAYED_AFTER_US_MIN = 3_600_000_000
"""The shortest that a kick-off is awaited, by whatever setting."""


def scheduled(state: AuditState, recorded: Recorded[Any], fact: FixtureScheduled) -> AuditedFixture:
    """Check FixtureScheduled: names and kick-off within bounds, two different teams; begin the fixture."""
    check_trading(state, recorded, fact.actor)
    for field, text in (("sport", fact.sport), ("competition", fact.competition), ("home", fact.home), ("away", fact.away)):
        check_text(recorded, field, text, NAME_CHARACTERS_MAX)
    check_value(recorded, "away", fact.away, allowed=fact.away != fact.home)
    check_value(recorded, "kick_off", fact.kick_off.isoformat(), allowed=KICK_OFF_MIN <= fact.kick_off < KICK_OFF_BEFORE)
    due_us = micros(max(fact.kick_off, fact.at))
    return AuditedFixture(
        1,
        fixture_id=recorded.stream_id,
        sport=fact.sport,
        competition=fact.competition,
        due_us=due_us,
        kick_off=fact.kick_off,
        moved_until=fact.kick_off + MOVED_BY_MAX,
        announced_us=state.committed_us,
        announced_at=recorded.position,
    )


def rescheduled(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: FixtureRescheduled) -> None:
    """Check FixtureRescheduled: not begun, to another time that is not too far from the first one; update the audit state."""
    check_trading(state, recorded, fact.actor)
    _check_status(recorded, fixture, "scheduled")
    allowed = KICK_OFF_MIN <= fact.kick_off <= fixture.moved_until and fact.kick_off != fixture.kick_off
    check_value(recorded, "kick_off", fact.kick_off.isoformat(), allowed=allowed)
    check_value(recorded, "moved_from", fact.moved_from.isoformat(), allowed=fact.moved_from == fixture.kick_off)
    fixture.moved_at.append(recorded.position)
    fixture.kick_off, fixture.due_us, fixture.announced_us = fact.kick_off, micros(max(fact.kick_off, fact.at)), state.committed_us


def kicked_off(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: KickedOff) -> None:
    """Check KickedOff: the fixture is scheduled; update the audit state."""
    check_trading(state, recorded, fact.actor)
    _check_status(recorded, fixture, "scheduled")
    fixture.status, fixture.begun_at = "live", recorded.position
    _move_clock(fixture, FIRST_HALF, 0)


def clock_advanced(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: ClockAdvanced) -> None:
    """Check ClockAdvanced: the fixture is live, and the clock goes forward; update the audit state."""
    check_trading(state, recorded, fact.actor)
    _check_status(recorded, fixture, "live")
    told = _clock(recorded, fact)
    if told > (fixture.period, fixture.minute):
        _move_clock(fixture, *told)
    elif not state.migrated:
        raise _went_back(recorded, fixture, fact)


def score_changed(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: ScoreChanged) -> None:
    """Check ScoreChanged: live, another score, not below the confirmed one, prices voided in the same append; update the audit state."""
    check_trading(state, recorded, fact.actor)
    _check_status(recorded, fixture, "live")
    told, score = _clock(recorded, fact), (fact.home, fact.away)
    if not state.migrated and told < (fixture.period, fixture.minute):
        raise _went_back(recorded, fixture, fact)
    is_other = (score, fact.tennis) != (fixture.score, fixture.tennis)
    check_value(recorded, "home, away", score, allowed=_are_goals(*score) and is_other)
    check_tennis(recorded, fixture, fact)
    _check_confirmed(recorded, fixture, score)
    if not state.migrated:
        gate_id = gate_of("fixture", fixture.fixture_id)
        gate = state.together(PricesVoided, gate_id)
        if gate is None or gate.body.cause != _cause(fixture, fact):
            raise ViolationFound(GateNotMoved, recorded, gate_id=gate_id)
    told = max(told, (fixture.period, fixture.minute))
    if told[0] != HALF_TIME:
        _move_clock(fixture, *told)
    fixture.score, fixture.tennis = score, fact.tennis
    fixture.half_time, fixture.full_time = _at_most(fixture.half_time, score), _at_most(fixture.full_time, score)
    _move_clock(fixture, *told)


def _cause(fixture: AuditedFixture, fact: ScoreChanged) -> str:
    """Return why prices are void with another score, as the fixture's gate says it."""
    if fact.tennis is not None:
        return POINT
    return GOAL if fact.home + fact.away > sum(fixture.score) else CORRECTION


def score_confirmed(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: ScoreConfirmed) -> None:
    """Check ScoreConfirmed: the score on which a market is graded in play, in the same append; update the audit state."""
    check_trading(state, recorded, fact.actor)
    _check_status(recorded, fixture, "live")
    resulted = state.together(MarketResulted)
    market = state.of(AuditedMarket, resulted.stream_id) if resulted is not None else None
    if market is None or market.fixture_id != fixture.fixture_id:
        raise ViolationFound(ConfirmationWithoutResult, recorded)
    confirmed, score = (fact.home, fact.away), graded_on(market.type, fixture)
    is_more = confirmed[0] > fixture.confirmed[0] or confirmed[1] > fixture.confirmed[1]
    expected = (max(score[0], fixture.confirmed[0]), max(score[1], fixture.confirmed[1]))
    check_value(recorded, "home, away", confirmed, allowed=is_more and confirmed == expected)
    fixture.confirmed = confirmed


def ended(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: FixtureEnded) -> None:
    """Check FixtureEnded: live, its regular-time score is what markets were graded on, its gate ends with it; update the audit state."""
    check_trading(state, recorded, fact.actor)
    _check_status(recorded, fixture, "live")
    regular, final = (fact.regular_home, fact.regular_away), (fact.final_home, fact.final_away)
    check_value(recorded, "regular_home, regular_away", regular, allowed=_are_goals(*regular))
    check_value(recorded, "final_home, final_away", final, allowed=_are_goals(*final) and final[0] >= regular[0] and final[1] >= regular[1])
    check_value(recorded, "shootout_winner", fact.shootout_winner, allowed=fact.shootout_winner in ("", "home", "away"))
    _check_confirmed(recorded, fixture, regular)
    if fixture.tennis is not None:
        check_value(recorded, "regular_home, regular_away", regular, allowed=regular == final == fixture.score)
    for score, market_id in fixture.graded:
        if score != regular:
            raise ViolationFound(ScoreWrong, recorded, market_id=market_id, graded_on=score, score=regular)
    fixture.regular, fixture.half_time = regular, _at_most(fixture.half_time, regular)
    _over(state, recorded, fixture, "ended")


def abandoned(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: FixtureAbandoned) -> None:
    """Check FixtureAbandoned: scheduled or live, approved for a trader, not too early for a process; its gate ends with it."""
    check_trading(state, recorded, fact.actor)
    if fixture.status not in ("scheduled", "live"):
        raise ViolationFound(FixtureOutOfOrder, recorded, status=fixture.status)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if is_person(state, fact.actor) and not (state.earlier or _is_agreed(state, recorded)):
        raise ViolationFound(AbandonmentNotApproved, recorded, actor=fact.actor[:60])
    if fact.actor == ABANDONMENT and (fixture.status != "scheduled" or state.committed_us < fixture.due_us + NEVER_PLAYED_AFTER_US_MIN):
        raise ViolationFound(AbandonedTooEarly, recorded, status=fixture.status)
    _over(state, recorded, fixture, "abandoned")


def shading_limited(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: FixtureShadingLimited) -> None:
    """Check FixtureShadingLimited: a football match that is not over, another limit than stood, within bounds; update the audit state."""
    check_trading(state, recorded, fact.actor)
    if fixture.status not in ("scheduled", "live") or fixture.sport != SHADED_SPORT:
        raise ViolationFound(FixtureOutOfOrder, recorded, status=fixture.status)
    limit = fact.limit_thousandths
    check_value(recorded, "limit_thousandths", limit, allowed=0 <= limit <= SHADING_MAX and limit != fixture.shading)
    fixture.shading = limit


def _is_agreed(state: AuditState, recorded: Recorded[Any]) -> bool:
    """Say whether another trader approved of abandoning this match, in the same append."""
    approval = state.together(ProposalApproved)
    proposal = None if approval is None else state.known(approval.stream_id)
    if type(proposal) is not AuditedProposal:
        return False
    return (proposal.action, proposal.fixture_id) == ("abandon_fixture", recorded.stream_id)


def _over(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, status: str) -> None:
    if not state.migrated:
        gate_id = gate_of("fixture", fixture.fixture_id)
        gate = state.together(BettingEnded, gate_id)
        if gate is None or gate.body.cause != status:
            raise ViolationFound(GateNotMoved, recorded, gate_id=gate_id)
    fixture.status, fixture.over_us, fixture.over_at = status, state.committed_us, recorded.position
    state.moves += 1
    forget_if_done(state, fixture)


def forget_if_done(state: AuditState, fixture: AuditedFixture) -> None:
    """End a fixture that is over and has no unresulted market, and its gate with it."""
    if fixture.over_us and not fixture.markets:
        state.end(fixture.fixture_id)
        gate_id = gate_of("fixture", fixture.fixture_id)
        gate = state.of(AuditedGate, gate_id)
        if gate is not None and gate.status == "over":
            state.end(gate_id)


def _check_status(recorded: Recorded[Any], fixture: AuditedFixture, status: str) -> None:
    if fixture.status != status:
        raise ViolationFound(FixtureOutOfOrder, recorded, status=fixture.status)


def _clock(recorded: Recorded[Any], fact: ClockAdvanced | ScoreChanged) -> tuple[int, int]:
    check_value(recorded, "period", fact.period, allowed=fact.period in PERIODS)
    check_value(recorded, "minute", fact.minute, allowed=0 <= fact.minute <= MINUTE_MAX)
    return PERIODS.index(fact.period), fact.minute


def _move_clock(fixture: AuditedFixture, period: int, minute: int) -> None:
    """Show another time, and keep the score of every period that is over by then."""
    fixture.period, fixture.minute = period, minute
    if fixture.half_time is None and period >= HALF_TIME:
        fixture.half_time = fixture.score
    if fixture.full_time is None and period >= EXTRA_TIME:
        fixture.full_time = fixture.score


def _at_most(part: tuple[int, int] | None, whole: tuple[int, int]) -> tuple[int, int] | None:
    return None if part is None else (min(part[0], whole[0]), min(part[1], whole[1]))


def _went_back(recorded: Recorded[Any], fixture: AuditedFixture, fact: ClockAdvanced | ScoreChanged) -> ViolationFound:
    before = f"{PERIODS[fixture.period]} {fixture.minute}"
    return ViolationFound(ClockWentBack, recorded, clock=f"{fact.period} {fact.minute}", before=before)


def _are_goals(home: int, away: int) -> bool:
    return 0 <= home <= GOALS_MAX and 0 <= away <= GOALS_MAX


def _check_confirmed(recorded: Recorded[Any], fixture: AuditedFixture, score: tuple[int, int]) -> None:
    if score[0] < fixture.confirmed[0] or score[1] < fixture.confirmed[1]:
        raise ViolationFound(ScoreBelowConfirmed, recorded, score=score, confirmed=fixture.confirmed)


AUDITOR = Auditor(
    aggregate="fixture",
    holds=AuditedFixture,
    begins={FixtureScheduled: scheduled},
    follows={
        FixtureRescheduled: rescheduled,
        KickedOff: kicked_off,
        ClockAdvanced: clock_advanced,
        ScoreChanged: score_changed,
        ScoreConfirmed: score_confirmed,
        FixtureEnded: ended,
        FixtureAbandoned: abandoned,
        FixtureShadingLimited: shading_limited,
    },
)
