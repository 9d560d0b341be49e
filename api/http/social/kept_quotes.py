"""Matches and prices as pages of slips show them, kept for a quarter of a second: many pages show the same few matches.

What is kept is given only to those who asked for no later position than it was read at, so that one reads what one wrote.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from api.view_reader import note_kept
from projections.betting import board_queries
from projections.betting.board import VIEW
from projections.betting.board_queries import FixtureView, MarketView
from projections.betting.quotes import Quoted
from projections.ports import Ask, ReadModels, View

KEPT_S = 0.25
KEPT_MAX = 10_000
"""Fixtures that are kept at once, and markets."""
FIXTURES_REMEMBERED_MAX = 100_000
"""Markets whose fixture is remembered; it never changes."""

ShownT = TypeVar("ShownT", FixtureView, MarketView)


class KeptQuote(NamedTuple, Generic[ShownT]):
    """A fixture or a market, None where the board has it not; the position that it was read at, and until when it is used."""

    shown: ShownT | None
    position: int
    until_s: float


class KeptQuotes:
    """The fixtures and markets that were read last. For one event loop."""

    def __init__(self, reads: ReadModels, *, kept_s: float = KEPT_S) -> None:
        self._reads = reads
        self._kept_s = kept_s
        self._fixtures: dict[str, KeptQuote[FixtureView]] = {}
        self._markets: dict[str, KeptQuote[MarketView]] = {}
        self._fixture_of: dict[str, str] = {}

    def at(self, wanted: int, now_us: int) -> "QuotesAt":
        """Return the board for a page that must not be older than a position; `now_us` is as in `CurrentQuotes`."""
        return QuotesAt(self, wanted, now_us)

    async def of(self, fixture_ids: Sequence[str], market_ids: Sequence[str], wanted: int, now_us: int) -> Quoted:
        """Return what the board has; what is not kept, or older than wanted, is read in one go, and the fixtures with it."""
        now_s = asyncio.get_running_loop().time()
        fixtures = _usable(self._fixtures, fixture_ids, wanted, now_s)
        markets = _usable(self._markets, market_ids, wanted, now_s)
        missing = [market_id for market_id in market_ids if market_id not in markets]
        asked = fixture_ids if missing else [fixture_id for fixture_id in fixture_ids if fixture_id not in fixtures]
        if asked:
            reads = LowestPosition(self._reads)
            read_fixtures, read_markets = await board_queries.quotes(reads, asked, missing, now_us)
            if reads.position:
                until_s = now_s + self._kept_s
                _keep(self._fixtures, {each: KeptQuote(read_fixtures.get(each), reads.position, until_s) for each in asked})
                _keep(self._markets, {each: KeptQuote(read_markets.get(each), reads.position, until_s) for each in missing})
        else:
            read_fixtures, read_markets = {}, {}
        used = [each.position for kept in (fixtures, markets) for each in kept.values()]
        if used:
            note_kept(VIEW, min(used))
        return Quoted(_shown(fixtures) | read_fixtures, _shown(markets) | read_markets)

    async def fixtures_of(self, market_ids: Sequence[str]) -> list[str]:
        """Return the fixtures of markets; see `Quotes`."""
        missing = [market_id for market_id in market_ids if market_id not in self._fixture_of]
        _keep(self._fixture_of, await board_queries.fixtures_by_market(self._reads, missing), FIXTURES_REMEMBERED_MAX)
        known = [self._fixture_of.get(market_id) for market_id in market_ids]
        return list(dict.fromkeys(each for each in known if each is not None))


class QuotesAt:
    """What one page asks of what is kept."""

    def __init__(self, kept: KeptQuotes, wanted: int, now_us: int) -> None:
        self._kept = kept
        self._wanted = wanted
        self._now_us = now_us

    async def of(self, fixture_ids: Sequence[str], market_ids: Sequence[str]) -> Quoted:
        """Return what the board has; see `Quotes`."""
        return await self._kept.of(fixture_ids, market_ids, self._wanted, self._now_us)

    async def fixtures_of(self, market_ids: Sequence[str]) -> Sequence[str]:
        """Return fixtures of markets; see `Quotes`."""
        return await self._kept.fixtures_of(market_ids)


class LowestPosition:
    """Read models that note the lowest position of the partitions that were asked, 0 before any was."""

    def __init__(self, reads: ReadModels) -> None:
        self._reads = reads
        self._positions: list[int] = []
        self.positions = reads.positions
        self.wait_for = reads.wait_for
        self.keep_list = reads.keep_list

    @property
    def position(self) -> int:
        """The lowest position so far."""
        return min(self._positions, default=0)

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all in one round trip."""
        _, answers = await self.many_at(view, asks)
        return answers

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[Mapping[int, int], Sequence[Any]]:
        """Answer all in one round trip, with the position of each partition that is asked."""
        positions, answers = await self._reads.many_at(view, asks)
        self._positions += positions.values()
        return positions, answers


def _usable(kept: Mapping[str, KeptQuote[ShownT]], wanted_ids: Collection[str], wanted: int, now_s: float) -> dict[str, KeptQuote[ShownT]]:
    found = ((each, kept.get(each)) for each in wanted_ids)
    return {each: quote for each, quote in found if quote is not None and now_s < quote.until_s and wanted <= quote.position}


def _shown(kept: Mapping[str, KeptQuote[ShownT]]) -> dict[str, ShownT]:
    return {each: quote.shown for each, quote in kept.items() if quote.shown is not None}


def _keep(kept: dict[str, Any], read: Mapping[str, Any], kept_max: int = KEPT_MAX) -> None:
    """Keep what was read as the newest; the oldest go where there are too many."""
    for each, value in read.items():
        kept.pop(each, None)
        kept[each] = value
    while len(kept) > kept_max:
        kept.pop(next(iter(kept)))
