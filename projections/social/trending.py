"""What is trending: slips by what their likes are worth now, overall and by sport.

    {pNN}:trending:<sport>   sorted set of <slip>:<author> by score, see `domain.trending`; `all` for every sport; the highest 200
    {pNN}:heat               hash: <slip> as shared, <slip>:heat what its likes are worth, <slip>:off where it is removed or held
    {pNN}:sports             hash: <fixture> -> sport, while it is not over; the same in every partition

A slip is in the partition of its own id; whoever asks merges the partitions. Only the first like of each account counts: taken back and
given again it changes nothing, and taken back for good neither.
"""

from collections.abc import Sequence
from heapq import nlargest
from typing import Any, NamedTuple

import msgspec

from domain.fact import Recorded
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    FixtureShadingLimited,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from domain.trending import Heat, heated, score_of, worth_of_like
from projections.changes import Change, Drop, Put, Rank, Trim, Unrank
from projections.partitions import TAGS, tag_of
from projections.ports import Page, RankedRow, ReadModels, Row, SeenRows, View

KEPT_MAX = 200
FIRST_OF_EACH = 16
"""Of the 100 best there are rarely more in one of 64 partitions."""
EVERY_SPORT = "all"
HEAT, OFF = ":heat", ":off"


class SharedRow(msgspec.Struct, frozen=True, array_like=True):
    """What trending has to know of a slip, as it is kept."""

    author_id: str
    is_verified: bool
    sports: tuple[str, ...]


_encode = msgspec.msgpack.Encoder().encode
_shared_row = msgspec.msgpack.Decoder(SharedRow).decode
_heat_row = msgspec.msgpack.Decoder(Heat).decode


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a shared slip, the sports of its matches; afterwards, the slip and its heat."""
    match recorded.body:
        case SlipShared(legs=legs):
            key = f"{tag_of(recorded.stream_id)}:sports"
            return [Row(key, fixture_id) for fixture_id in dict.fromkeys(leg.fixture_id for leg in legs)]
        case Reacted(kind="like", slip_id=slip_id) if recorded.version == 1:
            return _rows(slip_id)
        case SlipRemoved() | SlipHeld() | SlipReleased():
            return _rows(recorded.stream_id)
        case _:
            return ()


def _rows(slip_id: str) -> Sequence[Row]:
    key = f"{tag_of(slip_id)}:heat"
    return Row(key, slip_id), Row(key, slip_id + HEAT), Row(key, slip_id + OFF)


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Return what a fact changes."""
    match body := recorded.body:
        case FixtureScheduled():
            return [Put(f"{tag}:sports", recorded.stream_id, body.sport.encode()) for tag in TAGS]
        case FixtureEnded() | FixtureAbandoned():
            return [Drop(f"{tag}:sports", recorded.stream_id) for tag in TAGS]
        case SlipShared():
            sports = sorted({sport.decode() for sport in rows.values() if sport is not None})
            row = SharedRow(body.author_id, bool(body.bet_id), tuple(sports))
            return (Put(f"{tag_of(recorded.stream_id)}:heat", recorded.stream_id, _encode(row)),)
        case Reacted() if rows:
            return _liked(recorded, body, rows)
        case SlipRemoved() | SlipHeld():
            return _taken_off(recorded, rows)
        case SlipReleased():
            return _put_back(recorded, rows)
        case _:
            return ()


def _liked(recorded: Recorded, fact: Reacted, rows: SeenRows) -> Sequence[Change]:
    slip_id = fact.slip_id
    named, heat_row, off_row = _rows(slip_id)
    kept, before, off = rows[named], rows[heat_row], rows[off_row]
    if kept is None or fact.account_id == fact.slip_author_id:
        return ()
    shared = _shared_row(kept)
    worth = worth_of_like(fact.account_age_days, is_verified=shared.is_verified)
    heat = heated(_heat_row(before) if before is not None else Heat(), worth, recorded.committed_us)
    put = Put(heat_row.key, heat_row.field, _encode(heat))
    return (put,) if off is not None else (put, *_ranked(slip_id, shared, heat))


