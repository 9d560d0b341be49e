"""Entries of timelines and outboxes: a slip that an account shared or reposted, at the position of that fact.

A timeline keeps an entry in 24 bytes: 6 of position, 16 of the slip's id, 2 that shorten the id of who shared or reposted it; a repost has
the 16 of the author's id too. It is one of those whom the reader follows: where two of them have the same short form, both are tried,
and only one of them has such a slip.

An outbox is a sorted set by position: its member is the slip's id, and for a repost a colon and its author's id too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

POSITION_BYTES = 6
ID_BYTES = 16
SHORT_BYTES = 2
ACTOR_AT = POSITION_BYTES + ID_BYTES
SHARE_BYTES = ACTOR_AT + SHORT_BYTES
REPOST_BYTES = SHARE_BYTES + ID_BYTES
SHORT_FORMS = 65_536


class FeedEntry(NamedTuple):
    """A slip in somebody's feed; `reposter_id` is empty where the author shared it."""

    position: int
    slip_id: str
    author_id: str
    reposter_id: str = ""

    @property
    def actor_id(self) -> str:
        """Return who brought it into the feed."""
        return self.reposter_id or self.author_id


def packed(entry: FeedEntry) -> bytes:
    """Return an entry as a timeline keeps it."""
    author = _bytes(entry.author_id) if entry.reposter_id else b""
    return entry.position.to_bytes(POSITION_BYTES) + _bytes(entry.slip_id) + _short(entry.actor_id) + author


def by_short_form(account_ids: Iterable[str]) -> dict[bytes, list[str]]:
    """Return accounts by how entries name them."""
    found: dict[bytes, list[str]] = {}
    for account_id in account_ids:
        found.setdefault(_short(account_id), []).append(account_id)
    return found


def position_of_entry(kept: bytes) -> int | None:
    """Return the position of an entry; None for what a list was begun with, see `projections.ports.ReadModels.keep_list`."""
    return int.from_bytes(kept[:POSITION_BYTES]) if len(kept) >= SHARE_BYTES else None


def unpacked(kept: bytes, actors: Mapping[bytes, Sequence[str]]) -> list[FeedEntry]:
    """Return what an entry may be: one for each of the `actors`, by their short forms, that it may be of."""
    position, slip_id = int.from_bytes(kept[:POSITION_BYTES]), _id(kept, POSITION_BYTES)
    found = actors.get(kept[ACTOR_AT:SHARE_BYTES], ())
    if len(kept) == REPOST_BYTES:
        author_id = _id(kept, SHARE_BYTES)
        return [FeedEntry(position, slip_id, author_id, actor_id) for actor_id in found]
    return [FeedEntry(position, slip_id, actor_id) for actor_id in found]


class Timeline(NamedTuple):
    """What a timeline holds, newest first: all that was spread at positions after `floor`; None where there is no timeline.

    Entries are as they are kept, and are of `actors`, by their short forms. Of authors in `unpushed` the timeline may lack what they shared
    up to the position that is named there.
    """

    kept: Sequence[bytes]
    floor: int | None
    actors: Mapping[bytes, Sequence[str]] = {}
    unpushed: Mapping[str, int] = {}

    def below(self, position: int) -> Iterator[FeedEntry]:
        """Give the entries below a position, unpacked as they are needed: a page shows few of them."""
        return (entry for each in self.kept if (position_of_entry(each) or 0) < position for entry in unpacked(each, self.actors))


def timeline_of(kept: Sequence[bytes], following: Iterable[str]) -> Timeline:
    """Return what the first entries of a list hold: they are complete down to the last of them, or to where the list was begun."""
    if not kept:
        return Timeline([], None)
    oldest = position_of_entry(kept[-1])
    floor, of_list = (int(kept[-1]), kept[:-1]) if oldest is None else (oldest - 1, kept)
    return Timeline(of_list, floor, by_short_form(following))


@lru_cache(maxsize=SHORT_FORMS)
def _short(account_id: str) -> bytes:
    return (crc32(account_id.encode()) % SHORT_FORMS).to_bytes(SHORT_BYTES)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def _id(kept: bytes, start: int) -> str:
    text = kept[start : start + ID_BYTES].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def outbox_member(slip_id: str, author_id: str, reposter_id: str = "") -> str:
    """Return how an outbox names a slip."""
    return f"{slip_id}:{author_id}" if reposter_id else slip_id


def entry_of_outbox(owner_id: str, member: bytes, position: int) -> FeedEntry:
    """Return the entry that a member of an account's outbox is."""
    slip_id, _, author_id = member.decode().partition(":")
    return FeedEntry(position, slip_id, author_id, owner_id) if author_id else FeedEntry(position, slip_id, owner_id)
