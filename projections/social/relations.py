"""What one account is to others, as lists that page and as what decides which slips it is shown."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from projections.ports import Cursor, Page, RankedRow, ReadModels, Scores, Size, View
from projections.social.follows import (
    ASKED,
    BLOCKED_BY,
    BLOCKS,
    FOLLOWED_BY,
    FOLLOWING,
    MUTES,
    REQUESTS,
    VIEW,
    key_of,
)
from projections.social.profiles import AccountProfile

PAGE_MAX = 100
FOLLOWING_MAX = 2_000
"""Of those whom an account follows, the newest so many make its feed."""
MUTES_MAX = 2_000
BLOCKS_MAX = 2_000
"""Blocks are read whole, each way, up to so many; of more, the oldest are not seen in lists. Decisions read the stream of the two."""


class Viewer(NamedTuple):
    """What decides which slips an account is shown, as of one moment.

    `following` has the position since which it follows each. `muted` are those of whom it wants to see nothing, `reposts_muted` those whose
    reposts it does not want. `apart` are those whom it blocked or who blocked it.
    """

    account_id: str
    following: Mapping[str, int]
    muted: frozenset[str]
    reposts_muted: frozenset[str]
    apart: frozenset[str]

    def follows(self, account_id: str) -> bool:
        """Whether it follows an account, and sees what is for followers only."""
        return account_id in self.following


def is_listed(profile: AccountProfile, viewer: Viewer) -> bool:
    """Whether an account is named to a viewer where several are: itself always, others unless one blocks the other or they are shadowed.

    Every list of people and of slips asks this, and adds to it what is its own.
    """
    account_id = profile.account_id
    return account_id == viewer.account_id or not (profile.shadowed or account_id in viewer.apart)


class RelationView(msgspec.Struct, frozen=True):
    """What an account is to the one who looks: `follows` and `follows_you`, or asks to; `blocked` by the one who looks."""

    follows: bool = False
    follows_you: bool = False
    requested: bool = False
    requests_you: bool = False
    muted: bool = False
    reposts_muted: bool = False
    blocked: bool = False


class AccountIds(NamedTuple):
    """A page of accounts, newest first; `next_cursor` is None at the end."""

    account_ids: Sequence[str]
    next_cursor: str | None


def viewer_asks(account_id: str) -> Sequence[Page]:
    """Ask for what `viewer_of` needs."""
    return [
        Page(key_of(FOLLOWING, account_id), FOLLOWING_MAX, newest_first=True),
        Page(key_of(MUTES, account_id), MUTES_MAX, newest_first=True),
        Page(key_of(BLOCKS, account_id), BLOCKS_MAX, newest_first=True),
        Page(key_of(BLOCKED_BY, account_id), BLOCKS_MAX, newest_first=True),
    ]


def viewer_of(account_id: str, answers: Sequence[Sequence[RankedRow]], now_us: int) -> Viewer:
    """Return what decides which slips an account is shown at a moment, in microseconds since 1970."""
    following, mutes, blocks, blocked_by = answers
    held = [entry.member.decode().partition(":") for entry in mutes if entry.score * 1_000 > now_us]
    return Viewer(
        account_id=account_id,
        following={entry.member.decode(): entry.score for entry in following},
        muted=frozenset(muted_id for muted_id, _, what in held if what == "all"),
        reposts_muted=frozenset(muted_id for muted_id, _, what in held if what == "reposts"),
        apart=frozenset(entry.member.decode() for each in (blocks, blocked_by) for entry in each),
    )


async def viewer(reads: ReadModels, account_id: str, others: Collection[str], now_us: int) -> Viewer:
    """Return what decides which slips of some others an account is shown; of everybody else it says nothing."""
    asked = list(others)
    if not asked:
        return Viewer(account_id, {}, frozenset(), frozenset(), frozenset())
    named = [f"{other}:{what}" for other in asked for what in ("all", "reposts")]
    following, mutes, blocks, blocked_by = await reads.many(
        VIEW,
        [
            Scores(key_of(FOLLOWING, account_id), asked),
            Scores(key_of(MUTES, account_id), named),
            Scores(key_of(BLOCKS, account_id), asked),
            Scores(key_of(BLOCKED_BY, account_id), asked),
        ],
    )
    holds = [until_ms is not None and until_ms * 1_000 > now_us for until_ms in mutes]
    return Viewer(
        account_id=account_id,
        following={other: since for other, since in zip(asked, following, strict=True) if since is not None},
        muted=frozenset(other for other, held in zip(asked, holds[::2], strict=True) if held),
        reposts_muted=frozenset(other for other, held in zip(asked, holds[1::2], strict=True) if held),
        apart=frozenset(other for other, one, two in zip(asked, blocks, blocked_by, strict=True) if one is not None or two is not None),
    )


async def relation(reads: ReadModels, account_id: str, other_id: str, now_us: int) -> RelationView | None:
    """Return what another account is to one; None where the other blocked it, as if it was not there."""
    kinds = (FOLLOWING, FOLLOWED_BY, ASKED, REQUESTS, BLOCKS, BLOCKED_BY)
    *found, mutes = await reads.many(
        VIEW,
        [
            *(Scores(key_of(kind, account_id), [other_id]) for kind in kinds),
            Scores(key_of(MUTES, account_id), [f"{other_id}:all", f"{other_id}:reposts"]),
        ],
    )
    following, followed_by, asked, requests, blocked, blocked_by = [each[0] is not None for each in found]
    if blocked_by:
        return None
    muted, reposts_muted = [until_ms is not None and until_ms * 1_000 > now_us for until_ms in mutes]
    return RelationView(
        follows=following,
        follows_you=followed_by,
        requested=asked,
        requests_you=requests,
        muted=muted,
        reposts_muted=reposts_muted,
        blocked=blocked,
    )


async def sizes(reads: ReadModels, account_id: str) -> tuple[int, int]:
    """Return how many accounts follow one, and how many it follows."""
    followers, following = await reads.many(VIEW, [Size(key_of(FOLLOWED_BY, account_id)), Size(key_of(FOLLOWING, account_id))])
    return followers, following


async def account_ids(reads: ReadModels, kind: str, account_id: str, cursor: str | None = None, limit: int = 50) -> AccountIds:
    """Return a page of a list of accounts that an account has: `following`, `followed_by`, `requests`, `asked`, `blocks`.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    return await account_ids_at(reads, VIEW, key_of(kind, account_id), cursor, limit)


async def account_ids_at(reads: ReadModels, view: View, key: str, cursor: str | None, limit: int) -> AccountIds:
    """Return a page of any sorted set of accounts, those that stand highest first; raises as `account_ids` does."""
    limit = max(1, min(limit, PAGE_MAX))
    (found,) = await reads.many(view, [Page(key, limit + 1, Cursor.read(cursor), newest_first=True)])
    shown = found[:limit]
    more = Cursor(shown[-1].score, shown[-1].member.decode()).text if len(found) > limit else None
    return AccountIds([entry.member.decode() for entry in shown], more)
