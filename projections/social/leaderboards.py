"""Leaderboards: accounts with 20 settled bets or more in a period, by what their bets returned on what was staked.

The order is ROI in basis points, highest first; of equal ones, those with more bets, then those with more profit, then the lower account
id, which is the older account. A private account is shown to itself and to those who follow it; accounts of which one blocks the other do
not see each other. Ranks count only who is shown to the viewer, so that no gap reveals who is left out.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import asdict

from projections.partitions import TAGS
from projections.ports import Ask, Cursor, Fields, Page, ReadModels, UnreadableCursor
from projections.social import follows, profiles, records, relations, slips
from projections.social.record_pages import Window, sums_in, undone_of, window_fields
from projections.social.record_sums import EVERY_BET, NOTHING, SPORT, Figures, Sums, figures_of
from projections.social.records import RANKED_MAX, RANKED_MIN_BETS, UNDONE

CHUNK = 50


class RankedSums(NamedTuple):
    """Where an account stands: what it is ordered by, smallest first, and its sums."""

    order: tuple[int, int, int, str]
    sums: Sums

    @property
    def account_id(self) -> str:
        """Whose standing it is."""
        return self.order[3]


class LeaderboardEntry(Figures, frozen=True):
    """An account on a leaderboard: its rank, from 1, and what its bets made."""

    rank: int
    account_id: str
    handle: str


class LeaderboardPage(msgspec.Struct, frozen=True):
    """A page of a leaderboard; `next_cursor` is None at the end."""

    window: str
    currency: str
    sport: str | None
    items: list[LeaderboardEntry]
    next_cursor: str | None


class RankedList(NamedTuple):
    """Everybody who may be ranked, in order, and the position that every partition had reached then."""

    standings: Sequence[RankedSums]
    position: int


async def ranked(reads: ReadModels, window: Window, currency: str, sport: str | None, today: int) -> RankedList:
    """Return the standings of everybody. Every partition is asked, so whoever asks often keeps the answer.

    Of a partition with more than 1,000 accounts that may be ranked, those count whose bets were settled last.
    """
    scope, names = SPORT + sport if sport else EVERY_BET, (*window_fields(window, today), UNDONE)
    asks = [
        Page(records.ranked_key(tag, currency, scope), RANKED_MAX, newest_first=True, rows=f"{tag}:records", suffixes=names) for tag in TAGS
    ]
    positions, pages = await reads.many_at(records.VIEW, asks)
    found = [_standing(entry.member.decode(), names, entry.rows, currency, scope) for page in pages for entry in page]
    return RankedList(_ordered(found), min(positions.values()))


async def ranked_among(
    reads: ReadModels, account_ids: Collection[str], window: Window, currency: str, sport: str | None, today: int
) -> Sequence[RankedSums]:
    """Return the standings of some accounts."""
    scope, names = SPORT + sport if sport else EVERY_BET, (*window_fields(window, today), UNDONE)
    among = list(account_ids)
    asks: list[Ask] = [Fields(records.records_key(each), [each + name for name in names]) for each in among]
    rows = await reads.many(records.VIEW, asks) if asks else ()
    return _ordered([_standing(each, names, row, currency, scope) for each, row in zip(among, rows, strict=True)])


def _standing(account_id: str, names: Sequence[str], rows: Sequence[bytes | None], currency: str, scope: str) -> RankedSums:
    *found, undone = rows
    sums = sums_in(dict(zip(names, found, strict=False)), undone_of(undone), currency).get(scope, NOTHING)
    figures = figures_of(sums)
    return RankedSums((-(figures.roi_bp or 0), -figures.bets, -figures.profit_minor, account_id), sums)


def _ordered(found: Sequence[RankedSums]) -> Sequence[RankedSums]:
    return sorted(each for each in found if each.sums[0] >= RANKED_MIN_BETS and each.sums[3])


async def friends(reads: ReadModels, viewer_id: str) -> Collection[str]:
    """Return whom an account follows, the newest 2,000, and itself."""
    answers = await reads.many(follows.VIEW, relations.viewer_asks(viewer_id))
    return {viewer_id, *relations.viewer_of(viewer_id, answers, 0).following}


async def page_of(
    reads: ReadModels, viewer_id: str, standings: Sequence[RankedSums], cursor: str | None, limit: int, now_us: int
) -> tuple[list[LeaderboardEntry], str | None]:
    """Return a page of standings as an account may see them, and the cursor of the next.

    Raises:
        UnreadableCursor: when no leaderboard gave that cursor.

    """
    shown, after = _begin(Cursor.read(cursor))
    left = [each for each in standings if after is None or each.order > after]
    found: list[tuple[RankedSums, str]] = []
    for begin in range(0, len(left), CHUNK):
        found += await _seen(reads, viewer_id, left[begin : begin + CHUNK], now_us)
        if len(found) > limit:
            break
    items = [_entry(rank, standing, handle) for rank, (standing, handle) in enumerate(found[:limit], shown + 1)]
    return items, _cursor(items[-1].rank, found[limit - 1][0]) if len(found) > limit else None


def _entry(rank: int, standing: RankedSums, handle: str) -> LeaderboardEntry:
    return LeaderboardEntry(**asdict(figures_of(standing.sums)), rank=rank, account_id=standing.account_id, handle=handle)


def _cursor(rank: int, standing: RankedSums) -> str:
    return Cursor(rank, ":".join(map(str, standing.order))).text


def _begin(cursor: Cursor | None) -> tuple[int, tuple[int, int, int, str] | None]:
    if cursor is None:
        return 0, None
    parts = cursor.member.split(":")
    try:
        roi, bets, profit, account_id = parts
        return cursor.score, (int(roi), int(bets), int(profit), account_id)
    except ValueError as error:
        raise UnreadableCursor(cursor.member[:60]) from error


async def _seen(reads: ReadModels, viewer_id: str, standings: Sequence[RankedSums], now_us: int) -> list[tuple[RankedSums, str]]:
    """Return those that an account may see, with their handles."""
    account_ids = [each.account_id for each in standings]
    viewer = await relations.viewer(reads, viewer_id, account_ids, now_us)
    rows = await reads.many(slips.VIEW, [profiles.profile_fields(account_id) for account_id in account_ids])
    found = []
    for standing, row in zip(standings, rows, strict=True):
        profile = profiles.profile_of(standing.account_id, row)
        if profile is None or not relations.is_listed(profile, viewer):
            continue
        if profile.private and profile.account_id != viewer_id and not viewer.follows(profile.account_id):
            continue
        found.append((standing, profile.handle))
    return found
