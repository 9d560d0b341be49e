"""The bets that wait for a trader, those whose time is up first on top.

    {pNN}:open    sorted set of bets, by the second until which a trader may answer
    {pNN}:rows    hash: <bet> as it was asked for

All in one partition: they are few, and read together. One whose time is up is not shown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.bet.facts import (
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    ReferralAnswered,
)
from domain.bet.settlement import odds_of
from domain.fact import Recorded, moment
from projections.changes import Change, Drop, Put, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Cursor, Page, ReadModels, View

REFERRALS = tag_of("referrals")
OPEN = f"{REFERRALS}:open"
ROWS = f"{REFERRALS}:rows"
PAGE_MAX = 200
SECOND_US = 1_000_000


class ReferredLeg(msgspec.Struct, frozen=True, array_like=True):
    """A leg as it was asked for, as it is kept."""

    market_id: str
    selection: str
    odds: str
    fixture_id: str


class ReferralRow(msgspec.Struct, frozen=True, array_like=True):
    """A bet that waits for a trader, as it is kept: committed at `asked_us`, to be taken from `from_us` until `until_us`."""

    account_id: str
    stake_minor: int
    currency: str
    type: str
    each_way: str
    lines: int
    odds: str
    potential_returns_minor: int
    accept: str
    legs: tuple[ReferredLeg, ...]
    asked_us: int
    from_us: int
    until_us: int


class ReferralLeg(msgspec.Struct, frozen=True):
    """A leg as it is listed, at the odds that were asked for."""

    market_id: str
    selection: str
    odds: str
    fixture_id: str


class Referral(msgspec.Struct, frozen=True):
    """A bet as it is listed: whose, for what, and from when until when it may be taken; it may be declined at once."""

    bet_id: str
    account_id: str
    stake_minor: int
    currency: str
    type: str
    each_way: bool
    lines: int
    odds: str
    potential_returns_minor: int
    accept: str
    legs: list[ReferralLeg]
    asked_at: datetime
    answer_from: datetime
    answer_until: datetime


class Referrals(msgspec.Struct, frozen=True):
    """A page of bets, those whose time is up first on top; `next_cursor` is None at the end."""

    items: list[Referral]
    next_cursor: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ReferralRow).decode


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact of a bet changes here."""
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded, recorded.body) if projected is not None else ()


def _asked(recorded: Recorded, fact: BetPending) -> Sequence[Change]:
    if not fact.refer_s:
        return ()
    begun_us = recorded.committed_us
    until_us = begun_us + fact.refer_s * SECOND_US
    row = ReferralRow(
        account_id=fact.account_id,
        stake_minor=fact.stake_minor,
        currency=fact.currency,
        type=fact.type,
        each_way=fact.each_way,
        lines=fact.lines,
        odds=odds_of(fact).text,
        potential_returns_minor=fact.potential_returns_minor,
        accept=fact.accept,
        legs=tuple([ReferredLeg(leg.market_id, leg.selection, leg.odds.text, leg.fixture_id) for leg in fact.legs]),
        asked_us=begun_us,
        from_us=begun_us + fact.delay_s * SECOND_US,
        until_us=until_us,
    )
    return Put(ROWS, recorded.stream_id, _encode(row)), Rank(OPEN, recorded.stream_id, until_us // SECOND_US)


def _over(recorded: Recorded, _fact: ReferralAnswered | BetRefused) -> Sequence[Change]:
    return Unrank(OPEN, recorded.stream_id), Drop(ROWS, recorded.stream_id)


async def referrals(reads: ReadModels, now_us: int, *, cursor: str | None = None, limit: int = 50) -> Referrals:
    """Return bets that a trader may answer at `now_us`, at most `limit` (up to 200) after the cursor.

    Raises:
        UnreadableCursor: when the cursor is not one that a list gave.

    """
    limit = max(1, min(limit, PAGE_MAX))
    after = Cursor.read(cursor) or Cursor(now_us // SECOND_US, "")
    (entries,) = await reads.many(VIEW, [Page(OPEN, limit + 1, after, rows=ROWS, suffixes=("",))])
    shown = [_shown(entry.member.decode(), _decode(entry.rows[0])) for entry in entries[:limit] if entry.rows[0] is not None]
    more = len(entries) > limit
    return Referrals(shown, Cursor(entries[limit - 1].score, entries[limit - 1].member.decode()).text if more else None)


def _shown(bet_id: str, row: ReferralRow) -> Referral:
    return Referral(
        bet_id=bet_id,
        account_id=row.account_id,
        stake_minor=row.stake_minor,
        currency=row.currency,
        type=row.type,
        each_way=bool(row.each_way),
        lines=row.lines,
        odds=row.odds,
        potential_returns_minor=row.potential_returns_minor,
        accept=row.accept,
        legs=[ReferralLeg(leg.market_id, leg.selection, leg.odds, leg.fixture_id) for leg in row.legs],
        asked_at=moment(row.asked_us),
        answer_from=moment(row.from_us),
        answer_until=moment(row.until_us),
    )


_PROJECTED: Mapping[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    BetPending: _asked,
    ReferralAnswered: _over,
    BetRefused: _over,
}

VIEW = View(
    "referrals",
    1,
    project,
    consumes=frozenset(_PROJECTED),
    ignores=frozenset({BetPlaced, BetLegResulted, BetCashedOut, BetSettled, BetSettlementReversed}),
)
