"""Entries of timelines and outboxes: a slip that an account shared or reposted, at the position of that fact.

A timeline keeps entries packed: 8 bytes of position, then 16 bytes each for the ids of the slip, of its author and, for a repost, of who
reposted it. An outbox is a sorted set by position: its member is the slip's id, and for a repost a colon and its author's id too.
"""

from typing import NamedTuple

POSITION_BYTES = 8
ID_BYTES = 16
SHARE_BYTES = POSITION_BYTES + 2 * ID_BYTES
REPOST_BYTES = POSITION_BYTES + 3 * ID_BYTES


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
    ids = (entry.slip_id, entry.author_id, entry.reposter_id)
    return entry.position.to_bytes(POSITION_BYTES) + b"".join([bytes.fromhex(each.replace("-", "")) for each in ids if each])


def unpacked(kept: bytes) -> FeedEntry | None:
    """Return the entry that a timeline keeps; None for the one that a list was begun with, see `projections.ports.ReadModels.keep_list`."""
    if len(kept) < SHARE_BYTES:
        return None
    position, slip_id, author_id = int.from_bytes(kept[:POSITION_BYTES]), _id(kept, 0), _id(kept, 1)
    return FeedEntry(position, slip_id, author_id, _id(kept, 2) if len(kept) == REPOST_BYTES else "")


def _id(kept: bytes, number: int) -> str:
    start = POSITION_BYTES + number * ID_BYTES
    text = kept[start : start + ID_BYTES].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def outbox_member(slip_id: str, author_id: str, reposter_id: str = "") -> str:
    """Return how an outbox names a slip."""
    return f"{slip_id}:{author_id}" if reposter_id else slip_id


def entry_of_outbox(owner_id: str, member: bytes, position: int) -> FeedEntry:
    """Return the entry that a member of an account's outbox is."""
    slip_id, _, author_id = member.decode().partition(":")
    return FeedEntry(position, slip_id, author_id, owner_id) if author_id else FeedEntry(position, slip_id, owner_id)
