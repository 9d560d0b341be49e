"""What traders and feeds do: run fixtures and markets. Each command is one stream's own; it is dispatched as it stands."""

from collections.abc import Sequence

import msgspec

from commands.streams import Streams
from commands.use_case import Outcome, Touch
from domain.fixture.commands import FixtureCommand
from domain.fixture.decider import FIXTURE, FixtureNotLive, FixtureUnknown
from domain.market.commands import MarketCommand, OpenMarket
from domain.market.decider import MARKET


class FixtureReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the fixture stands after the command."""

    fixture_id: str
    status: str


class MarketReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the market stands after the command."""

    market_id: str
    status: str
    version: int


def touches_fixture(ask: FixtureCommand) -> Sequence[Touch]:
    """Name the fixture."""
    return (Touch(FIXTURE, ask.fixture_id),)


def run_fixture(ask: FixtureCommand, streams: Streams) -> Outcome:
    """Decide a fixture's command.

    Raises:
        Refused: what the fixture's rules refuse.

    """
    fixture = streams.load(FIXTURE, ask.fixture_id)
    fixture.decide(ask)
    return Outcome(FixtureReceipt(ask.fixture_id, fixture.state.status), fixture)


def touches_market(ask: MarketCommand) -> Sequence[Touch]:
    """Name the market, and for a new one the fixture it is offered on."""
    if isinstance(ask, OpenMarket):
        return (Touch(MARKET, ask.market_id), Touch(FIXTURE, ask.fixture_id))
    return (Touch(MARKET, ask.market_id),)


def run_market(ask: MarketCommand, streams: Streams) -> Outcome:
    """Decide a market's command; a market is opened only on a fixture that exists and is not over.

    Raises:
        FixtureUnknown, FixtureNotLive: from `OpenMarket`.
        Refused: what the market's rules refuse.

    """
    market = streams.load(MARKET, ask.market_id)
    if market.decide(ask) and isinstance(ask, OpenMarket):
        status = streams.read(FIXTURE, ask.fixture_id).status
        if not status:
            raise FixtureUnknown(ask.fixture_id)
        if status in ("ended", "abandoned"):
            raise FixtureNotLive(ask.fixture_id, status)
    return Outcome(MarketReceipt(ask.market_id, market.state.status, market.state.version), market)
