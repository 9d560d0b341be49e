"""What stands behind a market's prices: its gates, that they were given since, its producer's lease, a bet's delay and limit."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from commands.dispatch.stream import Seen
from commands.dispatch.unit_of_work import UnitOfWork
from domain.aggregate import Aggregate
from domain.fixture.decider import FIXTURE
from domain.fixture_limit.decider import FIXTURE_LIMIT
from domain.gate.decider import GATE, check_open
from domain.ids import fixture_limit_of
from domain.market.state import Market, PricesAwaited
from domain.producer.decider import PRODUCER

FIXTURE_IDS_REMEMBERED_MAX = 10_000

_limit_of = lru_cache(FIXTURE_IDS_REMEMBERED_MAX)(fixture_limit_of)


def all_below(markets: Sequence[Market]) -> Iterator[tuple[Aggregate[Any], str]]:
    """Yield the matches, their limits, gates and producers of all markets, so that what is missing of them is loaded together."""
    for market in markets:
        yield FIXTURE, market.fixture_id
        yield FIXTURE_LIMIT, _limit_of(market.fixture_id)
        yield from ((GATE, gate_id) for gate_id in market.gates)
        if market.producer:
            yield PRODUCER, market.producer


def check_below(market_id: str, market: Market, streams: UnitOfWork) -> None:
    """Check that a market's prices were given since one of its gates changed last, by a producer within its lease.

    Raises:
        BettingSuspended, BettingOver, PricesAwaited: in this order.

    """
    marks = market.marks
    is_void = len(marks) != len(market.gates)
    for number, gate_id in enumerate(market.gates):
        gate = streams.see(GATE, gate_id)
        if gate.state.status != "open":
            check_open(gate.state, ("fixture", "competition", "sport")[number])
        if not is_void and gate.version != marks[number]:
            is_void = True
    if is_void:
        raise PricesAwaited(market_id, market.version)
    if market.producer:
        _hold_lease(market_id, market, streams)


def fixture_limit(fixture_id: str, streams: UnitOfWork) -> int:
    """Return the most that is paid on a bet on a match, 0 where no trader limits it. That it stands becomes a condition of the append."""
    return streams.read(FIXTURE_LIMIT, _limit_of(fixture_id)).payout_minor_max


def _hold_lease(market_id: str, market: Market, streams: UnitOfWork) -> None:
    """Make it a condition that the bet commits within the lease of the producer of these prices.

    Raises:
        PricesAwaited: when that has lapsed, or the producer is in another session by now.

    """
    producer = streams.look(PRODUCER, market.producer)
    lease_ms = producer.state.lease_ms
    if producer.state.session != market.session or not streams.is_within(producer, producer.version, lease_ms):
        raise PricesAwaited(market_id, market.version)
    streams.hold(producer, producer.version, lease_ms)


def delay_of(markets: Sequence[Seen[Market]], streams: UnitOfWork) -> int:
    """Return the seconds that a bet on these markets waits: the most of those that are in play, 0 where none is or none has a delay.

    Whether a match is in play becomes a condition of the append, and is asked for only where its market has a delay.
    """
    delayed = [market.state for market in markets if market.state.delay_s]
    streams.need([(FIXTURE, market.fixture_id) for market in delayed])
    return max(0 if streams.read(FIXTURE, market.fixture_id).status == "scheduled" else market.delay_s for market in delayed)
