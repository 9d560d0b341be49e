"""After a fixture is abandoned, results each of its unresulted markets as void; the settlement process manager then settles the bets.

The process manager `ABANDONMENT` sends one command for each market. A market with a result keeps it. A leg on a voided market is settled
as void, once, and a multiple bet continues with its other legs.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.process_manager import Came, Case, CaseTables, Change, Over, ProcessManager, Waits
from commands.trading.run_market import receipt_of
from domain.fact import Recorded
from domain.fixture.decider import FIXTURE
from domain.fixture.facts import FixtureAbandoned, FixtureEnded
from domain.market.commands import InContext, MarketContext, ResultMarket
from domain.market.decider import MARKET
from domain.market.facts import MarketOpened
from domain.market.state import MarketUnknown
from domain.refused import Refused
from domain.settling.rules import is_void

ACTOR = "abandonment"
"""Who asks for what follows from an abandonment."""

TABLES = CaseTables(key="fixture_id", case_id="market_id", later="unvoided_market", waiting="open_market", came="abandoned_fixture")


class FixtureNotAbandoned(Refused):
    """The match was not abandoned: nothing is void by rule."""

    fixture_id: str


class VoidMarket(msgspec.Struct, frozen=True, gc=False):
    """Result a market of an abandoned fixture as void; a market that has a result keeps it."""

    market_id: str
    at: datetime


def streams_of(ask: VoidMarket) -> Sequence[StreamRef]:
    """Name the market; its fixture follows from it."""
    return (StreamRef(MARKET, ask.market_id),)


def void_market(ask: VoidMarket, streams: UnitOfWork) -> Outcome:
    """Result the market as void, for the reason that its fixture was abandoned for; the bets on it are settled by settlement.

    Raises:
        MarketUnknown, FixtureNotAbandoned: when nothing is void by rule.

    """
    market = streams.load(MARKET, ask.market_id)
    fixture_id = market.state.fixture_id
    if not fixture_id:
        raise MarketUnknown(ask.market_id)
    if market.state.resulted is None:
        fixture = streams.read(FIXTURE, fixture_id)
        if fixture.abandoned is None or not is_void(fixture.score):
            raise FixtureNotAbandoned(fixture_id)
        command = ResultMarket(ask.market_id, ask.at, fixture.abandoned.reason, actor=ACTOR)
        market.decide(InContext(command, MarketContext(score=fixture.score)))
    return Outcome(receipt_of(ask.market_id, market), market)


def market_waits(recorded: Recorded[MarketOpened]) -> Sequence[Change]:
    """Let a market wait for its fixture to be abandoned."""
    return (Waits(recorded.body.fixture_id, recorded.stream_id),)


def abandoned(recorded: Recorded[FixtureAbandoned]) -> Sequence[Change]:
    """Let every market of the fixture be voided."""
    return (Came(recorded.stream_id),)


def ended(recorded: Recorded[FixtureEnded]) -> Sequence[Change]:
    """Let no market of the fixture wait any more: it will never be abandoned."""
    return (Over(recorded.stream_id),)


def void(case: Case, at: datetime) -> VoidMarket:
    """Return the command that voids a market."""
    return VoidMarket(case.case_id, at)


ABANDONMENT = ProcessManager("abandonment", TABLES, {MarketOpened: market_waits, FixtureAbandoned: abandoned, FixtureEnded: ended}, void)
