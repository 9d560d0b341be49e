"""Somebody asks to follow a private account: it is told, as long as the request stands."""

from collections.abc import Sequence

from domain.fact import Recorded
from domain.follow.facts import Blocked, Followed, FollowRequestDeclined, FollowRequested, FollowRequestWithdrawn
from projections.notifications.told import NoticeTold, Shown, TakenBack, Telling, at


def _requested(recorded: Recorded[FollowRequested], fact: FollowRequested) -> Sequence[NoticeTold]:
    return (NoticeTold(fact.followed_id, fact.follower_id, at(recorded, actor_id=fact.follower_id)),)


def _over(_recorded: Recorded[Followed], fact: Followed | FollowRequestDeclined | FollowRequestWithdrawn) -> Sequence[TakenBack]:
    return (TakenBack(fact.followed_id, fact.follower_id, fact.follower_id),)


def _blocked(_recorded: Recorded[Blocked], fact: Blocked) -> Sequence[TakenBack]:
    one, other = fact.blocker_id, fact.blocked_id
    return TakenBack(one, other, other), TakenBack(other, one, one)


def says(shown: Shown) -> str:
    """Say who asks."""
    return shown.say("follow_request", who=shown.who)


TELLING = Telling(
    "follow_request",
    {FollowRequested: _requested, Followed: _over, FollowRequestDeclined: _over, FollowRequestWithdrawn: _over, Blocked: _blocked},
    says,
)
