"""Checks each leg of a placed bet: market open, price valid at the version named, odds agreed to and the best available."""

from collections.abc import Sequence
from typing import Any

from commands.audit.auditor import check_value
from commands.audit.prices import gate_versions
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedGate, AuditedLeg, AuditedMarket, AuditedOffer, AuditedProducer
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    BetAfterEnd,
    BetAfterSuspension,
    BettingStoppedThere,
    LegOnOtherFixture,
    LegTwice,
    MarketMissing,
    OddsNotAgreed,
    OddsNotBest,
    OddsNotShown,
    PriceNotChecked,
    PriceStale,
    PricesVoid,
    ProducerSilent,
    VersionFromTheFuture,
)
from domain.bet.facts import BetPlaced, Leg
from domain.fact import Recorded, micros
from domain.odds import Odds

US_PER_MS = 1_000
OFFERS_SEARCHED_MAX = 65
"""How many prices are kept to look a bet's price up: the present one and the last 64 that were replaced."""


def delay_s_of(state: AuditState, markets: Sequence[AuditedMarket]) -> int:
    """Return how long a bet on some markets has to wait: the longest delay of those whose match is not before its kick-off."""
    found = [0]
    for market in markets:
        fixture = state.live.get(market.fixture_id)
        is_before_play = type(fixture) is AuditedFixture and fixture.status == "scheduled"
        found.append(0 if is_before_play else market.delay_s)
    return max(found)


def struck(
    state: AuditState, recorded: Recorded[Any], fact: BetPlaced, leg: Leg, *, is_alone: bool = True, graced: bool = True
) -> tuple[AuditedMarket, Odds]:
    """Check a leg of a placed bet; return its market and its price, which was valid at the version that the leg names.

    Where it is not alone, what its bettor had agreed to is its price together with other legs (`commands.audit.same_game`). Unless it is
    `graced`, only the price that stands is.
    """
    market = state.live.get(leg.market_id)
    if type(market) is not AuditedMarket:
        if leg.market_id in state.over:
            raise ViolationFound(
                BetAfterSuspension, recorded, market_id=leg.market_id, version=leg.version, market_version=0, status="over"
            )
        raise ViolationFound(MarketMissing, recorded, market_id=leg.market_id)
    if leg.fixture_id and leg.fixture_id != market.fixture_id:
        named = {"fixture_id": leg.fixture_id, "fixture_of_market": market.fixture_id}
        raise ViolationFound(LegOnOtherFixture, recorded, market_id=leg.market_id, **named)
    version, offers = leg.version, market.offers
    if market.status == "open" and offers[-1].version <= version <= market.version:
        offer, now_us = offers[-1], state.committed_us
    else:
        now_us = micros(fact.at) if state.migrated else state.committed_us
        if not graced and market.status == "open" and version <= market.version:
            raise ViolationFound(PriceNotChecked, recorded, market_id=market.market_id, version=version, standing=offers[-1].version)
        offer = _standing(state, recorded, market, version, now_us)
    odds, stood = leg.odds, offer.prices.get(leg.selection)
    if stood is None or (stood != odds and not (state.migrated and _is_equal(stood, odds))):
        shown = {"struck": odds.text if odds.denominator > 0 else repr(odds), "stood": "" if stood is None else stood.text}
        raise ViolationFound(OddsNotShown, recorded, market_id=leg.market_id, selection=leg.selection, version=version, **shown)
    if market.seen_moves != state.moves:
        look_around(state, market)
    if market.shut_by or (offer.marks != market.marks and not state.migrated):
        raise _shut(state, recorded, market, offer)
    if offer.producer:
        check_lease(state, recorded, market, offer)
    if is_alone and (leg.asked is not None or leg.asked_version is not None or offer is not offers[-1]):
        _check_agreed(state, recorded, market, fact.accept, leg, now_us if graced else None)
    return market, stood


def check_unrelated(state: AuditState, recorded: Recorded[Any], legs: Sequence[AuditedLeg]) -> None:
    """Check that no two legs are on the same match, unless they are on two selections of one market."""
    markets, seen = dict[str, str](), set[tuple[str, str]]()
    for leg in legs:
        fixture_id = state.live[leg.market_id].fixture_id
        if markets.setdefault(fixture_id, leg.market_id) != leg.market_id or (leg.market_id, leg.selection) in seen:
            raise ViolationFound(LegTwice, recorded, market_id=leg.market_id)
        seen.add((leg.market_id, leg.selection))


def look_around(state: AuditState, market: AuditedMarket) -> None:
    """Note the versions of a market's gates, and what keeps bets away: its fixture being over, or a gate that is not open."""
    fixture = state.live.get(market.fixture_id)
    is_played = type(fixture) is AuditedFixture and not fixture.over_us
    market.shut_by = "" if is_played else market.fixture_id
    for gate_id in market.gates:
        gate = state.live.get(gate_id)
        if type(gate) is AuditedGate and gate.status != "open" and is_played:
            market.shut_by = gate_id
    market.marks, market.seen_moves = gate_versions(state, market.gates), state.moves


