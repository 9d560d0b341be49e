"""Slips in lists: those of an account, on a match, on a competition, with a tag, trending; and one slip by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from projections.ports import Cursor, Fields, Page, RankedRow, ReadModels, View
from projections.social import cards, competitions, engagement, relations, slips
from projections.social.cards import Card, SlipName, SlipView
from projections.social.feed_page import PAGE_MAX
from projections.social.own_mutes import OpenTexts, own_mutes
from projections.social.trending import TrendingSlip


class SlipViews(msgspec.Struct, frozen=True):
    """A page of slips, newest first; `next_cursor` is None at the end."""

    items: list[SlipView]
    next_cursor: str | None


class Listed(NamedTuple):
    """Sorted sets of slips, merged: how their members name them, and which of them somebody is shown."""

    view: View
    keys: Sequence[str]
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
    found = await visible(reads, viewer_id, [(slip_id, author.decode() if author is not None else slip_id)], now_us)
    return found[0] if found else None


async def visible(
    reads: ReadModels, viewer_id: str, names: Sequence[SlipName], now_us: int, *, muted: bool = True, of_strangers: bool = True
) -> list[Card]:
    """Return those of some slips that the viewer is shown, in their order; without `muted` none of an author that the viewer muted.

    Without `of_strangers` none of an author that it does not follow, but its own.
    """
    viewer, found = await asyncio.gather(
        relations.viewer(reads, viewer_id, list(dict.fromkeys(author_id for _, author_id in names)), now_us), cards.cards(reads, names)
    )
    if not muted:
        names = [name for name in names if name[1] not in viewer.muted]
    if not of_strangers:
        names = [name for name in names if name[1] == viewer_id or name[1] in viewer.following]
    return [card for slip_id, _ in names if (card := found.get(slip_id)) is not None and cards.may_see(card, viewer)]


async def of_account(reads: ReadModels, viewer_id: str, account_id: str, cursor: str | None, limit: int, now_us: int) -> SlipViews:
    """Return what an account shared, newest first, as far as the viewer may see it.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """

    def named(row: RankedRow) -> SlipName | None:
        member = row.member.decode()
        return None if ":" in member else (member, account_id)

    listed = Listed(slips.VIEW, [slips.outbox_key(account_id)], named, visible)
    return await _page(reads, viewer_id, listed, cursor, limit, now_us)


async def saved(reads: ReadModels, account_id: str, cursor: str | None, limit: int, now_us: int, *, of_strangers: bool = True) -> SlipViews:
    """Return what an account saved, the last first, as far as it may see it and has not muted the authors; `of_strangers` as of `about`.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    shown = partial(visible, muted=False, of_strangers=of_strangers)
    listed = Listed(engagement.VIEW, [engagement.given_key("save", account_id)], _named, shown)
    return await _page(reads, account_id, listed, cursor, limit, now_us)


class Subject(NamedTuple):
    """What slips may be listed by: a match, a tag, a competition."""

    view: View
    keys: Sequence[str]


def on_fixture(fixture_id: str) -> Subject:
    """Return the subject of slips with a leg on a match."""
    return Subject(slips.VIEW, [slips.on_fixture_key(fixture_id)])


def tagged(tag: str) -> Subject:
    """Return the subject of slips with a tag."""
    return Subject(slips.VIEW, [slips.tagged_key(tag)])


def on_competition(competition_id: str) -> Subject:
    """Return the subject of slips with a leg on a match of a competition."""
    return Subject(competitions.VIEW, competitions.in_competition_keys(competition_id))


async def about(
    reads: ReadModels,
    viewer_id: str,
    subject: Subject,
    cursor: str | None,
    limit: int,
    now_us: int,
    open_texts: OpenTexts | None = None,
    *,
    of_strangers: bool = True,
) -> SlipViews:
    """Return slips by a subject, newest first, as far as the viewer may see them and has not muted their authors.

    Without `of_strangers` they are the viewer's own, and of authors that it follows.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    listed = Listed(subject.view, subject.keys, _named, partial(unmuted, open_texts=open_texts, of_strangers=of_strangers))
    return await _page(reads, viewer_id, listed, cursor, limit, now_us)


async def trending_slips(
    reads: ReadModels,
    viewer_id: str,
    ranked: Sequence[TrendingSlip],
    limit: int,
    now_us: int,
    open_texts: OpenTexts | None = None,
    *,
    of_strangers: bool = True,
) -> SlipViews:
    """Return those of the slips that trend which the viewer may see, and has not muted the authors of; `of_strangers` as of `about`."""
    names = [(each.slip_id, each.author_id) for each in ranked]
    found = await unmuted(reads, viewer_id, names, now_us, open_texts, of_strangers=of_strangers)
    shown = found[: max(1, min(limit, PAGE_MAX))]
    return SlipViews(await cards.shown(reads, shown, viewer_id, now_us), None)


async def unmuted(
    reads: ReadModels,
    viewer_id: str,
    names: Sequence[SlipName],
    now_us: int,
    open_texts: OpenTexts | None = None,
    *,
    of_strangers: bool = True,
) -> list[Card]:
    """Return those of some slips that the viewer may see, in their order: without those of authors, threads and words that it mutes.

    Words are judged with `open_texts`; see `own_mutes`. `of_strangers` as of `about`.
    """
    mutes = await own_mutes(reads, viewer_id, now_us, open_texts)
    return await mutes.unhidden(await visible(reads, viewer_id, names, now_us, muted=False, of_strangers=of_strangers))


async def _page(reads: ReadModels, viewer_id: str, listed: Listed, cursor: str | None, limit: int, now_us: int) -> SlipViews:
    """Return a page of sorted sets of slips; shorter than `limit` where some are not shown, empty only at the end.

    Where several sets are merged, the page begins at the lowest position of their partitions, so that no slip of a late one is skipped.
    """
    limit, after = max(1, min(limit, PAGE_MAX)), Cursor.read(cursor)
    while True:
        positions, pages = await reads.many_at(listed.view, [Page(key, limit + 1, after, newest_first=True) for key in listed.keys])
        page = _merged(pages)
        if len(pages) > 1 and page and page[0].score > (upto := min(positions.values())):
            after = Cursor(upto + 1, "")
            continue
        rows = page[:limit]
        names = [name for row in rows if (name := listed.named(row)) is not None]
        found = await listed.shown(reads, viewer_id, names, now_us)
        after = Cursor(rows[-1].score, rows[-1].member.decode()) if len(page) > limit else None
        if found or after is None:
            return SlipViews(await cards.shown(reads, found, viewer_id, now_us), after.text if after is not None else None)


def _merged(pages: Sequence[Sequence[RankedRow]]) -> list[RankedRow]:
    """Return the rows of several pages, newest first, each once."""
    rows = {(row.score, row.member): row for page in pages for row in page}
    return [rows[place] for place in sorted(rows, reverse=True)]


def _named(row: RankedRow) -> SlipName | None:
    return cards.name_of(row.member)
