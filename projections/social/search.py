"""What a search finds: accounts by handle, teams, competitions, tags and slips, each kind after the other, in pages.

The index (`infra/search`) proposes, the views decide: whatever it returns is shown only to those who may see it now, by the rules of the
feed. So what was removed, held or made private a moment ago, and whoever is blocked, either way, is not found, however late the index is.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from projections.ports import Cursor, ReadModels, UnreadableCursor
from projections.social import cards, follows, people, relations, slip_lists
from projections.social.cards import Card, SlipName, SlipView
from projections.social.own_mutes import OpenTexts
from projections.social.people import ListedAccount
from projections.social.relations import Viewer, viewer_asks, viewer_of
from projections.social.search_words import SearchWords

KINDS = ("account", "team", "competition", "tag", "slip")
"""In the order in which they are listed."""
NAMED = ("account", "team", "competition")
PAGE_MAX = 50
RANKS = 4
"""More than there are ranks of one kind: the name itself, names that begin so, names that have the words."""
SLIPS_OF_TAG_LOOKED_AT = 5
POSITION_MAX = 2**62
ROUNDS_MAX = 20
"""How often the index is asked for one page; then the page is shown as it is, with a cursor to go on from."""


class FoundEntry(NamedTuple):
    """An account, a team or a competition that the index found; `rank` and `folded` say where it stands."""

    rank: int
    folded: str
    entry_id: str
    name: str
    sport: str


class FoundTag(NamedTuple):
    """A tag that the index found, with the newest slips that have it."""

    rank: int
    tag: str
    slips: Sequence[SlipName]


class FoundSlip(NamedTuple):
    """A slip that the index found."""

    position: int
    slip_id: str
    author_id: str


class Place(NamedTuple):
    """Where a list of entries or tags goes on: after this one. It begins at rank -1."""

    rank: int = -1
    folded: str = ""
    entry_id: str = ""


class SearchIndex(Protocol):
    """The index. Every method raises `StoreUnavailable` when it cannot be asked."""

    async def position(self) -> int:
        """Return the log position that the index has reached."""
        ...

    async def entries(self, kind: str, words: SearchWords, after: Place, limit: int) -> Sequence[FoundEntry]:
        """Return accounts, teams or competitions whose names have these words, in the order of their places."""
        ...

    async def tags(self, words: SearchWords, viewer: Viewer, after: Place, limit: int) -> Sequence[FoundTag]:
        """Return tags that begin so, with slips that the viewer may see as far as the index knows, in the order of their places."""
        ...

    async def slips(self, words: SearchWords, viewer: Viewer, before: int, limit: int) -> Sequence[FoundSlip]:
        """Return slips before a position that the viewer may see as far as the index knows, newest first."""
        ...


class SearchIndexes(Protocol):
    """The index, where there may be several copies of it."""

    async def at(self, position: int) -> SearchIndex:
        """Return the one to ask: one that has reached a position, else the one that will reach it first. Raises `StoreUnavailable`."""
        ...


class NamedResult(msgspec.Struct, frozen=True):
    """A team or a competition of a sport."""

    name: str
    sport: str


class SearchResult(msgspec.Struct, frozen=True):
    """One thing that was found: that of its `kind` is there, the others are None."""

    kind: str
    account: ListedAccount | None = None
    team: NamedResult | None = None
    competition: NamedResult | None = None
    tag: str | None = None
    slip: SlipView | None = None


class SearchResults(msgspec.Struct, frozen=True):
    """A page of what was found; `next_cursor` is None at the end."""

    items: list[SearchResult]
    next_cursor: str | None


class Round(NamedTuple):
    """What one question to the index brought: what the viewer is shown of it, with cursors, and whether there is more of that kind."""

    found: Sequence[tuple[SearchResult, Cursor]]
    last: Cursor | None
    has_more: bool


async def search(
    reads: ReadModels,
    index: SearchIndex,
    viewer_id: str,
    words: SearchWords,
    kinds: Sequence[str],
    cursor: str | None,
    limit: int,
    now_us: int,
    open_texts: OpenTexts | None = None,
) -> SearchResults:
    """Return what is found of some kinds, at most `limit` after the cursor, each kind after the other.

    Words that the viewer mutes are judged with `open_texts`; see `own_mutes`.

    Raises:
        UnreadableCursor: when no search gave that cursor.

    """
    limit, after = max(1, min(limit, PAGE_MAX)), _read(cursor, kinds)
    viewer = viewer_of(viewer_id, await reads.many(follows.VIEW, viewer_asks(viewer_id)), now_us)
    seeker = ViewerSearch(reads, index, viewer, words, now_us, open_texts)
    found: list[tuple[SearchResult, Cursor]] = []
    left = list(kinds) if after is None else list(kinds)[kinds.index(KINDS[after.score // RANKS]) :]
    rounds = 0
    while left and len(found) <= limit and rounds < ROUNDS_MAX:
        rounds += 1
        asked = await seeker.round(left[0], after, limit + 1 - len(found))
        found += asked.found
        after = asked.last or after
        if not asked.has_more:
            left, after = left[1:], None
    shown = [each for each, _ in found[:limit]]
    if len(found) > limit:
        return SearchResults(shown, found[limit - 1][1].text)
    return SearchResults(shown, (after or _begin(left[0])).text if left else None)


def _begin(kind: str) -> Cursor:
    """Return the cursor before the first of a kind."""
    return Cursor(KINDS.index(kind) * RANKS, str(POSITION_MAX) if kind == "slip" else "")


def _read(cursor: str | None, kinds: Sequence[str]) -> Cursor | None:
    after = Cursor.read(cursor)
    if after is None:
        return None
    number = after.score // RANKS
    is_number = after.member.isascii() and after.member.isdecimal() and len(after.member) <= len(str(POSITION_MAX))
    if not 0 <= number < len(KINDS) or KINDS[number] not in kinds or (KINDS[number] == "slip" and not is_number) or "\0" in after.member:
        raise UnreadableCursor(after.member[:60])
    return after


class ViewerSearch:
    """Asks the index for one viewer and leaves out what they may not see."""

    def __init__(
        self, reads: ReadModels, index: SearchIndex, viewer: Viewer, words: SearchWords, now_us: int, open_texts: OpenTexts | None
    ) -> None:
        self._reads, self._index, self._viewer, self._words, self._now_us = reads, index, viewer, words, now_us
        self._open_texts = open_texts

    async def round(self, kind: str, after: Cursor | None, limit: int) -> Round:
        """Ask once for a kind."""
        if kind in NAMED:
            return await self._entries(kind, _place(kind, after), limit)
        if kind == "tag":
            return await self._tags(_place(kind, after), limit)
        return await self._slips(int(after.member) if after is not None else POSITION_MAX, limit)

    async def _entries(self, kind: str, after: Place, limit: int) -> Round:
        rows = await self._index.entries(kind, self._words, after, limit)
        named = {row.entry_id for row in rows}
        if kind == "account" and rows:
            viewer = await relations.viewer(self._reads, self._viewer.account_id, list(named), self._now_us)
            named = set(await people.handles(self._reads, list(named), viewer))
        found = [(_result(kind, row), _cursor(kind, Place(row.rank, row.folded, row.entry_id))) for row in rows]
        shown = [each for each, row in zip(found, rows, strict=True) if row.entry_id in named]
        return Round(shown, found[-1][1] if found else None, len(rows) == limit)

    async def _tags(self, after: Place, limit: int) -> Round:
        rows = await self._index.tags(self._words, self._viewer, after, limit)
        names = list(dict.fromkeys(name for row in rows for name in row.slips))
        visible = {card.slip_id for card in await self._unmuted(names)}
        found = [(SearchResult("tag", tag=row.tag), _cursor("tag", Place(row.rank, row.tag))) for row in rows]
        shown = [each for each, row in zip(found, rows, strict=True) if any(slip_id in visible for slip_id, _ in row.slips)]
        return Round(shown, found[-1][1] if found else None, len(rows) == limit)

    async def _slips(self, before: int, limit: int) -> Round:
        rows = await self._index.slips(self._words, self._viewer, before, limit)
        names = [(row.slip_id, row.author_id) for row in rows]
        visible = await self._unmuted(names)
        views = await cards.shown(self._reads, visible, self._viewer.account_id, self._now_us)
        positions = {row.slip_id: row.position for row in rows}
        found = [(SearchResult("slip", slip=view), _slip_cursor(positions[view.slip_id])) for view in views]
        return Round(found, _slip_cursor(rows[-1].position) if rows else None, len(rows) == limit)

    async def _unmuted(self, names: Sequence[SlipName]) -> list[Card]:
        """Return those of some slips that the viewer is shown."""
        return await slip_lists.unmuted(self._reads, self._viewer.account_id, names, self._now_us, self._open_texts)


def _result(kind: str, row: FoundEntry) -> SearchResult:
    if kind == "account":
        return SearchResult(kind, account=ListedAccount(row.entry_id, row.name))
    named = NamedResult(row.name, row.sport)
    return SearchResult(kind, team=named) if kind == "team" else SearchResult(kind, competition=named)


def _place(kind: str, after: Cursor | None) -> Place:
    if after is None or not after.member:
        return Place()
    folded, _, entry_id = after.member.partition("\n")
    return Place(after.score - KINDS.index(kind) * RANKS, folded, entry_id)


def _cursor(kind: str, place: Place) -> Cursor:
    return Cursor(KINDS.index(kind) * RANKS + place.rank, f"{place.folded}\n{place.entry_id}")


def _slip_cursor(position: int) -> Cursor:
    return Cursor(KINDS.index("slip") * RANKS, str(position))
