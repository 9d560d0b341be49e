"""Personal data export: all facts that are about an account and were not somebody else's doing, in log order, page by page.

A fact is exported where it stands in the account's own stream, or names the account as the one who did it: its wallet and bets, sign-ins,
claims, slips, picks, drafts, tails, comments, reactions, follows, blocks, mutes, reports and profile. What moderators decided on it and on
what it shared and said, and its appeals, are exported too. What others did to it (a follow, a block, a like, a report) is theirs, and in
their exports; that moderators looked at it without holding anything, or shadow it, is told to nobody.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from domain.fact import Fact, Recorded
from domain.follow.facts import FollowRequestDeclined, Unfollowed
from domain.moderation.facts import AppealDecided, DecisionAppealed, ItemHeld, ItemReleased, ItemRemoved

PAGE_FACTS = 500
"""How many facts are in memory at once."""

STRETCH_POSITIONS = 50_000
"""How much of the log one question looks through, so that none of them takes long."""

ACTORS = ("account_id", "author_id", "tailer_id", "blocker_id", "muter_id", "follower_id", "reporter_id")
"""The fields that say who did something, where a fact has them."""


class PersonalPages(Protocol):
    """Reads from the log what is about an account."""

    def personal(self, account_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return the first facts after a position, and up to another, that stand in the account's stream or name it; at most `limit`."""
        ...


def export_of(account_id: str, log: PersonalPages, head: int) -> Iterator[Sequence[Recorded]]:
    """Yield the exported facts of an account in pages, in log order, up to the position `head`.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    after = 0
    while after < head:
        upto = min(after + STRETCH_POSITIONS, head)
        page = log.personal(account_id, after, upto, PAGE_FACTS)
        after = page[-1].position if len(page) == PAGE_FACTS else upto
        yield [fact for fact in page if fact.stream_id == account_id or actor_of(fact.body) == account_id]


def actor_of(fact: Fact) -> str:
    """Return the account whose doing a fact is, or on whose item a moderator decided what its author is told; empty where it names none."""
    if isinstance(fact, ItemHeld | ItemRemoved | ItemReleased | DecisionAppealed | AppealDecided):
        return fact.item.author_id
    if isinstance(fact, FollowRequestDeclined) or (isinstance(fact, Unfollowed) and fact.removed):
        return fact.followed_id
    named = (getattr(fact, field, "") for field in ACTORS)
    return next((account_id for account_id in named if account_id), "")
