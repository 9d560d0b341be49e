"""Queries of the board: lists of fixtures, a fixture with its markets, a market."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from projections.betting.bet_rows import RESULT_NAMES
from projections.betting.board import (
    ALL_FIXTURES_KEY,
    FIXTURE_ROWS,
    MARKET_ROWS,
    MARKETS_OF_FIXTURE_KEY,
    VIEW,
    ClockRow,
    FixtureRow,
    MarketRow,
    Prices,
    Results,
)
from projections.betting.board_gates import (
    ALL_PRODUCERS,
    FIXTURES,
    FIXTURES_KEY,
    Around,
    MarketState,
    around_of,
    gate_fields,
    gates_above,
    standing,
)
from projections.betting.shown_score import ShownScore, shown_score
from projections.partitions import tag_of
from projections.ports import Cursor, Fields, Page, ReadModels

PAGE_MAX = 200
MARKETS_SHOWN_MAX = 500
SCAN_ROUNDS_MAX = 5
"""A page of one sport looks through at most this many pages of all sports; then it hands out a cursor to go on from."""

STATUSES = ("scheduled", "live", "ended", "abandoned")


class StatusUnknown(Exception):  # noqa: N818  (named for what happened)
    """Fixtures are scheduled, live, ended or abandoned."""


class ShownClock(msgspec.Struct, frozen=True):
    """The match clock; `minute` is None before and after the match."""

    minute: int | None
    period: str


class ShownSelection(msgspec.Struct, frozen=True):
    """One outcome. `odds` is the exact text that a bet sends back; all three are None while it is not offered.

    `result` is None until the market is resulted, then won, lost, void, half_won, half_lost or dead_heat.
    """

    selection: str
    name: str
    odds: str | None
    fractional: str | None
    american: str | None
    result: str | None


class MarketView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A market as it is shown. `status` is open, suspended, closed or resulted; a bet sends `version` back.

    `reason` is why no bets are taken, where that was said: it may be the market's own, or that of a gate above it. A bet in play waits
    `bet_delay_s` before it is struck; it is there where it is not 0.
    """

    market_id: str
    fixture_id: str
    type: str
    specifiers: dict[str, str]
    status: str
    reason: str | None
    version: int
    selections: list[ShownSelection]
    bet_delay_s: int = 0


class FixtureView(msgspec.Struct, frozen=True):
    """A fixture as it is listed. `status` is scheduled, live, ended or abandoned.

    `moved_from` is the kick-off that was announced first, None where that one stands.
    """

    fixture_id: str
    sport: str
    competition: str
    home: str
    away: str
    neutral: bool
    kick_off: datetime
    moved_from: datetime | None
    status: str
    clock: ShownClock
    score: ShownScore


class FixtureWithMarketsView(FixtureView, frozen=True):
    """A fixture and its markets, in the order they were opened."""

    markets: list[MarketView]


class FixtureViews(msgspec.Struct, frozen=True):
    """A page of fixtures; `next_cursor` is None at the end."""

    items: list[FixtureView]
    next_cursor: str | None


_fixture_row = msgspec.msgpack.Decoder(FixtureRow).decode
_moment_row = msgspec.msgpack.Decoder(datetime).decode
_clock_row = msgspec.msgpack.Decoder(ClockRow).decode
_market_row = msgspec.msgpack.Decoder(MarketRow).decode
_state_row = msgspec.msgpack.Decoder(MarketState).decode
_prices_row = msgspec.msgpack.Decoder(Prices).decode
_results_row = msgspec.msgpack.Decoder(Results).decode


