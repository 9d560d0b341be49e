"""Follow, block and mute: decided on the one stream that two accounts have, and on whether the followed one is private.

Where nothing is appended, the answer's position is the end of the log: the stream may have grown by what the other did, which the caller
is not told.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import check_account
from domain.account.decider import ACCOUNT
from domain.fact import moment
from domain.follow.commands import Block, BlockCommand, Follow, FollowingCommand, Mute, MuteCommand
from domain.follow.decider import FOLLOW
from domain.ids import follow_of, profile_of
from domain.profile.decider import PROFILE


class FollowReceipt(msgspec.Struct, frozen=True, gc=False):
    """What the follower is to the followed account after the command."""

    follower_id: str
    followed_id: str
    following: bool
    requested: bool


class BlockReceipt(msgspec.Struct, frozen=True, gc=False):
    """Whether the caller blocks the account after the command."""

    account_id: str
    blocked: bool


class MuteReceipt(msgspec.Struct, frozen=True, gc=False):
    """What the caller does not see of the account after the command: all, reposts or nothing (None); for good where `until` is None."""

    account_id: str
    muted: str | None
    until: datetime | None


def streams_of_follow(ask: FollowingCommand) -> Sequence[StreamRef]:
    """Name the pair; where it is a follow, the followed account and its profile too."""
    pair = StreamRef(FOLLOW, follow_of(ask.follower_id, ask.followed_id))
    if isinstance(ask, Follow):
        return (pair, StreamRef(ACCOUNT, ask.followed_id), StreamRef(PROFILE, profile_of(ask.followed_id)))
    return (pair,)


def follow(ask: FollowingCommand, streams: UnitOfWork) -> Outcome:
    """Follow or ask to, end that, or answer a request.

    Raises:
        AccountUnknown: from a follow of an account that does not exist or blocks the caller.
        Refused: what else the rules of a pair refuse.

    """
    pair = streams.load(FOLLOW, follow_of(ask.follower_id, ask.followed_id))
    if isinstance(ask, Follow):
        private = streams.read(PROFILE, profile_of(ask.followed_id)).private
        check_account(streams, ask.followed_id)
        ask = msgspec.structs.replace(ask, private=private)
    pair.decide(ask)
    relation = pair.state.relation(ask.follower_id, ask.followed_id)
    return Outcome(FollowReceipt(ask.follower_id, ask.followed_id, relation.following, relation.requested), pair, at_head=True)


def streams_of_block(ask: BlockCommand) -> Sequence[StreamRef]:
    """Name the pair, and the account that is to be blocked."""
    return (StreamRef(FOLLOW, follow_of(ask.blocker_id, ask.blocked_id)), StreamRef(ACCOUNT, ask.blocked_id))


def block(ask: BlockCommand, streams: UnitOfWork) -> Outcome:
    """Block an account, or lift the block.

    Raises:
        AccountUnknown: from a block of an account that does not exist or blocks the caller.
        OwnAccount: when both are the same.

    """
    pair = streams.load(FOLLOW, follow_of(ask.blocker_id, ask.blocked_id))
    if isinstance(ask, Block):
        check_account(streams, ask.blocked_id)
    pair.decide(ask)
    return Outcome(BlockReceipt(ask.blocked_id, pair.state.relation(ask.blocker_id, ask.blocked_id).blocked), pair, at_head=True)


def streams_of_mute(ask: MuteCommand) -> Sequence[StreamRef]:
    """Name the pair, and the account that is to be muted."""
    return (StreamRef(FOLLOW, follow_of(ask.muter_id, ask.muted_id)), StreamRef(ACCOUNT, ask.muted_id))


def mute(ask: MuteCommand, streams: UnitOfWork) -> Outcome:
    """Mute or unmute an account.

    Raises:
        AccountUnknown: from a mute of an account that does not exist or blocks the caller.
        Refused: what else the rules of a pair refuse.

    """
    pair = streams.load(FOLLOW, follow_of(ask.muter_id, ask.muted_id))
    if isinstance(ask, Mute):
        check_account(streams, ask.muted_id)
        ask = msgspec.structs.replace(ask, now_us=streams.now_us)
    pair.decide(ask)
    relation = pair.state.relation(ask.muter_id, ask.muted_id)
    until = moment(relation.muted_until_us) if relation.muted_until_us else None
    return Outcome(MuteReceipt(ask.muted_id, relation.muted or None, until), pair, at_head=True)
