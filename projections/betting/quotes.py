"""The matches and prices that pages of slips show: read for each page, or kept for a moment by whoever makes many pages."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from projections.betting import board_queries
from projections.betting.board_queries import FixtureView, MarketView
from projections.ports import ReadModels


class Quoted(NamedTuple):
    """Fixtures and markets that the board has, by id."""

    fixtures: Mapping[str, FixtureView]
    markets: Mapping[str, MarketView]


class Quotes(Protocol):
    """What one page asks the board."""

    async def of(self, fixture_ids: Sequence[str], market_ids: Sequence[str]) -> Quoted:
        """Return those of some fixtures and of their markets that the board has."""
        ...

    async def fixtures_of(self, market_ids: Sequence[str]) -> Sequence[str]:
        """Return the fixtures of those of some markets that the board has, each once, in their order."""
        ...


class CurrentQuotes:
    """Asks the board each time; `now_us` is the time by which heartbeats are judged, in microseconds since 1970."""

    def __init__(self, reads: ReadModels, now_us: int) -> None:
        self._reads = reads
        self._now_us = now_us

    async def of(self, fixture_ids: Sequence[str], market_ids: Sequence[str]) -> Quoted:
        """Return what the board has; see `Quotes`."""
        return Quoted(*await board_queries.quotes(self._reads, fixture_ids, market_ids, self._now_us))

    async def fixtures_of(self, market_ids: Sequence[str]) -> Sequence[str]:
        """Return fixtures of markets; see `Quotes`."""
        return await board_queries.fixtures_of(self._reads, market_ids)


async def live_fixtures_of(quotes: Quotes, market_ids: Sequence[str]) -> list[str]:
    """Return the fixtures of some markets that are live, each once, in their order."""
    named = await quotes.fixtures_of(market_ids)
    found = (await quotes.of(named, ())).fixtures
    return [fixture_id for fixture_id in named if fixture_id in found and found[fixture_id].status == "live"]