async def fixtures(
    reads: ReadModels, *, status: str | None = None, sport: str | None = None, cursor: str | None = None, limit: int = 50
) -> FixtureViews:
    """Return fixtures, at most `limit` (up to 200) after the cursor.

    Scheduled and live ones come in the order of their kick-off, those that are over newest first, all statuses together by the
    kick-off that was planned. A page of one sport may be short and still have a `next_cursor`; only None says that there are no more.

    Raises:
        StatusUnknown, UnreadableCursor: with what was given.

    """
    if status is not None and status not in STATUSES:
        raise StatusUnknown(status[:60])
    limit = max(1, min(limit, PAGE_MAX))
    after = Cursor.read(cursor)
    key = ALL_FIXTURES_KEY if status is None else f"{FIXTURES}:{status}"
    found: list[FixtureView] = []
    for _ in range(SCAN_ROUNDS_MAX):
        page = Page(key, limit + 1, after, newest_first=status in ("ended", "abandoned"), rows=FIXTURES_KEY, suffixes=FIXTURE_ROWS)
        (entries,) = await reads.many(VIEW, [page])
        for entry in entries[:limit]:
            after = Cursor(entry.score, entry.member.decode())
            shown = fixture_of_rows(after.member, entry.rows)
            if shown is not None and sport in (None, shown.sport):
                found.append(shown)
                if len(found) == limit:
                    return FixtureViews(found, after.text if len(entries) > limit or entry is not entries[-1] else None)
        if len(entries) <= limit:
            return FixtureViews(found, None)
    return FixtureViews(found, after.text if after is not None else None)


async def fixture(reads: ReadModels, fixture_id: str, now_us: int) -> FixtureWithMarketsView | None:
    """Return a fixture with its first 500 markets; None where it is unknown, or over and older than the board keeps.

    `now_us` is the time by which heartbeats are judged, in microseconds since 1970.
    """
    row, opened = await reads.many(
        VIEW,
        [
            Fields(FIXTURES_KEY, [fixture_id + suffix for suffix in FIXTURE_ROWS]),
            Page(MARKETS_OF_FIXTURE_KEY + fixture_id, MARKETS_SHOWN_MAX),
        ],
    )
    head = fixture_of_rows(fixture_id, row)
    if head is None:
        return None
    market_ids = [entry.member.decode() for entry in opened]
    above = gates_above(head.sport, head.competition)
    *rows, gates, producers = await reads.many(VIEW, [*map(market_fields, market_ids), gate_fields(above), ALL_PRODUCERS])
    around = around_of(fixture_id, row, above, gates, producers, now_us)
    markets = [market_of_rows(market_id, fields, around) for market_id, fields in zip(market_ids, rows, strict=True)]
    return FixtureWithMarketsView(
        **{name: getattr(head, name) for name in FixtureView.__struct_fields__}, markets=[shown for shown in markets if shown is not None]
    )


async def market(reads: ReadModels, market_id: str, now_us: int) -> MarketView | None:
    """Return a market; None where it is unknown, or resulted and older than the board keeps. `now_us` is as in `fixture`."""
    (fields,) = await reads.many(VIEW, [market_fields(market_id)])
    if fields[0] is None:
        return None
    row = _market_row(fields[0])
    above = row.gates[1:]
    named = Fields(FIXTURES_KEY, [row.fixture_id + suffix for suffix in FIXTURE_ROWS])
    fixture_row, gates, producers = await reads.many(VIEW, [named, gate_fields(above), ALL_PRODUCERS])
    return market_of_rows(market_id, fields, around_of(row.fixture_id, fixture_row, above, gates, producers, now_us))


