"""A social history told fact by fact: who follows whom, what they share, like and say."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from domain.account.facts import AccountRegistered
from domain.comment.facts import CommentDeleted, CommentEdited, CommentPosted
from domain.fact import Fact
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
from domain.ids import comment_of, follow_of, pick_of, profile_of, reaction_of, slip_of, tail_of
from domain.odds import parse
from domain.partitions import partition_of
from domain.profile.facts import ProfileChanged
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.tail.facts import SlipTailed
from projections.registry import VIEWS as ALL_VIEWS
from projections.social.registry import VIEWS
from tests.views.history import History, named

SOCIAL_VIEWS = VIEWS
EVERY_VIEW = ALL_VIEWS
FIXTURE, MARKET = named("fixture", 1), named("market", 1)
ACCOUNTS = tuple(named("account", number) for number in range(6))
LEG = SlipLeg(FIXTURE, MARKET, "home", parse("2.35"), 1)


def crowded(count: int) -> list[str]:
    """Return accounts that all live in two partitions, so that some authors may be large there and some not."""
    candidates = [named("account", number) for number in range(400)]
    homes = {partition_of(each) for each in candidates[:2]}
    return [each for each in candidates if partition_of(each) in homes][:count]


class SocialHistory(History):
    """Verbs of the feed, beside those of the book. Facts are written as commands would, without their refusals."""

    def __init__(self) -> None:
        super().__init__()
        self.picks = 0

    def account(self, account_id: str, handle: str) -> None:
        self.add(account_id, AccountRegistered(handle, "sealed", "$argon2id$", "EUR", self.at(), ""))

    def profile(self, account_id: str, *, private: bool, bio: str = "") -> None:
        self.add(profile_of(account_id), ProfileChanged(account_id, "", bio, private, self.at()))

    def between(self, one: str, other: str, fact: Fact) -> int:
        return self.add(follow_of(one, other), fact)

    def follow(self, follower: str, followed: str) -> int:
        return self.between(follower, followed, Followed(follower, followed, self.at()))

    def unfollow(self, follower: str, followed: str) -> None:
        self.between(follower, followed, Unfollowed(follower, followed, self.at()))

    def ask(self, follower: str, followed: str) -> None:
        self.between(follower, followed, FollowRequested(follower, followed, self.at()))

    def decline(self, follower: str, followed: str) -> None:
        self.between(follower, followed, FollowRequestDeclined(follower, followed, self.at()))

    def withdraw_request(self, follower: str, followed: str) -> None:
        self.between(follower, followed, FollowRequestWithdrawn(follower, followed, self.at()))

    def block(self, blocker: str, blocked: str) -> None:
        self.between(blocker, blocked, Blocked(blocker, blocked, self.at()))

    def unblock(self, blocker: str, blocked: str) -> None:
        self.between(blocker, blocked, Unblocked(blocker, blocked, self.at()))

    def mute(self, muter: str, muted: str, what: str = "all", until: datetime | None = None) -> None:
        self.between(muter, muted, Muted(muter, muted, what, until, self.at()))

    def unmute(self, muter: str, muted: str) -> None:
        self.between(muter, muted, Unmuted(muter, muted, self.at()))

    def pick(
        self, author: str, *, visibility: str = "public", legs: tuple[SlipLeg, ...] = (LEG,), caption: str = "", tags: tuple[str, ...] = ()
    ) -> str:
        """Share a pick and return its id."""
        self.picks += 1
        slip_id = pick_of(author, str(self.picks))
        self.add(slip_id, SlipShared(author, "single", legs, visibility, "hidden", self.at(), caption=caption, tags=tags))
        return slip_id

    def share(self, author: str, bet_id: str, stake_minor: int, *legs: SlipLeg, shown: str = "amount", unit_minor: int = 0) -> str:
        """Share a bet and return the slip's id."""
        kind, slip_id = "single" if len(legs) == 1 else "multiple", slip_of(bet_id)
        self.add(slip_id, SlipShared(author, kind, legs, "public", shown, self.at(), bet_id, stake_minor, "EUR", unit_minor))
        return slip_id

    def change(self, author: str, slip_id: str, visibility: str, replies_close_at: datetime | None = None) -> None:
        self.add(slip_id, SlipChanged(author, visibility, False, self.at(), replies_close_at))

    def remove(self, author: str, slip_id: str) -> None:
        self.add(slip_id, SlipRemoved(author, self.at()))

    def hold(self, author: str, slip_id: str) -> None:
        self.add(slip_id, SlipHeld(author, "words", "Why.", "mo", self.at()))

    def release(self, author: str, slip_id: str) -> None:
        self.add(slip_id, SlipReleased(author, "mo", self.at()))

    def react(self, kind: str, account_id: str, slip_id: str, author: str, age_days: int = 400) -> int:
        stream_id = reaction_of(kind, account_id, slip_id)
        return self.add(stream_id, Reacted(kind, account_id, slip_id, author, age_days, self.at()))

    def unreact(self, kind: str, account_id: str, slip_id: str, author: str) -> None:
        self.add(reaction_of(kind, account_id, slip_id), ReactionWithdrawn(kind, account_id, slip_id, author, self.at()))

    def comment(self, key: str, author: str, slip_id: str, slip_author: str, text: str, parent: str = "", parent_author: str = "") -> str:
        comment_id = comment_of(author, key)
        self.add(comment_id, CommentPosted(author, slip_id, slip_author, text, self.at(), parent, parent_author_id=parent_author))
        return comment_id

    def edit_comment(self, comment_id: str, author: str, slip_id: str, text: str) -> None:
        self.add(comment_id, CommentEdited(author, slip_id, text, self.at()))

    def delete_comment(self, comment_id: str, author: str, slip_id: str) -> None:
        self.add(comment_id, CommentDeleted(author, slip_id, self.at()))

    def tail(self, tailer: str, bet_id: str, slip_id: str, author: str, side: str = "tail") -> None:
        self.add(tail_of(bet_id), SlipTailed(tailer, slip_id, author, bet_id, side, self.at()))


