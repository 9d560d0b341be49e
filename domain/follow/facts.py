"""What happens between two accounts. One stream for each unordered pair (`domain.ids.follow_of`), so that a decision reads one stream."""

from datetime import datetime

from domain.fact import Fact


class FollowRequested(Fact, frozen=True, tag="follow.requested.v1"):
    """An account asks to follow a private one. A request stands until it is accepted, declined or withdrawn."""

    follower_id: str
    followed_id: str
    at: datetime


class FollowRequestWithdrawn(Fact, frozen=True, tag="follow.request_withdrawn.v1"):
    """The account that asked asks no more."""

    follower_id: str
    followed_id: str
    at: datetime


class FollowRequestDeclined(Fact, frozen=True, tag="follow.request_declined.v1"):
    """The account that was asked said no."""

    follower_id: str
    followed_id: str
    at: datetime


class Followed(Fact, frozen=True, tag="follow.followed.v1"):
    """An account follows another from now on. With `requested` it had asked to, and the other accepted."""

    follower_id: str
    followed_id: str
    at: datetime
    requested: bool = False


class Unfollowed(Fact, frozen=True, tag="follow.unfollowed.v1"):
    """An account follows another no more. With `removed` it was the other who ended it."""

    follower_id: str
    followed_id: str
    at: datetime
    removed: bool = False


class Blocked(Fact, frozen=True, tag="follow.blocked.v1"):
    """Neither of the two sees or reaches the other any more. Following and requests between them end with this fact, both ways."""

    blocker_id: str
    blocked_id: str
    at: datetime


class Unblocked(Fact, frozen=True, tag="follow.unblocked.v1"):
    """The block is lifted. Following does not come back by itself."""

    blocker_id: str
    blocked_id: str
    at: datetime


class Muted(Fact, frozen=True, tag="follow.muted.v1"):
    """An account no longer sees what another shares (`what` is all) or reposts (reposts), before `until`, or for good where there is none.

    The other is not told.
    """

    muter_id: str
    muted_id: str
    what: str
    until: datetime | None
    at: datetime


class Unmuted(Fact, frozen=True, tag="follow.unmuted.v1"):
    """Everything that was muted between the two, by this one of them, is seen again."""

    muter_id: str
    muted_id: str
    at: datetime


FollowFact = (
    FollowRequested | FollowRequestWithdrawn | FollowRequestDeclined | Followed | Unfollowed | Blocked | Unblocked | Muted | Unmuted
)