async def quotes(
    reads: ReadModels, fixture_ids: Sequence[str], market_ids: Sequence[str], now_us: int
) -> tuple[dict[str, FixtureView], dict[str, MarketView]]:
    """Return those of some fixtures and markets that the board has, by id; `now_us` is as in `fixture`.

    Gates that fixtures share are few, and asked for once the fixtures are known.
    """
    if not fixture_ids:
        return {}, {}
    named = [Fields(FIXTURES_KEY, [fixture_id + suffix for suffix in FIXTURE_ROWS]) for fixture_id in fixture_ids]
    *rows, producers = await reads.many(VIEW, [*named, *map(market_fields, market_ids), ALL_PRODUCERS])
    of_fixtures = dict(zip(fixture_ids, rows, strict=False))
    found = {fixture_id: shown for fixture_id, row in of_fixtures.items() if (shown := fixture_of_rows(fixture_id, row)) is not None}
    above = list(dict.fromkeys(gate_id for each in found.values() for gate_id in gates_above(each.sport, each.competition)))
    (gates,) = await reads.many(VIEW, [gate_fields(above)]) if above else ([],)
    around = {fixture_id: around_of(fixture_id, of_fixtures[fixture_id], above, gates, producers, now_us) for fixture_id in found}
    markets: dict[str, MarketView] = {}
    for market_id, row in zip(market_ids, rows[len(fixture_ids) :], strict=True):
        if row[0] is not None and (fixture_id := _market_row(row[0]).fixture_id) in around:
            market_shown = market_of_rows(market_id, row, around[fixture_id])
            if market_shown is not None:
                markets[market_id] = market_shown
    return found, markets


async def fixtures_by_market(reads: ReadModels, market_ids: Sequence[str]) -> dict[str, str]:
    """Return the fixture of each of those of some markets that the board has, in their order."""
    if not market_ids:
        return {}
    rows = await reads.many(VIEW, [market_fields(market_id) for market_id in market_ids])
    return {market_id: _market_row(row[0]).fixture_id for market_id, row in zip(market_ids, rows, strict=True) if row[0] is not None}


async def fixtures_of(reads: ReadModels, market_ids: Sequence[str]) -> list[str]:
    """Return the fixtures of those of some markets that the board has, each once, in their order."""
    return list(dict.fromkeys((await fixtures_by_market(reads, market_ids)).values()))


def market_fields(market_id: str) -> Fields:
    """Ask for the rows of a market."""
    return Fields(f"{tag_of(market_id)}:markets", [market_id + suffix for suffix in MARKET_ROWS])


def fixture_of_rows(fixture_id: str, rows: Sequence[bytes | None]) -> FixtureView | None:
    """Return a fixture as its rows show it, None where it is not there."""
    head, status, clock, score, moved, tennis = rows[:6]
    if head is None or status is None or clock is None or score is None:
        return None
    row, shown_clock = _fixture_row(head), _clock_row(clock)
    return FixtureView(
        fixture_id,
        row.sport,
        row.competition,
        row.home,
        row.away,
        row.neutral,
        row.kick_off if moved is None else _moment_row(moved),
        None if moved is None else row.kick_off,
        status.decode(),
        ShownClock(shown_clock.minute if status == b"live" else None, shown_clock.period),
        shown_score(score, tennis),
    )


def market_of_rows(market_id: str, rows: Sequence[bytes | None], around: Around) -> MarketView | None:
    """Return a market as its rows, its gates and its producer show it, None where it is not there."""
    head, state, prices, results, delay = rows
    if head is None or state is None or prices is None:
        return None
    row, shown_state, offered = _market_row(head), _state_row(state), _prices_row(prices)
    graded = _results_row(results) if results is not None else {}
    selections = [_selection(each.selection, each.name, offered, graded) for each in row.selections]
    status, reason = standing(shown_state, row.gates, around)
    return MarketView(
        market_id=market_id,
        fixture_id=row.fixture_id,
        type=row.type,
        specifiers=row.specifiers,
        status=status,
        reason=reason,
        version=shown_state.version,
        selections=selections,
        bet_delay_s=int(delay or 0),
    )


def _selection(selection: str, name: str, offered: Prices, graded: Results) -> ShownSelection:
    odds = offered.get(selection)
    result = graded.get(selection)
    named = None if result is None else RESULT_NAMES.get(result, "dead_heat")
    if odds is None:
        return ShownSelection(selection, name, None, None, None, named)
    return ShownSelection(selection, name, odds.text, odds.fractional_text, odds.american_text, named)
