"""Whatever people ask among each other, in whatever order and by whatever means: what is taken, the audit's own rules find right.

One log in memory, one command at a time; the log is audited in the end.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.open_account import OpenAccount
from commands.audit import verify
from commands.social.comment import CommentOnSlip, RewriteComment
from commands.social.react import React
from commands.social.report import ReportSeenItem
from commands.social.share_slip import PickLeg, ShareBet, SharePick
from domain.account.commands import GrantRole
from domain.comment.commands import DeleteComment
from domain.comment.decider import EDIT_MS
from domain.follow.commands import AcceptRequest, Block, DeclineRequest, Follow, Mute, RemoveFollower, Unblock, Unfollow, Unmute
from domain.ids import comment_of, derived, pick_of, slip_of
from domain.moderation.commands import (
    AppealDecision,
    DecideAppeal,
    DismissReports,
    HoldItem,
    ReleaseItem,
    RemoveItem,
    ShadowAccount,
    UnshadowAccount,
)
from domain.moderation.facts import ModeratedItem
from domain.odds import parse
from domain.profile.commands import ChangeProfile
from domain.reaction.commands import WithdrawReaction
from domain.refused import Refused
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from tests.decisions.given import later
from tests.decisions.test_use_cases import ANN, BET_1, BOB, F1, M1, Book, account, bet, deposit, market

EVE, MOD = derived("account", "eve"), derived("account", "mod")
PEOPLE = (ANN, BOB, EVE)
HANDLES = ("ann", "bob", "eve", "nobody")
SLIPS = (slip_of(BET_1), pick_of(BOB, "pick"))
TEXTS = ("s1." + "A" * 40, "s1." + "B" * 40, "open for all to read")
NOW = later(seconds=2)

people, slips, kinds = st.sampled_from(PEOPLE), st.sampled_from(SLIPS), st.sampled_from(("like", "repost", "save", "clap"))
pairs = st.sampled_from([*permutations(PEOPLE, 2), (ANN, ANN)])
said = st.sampled_from((*TEXTS[:2], *TEXTS))
mentions = st.lists(st.sampled_from(HANDLES), max_size=2).map(tuple)
keys = st.sampled_from("aab")
comment_ids = st.builds(comment_of, people, keys)
marks = st.sampled_from((False, False, True))
parents = st.one_of(st.just(""), comment_ids)


items = st.one_of(
    slips.map(lambda slip_id: ModeratedItem("slip", slip_id, "")),
    comment_ids.map(lambda comment_id: ModeratedItem("comment", comment_id, "")),
    people.map(lambda account_id: ModeratedItem("account", account_id, "")),
)
moderators = st.sampled_from((MOD, MOD, "console", BOB))
rules = st.sampled_from(("spam", "abuse"))


def moderation() -> st.SearchStrategy[Any]:
    """What people report, moderators decide and authors appeal."""
    why, now = st.just("why"), st.just(NOW)
    until = st.sampled_from((None, NOW + timedelta(milliseconds=EDIT_MS), NOW + timedelta(days=1)))
    reports = st.builds(
        lambda item, who, hold_at: ReportSeenItem(item.kind, item.item_id, who, "spam", hold_at, NOW),
        items,
        people,
        st.sampled_from((1, 2)),
    )
    return st.one_of(
        reports,
        reports,
        st.builds(HoldItem, items, rules, why, moderators, now, until),
        st.builds(RemoveItem, items, rules, why, moderators, now),
        st.builds(ReleaseItem, items, why, moderators, now),
        st.builds(DismissReports, items, why, moderators, now),
        st.builds(lambda item, who: AppealDecision(msgspec.structs.replace(item, author_id=who), TEXTS[0], NOW), items, people),
        st.builds(DecideAppeal, items, st.booleans(), why, moderators, now),
        st.builds(ShadowAccount, items, rules, why, moderators, now),
        st.builds(UnshadowAccount, items, why, moderators, now),
    )


@st.composite
def comments(draw: Callable[[Any], Any]) -> CommentOnSlip:
    author_id, key = draw(people), draw(st.sampled_from("abcd"))
    parent_id, text, handles = draw(parents), draw(said), draw(mentions)
    return CommentOnSlip(comment_of(author_id, key), author_id, draw(slips), parent_id, text, handles, NOW, draw(marks))


@st.composite
def changes_of_comments(draw: Callable[[Any], Any]) -> RewriteComment | DeleteComment:
    author_id, comment_key = draw(people), draw(keys)
    comment_id, actor = comment_of(author_id, comment_key), draw(st.sampled_from((author_id, author_id, *PEOPLE)))
    if draw(st.booleans()):
        return RewriteComment(comment_id, actor, draw(said), draw(mentions), NOW, draw(marks))
    return DeleteComment(comment_id, actor, NOW)


def visibility() -> st.SearchStrategy[str]:
    return st.sampled_from(("public", "followers"))


ASKED = st.one_of(
    pairs.map(lambda two: Follow(*two, NOW)),
    pairs.map(lambda two: Unfollow(*two, NOW)),
    pairs.map(lambda two: RemoveFollower(*two, NOW)),
    pairs.map(lambda two: AcceptRequest(*two, NOW)),
    pairs.map(lambda two: DeclineRequest(*two, NOW)),
    pairs.map(lambda two: Block(*two, NOW)),
    pairs.map(lambda two: Unblock(*two, NOW)),
    pairs.map(lambda two: Mute(*two, "all", None, NOW)),
    pairs.map(lambda two: Unmute(*two, NOW)),
    st.builds(React, kinds, people, slips, st.just(NOW)),
    st.builds(React, kinds, people, slips, st.just(NOW)),
    st.builds(WithdrawReaction, kinds, people, slips, st.just(NOW)),
    comments(),
    comments(),
    comments(),
    changes_of_comments(),
    changes_of_comments(),
    st.builds(ChangeSlip, slips, people, visibility(), st.booleans(), st.just(NOW)),
    st.builds(RemoveSlip, slips, people, st.just(NOW)),
    st.builds(HoldSlip, slips, st.just("spam"), st.just("links"), st.sampled_from((MOD, BOB, ANN)), st.just(NOW)),
    st.builds(ReleaseSlip, slips, st.sampled_from((MOD, BOB)), st.just(NOW)),
    moderation(),
    moderation(),
    moderation(),
    st.sampled_from((1, EDIT_MS // 2, EDIT_MS)),
)
"""What is asked next; a number waits so many milliseconds."""


class Town(Book):
    """A log in memory, whose clock goes on a millisecond with each command."""

    def asked(self, command: Any) -> type[Refused] | None:
        """Do something; return what it was refused by."""
        self.wait(1)
        try:
            self.do(command)
        except Refused as refusal:
            return type(refusal)
        return None


def begun() -> Town:
    """Three people and a moderator; a bet of Ann's that everybody sees and commented on, and a pick of Bob's for his followers."""
    book = Town()
    opening = [account(), deposit(), *market(M1, F1), account(BOB, "bob", "bob@example.org"), account(EVE, "eve", "eve@example.org")]
    opening += [OpenAccount(MOD, "mod", "mod@example.org", "argon2", "EUR", NOW), GrantRole(MOD, "moderator", "console", NOW), bet()]
    opening.append(ShareBet(BET_1, ANN, "public", "hidden", 0, "", (), (), NOW))
    leg = PickLeg(M1, "yes", parse("5"))
    opening.append(SharePick(pick_of(BOB, "pick"), BOB, "single", (leg,), "followers", "", (), (), NOW))
    opening += [CommentOnSlip(comment_of(who, "a"), who, SLIPS[0], "", TEXTS[0], (), NOW) for who in PEOPLE]
    opening += [React(kind, EVE, SLIPS[0], NOW) for kind in ("like", "repost")]
    assert [refused for command in opening if (refused := book.asked(command))] == []
    return book


@settings(max_examples=40)
@given(st.lists(ASKED, max_size=60), st.lists(st.tuples(people, st.booleans()), max_size=2))
def test_whatever_is_taken_is_right_by_the_audits_own_rules(asked: list[Any], private: list[tuple[str, bool]]):
    book = begun()
    for account_id, is_private in private:
        book.asked(ChangeProfile(account_id=account_id, display_name=None, bio=None, private=is_private, at=NOW))
    for command in asked:
        if isinstance(command, int):
            book.wait(command)
        else:
            book.asked(command)
    assert verify(book.store).violation is None
