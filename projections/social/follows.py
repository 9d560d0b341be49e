"""Who follows, mutes and blocks whom, and the timelines that slips are pushed to.

    {pNN}:following:<account>    sorted set of those it follows, by the position it began at
    {pNN}:followed_by:<account>  sorted set of those who follow it, by position
    {pNN}:asked:<account>        sorted set of those it asks to follow, by position
    {pNN}:requests:<account>     sorted set of those who ask to follow it, by position
    {pNN}:blocks:<account>       sorted set of those it blocked, by position
    {pNN}:blocked_by:<account>   sorted set of those who blocked it, by position
    {pNN}:mutes:<account>        sorted set of <muted>:all and <muted>:reposts, by the millisecond since 1970 until which they hold
    {pNN}:followers:<author>     sorted set of the accounts of this partition that follow the author
    {pNN}:timeline:<account>     list of packed entries, newest first: see `timeline_entries`
    {pNN}:unpushed               sorted set of the authors who are large here, by the position of the latest entry that was not pushed

All but `followers` are in the partition of the account in the key. `followers` are in the partition of their members, so that a slip is
spread to the timelines of a partition by that partition alone. A timeline exists while its owner reads: what it lacks, the outboxes have.

An author with too many followers in a partition is large there: what is shared is not pushed, and readers read that author's outbox down
from the position that `unpushed` has. A partition judges by the followers that it has itself, so that it asks nobody else.
"""

from collections.abc import Callable, Sequence
from typing import Any

from domain.fact import Recorded, micros
from domain.follow.facts import (
    Blocked,
    Followed,
    FollowRequestDeclined,
    FollowRequested,
    FollowRequestWithdrawn,
    Muted,
    Unblocked,
    Unfollowed,
    Unmuted,
)
from domain.partitions import PARTITIONS
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from projections.changes import Change, Rank, Spread, Unrank
from projections.partitions import TAGS, tag_of
from projections.ports import View
from projections.social.timeline_entries import FeedEntry, packed

TIMELINE_MAX = 800
TIMELINE_SLACK = 16
"""A timeline is cut once it is so much longer: a cut costs as much as a push."""
PUSHED_FOLLOWERS_MAX = 10_000
"""Authors with more followers, over all partitions, are large: what they share is read from their outboxes."""
FOR_GOOD = 2**53 - 1
"""When a mute ends that was not given an end, in milliseconds since 1970."""
MUTED = ("all", "reposts")

FOLLOWING, FOLLOWED_BY, ASKED, REQUESTS = "following", "followed_by", "asked", "requests"
BLOCKS, BLOCKED_BY, MUTES, FOLLOWERS, TIMELINE = "blocks", "blocked_by", "mutes", "followers", "timeline"
UNPUSHED = "unpushed"


def key_of(kind: str, account_id: str) -> str:
    """Return the key of an account's own rows of a kind."""
    return f"{tag_of(account_id)}:{kind}:{account_id}"


def unpushed_key(account_id: str) -> str:
    """Return the key of the large authors of an account's partition."""
    return f"{tag_of(account_id)}:{UNPUSHED}"


class FollowsProjection:
    """What facts change between two accounts, or in the timelines of followers: at most so many in one partition are pushed to."""

    def __init__(self, members_max: int) -> None:
        self._members_max = members_max

    def __call__(self, recorded: Recorded) -> Sequence[Change]:
        """Return what a fact changes."""
        body = recorded.body
        if isinstance(body, SlipShared):
            return self._spread(FeedEntry(recorded.position, recorded.stream_id, body.author_id))
        if isinstance(body, Reacted) and body.kind == "repost":
            return self._spread(FeedEntry(recorded.position, body.slip_id, body.slip_author_id, body.account_id))
        projected = _PROJECTED.get(type(body))
        return projected(recorded, body) if projected is not None else ()

    def _spread(self, entry: FeedEntry) -> Sequence[Change]:
        kept, actor_id = packed(entry), entry.actor_id
        return [
            Spread(
                over=f"{tag}:{FOLLOWERS}:{actor_id}",
                into=f"{tag}:{TIMELINE}:",
                entry=kept,
                keep_max=TIMELINE_MAX,
                existing_only=True,
                slack=TIMELINE_SLACK,
                members_max=self._members_max,
                instead=Rank(f"{tag}:{UNPUSHED}", actor_id, entry.position),
            )
            for tag in TAGS
        ]


