"""Profiles: the handle and what an account shows of itself, beside its slips, and the accounts by handle.

{pNN}:cards      hash: <account> as registered, <account>:profile as it was changed last, <account>:shadow where it is shadowed
{pNN}:handles    hash: <handle without case> -> account, in the partition of the handle
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from domain.account.facts import AccountRegistered
from domain.fact import Recorded
from domain.moderation.facts import AccountShadowed, AccountUnshadowed
from domain.profile.facts import ProfileChanged
from projections.changes import Change, Drop, Put
from projections.partitions import tag_of
from projections.ports import Fields

CARDS = "cards"
PROFILE, SHADOW = ":profile", ":shadow"
PROFILE_ROWS = ("", PROFILE, SHADOW)


class RegisteredRow(msgspec.Struct, frozen=True, array_like=True):
    """An account as it was registered, as it is kept; `at_us` is microseconds since 1970."""

    handle: str
    at_us: int


class ProfileRow(msgspec.Struct, frozen=True, array_like=True):
    """What an account shows of itself, as it is kept: sealed texts, and whether only followers see its slips."""

    display_name: str = ""
    bio: str = ""
    private: bool = False


class AccountProfile(msgspec.Struct, frozen=True):
    """An account as others see it; the texts are sealed. What a `shadowed` one shares and says is shown to itself alone."""

    account_id: str
    handle: str
    registered_us: int
    display_name: str
    bio: str
    private: bool
    shadowed: bool


_encode = msgspec.msgpack.Encoder().encode
_registered_row = msgspec.msgpack.Decoder(RegisteredRow).decode
_profile_row = msgspec.msgpack.Decoder(ProfileRow).decode


def _registered(recorded: Recorded, fact: AccountRegistered) -> Sequence[Change]:
    account_id = recorded.stream_id
    handle = fact.handle.casefold()
    return (
        Put(f"{tag_of(account_id)}:{CARDS}", account_id, _encode(RegisteredRow(fact.handle, recorded.committed_us))),
        Put(_handles(handle), handle, account_id.encode()),
    )


def _changed(_recorded: Recorded, fact: ProfileChanged) -> Sequence[Change]:
    row = ProfileRow(fact.display_name, fact.bio, fact.private)
    return (Put(f"{tag_of(fact.account_id)}:{CARDS}", fact.account_id + PROFILE, _encode(row)),)


def _shadowed(_recorded: Recorded, fact: AccountShadowed) -> Sequence[Change]:
    account_id = fact.item.item_id
    return (Put(f"{tag_of(account_id)}:{CARDS}", account_id + SHADOW, b"1"),)


def _unshadowed(_recorded: Recorded, fact: AccountUnshadowed) -> Sequence[Change]:
    account_id = fact.item.item_id
    return (Drop(f"{tag_of(account_id)}:{CARDS}", account_id + SHADOW),)


PROJECTED: dict[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    AccountRegistered: _registered,
    ProfileChanged: _changed,
    AccountShadowed: _shadowed,
    AccountUnshadowed: _unshadowed,
}


def profile_fields(account_id: str) -> Fields:
    """Ask for a profile."""
    return Fields(f"{tag_of(account_id)}:{CARDS}", [account_id + part for part in PROFILE_ROWS])


def profile_of(account_id: str, rows: Sequence[bytes | None]) -> AccountProfile | None:
    """Return the profile that rows show; None where there is no such account."""
    registered, changed, shadow = rows
    if registered is None:
        return None
    account = _registered_row(registered)
    shown = _profile_row(changed) if changed is not None else ProfileRow()
    return AccountProfile(
        account_id=account_id,
        handle=account.handle,
        registered_us=account.at_us,
        display_name=shown.display_name,
        bio=shown.bio,
        private=shown.private,
        shadowed=shadow is not None,
    )


def handle_fields(handle: str) -> Fields:
    """Ask whose a handle is, whatever its case."""
    folded = handle.casefold()
    return Fields(_handles(folded), [folded])


def _handles(folded: str) -> str:
    return f"{tag_of(folded)}:handles"
