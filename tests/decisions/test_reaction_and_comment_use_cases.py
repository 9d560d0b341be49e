"""Reacting and commenting, over a log in memory: who may see the slip decides, the slip's stream is read and never written."""

from typing import Any

import msgspec
import pytest

from commands.accounts.open_account import OpenAccount
from commands.ports import NewFact
from commands.social.comment import CommentOnSlip, RewriteComment
from commands.social.mentions import MentionUnknown
from commands.social.react import React
from domain.comment.commands import DeleteComment
from domain.comment.decider import EDIT_MS, CommentKeyReused, CommentUnknown, EditTooLate, RepliesClosed, ReplyToReply, TooManyMentions
from domain.comment.facts import CommentDeleted, CommentEdited, CommentPosted
from domain.fact import micros
from domain.follow.facts import Blocked, Followed
from domain.ids import comment_of, derived, follow_of, profile_of, reaction_of
from domain.odds import parse
from domain.profile.facts import ProfileChanged
from domain.reaction.commands import WithdrawReaction
from domain.reaction.decider import SlipForFollowers
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.commands import ChangeSlip, RemoveSlip
from domain.slip.decider import SlipUnknown
from domain.slip.facts import SlipHeld, SlipLeg, SlipShared
from tests.decisions.given import NOON, later
from tests.decisions.test_use_cases import Book

ANN, BOB, EVE = derived("account", "ann"), derived("account", "bob"), derived("account", "eve")
SLIP, PRIVATE, NOWHERE = derived("slip", "one"), derived("slip", "for followers"), derived("slip", "none")
DAY_MS = 24 * 3_600_000
LEG = SlipLeg(derived("fixture"), derived("market"), "home", parse("2.1"), 1)
TEXT, NEW_TEXT = "s1." + "A" * 40, "s1." + "B" * 40
LIKE = reaction_of("like", BOB, SLIP)


def shared(visibility: str) -> SlipShared:
    return SlipShared(ANN, "single", (LEG,), visibility, "hidden", NOON)


@pytest.fixture
def book() -> Book:
    """Ann's slips, one public and one for followers; Bob and Eve are new, and follow nobody."""
    book = Book()
    book.do(
        *(OpenAccount(who, name, f"{name}@example.org", "argon2", "EUR", NOON) for who, name in ((ANN, "ann"), (BOB, "bob"), (EVE, "Eve")))
    )
    book.record_in(SLIP, [shared("public")])
    book.record_in(PRIVATE, [shared("followers")])
    return book


def like(slip_id: str = SLIP, kind: str = "like", account_id: str = BOB) -> React:
    return React(kind, account_id, slip_id, NOON)


def unlike(slip_id: str = SLIP, kind: str = "like") -> WithdrawReaction:
    return WithdrawReaction(kind, BOB, slip_id, NOON)


def post(key: str = "k", **changed: Any) -> CommentOnSlip:
    author_id = changed.get("author_id", BOB)
    asked = CommentOnSlip(comment_of(author_id, key), author_id, SLIP, "", TEXT, (), NOON)
    return msgspec.structs.replace(asked, **changed)


def rewrite(key: str = "k", **changed: Any) -> RewriteComment:
    return msgspec.structs.replace(RewriteComment(comment_of(BOB, key), BOB, NEW_TEXT, (), NOON), **changed)


def test_a_like_is_a_fact_of_its_own_stream_with_the_age_of_its_account(book: Book):
    book.wait(12 * DAY_MS + 1)
    receipt, append = book.decide(like())
    assert receipt.given
    assert [(fact.stream_id, fact.body) for fact in append.facts] == [(LIKE, Reacted("like", BOB, SLIP, ANN, 12, NOON))]
    assert SLIP in {read.stream_id for read in append.reads}


def test_likes_and_their_withdrawals_repeated_are_no_new_facts(book: Book):
    for ask in (like(), like(), unlike(), unlike(), like()):
        book.do(ask)
    assert [type(fact) for fact in book.facts(LIKE)] == [Reacted, ReactionWithdrawn, Reacted]
    assert book.decide(like())[1].facts == []


