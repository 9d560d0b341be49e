"""Slips in lists: the home feed, those of an account, on a match, trending; and one slip by itself."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec

from projections.ports import Cursor, Fields, Page, RankedRow, ReadModels
from projections.social import cards, feed_page, people, relations, slips
from projections.social.cards import Card, SlipAuthor, SlipName, SlipView
from projections.social.feed_page import PAGE_MAX, FeedCards, reposted_by_followed
from projections.social.trending import TrendingSlip

TRENDING_PLACES = (3, 11)
"""Where trending slips stand on the first page of the home feed."""
TRENDING_LOOKED_AT_MAX = 30


class SlipViews(msgspec.Struct, frozen=True):
    """A page of slips, newest first; `next_cursor` is None at the end."""

    items: list[SlipView]
    next_cursor: str | None


class Listed(NamedTuple):
    """A sorted set of slips: how its members name them, and which of them somebody is shown."""

    key: str
    named: Callable[[RankedRow], SlipName | None]
    shown: Callable[[ReadModels, str, Sequence[SlipName], int], Awaitable[list[Card]]]


async def slip(reads: ReadModels, viewer_id: str, slip_id: str, now_us: int) -> SlipView | None:
    """Return a slip; None where there is none, or the viewer may not see it."""
    card = await visible_card(reads, viewer_id, slip_id, now_us)
    if card is None:
        return None
    (view,) = await cards.shown(reads, [card], viewer_id, now_us)
    return view


async def visible_card(reads: ReadModels, viewer_id: str, slip_id: str, now_us: int) -> Card | None:
    """Return the rows of a slip that the viewer may see. What is not there takes the same questions as what may not be seen."""
    ((author,),) = await reads.many(slips.VIEW, [Fields(slips.authors_key(slip_id), [slip_id])])
    found = await _visible(reads, viewer_id, [(slip_id, author.decode() if author is not None else slip_id)], now_us)
    return found[0] if found else None


async def _visible(reads: ReadModels, viewer_id: str, names: Sequence[SlipName], now_us: int, *, muted: bool = True) -> list[Card]:
    """Return those of some slips that the viewer is shown, in their order; without `muted` none of an author that the viewer muted."""
    viewer = await relations.viewer(reads, viewer_id, list(dict.fromkeys(author_id for _, author_id in names)), now_us)
    if not muted:
        names = [name for name in names if name[1] not in viewer.muted]
    found = await cards.cards(reads, viewer_id, names)
    return [card for slip_id, _ in names if (card := found.get(slip_id)) is not None and cards.may_see(card, viewer)]


async def home(reads: ReadModels, viewer_id: str, ranked: Sequence[TrendingSlip], cursor: str | None, limit: int, now_us: int) -> SlipViews:
    """Return the feed of an account; its first page shows some of the slips `ranked`, which trend, at fixed places.

    Raises:
        UnreadableCursor: when no feed gave that cursor.

    """
    page = await feed_page.following_page(reads, viewer_id, cursor, limit, now_us)
    blended = await _blended(reads, page, ranked[:TRENDING_LOOKED_AT_MAX], now_us, limit) if ranked and not cursor else []
    found = [each.card for each in page.found]
    views = await cards.shown(reads, [*found, *blended], viewer_id, now_us)
    reposters = {each.entry.slip_id: each.entry.reposter_id for each in page.found if each.entry.reposter_id}
    named = await people.handles(reads, list(dict.fromkeys(reposters.values())))
    items = [
        msgspec.structs.replace(view, reposted_by=SlipAuthor(reposter_id, named.get(reposter_id, "")))
        if (reposter_id := reposters.get(view.slip_id)) is not None
        else view
        for view in views[: len(found)]
    ]
    for place, view in zip(TRENDING_PLACES if items else range(len(blended)), views[len(found) :], strict=False):
        items.insert(place, view)
    return SlipViews(items, page.next_cursor)


async def _blended(reads: ReadModels, page: FeedCards, ranked: Sequence[TrendingSlip], now_us: int, limit: int) -> list[Card]:
    """Return trending slips that have no place in the viewer's own feed; a few, or a page of them where that feed is empty."""
    viewer = page.viewer
    strangers = [each for each in ranked if each.author_id not in viewer.following and each.author_id != viewer.account_id]
    names = [(each.slip_id, each.author_id) for each in strangers if each.author_id not in viewer.muted]
    placed = await reposted_by_followed(reads, viewer, [slip_id for slip_id, _ in names])
    found = await _visible(reads, viewer.account_id, [name for name in names if name[0] not in placed], now_us)
    return found[: len(TRENDING_PLACES) if page.found else limit]


async def of_account(reads: ReadModels, viewer_id: str, account_id: str, cursor: str | None, limit: int, now_us: int) -> SlipViews:
    """Return what an account shared, newest first, as far as the viewer may see it.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """

    def named(row: RankedRow) -> SlipName | None:
        member = row.member.decode()
        return None if ":" in member else (member, account_id)

    listed = Listed(slips.outbox_key(account_id), named, _visible)
    return await _page(reads, viewer_id, listed, cursor, limit, now_us)


async def on_fixture(reads: ReadModels, viewer_id: str, fixture_id: str, cursor: str | None, limit: int, now_us: int) -> SlipViews:
    """Return slips on a match, newest first, as far as the viewer may see them and has not muted their authors.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """

    def named(row: RankedRow) -> SlipName | None:
        return cards.name_of(row.member)

    listed = Listed(slips.on_fixture_key(fixture_id), named, _unmuted)
    return await _page(reads, viewer_id, listed, cursor, limit, now_us)


async def trending_slips(reads: ReadModels, viewer_id: str, ranked: Sequence[TrendingSlip], limit: int, now_us: int) -> SlipViews:
    """Return those of the slips that trend which the viewer may see, and has not muted the authors of."""
    shown = (await _unmuted(reads, viewer_id, [(each.slip_id, each.author_id) for each in ranked], now_us))[: max(1, min(limit, PAGE_MAX))]
    return SlipViews(await cards.shown(reads, shown, viewer_id, now_us), None)


async def _unmuted(reads: ReadModels, viewer_id: str, names: Sequence[SlipName], now_us: int) -> list[Card]:
    return await _visible(reads, viewer_id, names, now_us, muted=False)


async def _page(reads: ReadModels, viewer_id: str, listed: Listed, cursor: str | None, limit: int, now_us: int) -> SlipViews:
    """Return a page of a sorted set of slips; shorter than `limit` where some are not shown, empty only at the end."""
    limit, after = max(1, min(limit, PAGE_MAX)), Cursor.read(cursor)
    while True:
        (page,) = await reads.many(slips.VIEW, [Page(listed.key, limit + 1, after, newest_first=True)])
        rows = page[:limit]
        names = [name for row in rows if (name := listed.named(row)) is not None]
        found = await listed.shown(reads, viewer_id, names, now_us)
        after = Cursor(rows[-1].score, rows[-1].member.decode()) if len(page) > limit else None
        if found or after is None:
            return SlipViews(await cards.shown(reads, found, viewer_id, now_us), after.text if after is not None else None)
