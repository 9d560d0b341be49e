"""The rules between two accounts: following, requests, blocks and mutes, each in both directions, in one stream.

An account that was blocked is answered as if the other did not exist, so that nobody learns who blocked whom. So it cannot block the other
in turn: of two accounts, one at most blocks the other.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros
from domain.follow.commands import (
    AcceptRequest,
    Block,
    BlockCommand,
    DeclineRequest,
    Follow,
    FollowCommand,
    FollowingCommand,
    Mute,
    MuteCommand,
    RemoveFollower,
    Unblock,
    Unfollow,
    Unmute,
)
from domain.follow.facts import (
    Blocked,
    Followed,
    FollowFact,
    FollowRequestDeclined,
    FollowRequested,
    FollowRequestWithdrawn,
    Muted,
    Unblocked,
    Unfollowed,
    Unmuted,
)
from domain.refused import Refused
from domain.unknown import AccountUnknown

MUTES = ("all", "reposts")
MUTE_DAYS_MAX = 366
DAY_US = 24 * 3_600 * 1_000_000


class OwnAccount(Refused):
    """An account cannot follow, mute or block itself."""

    account_id: str


class BlockedByCaller(Refused):
    """The caller blocks this account; it has to lift the block first."""

    account_id: str


class FollowRequestUnknown(Refused):
    """There is no such follow request."""

    account_id: str


class MuteMalformed(Refused):
    """A mute is of all or of reposts."""

    what: str


class MuteOutOfRange(Refused):
    """A mute ends in the future, at most 366 days away, or never."""

    until: datetime
    days_max: int


class Relation(msgspec.Struct, frozen=True, gc=False):
    """What one account is to another; nothing by default.

    `muted` is what it does not see of the other (all, reposts or empty), until `muted_until_us` of the log's time, 0 for good.
    """

    following: bool = False
    requested: bool = False
    blocked: bool = False
    muted: str = ""
    muted_until_us: int = 0

    def muted_at(self, now_us: int) -> str:
        """Return what is muted at a moment of the log's time: all, reposts or empty."""
        return self.muted if not self.muted_until_us or now_us < self.muted_until_us else ""


class Pair(msgspec.Struct, frozen=True, gc=False):
    """What two accounts are to each other: `lower` is what the one is whose id sorts first, `upper` what the other one is."""

    lower: Relation = Relation()
    upper: Relation = Relation()

    def relation(self, account_id: str, other_id: str) -> Relation:
        """Return what the first of two accounts is to the second."""
        return self.lower if account_id < other_id else self.upper

    @property
    def is_blocked(self) -> bool:
        """Whether one of the two blocks the other."""
        return self.lower.blocked or self.upper.blocked


def decide(pair: Pair, command: FollowCommand) -> Sequence[FollowFact]:
    """Decide what follows from a command.

    Raises:
        OwnAccount: from every command that names one account twice.
        BlockedByCaller: from `Follow`. AccountUnknown: from `Follow`, `Block` and `Mute` by who is blocked.
        FollowRequestUnknown: from `AcceptRequest`.
        MuteMalformed, MuteOutOfRange: from `Mute`.

    """
    match command:
        case Follow() | Unfollow() | RemoveFollower() | AcceptRequest() | DeclineRequest():
            return _follow(pair, command)
        case Block() | Unblock():
            return _block(pair, command)
        case Mute() | Unmute():
            return _mute(pair, command)
        case _:
            assert_never(command)


def _follow(pair: Pair, command: FollowingCommand) -> Sequence[FollowFact]:
    follower_id, followed_id, at = command.follower_id, command.followed_id, command.at
    _check_two(follower_id, followed_id)
    follower = pair.relation(follower_id, followed_id)
    match command:
        case Follow():
            if follower.following or (follower.requested and command.private):
                return ()
            if follower.blocked:
                raise BlockedByCaller(followed_id)
            _check_reachable(pair, follower_id, followed_id)
            if command.private:
                return (FollowRequested(follower_id, followed_id, at),)
            return (Followed(follower_id, followed_id, at),)
        case Unfollow():
            if follower.requested:
                return (FollowRequestWithdrawn(follower_id, followed_id, at),)
            return (Unfollowed(follower_id, followed_id, at),) if follower.following else ()
        case RemoveFollower():
            return (Unfollowed(follower_id, followed_id, at, removed=True),) if follower.following else ()
        case AcceptRequest():
            if follower.following:
                return ()
            if not follower.requested:
                raise FollowRequestUnknown(follower_id)
            return (Followed(follower_id, followed_id, at, requested=True),)
        case DeclineRequest():
            return (FollowRequestDeclined(follower_id, followed_id, at),) if follower.requested else ()
        case _:
            assert_never(command)