def _shut(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, offer: AuditedOffer) -> ViolationFound:
    """Return what kept bets away from a market."""
    market_id, shut_by = market.market_id, market.shut_by
    if shut_by == market.fixture_id:
        fixture = state.of(AuditedFixture, shut_by)
        return ViolationFound(BetAfterEnd, recorded, market_id=market_id, fixture="over" if fixture is None else fixture.status)
    if shut_by:
        return ViolationFound(BettingStoppedThere, recorded, market_id=market_id, gate_id=shut_by, status=state.live[shut_by].status)
    return ViolationFound(PricesVoid, recorded, market_id=market_id, version=offer.version, marks=offer.marks, gates=market.marks)


def _is_equal(one: Odds, other: Odds) -> bool:
    return one.numerator * other.denominator == other.numerator * one.denominator


def _until_us(state: AuditState, market: AuditedMarket, offer: AuditedOffer) -> int | None:
    """Return until when replaced prices could be struck, None for those that stand: from kick-off on, the grace of play is all there is."""
    fixture = state.live.get(market.fixture_id)
    is_before_play = type(fixture) is AuditedFixture and fixture.status == "scheduled"
    if offer.until_us is None or is_before_play or state.earlier:
        return offer.until_us
    return min(offer.until_us, offer.replaced_us + market.in_play_grace_us)


def _standing(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, version: int, now_us: int) -> AuditedOffer:
    """Return the prices that stood at a version, if they could still be struck."""
    if version > market.version:
        raise _from_the_future(recorded, market, version)
    if market.status != "open" or version <= market.voided:
        raise ViolationFound(
            BetAfterSuspension,
            recorded,
            market_id=market.market_id,
            version=version,
            market_version=market.version,
            status=market.status,
        )
    for offer in reversed(market.offers):
        if offer.version <= version:
            until_us = _until_us(state, market, offer)
            if until_us is not None and now_us > until_us:
                raise _stale(recorded, market, version, offer, until_us, now_us)
            return offer
    raise _stale(recorded, market, version, None, None, now_us)


def _from_the_future(recorded: Recorded[Any], market: AuditedMarket, version: int) -> ViolationFound:
    return ViolationFound(VersionFromTheFuture, recorded, market_id=market.market_id, version=version, market_version=market.version)


def _stale(
    recorded: Recorded[Any], market: AuditedMarket, version: int, offer: AuditedOffer | None, until_us: int | None, now_us: int
) -> ViolationFound:
    replaced_for_ms = None if offer is None else (now_us - offer.replaced_us) // US_PER_MS
    grace_ms = None if offer is None or until_us is None else (until_us - offer.replaced_us) // US_PER_MS
    return ViolationFound(
        PriceStale, recorded, market_id=market.market_id, version=version, replaced_for_ms=replaced_for_ms, grace_ms=grace_ms
    )


def check_lease(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, offer: AuditedOffer) -> None:
    """Check that the prices were within the lease of their session, which ends with that lease though another one begins earlier."""
    producer = state.live.get(offer.producer)
    if type(producer) is AuditedProducer and _is_alive(producer, offer, state.committed_us):
        return
    lease_ms, heard_us = (0, 0) if producer is None else (producer.lease_ms, producer.heard_us)
    silent_ms = (state.committed_us - heard_us) // US_PER_MS
    raise ViolationFound(
        ProducerSilent, recorded, market_id=market.market_id, producer=offer.producer, silent_ms=silent_ms, lease_ms=lease_ms
    )


def _is_alive(producer: AuditedProducer, offer: AuditedOffer, now_us: int) -> bool:
    if producer.session == offer.session:
        return now_us - producer.heard_us <= producer.lease_ms * US_PER_MS
    return producer.session == offer.session + 1 and now_us <= producer.before_until_us


def _check_agreed(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, accept: str, leg: Leg, now_us: int | None) -> None:
    """Check that the bettor had agreed to the odds, and that no better ones could be had that they had agreed to as well.

    Whoever takes other odds gets those that stand now where they are better than what they had asked for, and what they had asked for
    where that can still be struck at that time; None where nothing is that was replaced.
    """
    odds, asked = leg.odds, leg.asked
    if leg.asked_version is not None and not state.migrated:
        if leg.asked_version > market.version:
            raise _from_the_future(recorded, market, leg.asked_version)
        check_value(recorded, "legs.asked_version", leg.asked_version, allowed=0 <= leg.asked_version != leg.version)
    if asked is not None and (accept == "exact" or odds == asked or (accept == "better" and odds < asked)):
        raise ViolationFound(OddsNotAgreed, recorded, accept=accept, struck=odds.text, asked=asked.text)
    if accept == "exact" or (state.migrated and accept == "any"):
        return
    best = market.offers[-1].prices.get(leg.selection)
    wanted = asked or odds
    if best is not None and best > wanted and odds < best:
        raise ViolationFound(OddsNotBest, recorded, accept=accept, struck=odds.text, best=best.text)
    if asked is not None and odds < asked and not state.migrated and now_us is not None:
        shown = offered_at(state, market, leg.version if leg.asked_version is None else leg.asked_version, now_us)
        if shown is not None and shown.prices.get(leg.selection) == asked:
            raise ViolationFound(OddsNotBest, recorded, accept=accept, struck=odds.text, best=asked.text)


def offered_at(state: AuditState, market: AuditedMarket, version: int, now_us: int) -> AuditedOffer | None:
    """Return the prices that stood at a version, None where they cannot be struck any more."""
    for offer in reversed(market.offers[-OFFERS_SEARCHED_MAX:]):
        if offer.version <= version:
            until_us = _until_us(state, market, offer)
            return offer if until_us is None or now_us <= until_us else None
    return None
