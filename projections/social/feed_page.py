"""A page of the feed: what those whom an account follows shared and reposted, newest first.

Each whom it follows contributes all of its outbox. The timeline is a cache that saves reading outboxes: it holds what was spread after the
follow began and after the list was begun, so that an outbox is needed for older entries alone. What an author shared who was too large to
be pushed is in the outbox alone. With or without a timeline, the page is the same.

The first page fixes a log position that all partitions read have reached; the cursor carries it, and later entries appear only on the next
first page, as do those of whom the account followed after it. A slip has one place: where its author's share stands, if the author is
followed, else at the first repost by somebody who is. So what comes later moves nothing that was shown.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, takewhile
from typing import NamedTuple

import msgspec

from projections.partitions import partition_of_key
from projections.ports import Ask, Common, Cursor, Entries, Fields, Page, ReadModels, UnreadableCursor
from projections.social import cards, engagement, follows, people, slips
from projections.social.cards import Card
from projections.social.follows import FOLLOWING, TIMELINE, TIMELINE_MAX, TIMELINE_SLACK, key_of, unpushed_key
from projections.social.own_mutes import OpenTexts, OwnMutes, own_mutes
from projections.social.relations import Viewer, viewer_asks, viewer_of
from projections.social.timeline_entries import FeedEntry, Timeline, entry_of_outbox, timeline_of

PAGE_MAX = 50
FIRST_ENTRIES = 100  # of a timeline, for the first page; a later one reads it whole
ROUND_ENTRIES_MIN = 20
OUTBOX_ENTRIES_MIN = 6
TIMELINE_KEPT_S = 14 * 24 * 3600
"""How long the timeline of an account is kept that does not read."""
NEW_MAX = 99  # new slips that are counted one by one
MARKER_DIGITS_MAX = 16
END = 0
"""Below the first position of the log."""


class FeedCard(NamedTuple):
    """A slip of a feed, and the entry that brought it there."""

    entry: FeedEntry
    card: Card


class FeedCards(NamedTuple):
    """A page of a feed; `next_cursor` is None at the end. What came after the position `stands_at` waits for the next first page.

    `source` is warm, cold (no timeline), or large_author (with outboxes of these). Less than half of what was read is shown where it
    `is_sparse`; `authors` are those of all of it.
    """

    found: Sequence[FeedCard]
    viewer: Viewer
    next_cursor: str | None
    stands_at: int
    mutes: OwnMutes
    source: str = "warm"
    is_sparse: bool = False
    authors: frozenset[str] = frozenset()

    def first(self, number: int) -> "FeedCards":
        """Return the page cut to its first `number` slips; its cursor goes on after the last of them."""
        if len(self.found) <= number:
            return self
        found = self.found[:number]
        return self._replace(found=found, next_cursor=_cursor(found[-1], self.stands_at))


class NewSlips(msgspec.Struct, frozen=True):
    """How many slips came into a feed after a position, up to `NEW_MAX`; there are `more` where they are not all counted."""

    count: int
    more: bool


class Window(NamedTuple):
    """Entries, newest first: all that there are from the position `low` up to where the reading stood."""

    entries: Sequence[FeedEntry]
    low: int


async def following_page(
    reads: ReadModels, account_id: str, cursor: str | None, limit: int, now_us: int, open_texts: OpenTexts | None = None
) -> FeedCards:
    """Return slips of those whom an account follows, at most `limit` after the cursor; fewer only where there are no more.

    Words that the account mutes are judged with `open_texts`; see `own_mutes`.

    Raises:
        UnreadableCursor: when no feed gave that cursor.

    """
    limit = max(1, min(limit, PAGE_MAX))
    after = _read(cursor)
    asks = _asks(account_id, FIRST_ENTRIES if after is None else TIMELINE_MAX + TIMELINE_SLACK)
    if after is None:
        (positions, (*relations, unpushed, kept)), mutes, _ = await asyncio.gather(
            reads.many_at(follows.VIEW, asks),
            own_mutes(reads, account_id, now_us, open_texts),
            reads.keep_list(follows.VIEW, key_of(TIMELINE, account_id), TIMELINE_KEPT_S),
        )
    else:
        (positions, (*relations, unpushed, kept)), mutes = await asyncio.gather(
            reads.many_at(follows.VIEW, asks), own_mutes(reads, account_id, now_us, open_texts)
        )
    below, stands_at = after or (0, min(positions.values()))
    viewer = viewer_of(account_id, relations, now_us)
    feed = FeedReader(reads, viewer, timeline_of(kept, viewer.following)._replace(unpushed=unpushed), stands_at, mutes)
    begin = below = below or stands_at + 1
    found, looked_at = list[FeedCard](), list[FeedEntry]()
    while below > END and len(found) <= limit:
        stood_at = feed.stands_at
        window = await feed.window(below, max(ROUND_ENTRIES_MIN, limit + 1 - len(found)))
        looked_at += window.entries
        found += await feed.visible(window.entries)
        below = window.low
        if feed.stands_at < stood_at:
            found, looked_at, below = [], [], min(begin, feed.stands_at + 1)
    shown = found[:limit]
    more = _cursor(shown[-1], feed.stands_at) if len(found) > limit else None
    source = "cold" if feed.timeline.floor is None else "large_author" if unpushed else "warm"
    authors = frozenset(entry.author_id for entry in looked_at)
    return FeedCards(shown, feed.viewer, more, feed.stands_at, mutes, source, 2 * len(found) < len(looked_at), authors)


async def new_since(reads: ReadModels, account_id: str, since: str | None, now_us: int, open_texts: OpenTexts | None = None) -> NewSlips:
    """Return how many slips came into the feed of an account after a page of it, by the marker that page had.

    Raises:
        UnreadableCursor: when no feed gave that marker.

    """
    if since is None or not (since.isascii() and since.isdecimal() and len(since) <= MARKER_DIGITS_MAX):
        raise UnreadableCursor((since or "")[:60])
    seen = int(since)
    (positions, (*relations, unpushed, kept)), mutes = await asyncio.gather(
        reads.many_at(follows.VIEW, _asks(account_id, FIRST_ENTRIES)), own_mutes(reads, account_id, now_us, open_texts)
    )
    viewer = viewer_of(account_id, relations, now_us)
    feed = FeedReader(reads, viewer, timeline_of(kept, viewer.following)._replace(unpushed=unpushed), min(positions.values()), mutes)
    below, count = feed.stands_at + 1, 0
    while below > seen + 1 and count <= NEW_MAX:
        window = await feed.window(below, NEW_MAX + 1 - count, down_to=seen + 1)
        count += len(await feed.visible(window.entries))
        below = window.low
    return NewSlips(min(count, NEW_MAX), count > NEW_MAX)


def _asks(account_id: str, entries: int) -> Sequence[Ask]:
    """Ask for an account's relations to others, the large authors among those it follows, and the first entries of its timeline."""
    return [
        *viewer_asks(account_id),
        Common(key_of(FOLLOWING, account_id), unpushed_key(account_id)),
        Entries(key_of(TIMELINE, account_id), entries),
    ]


