"""Checks markets: the prices offered, their validity, and the results."""

from typing import Any

from commands.audit.actors import ABANDONMENT, check_trading, is_producer
from commands.audit.auditor import Auditor, check_text, check_value
from commands.audit.corrections import compare, corrected, keep_result, reopened
from commands.audit.fixtures import GOALS_MAX, forget_if_done
from commands.audit.market_limits import delay_set, payout_limited
from commands.audit.price_errors import errors_set
from commands.audit.prices import are_given_again, check_moved, is_of_one_kind, offer_of
from commands.audit.races import RACES, RUNNERS_MAX, check_race, winners_of, withdrawn
from commands.audit.rules import decided, graded, graded_on, is_graded, is_specified, needs_half_time, on_sets, regular_score, selections
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedMarket
from commands.audit.tennis import check_sets
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    FixtureMissing,
    FixtureOver,
    GatesWrong,
    MarketOutOfOrder,
    ResultNumberWrong,
    ResultOfAbandoned,
    ResultTooEarly,
    ScoreNotConfirmed,
    ScoreWrong,
    VoidNotAllowed,
)
from commands.audit.void_windows import windows_set
from domain.fact import Recorded, micros
from domain.fixture.facts import ScoreConfirmed
from domain.ids import gate_of
from domain.market.facts import (
    MarketBetDelaySet,
    MarketClosed,
    MarketOpened,
    MarketPayoutLimited,
    MarketPriced,
    MarketPriceErrorsSet,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
    MarketVoidWindowsSet,
)
from domain.proposal.facts import ProposalApproved
from domain.settling import VOID
from domain.settling.grading import FinalScore

KEY_CHARACTERS_MAX = 60
NAME_CHARACTERS_MAX = 120
REASON_CHARACTERS_MAX = 120
GRACE_MS_MAX = 60_000
SELECTIONS_MAX = 200
US_PER_MS = 1_000


def opened(state: AuditState, recorded: Recorded[Any], fact: MarketOpened) -> AuditedMarket:
    """Check MarketOpened: a type that rules grade, a fixture that is not over, the right gates, valid prices; begin the market."""
    fixture = state.of(AuditedFixture, fact.fixture_id)
    if fixture is None:
        if fact.fixture_id in state.over:
            raise ViolationFound(FixtureOver, recorded, fixture="over")
        raise ViolationFound(FixtureMissing, recorded, fixture_id=fact.fixture_id)
    selections = _check_shape(state, recorded, fact)
    market = AuditedMarket(
        1,
        market_id=recorded.stream_id,
        fixture_id=fixture.fixture_id,
        type=fact.type,
        specifiers=fact.specifiers,
        selections=selections,
        gates=_gates(state, recorded, fixture, fact),
        grace_us=fact.grace_ms * US_PER_MS,
        in_play_grace_us=fact.in_play_grace_ms * US_PER_MS,
        opened_at=recorded.position,
    )
    market.offers = [offer_of(state, recorded, market, fixture, fact)]
    if market.grace_us != market.in_play_grace_us:
        market.closing = {**fact.prices, **fact.withdrawn}
    fixture.markets += 1
    return market


def _check_shape(state: AuditState, recorded: Recorded[Any], fact: MarketOpened) -> frozenset[str]:
    """Check what a market is, and return its selections."""
    names = tuple(selection.selection for selection in fact.selections)
    check_value(recorded, "selections", names, allowed=2 <= len(set(names)) == len(names) <= SELECTIONS_MAX)
    check_text(recorded, "type", fact.type, KEY_CHARACTERS_MAX)
    for selection in fact.selections:
        check_text(recorded, "selections.selection", selection.selection, KEY_CHARACTERS_MAX)
        check_text(recorded, "selections.name", selection.name, NAME_CHARACTERS_MAX)
    for field, grace_ms in (("grace_ms", fact.grace_ms), ("in_play_grace_ms", fact.in_play_grace_ms)):
        check_value(recorded, field, grace_ms, allowed=0 <= grace_ms <= GRACE_MS_MAX)
    if is_graded(fact.type):
        if not state.migrated:
            check_value(recorded, "specifiers", fact.specifiers, allowed=is_specified(fact.type, fact.specifiers))
        if fact.type in RACES:
            are_runners = winners_of(fact.type, fact.specifiers) < len(names) <= RUNNERS_MAX
            check_value(recorded, "selections", names, allowed=are_runners)
            return frozenset(names)
        check_value(recorded, "selections", names, allowed=selections(fact.type, fact.specifiers) == set(names))
    else:
        check_value(recorded, "type", fact.type, allowed=state.migrated)
    return frozenset(names)


