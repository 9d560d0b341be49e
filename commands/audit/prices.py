"""Prices: within bounds, given at the versions that their gates had, by a trader or in a producer's session."""

from typing import Any

from commands.audit.actors import check_trading, is_person
from commands.audit.auditor import check_value
from commands.audit.rules import is_book, is_price
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedGate, AuditedMarket, AuditedOffer, AuditedProducer
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    FixtureOver,
    MarksWrong,
    PricesBelowStoppedGate,
    PricesNotMoved,
    PricesOutOfBounds,
    ProducerMissing,
    SessionWrong,
    ShadedTooFar,
)
from domain.fact import Recorded
from domain.market.facts import MarketOpened, MarketPriced, MarketResumed
from domain.odds import Odds
from domain.proposal.facts import ProposalApproved
from domain.score_model import ScoreModel, is_score_model

OPEN_UNTOUCHED = 0
"""The version of a gate to which nothing ever happened."""


def offer_of(
    state: AuditState,
    recorded: Recorded[Any],
    market: AuditedMarket,
    fixture: AuditedFixture,
    fact: MarketOpened | MarketPriced | MarketResumed,
) -> AuditedOffer:
    """Check prices: valid for the market, its fixture, gates and producer; return the offer that may be struck from now on."""
    prices, withdrawn = fact.prices, fact.withdrawn
    check_value(recorded, "prices", tuple(prices), allowed=bool(prices) and prices.keys() <= market.runners)
    for field, given in (("prices", prices), ("withdrawn", withdrawn)):
        for selection, odds in given.items():
            check_value(recorded, f"{field}[{selection}]", odds, allowed=is_price(odds))
    check_value(recorded, "model", fact.model, allowed=fact.model is None or is_score_model(fact.model))
    _check_shading(recorded, fixture, fact.model)
    _check_cause(recorded, fact)
    if state.migrated:
        return AuditedOffer(recorded.version, prices, (), "", 0)
    if fixture.status not in ("scheduled", "live"):
        raise ViolationFound(FixtureOver, recorded, fixture=fixture.status)
    check_trading(state, recorded, fact.actor)
    _check_gates(state, recorded, market, fact.marks)
    _check_producer(state, recorded, fact.producer, fact.session)
    check_value(
        recorded, "withdrawn", tuple(withdrawn), allowed=withdrawn.keys() <= market.runners and not withdrawn.keys() & prices.keys()
    )
    _check_book(state, recorded, market, {**prices, **withdrawn})
    book = {**market.book, **prices, **withdrawn}
    is_agreed = are_given_again(market, fact) and book == market.book
    market.alone = "" if is_agreed or fact.producer or not is_person(state, fact.actor) else fact.actor
    market.book = book
    return AuditedOffer(recorded.version, prices, fact.marks, fact.producer, fact.session, model=fact.model)


def _check_shading(recorded: Recorded[Any], fixture: AuditedFixture, model: ScoreModel | None) -> None:
    """Check that scores are tilted no further against each other than the limit of the match allows."""
    if model is None or not model.tilt_thousandths:
        return
    spread = max(model.tilt_thousandths) - min(model.tilt_thousandths)
    if spread > fixture.shading:
        raise ViolationFound(ShadedTooFar, recorded, tilt_thousandths=spread, limit_thousandths=fixture.shading)


def _check_cause(recorded: Recorded[Any], fact: MarketOpened | MarketPriced | MarketResumed) -> None:
    """Check that prices say why they were given: a trader's are a trader's, a producer's are not. Logs before version 4 say nothing."""
    causes = ("goal", "clock", "liability", "feed") if fact.producer else ("trader",)
    check_value(recorded, "cause", fact.cause, allowed=fact.cause in ("", *causes))


def are_given_again(market: AuditedMarket, fact: MarketOpened | MarketPriced | MarketResumed) -> bool:
    """Say whether prices are those that stand, given once more by somebody else than the trader who alone had set them."""
    if not isinstance(fact, MarketPriced) or not market.alone or fact.actor == market.alone or fact.producer:
        return False
    standing = market.offers[-1]
    return standing.prices == fact.prices and standing.marks == fact.marks


def check_moved(recorded: Recorded[Any], standing: AuditedOffer, offer: AuditedOffer, *, is_agreement: bool) -> None:
    """Check that prices are others than those that stand, or given again after those were void or by a second trader."""
    if offer.prices == standing.prices and is_of_one_kind(standing, offer) and not is_agreement:
        raise ViolationFound(PricesNotMoved, recorded)


def is_of_one_kind(one: AuditedOffer, other: AuditedOffer) -> bool:
    """Say whether two prices hold by the same gates and the same session, so that the older one's grace is not cut short."""
    return (one.marks, one.producer, one.session) == (other.marks, other.producer, other.session)


def gate_versions(state: AuditState, gates: tuple[str, ...]) -> tuple[int, ...]:
    """Return the versions that gates have now."""
    live = state.live
    return tuple([OPEN_UNTOUCHED if (gate := live.get(gate_id)) is None else gate.version for gate_id in gates])


def _check_gates(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, marks: tuple[int, ...]) -> None:
    for gate_id in market.gates:
        gate = state.of(AuditedGate, gate_id)
        if gate is not None and gate.status != "open":
            raise ViolationFound(PricesBelowStoppedGate, recorded, gate_id=gate_id, status=gate.status)
    versions = gate_versions(state, market.gates)
    if marks != versions:
        raise ViolationFound(MarksWrong, recorded, marks=marks, gates=versions)


def _check_producer(state: AuditState, recorded: Recorded[Any], producer_id: str, session: int) -> None:
    if not producer_id:
        check_value(recorded, "session", session, allowed=session == 0)
        return
    producer = state.of(AuditedProducer, producer_id)
    if producer is None:
        raise ViolationFound(ProducerMissing, recorded, producer=producer_id[:60])
    if not 1 <= session <= producer.session:
        raise ViolationFound(SessionWrong, recorded, session=session, expected=producer.session)


def _check_book(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, book: dict[str, Odds]) -> None:
    """Check that the prices of all selections add up to a book, or that a second trader approved of them in the same append."""
    adds_up = book.keys() == market.runners and is_book(market.type, market.specifiers, book.values())
    if not adds_up and state.together(ProposalApproved) is None:
        raise ViolationFound(PricesOutOfBounds, recorded, book=", ".join(f"{name} {odds.text}" for name, odds in book.items())[:200])
