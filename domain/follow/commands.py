"""What may be asked of what two accounts are to each other.

`private` and `now_us` are filled in by whoever runs the command: whether the followed account is private is in its profile's stream, and
`now_us` is the log's time as far as it is known when the command is decided.
"""

from datetime import datetime

import msgspec


class Follow(msgspec.Struct, frozen=True, gc=False):
    """Follow an account, or ask to where it is private."""

    follower_id: str
    followed_id: str
    at: datetime
    private: bool = False


class Unfollow(msgspec.Struct, frozen=True, gc=False):
    """Follow an account no more; where it was only asked for, withdraw the request."""

    follower_id: str
    followed_id: str
    at: datetime


class RemoveFollower(msgspec.Struct, frozen=True, gc=False):
    """As the followed account: let the other follow no more. It may follow, or ask to, again."""

    follower_id: str
    followed_id: str
    at: datetime


class AcceptRequest(msgspec.Struct, frozen=True, gc=False):
    """As the account that was asked: let the other follow."""

    follower_id: str
    followed_id: str
    at: datetime


class DeclineRequest(msgspec.Struct, frozen=True, gc=False):
    """As the account that was asked: say no. It may be asked again."""

    follower_id: str
    followed_id: str
    at: datetime


class Block(msgspec.Struct, frozen=True, gc=False):
    """End following and requests both ways, and let neither see or reach the other."""

    blocker_id: str
    blocked_id: str
    at: datetime


class Unblock(msgspec.Struct, frozen=True, gc=False):
    """Lift the block."""

    blocker_id: str
    blocked_id: str
    at: datetime


class Mute(msgspec.Struct, frozen=True, gc=False):
    """Do not see what an account shares (`what` is all) or reposts (reposts), until a moment or for good. Replaces an earlier mute."""

    muter_id: str
    muted_id: str
    what: str
    until: datetime | None
    at: datetime
    now_us: int = 0


class Unmute(msgspec.Struct, frozen=True, gc=False):
    """See everything of the account again."""

    muter_id: str
    muted_id: str
    at: datetime


FollowingCommand = Follow | Unfollow | RemoveFollower | AcceptRequest | DeclineRequest
BlockCommand = Block | Unblock
MuteCommand = Mute | Unmute
FollowCommand = FollowingCommand | BlockCommand | MuteCommand
