"""Whom a text mentions: handles become accounts here, by the claims that decide whose a handle is."""

from collections.abc import Sequence

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import StreamRef
from domain.account.decider import CLAIM
from domain.follow.decider import FOLLOW
from domain.ids import follow_of, handle_claim_of
from domain.prose import MENTIONS_MAX
from domain.refused import Refused


class MentionUnknown(Refused):
    """There is no account of that handle that the text could mention."""

    handle: str


def streams_of_mentions(handles: Sequence[str]) -> Sequence[StreamRef]:
    """Name the claims of handles; the rest follows from them."""
    return tuple([StreamRef(CLAIM, handle_claim_of(handle)) for handle in handles[: MENTIONS_MAX + 1]])


def mentioned(streams: UnitOfWork, author_id: str, handles: Sequence[str]) -> tuple[str, ...]:
    """Return the accounts of handles, each once, in their order. That none of them blocks the author becomes a condition of the append.

    One that blocks the author, or is blocked by it, is refused in the same words as a handle that nobody has, and after the same reads.

    Raises:
        MentionUnknown: for the first handle that cannot be mentioned.

    """
    handles = handles[: MENTIONS_MAX + 1]
    owners = owners_of(streams, handles)
    pairs = [follow_of(author_id, owner or handle_claim_of(handle)) for handle, owner in zip(handles, owners, strict=True)]
    streams.need([(FOLLOW, pair_id) for pair_id in pairs])
    for handle, owner, pair_id in zip(handles, owners, pairs, strict=True):
        is_blocked = owner != author_id and streams.read(FOLLOW, pair_id).is_blocked
        if not owner or is_blocked:
            raise MentionUnknown(handle)
    return tuple(dict.fromkeys(owners))


def owners_of(streams: UnitOfWork, handles: Sequence[str]) -> tuple[str, ...]:
    """Return whose the handles are, empty for one that nobody has."""
    return tuple([streams.look(CLAIM, handle_claim_of(handle)).state.account_id for handle in handles[: MENTIONS_MAX + 1]])