HIDDEN: dict[str, Any] = {
    "removed": lambda book: book.do(RemoveSlip(SLIP, ANN, NOON)),
    "held": lambda book: book.record([NewFact(SLIP, 2, SlipHeld(ANN, "rule", "why", EVE, NOON))]),
    "blocked by its author": lambda book: book.record_in(follow_of(ANN, BOB), [Blocked(ANN, BOB, NOON)]),
    "its author blocked": lambda book: book.record_in(follow_of(ANN, BOB), [Blocked(BOB, ANN, NOON)]),
    "for followers now": lambda book: book.do(ChangeSlip(SLIP, ANN, "followers", None, NOON)),
    "its author private now": lambda book: book.record_in(profile_of(ANN), [private()]),
}


def private() -> ProfileChanged:
    return ProfileChanged(account_id=ANN, display_name="", bio="", private=True, at=NOON)


@pytest.mark.parametrize("how", HIDDEN)
def test_what_one_may_not_see_is_no_slip_and_one_takes_back_what_one_gave_nevertheless(book: Book, how: str):
    book.do(like(), post())
    HIDDEN[how](book)
    for ask in (like(kind="save"), post("new"), rewrite(), like(NOWHERE), post("new", slip_id=NOWHERE)):
        book.refused(SlipUnknown, ask, slip_id=getattr(ask, "slip_id", SLIP))
    book.do(unlike())
    assert type(book.facts(LIKE)[-1]) is ReactionWithdrawn
    book.do(DeleteComment(comment_of(BOB, "k"), BOB, NOON))


def test_a_follower_likes_what_is_for_followers_and_cannot_repost_it(book: Book):
    book.refused(SlipUnknown, like(PRIVATE))
    book.record_in(follow_of(ANN, BOB), [Followed(BOB, ANN, NOON)])
    book.do(like(PRIVATE), like(PRIVATE, "save"))
    book.refused(SlipForFollowers, like(PRIVATE, "repost"), slip_id=PRIVATE)
    book.do(like(SLIP, "repost"))
    book.record_in(profile_of(ANN), [private()])
    book.do(unlike(SLIP, "repost"))
    book.refused(SlipForFollowers, like(SLIP, "repost"), slip_id=SLIP)


def test_a_comment_is_posted_once_for_its_key(book: Book):
    receipt = book.do(post(handles=("eve",)))
    posted = CommentPosted(BOB, SLIP, ANN, TEXT, NOON, "", (EVE,))
    assert book.facts(receipt.comment_id) == [posted] == [receipt.posted]
    book.do(RemoveSlip(SLIP, ANN, NOON))
    again, append = book.decide(post(handles=("eve",), at=later(hours=1)))
    assert (again, append.facts) == (receipt, [])
    book.refused(CommentKeyReused, post(text=NEW_TEXT))


def test_a_reply_is_to_a_comment_on_the_same_slip_that_stands(book: Book):
    parent_id = book.do(post("parent", author_id=EVE)).comment_id
    reply_id = book.do(post("reply", parent_id=parent_id)).comment_id
    assert (book.facts(reply_id)[0].parent_id, book.facts(reply_id)[0].parent_author_id) == (parent_id, EVE)
    book.refused(ReplyToReply, post("deeper", parent_id=reply_id), parent_id=reply_id)
    book.refused(CommentUnknown, post("nowhere", parent_id=NOWHERE), comment_id=NOWHERE)
    book.record_in(follow_of(ANN, BOB), [Followed(BOB, ANN, NOON)])
    book.refused(CommentUnknown, post("elsewhere", parent_id=parent_id, slip_id=PRIVATE))
    book.do(DeleteComment(parent_id, EVE, NOON))
    book.refused(CommentUnknown, post("too late", parent_id=parent_id))
    assert book.facts(reply_id) != []