def _requested(recorded: Recorded, fact: FollowRequested) -> Sequence[Change]:
    return (
        Rank(key_of(ASKED, fact.follower_id), fact.followed_id, recorded.position),
        Rank(key_of(REQUESTS, fact.followed_id), fact.follower_id, recorded.position),
    )


def _request_over(_recorded: Recorded, fact: FollowRequestWithdrawn | FollowRequestDeclined) -> Sequence[Change]:
    return _unasked(fact.follower_id, fact.followed_id)


def _followed(recorded: Recorded, fact: Followed) -> Sequence[Change]:
    follower_id, followed_id, position = fact.follower_id, fact.followed_id, recorded.position
    return (
        *_unasked(follower_id, followed_id),
        Rank(key_of(FOLLOWING, follower_id), followed_id, position),
        Rank(key_of(FOLLOWED_BY, followed_id), follower_id, position),
        Rank(_followers(follower_id, followed_id), follower_id, position),
    )


def _unfollowed(_recorded: Recorded, fact: Unfollowed) -> Sequence[Change]:
    return _unfollow(fact.follower_id, fact.followed_id)


def _blocked(recorded: Recorded, fact: Blocked) -> Sequence[Change]:
    one, other = fact.blocker_id, fact.blocked_id
    return (
        Rank(key_of(BLOCKS, one), other, recorded.position),
        Rank(key_of(BLOCKED_BY, other), one, recorded.position),
        *_unfollow(one, other),
        *_unfollow(other, one),
        *_unasked(one, other),
        *_unasked(other, one),
    )


def _unblocked(_recorded: Recorded, fact: Unblocked) -> Sequence[Change]:
    return Unrank(key_of(BLOCKS, fact.blocker_id), fact.blocked_id), Unrank(key_of(BLOCKED_BY, fact.blocked_id), fact.blocker_id)


def _muted(_recorded: Recorded, fact: Muted) -> Sequence[Change]:
    until_ms = micros(fact.until) // 1_000 if fact.until is not None else FOR_GOOD
    return (Rank(key_of(MUTES, fact.muter_id), f"{fact.muted_id}:{fact.what}", until_ms),)


def _unmuted(_recorded: Recorded, fact: Unmuted) -> Sequence[Change]:
    return [Unrank(key_of(MUTES, fact.muter_id), f"{fact.muted_id}:{what}") for what in MUTED]


def _followers(follower_id: str, followed_id: str) -> str:
    return f"{tag_of(follower_id)}:{FOLLOWERS}:{followed_id}"


def _unasked(follower_id: str, followed_id: str) -> tuple[Change, Change]:
    return Unrank(key_of(ASKED, follower_id), followed_id), Unrank(key_of(REQUESTS, followed_id), follower_id)


def _unfollow(follower_id: str, followed_id: str) -> Sequence[Change]:
    return (
        Unrank(key_of(FOLLOWING, follower_id), followed_id),
        Unrank(key_of(FOLLOWED_BY, followed_id), follower_id),
        Unrank(_followers(follower_id, followed_id), follower_id),
    )


_PROJECTED: dict[type, Callable[[Recorded, Any], Sequence[Change]]] = {
    FollowRequested: _requested,
    FollowRequestWithdrawn: _request_over,
    FollowRequestDeclined: _request_over,
    Followed: _followed,
    Unfollowed: _unfollowed,
    Blocked: _blocked,
    Unblocked: _unblocked,
    Muted: _muted,
    Unmuted: _unmuted,
}


def view_of(pushed_followers_max: int) -> View:
    """Return the view that pushes what an author shares to so many followers at most, about equally many in each partition."""
    return View(
        "follows",
        1,
        FollowsProjection(-(-pushed_followers_max // PARTITIONS)),
        consumes=frozenset({*_PROJECTED, SlipShared, Reacted}),
        ignores=frozenset({SlipChanged, SlipRemoved, SlipHeld, SlipReleased, ReactionWithdrawn}),
        caches=(f"{TIMELINE}:", UNPUSHED),
    )


VIEW = view_of(PUSHED_FOLLOWERS_MAX)