def _cursor(last: FeedCard, stands_at: int) -> str:
    return Cursor(last.entry.position, str(stands_at)).text


def _read(cursor: str | None) -> tuple[int, int] | None:
    after = Cursor.read(cursor)
    if after is None:
        return None
    if not (after.member.isascii() and after.member.isdecimal() and after.score > 0):
        raise UnreadableCursor(after.member[:60])
    return after.score, int(after.member)


class FeedReader:
    """Reads entries of a feed, newest first, for one page; `stands_at` is lowered to the position of a partition that lags behind it."""

    def __init__(self, reads: ReadModels, viewer: Viewer, timeline: Timeline, stands_at: int, mutes: OwnMutes) -> None:
        self._reads = reads
        self.timeline = timeline
        self._mutes = mutes
        self.viewer = viewer
        self.stands_at = stands_at
        self._since = {account_id: since for account_id, since in viewer.following.items() if account_id not in viewer.muted}

    def _followed(self) -> dict[str, int]:
        """Return who contributes to this page, with the position since which."""
        return {account_id: since for account_id, since in self._since.items() if since <= self.stands_at}

    async def window(self, below: int, wanted: int, down_to: int = END) -> Window:
        """Return about `wanted` entries of the timeline and of outboxes, at positions below `below` and not below `down_to`."""
        followed, floor = self._followed(), self.timeline.floor
        contributed = (each for each in self.timeline.below(below) if followed.get(each.actor_id, below) < each.position)
        pushed, low = list(islice(contributed, wanted)), down_to
        if (first_left := next(contributed, None)) is not None:
            low = pushed[-1].position
            pushed += takewhile(lambda each: each.position >= low, chain((first_left,), contributed))
        unpushed = self.timeline.unpushed
        tops = {
            account_id: below if floor is None else min(below, max(since, floor, unpushed.get(account_id, 0)) + 1)
            for account_id, since in followed.items()
        }
        pulled, low = await self._pulled({account_id: top for account_id, top in tops.items() if top > low}, low, wanted)
        return Window(sorted({each for each in (*pushed, *pulled) if each.position >= low}, reverse=True), low)

    async def _pulled(self, tops: Mapping[str, int], low: int, wanted: int) -> tuple[list[FeedEntry], int]:
        """Return entries of outboxes, each below its position in `tops`, and the position down to which all of them were read."""
        if not tops:
            return [], low
        each_max = min(wanted, max(OUTBOX_ENTRIES_MIN, 3 * wanted // len(tops)))
        positions, pages = await self._reads.many_at(
            slips.VIEW,
            [Page(slips.outbox_key(account_id), each_max, Cursor(top, ""), newest_first=True) for account_id, top in tops.items()],
        )
        pulled: list[FeedEntry] = []
        for (account_id, top), page in zip(tops.items(), pages, strict=True):
            self._note_late(positions[partition_of_key(slips.outbox_key(account_id))], top - 1)
            pulled += [entry_of_outbox(account_id, row.member, row.score) for row in page]
            if len(page) == each_max:
                low = max(low, page[-1].score)
        return pulled, low

    def _note_late(self, reached: int, needed: int) -> None:
        """Lower `stands_at` to the position of a partition that has not reached what is needed of it."""
        if reached < needed:
            self.stands_at = min(self.stands_at, reached)

    async def visible(self, entries: Sequence[FeedEntry]) -> list[FeedCard]:
        """Return those that the viewer is shown, each at its one place, in their order."""
        wanted = [entry for entry in entries if self._may_have_place(entry)]
        names = list(dict.fromkeys((entry.slip_id, entry.author_id) for entry in wanted))
        positions, found = await cards.cards_at(self._reads, names)
        for entry in wanted:
            self._note_late(positions[partition_of_key(slips.cards_key(entry.author_id))], entry.position)
        seen = [entry for entry in wanted if self._is_seen(entry, found.get(entry.slip_id))]
        unhidden = {card.slip_id for card in await self._mutes.unhidden([found[slip_id] for slip_id in {each.slip_id for each in seen}])}
        seen = [entry for entry in seen if entry.slip_id in unhidden]
        first = await self._first_reposts({entry.slip_id: entry.position for entry in reversed(seen) if entry.reposter_id})
        return [
            FeedCard(entry, found[entry.slip_id])
            for entry in seen
            if not entry.reposter_id or first.get(entry.slip_id) == (entry.position, entry.reposter_id)
        ]

    def _is_seen(self, entry: FeedEntry, card: Card | None) -> bool:
        return card is not None and card.slip.author_id == entry.author_id and cards.may_see(card, self.viewer)

    def _may_have_place(self, entry: FeedEntry) -> bool:
        """Whether an entry may be shown, judged without its slip's rows: a slip of somebody who is followed is not shown as a repost."""
        author_id, viewer = entry.author_id, self.viewer
        if author_id in viewer.muted or author_id in viewer.apart or author_id == viewer.account_id:
            return False
        return not entry.reposter_id or (entry.reposter_id in self._reposters() and author_id not in self._followed())

    def _reposters(self) -> list[str]:
        """Return whose reposts contribute."""
        return [each for each in self._followed() if each not in self.viewer.reposts_muted and each not in self.viewer.apart]

    async def _first_reposts(self, reposted: Mapping[str, int]) -> dict[str, tuple[int, str]]:
        """Return the first repost of somebody who is named to the viewer, by slip: where it stands, and whose; `reposted` has the last."""
        reposters = self._reposters()
        if not reposted or not reposters:
            return {}
        keys = {slip_id: engagement.reposts_key(slip_id) for slip_id in reposted}
        positions, rows = await self._reads.many_at(engagement.VIEW, [Fields(key, reposters) for key in keys.values()])
        stand: dict[str, list[tuple[int, str]]] = {}
        for (slip_id, key), found in zip(keys.items(), rows, strict=True):
            self._note_late(positions[partition_of_key(key)], reposted[slip_id])
            stand[slip_id] = [(int(position), each) for each, position in zip(reposters, found, strict=True) if position is not None]
        named = await people.handles(self._reads, list({each for of_slip in stand.values() for _, each in of_slip}), self.viewer)
        counted = {slip_id: min([each for each in of_slip if each[1] in named], default=None) for slip_id, of_slip in stand.items()}
        return {slip_id: first for slip_id, first in counted.items() if first is not None}


async def reposted_by_followed(reads: ReadModels, viewer: Viewer, slip_ids: Iterable[str]) -> set[str]:
    """Return those of some slips that somebody reposts whom the viewer follows: they have a place in the feed."""
    asked, reposters = list(slip_ids), list(viewer.following)
    if not asked or not reposters:
        return set()
    rows = await reads.many(engagement.VIEW, [Fields(engagement.reposts_key(slip_id), reposters) for slip_id in asked])
    return {slip_id for slip_id, found in zip(asked, rows, strict=True) if found.count(None) < len(found)}