def test_a_comment_of_who_blocks_one_is_none_to_reply_to(book: Book):
    parent_id = book.do(post("parent", author_id=EVE)).comment_id
    book.record_in(follow_of(EVE, BOB), [Blocked(EVE, BOB, NOON)])
    book.refused(CommentUnknown, post("reply", parent_id=parent_id), comment_id=parent_id)


def test_replies_that_are_closed_are_closed_to_all_but_the_slips_author(book: Book):
    book.do(ChangeSlip(SLIP, ANN, None, True, NOON))
    book.refused(RepliesClosed, post(), slip_id=SLIP)
    book.do(post(author_id=ANN))


def test_replies_close_at_the_moment_that_the_author_said_by_the_time_of_the_commit(book: Book):
    closes = later(hours=1)
    assert not book.do(ChangeSlip(SLIP, ANN, None, None, NOON, closes)).replies_closed
    _, append = book.decide(post("in time"))
    assert append.not_after_us == micros(closes) - 1, "a commit that comes too late is decided again"
    assert book.decide(post("the author's", author_id=ANN))[1].not_after_us > micros(closes)
    book.now_us = micros(closes)
    book.refused(RepliesClosed, post("too late"), slip_id=SLIP)
    book.do(post("the author's", author_id=ANN))


def test_mentions_are_the_accounts_of_their_handles_each_once(book: Book):
    comment_id = book.do(post(handles=("eve", "EVE", "bob"))).comment_id
    assert book.facts(comment_id)[0].mentions == (EVE, BOB)
    book.refused(TooManyMentions, post("many", handles=_accounts(book, 11)))


def _accounts(book: Book, count: int) -> tuple[str, ...]:
    handles = tuple(f"user_{number}" for number in range(count))
    book.do(*(OpenAccount(derived("account", each), each, f"{each}@example.org", "argon2", "EUR", NOON) for each in handles))
    return handles


@pytest.mark.parametrize("pair", [(EVE, BOB), (BOB, EVE)])
def test_a_mention_of_who_blocks_one_and_of_nobody_are_refused_in_the_same_words(book: Book, pair: tuple[str, str]):
    book.refused(MentionUnknown, post(handles=("eve", "nobody")), handle="nobody")
    book.record_in(follow_of(BOB, EVE), [Blocked(*pair, NOON)])
    book.refused(MentionUnknown, post(handles=("eve",)), handle="eve")


def test_a_comment_is_edited_for_a_quarter_of_an_hour_of_the_logs_time(book: Book):
    comment_id = book.do(post()).comment_id
    book.wait(EDIT_MS - 1)
    receipt, append = book.decide(rewrite(at=later(days=-1), handles=("eve",)))
    assert (receipt.text, receipt.edited, receipt.mentions) == (NEW_TEXT, True, (EVE,))
    assert append.not_after_us == book.store.load({comment_id: 0})[comment_id][0].committed_us + EDIT_MS * 1000
    assert book.store.append_many([append]).verdicts[0].accepted
    assert book.facts(comment_id)[1:] == [CommentEdited(BOB, SLIP, NEW_TEXT, later(days=-1), (EVE,))]
    book.wait(2)
    book.refused(EditTooLate, rewrite(text=TEXT), comment_id=comment_id, minutes_max=15)
    assert book.decide(rewrite())[1].facts == []


def test_a_comment_of_anothers_is_neither_edited_nor_deleted_but_by_the_slips_author(book: Book):
    comment_id = book.do(post()).comment_id
    for who in (ANN, EVE):
        book.refused(CommentUnknown, rewrite(author_id=who), comment_id=comment_id)
    book.refused(CommentUnknown, DeleteComment(comment_id, EVE, NOON), comment_id=comment_id)
    book.refused(CommentUnknown, DeleteComment(NOWHERE, BOB, NOON), comment_id=NOWHERE)
    receipt = book.do(DeleteComment(comment_id, ANN, NOON))
    assert (receipt.deleted, receipt.text) == (True, "")
    assert book.facts(comment_id)[-1] == CommentDeleted(BOB, SLIP, NOON, ANN)
    book.refused(CommentUnknown, rewrite(), comment_id=comment_id)
