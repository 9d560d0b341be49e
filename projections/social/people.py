"""Accounts as others see them: by id or by handle, with their relation to the one who looks, and lists of them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from domain.fact import moment
from domain.ids import ID_REGEX
from projections.ports import Page, ReadModels, View
from projections.social import engagement, follows, profiles, relations, slips
from projections.social.profiles import AccountProfile
from projections.social.relations import RelationView, Viewer


class AccountView(msgspec.Struct, frozen=True):
    """An account as it is shown to another; the texts are sealed until the page is made, and None where they cannot be opened."""

    account_id: str
    handle: str
    display_name: str | None
    bio: str | None
    private: bool
    registered_at: datetime
    followers: int
    following: int
    relation: RelationView


class ListedAccount(msgspec.Struct, frozen=True):
    """An account in a list."""

    account_id: str
    handle: str


class MutedAccount(msgspec.Struct, frozen=True):
    """An account of which one wants to see nothing (`all`), or no `reposts`; `until` is None for good."""

    account_id: str
    handle: str
    what: str
    until: datetime | None


class MutedAccounts(msgspec.Struct, frozen=True):
    """All accounts that one mutes now."""

    items: list[MutedAccount]


class ListedAccounts(msgspec.Struct, frozen=True):
    """A page of accounts, newest first; `next_cursor` is None at the end."""

    items: list[ListedAccount]
    next_cursor: str | None


async def resolved(reads: ReadModels, viewer_id: str, named: str, now_us: int) -> tuple[AccountProfile, RelationView] | None:
    """Return the account of an id or a handle, with what it is to the one who looks; None where there is none, or it blocked them."""
    account_id = named
    if not ID_REGEX.fullmatch(named):
        ((found,),) = await reads.many(slips.VIEW, [profiles.handle_fields(named)])
        account_id = found.decode() if found is not None else ""
    (rows,) = await reads.many(slips.VIEW, [profiles.profile_fields(account_id)])
    profile = profiles.profile_of(account_id, rows)
    relation = await relations.relation(reads, viewer_id, account_id, now_us)
    return (profile, relation) if profile is not None and relation is not None else None


async def account(reads: ReadModels, viewer_id: str, named: str, now_us: int) -> AccountView | None:
    """Return an account as it is shown to another."""
    found = await resolved(reads, viewer_id, named, now_us)
    if found is None:
        return None
    profile, relation = found
    followers, following = await relations.sizes(reads, profile.account_id)
    return AccountView(
        account_id=profile.account_id,
        handle=profile.handle,
        display_name=profile.display_name,
        bio=profile.bio,
        private=profile.private,
        registered_at=moment(profile.registered_us),
        followers=followers,
        following=following,
        relation=relation,
    )


async def listed(
    reads: ReadModels, viewer_id: str, kind: str, account_id: str, cursor: str | None, limit: int, now_us: int
) -> ListedAccounts:
    """Return a page of a list of accounts that an account has, without those that block the viewer or are blocked by them.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    return await _listed(reads, viewer_id, follows.VIEW, follows.key_of(kind, account_id), cursor, limit, now_us)


async def blocked(reads: ReadModels, account_id: str, cursor: str | None, limit: int) -> ListedAccounts:
    """Return a page of those whom an account blocks, whom no other list shows it.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    page = await relations.account_ids(reads, follows.BLOCKS, account_id, cursor, limit)
    named = await handles(reads, page.account_ids)
    return ListedAccounts([ListedAccount(each, handle) for each, handle in named.items()], page.next_cursor)


async def muted(reads: ReadModels, account_id: str, now_us: int) -> MutedAccounts:
    """Return those whom an account mutes now, those that are muted longest first; without those that block it or that it blocks."""
    ask = Page(follows.key_of(follows.MUTES, account_id), relations.MUTES_MAX, newest_first=True)
    (found,) = await reads.many(follows.VIEW, [ask])
    held = [(*entry.member.decode().split(":"), entry.score) for entry in found if entry.score * 1_000 > now_us]
    named = {each.account_id: each.handle for each in await _seen(reads, account_id, [muted_id for muted_id, _, _ in held], now_us)}
    return MutedAccounts(
        [
            MutedAccount(muted_id, named[muted_id], what, None if until_ms == follows.FOR_GOOD else moment(until_ms * 1_000))
            for muted_id, what, until_ms in held
            if muted_id in named
        ]
    )


async def likers(reads: ReadModels, viewer_id: str, slip_id: str, cursor: str | None, limit: int, now_us: int) -> ListedAccounts:
    """Return a page of those who like a slip, without those that block the viewer or are blocked by them.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    return await _listed(reads, viewer_id, engagement.VIEW, engagement.likers_key(slip_id), cursor, limit, now_us)


async def _listed(reads: ReadModels, viewer_id: str, view: View, key: str, cursor: str | None, limit: int, now_us: int) -> ListedAccounts:
    """Return a page of a sorted set of accounts; shorter than `limit` where some are not shown, empty only at the end."""
    while True:
        page = await relations.account_ids_at(reads, view, key, cursor, limit)
        found, cursor = await _seen(reads, viewer_id, page.account_ids, now_us), page.next_cursor
        if cursor is None or found:
            return ListedAccounts(found, cursor)


async def _seen(reads: ReadModels, viewer_id: str, account_ids: Sequence[str], now_us: int) -> list[ListedAccount]:
    viewer = await relations.viewer(reads, viewer_id, account_ids, now_us)
    named = await handles(reads, account_ids, viewer)
    return [ListedAccount(account_id, handle) for account_id, handle in named.items()]


async def handles(reads: ReadModels, account_ids: Sequence[str], viewer: Viewer | None = None) -> dict[str, str]:
    """Return the handles of those accounts that there are, in their order; for a viewer, of those that are named to it."""
    if not account_ids:
        return {}
    rows = await reads.many(slips.VIEW, [profiles.profile_fields(account_id) for account_id in account_ids])
    found = [(account_id, profiles.profile_of(account_id, row)) for account_id, row in zip(account_ids, rows, strict=True)]
    return {
        account_id: profile.handle
        for account_id, profile in found
        if profile is not None and (viewer is None or relations.is_listed(profile, viewer))
    }
