"""People begin to follow an account: it is told once of all of them, and of no one who left again."""

from collections.abc import Sequence

from domain.fact import Recorded
from domain.follow.facts import Blocked, Followed, Unfollowed
from projections.notifications.told import NoticeTold, Shown, TakenBack, Telling, at

FOLLOWERS = "followers"
"""The one subject: all who follow."""


def _followed(recorded: Recorded[Followed], fact: Followed) -> Sequence[NoticeTold]:
    return (NoticeTold(fact.followed_id, FOLLOWERS, at(recorded, actor_id=fact.follower_id)),)


def _unfollowed(_recorded: Recorded[Unfollowed], fact: Unfollowed) -> Sequence[TakenBack]:
    return (TakenBack(fact.followed_id, FOLLOWERS, fact.follower_id),)


def _blocked(_recorded: Recorded[Blocked], fact: Blocked) -> Sequence[TakenBack]:
    return TakenBack(fact.blocker_id, FOLLOWERS, fact.blocked_id), TakenBack(fact.blocked_id, FOLLOWERS, fact.blocker_id)


def says(shown: Shown) -> str:
    """Say who follows, and how many with them."""
    return shown.say("follow", who=shown.who)


TELLING = Telling("follow", {Followed: _followed, Unfollowed: _unfollowed, Blocked: _blocked}, says, grouped=True)
