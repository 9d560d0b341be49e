"""Run a market. Its prices are checked with its fixture, its gates and their producer, its result with the fixture's score."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.trading.authority import is_producer
from domain.fact import micros
from domain.fixture.commands import ConfirmScore
from domain.fixture.decider import FIXTURE, FixtureNotLive, FixtureUnknown
from domain.fixture.state import Fixture
from domain.gate.decider import GATE, check_open
from domain.ids import gate_of, producer_of
from domain.market.commands import (
    CloseMarket,
    CorrectPrice,
    CorrectResult,
    InContext,
    LimitPayout,
    MarketCommand,
    MarketContext,
    OpenMarket,
    PriceMarket,
    RestoreBets,
    RestorePrice,
    ResultMarket,
    ResumeMarket,
    SetBetDelay,
    SuspendMarket,
    TakeBackResult,
    VoidBets,
)
from domain.market.decider import MARKET
from domain.market.state import Market, MarketUnknown
from domain.producer.decider import PRODUCER
from domain.refused import Refused
from domain.settling.rules import type_of

PRODUCERS_REMEMBERED_MAX = 1_000

PricingCommand = OpenMarket | PriceMarket | ResumeMarket
JudgedCommand = PricingCommand | ResultMarket | CorrectResult | TakeBackResult | VoidBets | RestoreBets | CorrectPrice | RestorePrice
"""What is decided by more than the market's own stream."""

_producer_of = lru_cache(PRODUCERS_REMEMBERED_MAX)(producer_of)


class ProducerSilent(Refused):
    """The producer of these prices has sent no heartbeat within its lease: its prices are not taken."""

    producer: str


class MarketReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the market stands after the command."""

    market_id: str
    status: str
    version: int


def streams_of(ask: MarketCommand | JudgedCommand) -> Sequence[StreamRef]:
    """Name the market, for a new one the fixture it is offered on, and the producer; the fixture of a known market follows from it."""
    named = [StreamRef(MARKET, ask.market_id)]
    if isinstance(ask, OpenMarket):
        named.append(StreamRef(FIXTURE, ask.fixture_id))
    if isinstance(ask, PricingCommand) and ask.producer:
        named.append(StreamRef(PRODUCER, _producer_of(ask.producer)))
    return named


def run_market(ask: MarketCommand, streams: UnitOfWork) -> Outcome:
    """Decide a market's command.

    Prices are taken only on a fixture that exists and is not over, while none of the market's gates is stopped, and from a producer
    within its lease. A market is graded on its fixture's score; in play, that score is confirmed in the same append.

    Raises:
        FixtureUnknown, FixtureNotLive, BettingSuspended, BettingOver, ProducerSilent: from whatever carries prices.
        Refused: what the market's rules refuse.

    """
    market = streams.load(MARKET, ask.market_id)
    if isinstance(ask, SuspendMarket | CloseMarket | LimitPayout | SetBetDelay):
        market.decide(ask)
    elif isinstance(ask, ResultMarket):
        decide_result(ask, market, streams, is_approved=is_producer(ask.actor))
    else:
        market.decide(InContext(ask, pricing_context(ask, market.state, streams)))
    return Outcome(receipt_of(ask.market_id, market), market)


def correct_result(ask: CorrectResult | VoidBets | RestoreBets, streams: UnitOfWork) -> Outcome:
    """Correct a result, or void bets of a window, by the word of a feed; what a trader asks for is proposed instead (`four_eyes`).

    Raises:
        CorrectionNeedsApproval, WindowNeedsApproval: when anybody but a producer asks.
        Refused: what the market's rules refuse.

    """
    market, is_approved = streams.load(MARKET, ask.market_id), is_producer(ask.actor)
    if isinstance(ask, CorrectResult):
        market.decide(InContext(ask, MarketContext(is_approved=is_approved)))
    else:
        decide_windows(ask, market, streams, is_approved=is_approved)
    return Outcome(receipt_of(ask.market_id, market), market)


def decide_windows(command: VoidBets | RestoreBets, market: Stream[Market], streams: UnitOfWork, *, is_approved: bool) -> bool:
    """Set the windows of void bets; tell whether they are others. The commit is after the end of a new one: nothing is struck in it later.

    Raises:
        Refused: what `domain.market.void_windows` refuses.

    """
    is_new = market.decide(InContext(command, MarketContext(is_approved=is_approved, now_us=streams.now_us)))
    if is_new and isinstance(command, VoidBets):
        streams.not_before(micros(command.window.end))
    return is_new


def receipt_of(market_id: str, market: Stream[Market]) -> MarketReceipt:
    """Return what to tell of a market."""
    return MarketReceipt(market_id, market.state.status, market.state.version)


def decide_result(ask: ResultMarket, market: Stream[Market], streams: UnitOfWork, *, is_approved: bool = False) -> bool:
    """Grade a market on its fixture's score, or void it; return whether anything follows.

    Raises:
        Refused: what the market's rules refuse.

    """
    fixture_id = market.state.fixture_id
    if not fixture_id:
        raise MarketUnknown(ask.market_id)
    fixture = streams.load(FIXTURE, fixture_id)
    score = fixture.state.score
    if not market.decide(InContext(ask, MarketContext(score=score, is_approved=is_approved))):
        return False
    if score.phase == "playing" and not ask.void_reason:
        opened = market.state.opened
        is_first_half = opened is not None and type_of(opened.type).period == "first_half_"
        home, away = score.half_time if is_first_half and score.half_time is not None else (score.home, score.away)
        fixture.decide(ConfirmScore(fixture_id, home, away, ask.at, ask.actor))
    return True


def pricing_context(ask: PricingCommand, market: Market, streams: UnitOfWork, *, is_approved: bool = False) -> MarketContext:
    """Return the fixture, gates and producer of a market that gets prices, each of them read; nothing for a market that is opened again.

    Raises:
        MarketUnknown, FixtureUnknown, FixtureNotLive, BettingSuspended, BettingOver, ProducerSilent: in this order.

    """
    if isinstance(ask, OpenMarket):
        if market.opened is not None:
            return MarketContext()
    elif market.opened is None:
        raise MarketUnknown(ask.market_id)
    fixture_id = ask.fixture_id if isinstance(ask, OpenMarket) else market.fixture_id
    streams.need([(FIXTURE, fixture_id), *[(GATE, gate_id) for gate_id in market.gates]])
    fixture = streams.read(FIXTURE, fixture_id)
    if fixture.scheduled is None:
        raise FixtureUnknown(fixture_id)
    if fixture.status in ("ended", "abandoned"):
        raise FixtureNotLive(fixture_id, fixture.status)
    gates = market.gates or gates_of(fixture_id, fixture)
    producer = _producer_of(ask.producer) if ask.producer else ""
    streams.need([*[(GATE, gate_id) for gate_id in gates], *([(PRODUCER, producer)] if producer else [])])
    marks = []
    for gate_id, scope in zip(gates, ("fixture", "competition", "sport"), strict=False):
        gate = streams.see(GATE, gate_id)
        check_open(gate.state, scope)
        marks.append(gate.version)
    session = _session_of(ask.producer, producer, streams) if producer else 0
    return MarketContext(gates, tuple(marks), producer, session, fixture.score, is_approved, fixture.shading_thousandths_max)


def gates_of(fixture_id: str, fixture: Fixture) -> tuple[str, ...]:
    """Return the gates of a fixture's markets: its own, its competition's, its sport's."""
    scheduled = fixture.scheduled
    assert scheduled is not None, "a fixture that is known was scheduled"
    return (
        gate_of("fixture", fixture_id),
        gate_of("competition", scheduled.sport, scheduled.competition),
        gate_of("sport", scheduled.sport),
    )


def _session_of(name: str, producer_id: str, streams: UnitOfWork) -> int:
    seen = streams.look(PRODUCER, producer_id)
    producer = seen.state
    if not producer.session or not streams.is_within(seen, seen.version, producer.lease_ms):
        raise ProducerSilent(name)
    return producer.session