def _gates(state: AuditState, recorded: Recorded[Any], fixture: AuditedFixture, fact: MarketOpened) -> tuple[str, ...]:
    """Check that a market stands below the gates of its fixture, its competition and its sport."""
    expected: tuple[str, ...] = (gate_of("fixture", fixture.fixture_id),)
    if not state.migrated:
        expected = (*expected, gate_of("competition", fixture.sport, fixture.competition), gate_of("sport", fixture.sport))
    if fact.gates != expected:
        raise ViolationFound(GatesWrong, recorded, expected=expected)
    return expected


def priced(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketPriced) -> None:
    """Check MarketPriced: the market is open, and its prices are valid; update the offers that may still be struck."""
    if market.status != "open":
        raise ViolationFound(MarketOutOfOrder, recorded, status=market.status)
    fixture, is_agreement = _fixture(state, market), are_given_again(market, fact)
    offer, standing, now_us = offer_of(state, recorded, market, fixture, fact), market.offers[-1], state.committed_us
    grace_us = market.grace_us if fixture.status == "scheduled" else market.in_play_grace_us
    if state.migrated:
        now_us, grace_us = micros(fact.at), market.grace_us
    else:
        check_moved(recorded, standing, offer, is_agreement=is_agreement)
        check_value(recorded, "grace_ms", fact.grace_ms, allowed=fact.grace_ms is not None and fact.grace_ms * US_PER_MS == grace_us)
    if grace_us == market.grace_us != market.in_play_grace_us and fact.grace_ms is not None:
        market.closing, market.in_play_since = {**(market.closing or {}), **fact.prices, **fact.withdrawn}, 0
    else:
        market.in_play_since = market.in_play_since or recorded.version
    standing.replaced_us, standing.until_us = now_us, now_us + grace_us
    if market.grace_us > grace_us:
        market.offers = [kept for kept in market.offers if kept.until_us is None or kept.until_us - kept.replaced_us <= grace_us]
    oldest = market.offers[0].until_us
    if not is_of_one_kind(standing, offer):
        market.offers = []
    elif oldest is not None and oldest < now_us:
        market.offers = [kept for kept in market.offers if kept.until_us is None or kept.until_us >= now_us]
    market.offers.append(offer)


def suspended(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketSuspended) -> None:
    """Check MarketSuspended: the market is open, or a runner is withdrawn; void every price."""
    check_trading(state, recorded, fact.actor)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if fact.non_runner:
        withdrawn(recorded, market, fact)
    check_value(recorded, "price", fact.price, allowed=bool(fact.non_runner) or fact.price is None)
    _void(recorded, market, "suspended", ("open", "suspended") if fact.non_runner else ("open",))


def closed(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketClosed) -> None:
    """Check MarketClosed: the market is open or suspended; void every price."""
    check_trading(state, recorded, fact.actor)
    _void(recorded, market, "closed", ("open", "suspended"))


def resumed(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketResumed) -> None:
    """Check MarketResumed: the market is suspended, and its new prices are valid; update the audit state."""
    if market.status != "suspended":
        raise ViolationFound(MarketOutOfOrder, recorded, status=market.status)
    market.status, market.offers = "open", [offer_of(state, recorded, market, _fixture(state, market), fact)]
    market.in_play_since = market.in_play_since or recorded.version


def resulted(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketResulted) -> None:
    """Check MarketResulted: the next number, and what rules and score give; store the results. From number 2 on, a correction."""
    if fact.number != market.number + 1:
        raise ViolationFound(ResultNumberWrong, recorded, number=fact.number, expected=market.number + 1)
    if market.number:
        corrected(state, recorded, market, fact)
        return
    _void(recorded, market, "resulted", ("open", "suspended", "closed"))
    check_value(recorded, "reason", fact.reason, allowed=not fact.reason)
    check_value(recorded, "takes_back", fact.takes_back, allowed=not fact.takes_back)
    fixture = _fixture(state, market)
    check_race(recorded, market, fact)
    check_value(recorded, "home, away", (fact.home, fact.away), allowed=0 <= fact.home <= GOALS_MAX and 0 <= fact.away <= GOALS_MAX)
    check_value(recorded, "results", tuple(fact.results), allowed=fact.results.keys() == market.selections)
    if fact.void_reason:
        check_text(recorded, "void_reason", fact.void_reason, REASON_CHARACTERS_MAX)
        compare(recorded, fact.results, dict.fromkeys(fact.results, VOID))
    if state.migrated:
        _check_old_result(recorded, market, fixture, fact)
    else:
        _check_result(state, recorded, market, fixture, fact)
    keep_result(state, recorded, market, fact)
    fixture.markets -= 1
    forget_if_done(state, fixture)
    forget_if_settled(state, market)