class SocialStory:
    """A lively social history among a few accounts, of which more may come at any time. The same seed gives the same one."""

    def __init__(self, seed: int, accounts: Sequence[str] = ACCOUNTS) -> None:
        self.rng, self.history = Random(seed), SocialHistory()  # noqa: S311  (a story, not a secret)
        self.accounts = list(accounts)
        for number, account_id in enumerate(self.accounts):
            self.history.account(account_id, f"Player{number}")
        self.slips: dict[str, str] = {}
        self.reposts: set[tuple[str, str]] = set()
        self.following: set[tuple[str, str]] = set()
        self.turns = (
            self.pick,
            self.follow,
            self.unfollow,
            self.repost,
            self.visibility,
            self.block,
            self.mute,
            self.remove,
            self.hold,
            self.private,
        )
        self.weights = (40, 18, 6, 14, 4, 2, 4, 4, 2, 2)

    def go_on(self, turns: int) -> None:
        for _ in range(turns):
            self.rng.choices(self.turns, self.weights)[0]()

    def two(self) -> tuple[str, str]:
        one, other = self.rng.sample(self.accounts, 2)
        return one, other

    def pick(self) -> None:
        author = self.rng.choice(self.accounts)
        self.slips[self.history.pick(author, visibility=self.rng.choice(("public", "public", "followers")))] = author

    def follow(self) -> None:
        if (two := self.two()) not in self.following:
            self.following.add(two)
            self.history.follow(*two)

    def unfollow(self) -> None:
        if (two := self.two()) in self.following:
            self.following.remove(two)
            self.history.unfollow(*two)

    def slip(self) -> tuple[str, str] | None:
        return self.rng.choice(list(self.slips.items())) if self.slips else None

    def repost(self) -> None:
        if (found := self.slip()) is None:
            return
        (slip_id, author), reposter = found, self.rng.choice(self.accounts)
        if reposter == author:
            return
        if (slip_id, reposter) in self.reposts:
            self.reposts.remove((slip_id, reposter))
            self.history.unreact("repost", reposter, slip_id, author)
        else:
            self.reposts.add((slip_id, reposter))
            self.history.react("repost", reposter, slip_id, author)

    def fresh_repost(self) -> None:
        """Repost what the account does not repost yet."""
        if (found := self.slip()) is not None:
            (slip_id, author), reposter = found, self.rng.choice(self.accounts)
            if reposter != author and (slip_id, reposter) not in self.reposts:
                self.reposts.add((slip_id, reposter))
                self.history.react("repost", reposter, slip_id, author)

    def visibility(self) -> None:
        if (found := self.slip()) is not None:
            self.history.change(found[1], found[0], self.rng.choice(("public", "followers")))

    def block(self) -> None:
        one, other = self.two()
        self.history.block(one, other)
        self.following -= {(one, other), (other, one)}
        if self.rng.random() < 0.7:
            self.history.unblock(one, other)

    def mute(self) -> None:
        one, other = self.two()
        if self.rng.random() < 0.6:
            self.history.mute(one, other, self.rng.choice(("all", "reposts")))
        else:
            self.history.unmute(one, other)

    def remove(self) -> None:
        if (found := self.slip()) is not None:
            self.history.remove(found[1], found[0])
            del self.slips[found[0]]

    def hold(self) -> None:
        if (found := self.slip()) is not None:
            self.history.hold(found[1], found[0])
            if self.rng.random() < 0.6:
                self.history.release(found[1], found[0])

    def private(self) -> None:
        self.history.profile(self.rng.choice(self.accounts), private=self.rng.random() < 0.5)