def _taken_off(recorded: Recorded, rows: SeenRows) -> Sequence[Change]:
    slip_id = recorded.stream_id
    named, _, off_row = _rows(slip_id)
    kept = rows[named]
    if kept is None:
        return ()
    shared = _shared_row(kept)
    member = _member(slip_id, shared)
    return (Put(off_row.key, off_row.field, b"1"), *[Unrank(key, member) for key in _keys(slip_id, shared)])


def _put_back(recorded: Recorded, rows: SeenRows) -> Sequence[Change]:
    slip_id = recorded.stream_id
    named, heat_row, off_row = _rows(slip_id)
    kept, heat, off = rows[named], rows[heat_row], rows[off_row]
    if kept is None or off is None:
        return ()
    ranked = _ranked(slip_id, _shared_row(kept), _heat_row(heat)) if heat is not None else ()
    return (Drop(off_row.key, off_row.field), *ranked)


def _ranked(slip_id: str, shared: SharedRow, heat: Heat) -> Sequence[Change]:
    member, score = _member(slip_id, shared), score_of(heat)
    return [change for key in _keys(slip_id, shared) for change in (Rank(key, member, score), Trim(key, KEPT_MAX))]


def _keys(slip_id: str, shared: SharedRow) -> Sequence[str]:
    return [f"{tag_of(slip_id)}:trending:{sport}" for sport in (EVERY_SPORT, *shared.sports)]


def _member(slip_id: str, shared: SharedRow) -> str:
    return f"{slip_id}:{shared.author_id}"


VIEW = View(
    "trending",
    1,
    project,
    consumes=frozenset({FixtureScheduled, FixtureEnded, FixtureAbandoned, SlipShared, SlipRemoved, SlipHeld, SlipReleased, Reacted}),
    ignores=frozenset(
        {FixtureRescheduled, FixtureShadingLimited, KickedOff, ClockAdvanced, ScoreChanged, ScoreConfirmed, SlipChanged, ReactionWithdrawn}
    ),
    sees=sees,
)


class TrendingSlip(msgspec.Struct, frozen=True):
    """A slip that is trending."""

    slip_id: str
    author_id: str
    score: int


class TrendingList(NamedTuple):
    """The slips that trend most, the highest first, and the position that every partition had reached then."""

    found: Sequence[TrendingSlip]
    position: int


async def trending(reads: ReadModels, sport: str | None = None, limit: int = 100) -> TrendingList:
    """Return the slips that trend most, overall or in a sport. Every partition is asked, so whoever asks often keeps the answer.

    Of each partition the first few are asked for, and the others only where all of these are among the best.
    """
    keys, limit_of_each = [f"{tag}:trending:{sport or EVERY_SPORT}" for tag in TAGS], min(limit, KEPT_MAX)
    few = min(limit_of_each, FIRST_OF_EACH)
    positions, pages = await reads.many_at(VIEW, [Page(key, few, newest_first=True) for key in keys])
    found = _best(pages, limit)
    lowest = found[-1][0] if len(found) == limit else None
    more = [at for at, page in enumerate(pages) if len(page) == few < limit_of_each and (lowest is None or page[-1].score >= lowest)]
    if more:
        later, whole = await reads.many_at(VIEW, [Page(keys[at], limit_of_each, newest_first=True) for at in more])
        found = _best([*(page for at, page in enumerate(pages) if at not in set(more)), *whole], limit)
        positions = {each: min(position, later.get(each, position)) for each, position in positions.items()}
    named = [(member.partition(":"), score) for score, member in found]
    slips = [TrendingSlip(slip_id, author_id, score) for (slip_id, _, author_id), score in named]
    return TrendingList(slips, min(positions.values()))


def _best(pages: Sequence[Sequence[RankedRow]], limit: int) -> list[tuple[int, str]]:
    """Return the highest scores of several pages with their members, the highest first."""
    return [(score, member.decode()) for score, member in nlargest(limit, [(row.score, row.member) for page in pages for row in page])]
