"""What traders and feeds do: run fixtures and markets. Nearly each command is one stream's own; it is dispatched as it stands."""

from collections.abc import Sequence

import msgspec

from commands.streams import Streams
from commands.use_case import Outcome, Touch
from domain.fixture.commands import AbandonFixture, EndFixture, FixtureCommand
from domain.fixture.decider import FIXTURE, FixtureNotLive, FixtureUnknown
from domain.market.commands import CloseMarket, MarketCommand, OpenMarket, PriceMarket, ResultMarket, ResumeMarket
from domain.market.decider import MARKET
from domain.market.outcomes import check_result_of_ended


class FinishFixture(msgspec.Struct, frozen=True):
    """End or abandon a fixture and close those of its markets that still stand, all at once.

    `market_ids` are the markets to close as far as they are known; those of another fixture are left alone.
    """

    ending: EndFixture | AbandonFixture
    market_ids: tuple[str, ...] = ()


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


def touches_finish(ask: FinishFixture) -> Sequence[Touch]:
    """Name the fixture and the markets."""
    return (Touch(FIXTURE, ask.ending.fixture_id), *(Touch(MARKET, market_id) for market_id in ask.market_ids))


def finish_fixture(ask: FinishFixture, streams: Streams) -> Outcome:
    """Close the markets and end the fixture: one append, in this order.

    Raises:
        Refused: what the fixture's rules refuse; no market is closed then.

    """
    fixture_id, at = ask.ending.fixture_id, ask.ending.at
    fixture = streams.load(FIXTURE, fixture_id)
    fixture.decide(ask.ending)
    for market_id in dict.fromkeys(ask.market_ids):
        market = streams.load(MARKET, market_id)
        if market.state.fixture_id == fixture_id:
            market.decide(CloseMarket(market_id, at))
    return Outcome(FixtureReceipt(fixture_id, fixture.state.status), fixture)


def touches_market(ask: MarketCommand) -> Sequence[Touch]:
    """Name the market, and for a new one the fixture it is offered on."""
    if isinstance(ask, OpenMarket):
        return (Touch(MARKET, ask.market_id), Touch(FIXTURE, ask.fixture_id))
    return (Touch(MARKET, ask.market_id),)


def run_market(ask: MarketCommand, streams: Streams) -> Outcome:
    """Decide a market's command, and hold what follows against its fixture.

    Prices are offered only on a fixture that exists and is not over; where that has ended, markets are graded on its score.

    Raises:
        FixtureUnknown, FixtureNotLive: from `OpenMarket`, `PriceMarket` and `ResumeMarket`.
        ResultContradictsFixture: from `ResultMarket`.
        Refused: what the market's rules refuse.

    """
    market = streams.load(MARKET, ask.market_id)
    if market.decide(ask):
        state = market.state
        if isinstance(ask, OpenMarket | PriceMarket | ResumeMarket):
            status = streams.read(FIXTURE, state.fixture_id).status
            if not status:
                raise FixtureUnknown(state.fixture_id)
            if status in ("ended", "abandoned"):
                raise FixtureNotLive(state.fixture_id, status)
        elif isinstance(ask, ResultMarket):
            ended = streams.read(FIXTURE, state.fixture_id).ended
            if ended is not None and state.opened is not None:
                check_result_of_ended(ask, state.opened, ended.regular_home, ended.regular_away)
    return Outcome(MarketReceipt(ask.market_id, market.state.status, market.state.version), market)
