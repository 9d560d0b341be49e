"""Drafts: bets that were not placed, as their author lists them and as whoever has the code opens them.

{pNN}:drafts:<account>   sorted set of the codes of its drafts, by the position at which they were made, in the account's partition
{pNN}:codes              hash: <code> -> what the draft is, <code>:published where it was published; in the code's partition
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.draft.facts import DraftDeleted, DraftMade, DraftPublished, DraftReplaced
from domain.fact import Recorded, moment
from projections.betting import board_queries
from projections.betting.board_queries import FixtureView, MarketView
from projections.changes import Change, Drop, Put, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Cursor, Fields, Page, ReadModels, View

PUBLISHED = ":published"
PAGE_MAX = 100


class DraftLegRow(msgspec.Struct, frozen=True, array_like=True):
    """A leg, as it is kept."""

    fixture_id: str
    market_id: str
    selection: str


class DraftRow(msgspec.Struct, frozen=True, array_like=True):
    """A draft, as it is kept; `at_us` is when it was made or replaced, in microseconds since 1970."""

    account_id: str
    type: str
    legs: tuple[DraftLegRow, ...]
    at_us: int


class DraftLegView(msgspec.Struct, frozen=True):
    """A leg at the price of this moment: `odds` and `version` are what a bet sends, null and 0 where none is offered.

    A leg whose match has begun is `started`: a bet on the code leaves it out.
    """

    fixture_id: str
    market_id: str
    selection: str
    selection_name: str
    market_type: str
    market: str
    odds: str | None
    version: int
    started: bool
    fixture: FixtureView | None


class DraftView(msgspec.Struct, frozen=True):
    """A draft as whoever has its code sees it. Nothing of it was placed, so it is never `verified`."""

    code: str
    type: str
    legs: list[DraftLegView]
    own: bool
    published: bool
    kept_at: datetime
    verified: bool = False


class DraftViews(msgspec.Struct, frozen=True):
    """A page of drafts, newest first; `next_cursor` is None at the end."""

    items: list[DraftView]
    next_cursor: str | None


_encode = msgspec.msgpack.Encoder().encode
_draft_row = msgspec.msgpack.Decoder(DraftRow).decode


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact changes among drafts."""
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _made(recorded: Recorded, fact: DraftMade) -> Sequence[Change]:
    return Rank(_drafts_key(fact.account_id), fact.code, recorded.position), _kept(recorded, fact)


def _replaced(recorded: Recorded, fact: DraftReplaced) -> Sequence[Change]:
    return (_kept(recorded, fact),)


def _kept(recorded: Recorded, fact: DraftMade | DraftReplaced) -> Change:
    legs = tuple([DraftLegRow(leg.fixture_id, leg.market_id, leg.selection) for leg in fact.legs])
    return Put(_codes_key(fact.code), fact.code, _encode(DraftRow(fact.account_id, fact.type, legs, recorded.committed_us)))


def _published(_recorded: Recorded, fact: DraftPublished) -> Sequence[Change]:
    return (Put(_codes_key(fact.code), fact.code + PUBLISHED, b"1"),)


def _deleted(_recorded: Recorded, fact: DraftDeleted) -> Sequence[Change]:
    key = _codes_key(fact.code)
    return Unrank(_drafts_key(fact.account_id), fact.code), Drop(key, fact.code), Drop(key, fact.code + PUBLISHED)


def _drafts_key(account_id: str) -> str:
    return f"{tag_of(account_id)}:drafts:{account_id}"


def _codes_key(code: str) -> str:
    return f"{tag_of(code)}:codes"


def _draft_fields(code: str) -> Fields:
    return Fields(_codes_key(code), [code, code + PUBLISHED])


_PROJECTED: dict[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    DraftMade: _made,
    DraftReplaced: _replaced,
    DraftPublished: _published,
    DraftDeleted: _deleted,
}

VIEW = View("drafts", 1, project, consumes=frozenset(_PROJECTED))


async def opened(reads: ReadModels, viewer_id: str, code: str, now_us: int) -> DraftView | None:
    """Return the draft of a code at the prices of this moment; None where there is none, or it is another's and was not published."""
    (rows,) = await reads.many(VIEW, [_draft_fields(code)])
    found = _seen(viewer_id, [code], [rows])
    return (await _shown(reads, viewer_id, found, now_us))[0] if found else None


async def own(reads: ReadModels, account_id: str, cursor: str | None, limit: int, now_us: int) -> DraftViews:
    """Return a page of the drafts of an account, newest first.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    limit = max(1, min(limit, PAGE_MAX))
    (found,) = await reads.many(VIEW, [Page(_drafts_key(account_id), limit + 1, Cursor.read(cursor), newest_first=True)])
    page = found[:limit]
    codes = [entry.member.decode() for entry in page]
    rows = await reads.many(VIEW, [_draft_fields(code) for code in codes]) if codes else []
    more = Cursor(page[-1].score, codes[-1]).text if len(found) > limit else None
    return DraftViews(await _shown(reads, account_id, _seen(account_id, codes, rows), now_us), more)


Kept = tuple[str, DraftRow, bool]
"""A draft: its code, its row, and whether it was published."""


def _seen(viewer_id: str, codes: Sequence[str], rows: Sequence[Sequence[bytes | None]]) -> list[Kept]:
    kept = [(code, _draft_row(row), mark is not None) for code, (row, mark) in zip(codes, rows, strict=True) if row is not None]
    return [each for each in kept if each[2] or each[1].account_id == viewer_id]


async def _shown(reads: ReadModels, viewer_id: str, found: Sequence[Kept], now_us: int) -> list[DraftView]:
    legs = [leg for _, row, _ in found for leg in row.legs]
    fixtures, markets = await board_queries.quotes(
        reads, list(dict.fromkeys(leg.fixture_id for leg in legs)), list(dict.fromkeys(leg.market_id for leg in legs)), now_us
    )
    return [
        DraftView(
            code=code,
            type=row.type,
            legs=[_leg(leg, fixtures.get(leg.fixture_id), markets.get(leg.market_id)) for leg in row.legs],
            own=row.account_id == viewer_id,
            published=published,
            kept_at=moment(row.at_us),
        )
        for code, row, published in found
    ]


def _leg(leg: DraftLegRow, fixture: FixtureView | None, market: MarketView | None) -> DraftLegView:
    selection = next((each for each in market.selections if each.selection == leg.selection), None) if market is not None else None
    is_started = fixture is None or fixture.status != "scheduled"
    is_offered = market is not None and market.status == "open" and not is_started
    return DraftLegView(
        fixture_id=leg.fixture_id,
        market_id=leg.market_id,
        selection=leg.selection,
        selection_name=selection.name if selection is not None else leg.selection,
        market_type=market.type if market is not None else "",
        market=market.status if market is not None else "",
        odds=selection.odds if selection is not None and is_offered else None,
        version=market.version if market is not None and is_offered else 0,
        started=is_started,
        fixture=fixture,
    )