def _block(pair: Pair, command: BlockCommand) -> Sequence[FollowFact]:
    blocker_id, blocked_id, at = command.blocker_id, command.blocked_id, command.at
    _check_two(blocker_id, blocked_id)
    stands = pair.relation(blocker_id, blocked_id).blocked
    match command:
        case Block():
            if stands:
                return ()
            _check_reachable(pair, blocker_id, blocked_id)
            return (Blocked(blocker_id, blocked_id, at),)
        case Unblock():
            return (Unblocked(blocker_id, blocked_id, at),) if stands else ()
        case _:
            assert_never(command)


def _mute(pair: Pair, command: MuteCommand) -> Sequence[FollowFact]:
    muter_id, muted_id, at = command.muter_id, command.muted_id, command.at
    _check_two(muter_id, muted_id)
    muter = pair.relation(muter_id, muted_id)
    match command:
        case Mute(what=what, until=until, now_us=now_us):
            if what not in MUTES:
                raise MuteMalformed(what[:60])
            until_us = _until_us(until)
            if (muter.muted, muter.muted_until_us) == (what, until_us):
                return ()
            if until is not None and not now_us < until_us <= now_us + MUTE_DAYS_MAX * DAY_US:
                raise MuteOutOfRange(until, MUTE_DAYS_MAX)
            _check_reachable(pair, muter_id, muted_id)
            return (Muted(muter_id, muted_id, what, None if until is None else until.astimezone(UTC), at),)
        case Unmute():
            return (Unmuted(muter_id, muted_id, at),) if muter.muted else ()
        case _:
            assert_never(command)


def _check_two(account_id: str, other_id: str) -> None:
    if account_id == other_id:
        raise OwnAccount(account_id)


def _check_reachable(pair: Pair, account_id: str, other_id: str) -> None:
    """Refuse whoever the other blocks, in the words for an account that does not exist."""
    if pair.relation(other_id, account_id).blocked:
        raise AccountUnknown(other_id)


def _until_us(until: datetime | None) -> int:
    if until is None:
        return 0
    if until.tzinfo is None:
        raise MuteOutOfRange(until, MUTE_DAYS_MAX)
    return micros(until)


def evolve(pair: Pair, fact: FollowFact) -> Pair:
    """Return the pair after the fact."""
    match fact:
        case FollowRequested(follower_id, followed_id):
            follower = pair.relation(follower_id, followed_id)
            assert not pair.is_blocked, "neither of the two blocks the other"
            assert not follower.following, "who follows need not ask"
            assert not follower.requested, "a request is made once"
            return _with(pair, follower_id, followed_id, requested=True)
        case FollowRequestWithdrawn(follower_id, followed_id) | FollowRequestDeclined(follower_id, followed_id):
            assert pair.relation(follower_id, followed_id).requested, "a request that stands ends"
            return _with(pair, follower_id, followed_id, requested=False)
        case Followed(follower_id, followed_id):
            follower = pair.relation(follower_id, followed_id)
            assert not pair.is_blocked, "neither of the two blocks the other"
            assert not follower.following, "who does not follow begins to"
            assert follower.requested or not fact.requested, "a request that stands is accepted"
            return _with(pair, follower_id, followed_id, following=True, requested=False)
        case Unfollowed(follower_id, followed_id):
            assert pair.relation(follower_id, followed_id).following, "who follows ends it"
            return _with(pair, follower_id, followed_id, following=False)
        case Blocked(blocker_id, blocked_id):
            assert not pair.is_blocked, "of two accounts, one at most blocks the other"
            apart = _with(pair, blocked_id, blocker_id, following=False, requested=False)
            return _with(apart, blocker_id, blocked_id, following=False, requested=False, blocked=True)
        case Unblocked(blocker_id, blocked_id):
            assert pair.relation(blocker_id, blocked_id).blocked, "a block that stands is lifted"
            return _with(pair, blocker_id, blocked_id, blocked=False)
        case Muted(muter_id, muted_id):
            return _with(pair, muter_id, muted_id, muted=fact.what, muted_until_us=_until_us(fact.until))
        case Unmuted(muter_id, muted_id):
            assert pair.relation(muter_id, muted_id).muted, "a mute ends"
            return _with(pair, muter_id, muted_id, muted="", muted_until_us=0)
        case _:
            assert_never(fact)


def _with(pair: Pair, account_id: str, other_id: str, **changed: bool | str | int) -> Pair:
    """Return the pair with something changed of what the first account is to the second."""
    relation = msgspec.structs.replace(pair.relation(account_id, other_id), **changed)
    return Pair(relation, pair.upper) if account_id < other_id else Pair(pair.lower, relation)


FOLLOW = Aggregate("follow", Pair(), decide, evolve, get_args(FollowFact), snapshot=Pair)