def _check_result(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fixture: AuditedFixture, fact: MarketResulted) -> None:
    """Check that a result was due: decided beyond change by the score, or void where it may be."""
    check_trading(state, recorded, fact.actor)
    check_value(recorded, "actor", fact.actor, allowed=fact.actor != ABANDONMENT or fixture.status == "abandoned")
    if not fact.void_reason and fixture.status not in ("live", "ended"):
        raise ViolationFound(ResultOfAbandoned, recorded, status=fixture.status)
    score = regular_score(fixture)
    if (fact.home, fact.away) != score:
        raise ViolationFound(ScoreWrong, recorded, market_id=market.market_id, graded_on=(fact.home, fact.away), score=score)
    check_sets(recorded, market.type, fact, on_sets(fixture))
    if fact.void_reason:
        if fixture.status != "abandoned" and state.together(ProposalApproved) is None and not is_producer(state, fact.actor):
            raise ViolationFound(VoidNotAllowed, recorded, status=fixture.status)
        check_value(recorded, "half_time", fact.half_time, allowed=fact.half_time is None)
        return
    half_time = fixture.half_time if needs_half_time(market.type) else None
    check_value(recorded, "half_time", fact.half_time, allowed=fact.half_time == half_time)
    results = fact.results if market.type in RACES and fixture.status == "ended" else decided(market.type, market.specifiers, fixture)
    if results is None:
        raise ViolationFound(ResultTooEarly, recorded, status=fixture.status, score=score)
    compare(recorded, fact.results, results)
    if fixture.status == "live" and not _is_confirmed(state, fixture, graded_on(market.type, fixture)):
        raise ViolationFound(ScoreNotConfirmed, recorded, market_id=market.market_id)


def _is_confirmed(state: AuditState, fixture: AuditedFixture, score: tuple[int, int]) -> bool:
    if fixture.confirmed[0] >= score[0] and fixture.confirmed[1] >= score[1]:
        return True
    confirmed = state.together(ScoreConfirmed, fixture.fixture_id)
    return confirmed is not None and confirmed.body.home >= score[0] and confirmed.body.away >= score[1]


def _check_old_result(recorded: Recorded[Any], market: AuditedMarket, fixture: AuditedFixture, fact: MarketResulted) -> None:
    """Check a result of an older log, which might be told before the end; types without a rule were the trader's word then."""
    results = None if fact.void_reason else graded(market.type, market.specifiers, FinalScore(fact.home, fact.away))
    if results is None:
        return
    told = (fact.home, fact.away)
    if fixture.regular is not None and fixture.regular != told:
        raise ViolationFound(ScoreWrong, recorded, market_id=market.market_id, graded_on=told, score=fixture.regular)
    if all(score != told for score, _ in fixture.graded):
        fixture.graded.append((told, market.market_id))
    compare(recorded, fact.results, results)


def forget_if_settled(state: AuditState, market: AuditedMarket) -> None:
    """End a market that has a result and no open bet."""
    if market.results is not None and not market.bets and not market.is_windowed and market.market_id in state.live:
        state.end(market.market_id)


def _fixture(state: AuditState, market: AuditedMarket) -> AuditedFixture:
    fixture = state.of(AuditedFixture, market.fixture_id)
    assert fixture is not None, "a fixture is kept as long as one of its markets has not come out"
    return fixture


def _void(recorded: Recorded[Any], market: AuditedMarket, status: str, allowed: tuple[str, ...]) -> None:
    if market.status not in allowed:
        raise ViolationFound(MarketOutOfOrder, recorded, status=market.status)
    market.status, market.offers, market.voided = status, [], market.version


AUDITOR = Auditor(
    aggregate="market",
    holds=AuditedMarket,
    begins={MarketOpened: opened},
    follows={
        MarketPriced: priced,
        MarketSuspended: suspended,
        MarketClosed: closed,
        MarketPayoutLimited: payout_limited,
        MarketBetDelaySet: delay_set,
        MarketResumed: resumed,
        MarketResulted: resulted,
        MarketVoidWindowsSet: windows_set,
        MarketPriceErrorsSet: errors_set,
    },
    reopens={MarketResulted: reopened, MarketVoidWindowsSet: reopened, MarketPriceErrorsSet: reopened},
)
