"""What one may not see costs a command the same look-ups as what is not there, and is refused in the same words: time tells nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from commands.accounts.open_account import OpenAccount
from commands.dispatch.state_cache import StateCache
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.registry import USE_CASES
from commands.social.comment import CommentOnSlip, RewriteComment
from commands.social.react import React
from commands.social.report import ReportSeenItem
from commands.social.tail_slip import TailSlip
from domain.comment.commands import DeleteComment
from domain.comment.facts import CommentDeleted, CommentHeld, CommentPosted
from domain.fact import Fact
from domain.follow.commands import Block, Follow, Mute
from domain.follow.facts import Blocked, Followed
from domain.ids import derived, follow_of, profile_of
from domain.mutes.commands import MuteThread
from domain.odds import parse
from domain.profile.facts import ProfileChanged
from domain.refused import Refused
from domain.slip.commands import ChangeSlip, RemoveSlip
from domain.slip.facts import SlipHeld, SlipLeg, SlipRemoved, SlipShared
from tests.decisions.given import NOON
from tests.decisions.loading import load
from tests.decisions.test_use_cases import Book

ANN, BOB, EVE = derived("account", "ann"), derived("account", "bob"), derived("account", "eve")
SLIP, SEEN, COMMENT, NOWHERE = derived("slip", "one"), derived("slip", "two"), derived("comment", "one"), derived("nowhere")
KEY = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
TEXT = "s1." + "A" * 40
LEG = SlipLeg(derived("fixture"), derived("market"), "home", parse("2.1"), 1)


def shared(visibility: str = "public") -> SlipShared:
    return SlipShared(ANN, "single", (LEG,), visibility, "hidden", NOON)


def posted(slip_id: str = SEEN) -> CommentPosted:
    return CommentPosted(EVE, slip_id, ANN, "", TEXT, (), NOON)


Told = Mapping[str, Sequence[Fact]]

HIDDEN_SLIPS: dict[str, Told] = {
    "for followers": {SLIP: [shared("followers")]},
    "of a private account": {SLIP: [shared()], profile_of(ANN): [ProfileChanged(ANN, "", "", True, NOON)]},
    "held": {SLIP: [shared(), SlipHeld(ANN, "spam", "Why.", "mo", NOON)]},
    "removed": {SLIP: [shared(), SlipRemoved(ANN, NOON)]},
    "of a blocker": {SLIP: [shared()], follow_of(ANN, BOB): [Blocked(ANN, BOB, NOON)]},
    "of one who is blocked": {SLIP: [shared()], follow_of(ANN, BOB): [Blocked(BOB, ANN, NOON)]},
}
OF_SLIP: dict[str, Callable[[str], Any]] = {
    **{kind: lambda slip_id, kind=kind: React(kind, BOB, slip_id, NOON) for kind in ("like", "repost", "save")},
    "comment": lambda slip_id: CommentOnSlip(derived("new comment"), BOB, slip_id, "", TEXT, (), NOON),
    "report": lambda slip_id: ReportSeenItem("slip", slip_id, BOB, "spam", 5, NOON),
    "mute": lambda slip_id: MuteThread(BOB, slip_id, None, NOON),
    "change": lambda slip_id: ChangeSlip(slip_id, BOB, "public", None, NOON),
    "remove": lambda slip_id: RemoveSlip(slip_id, BOB, NOON),
    "tail": lambda slip_id: TailSlip(KEY, BOB, slip_id, "tail", 1_00, None, None, NOON),
}
HIDDEN_COMMENTS: dict[str, Told] = {
    **{f"on a slip {name}": {**told, COMMENT: [posted(SLIP)]} for name, told in HIDDEN_SLIPS.items() if "block" not in name},
    "held": {COMMENT: [posted(), CommentHeld(EVE, SEEN, "spam", "Why.", "mo", NOON)]},
    "deleted": {COMMENT: [posted(), CommentDeleted(EVE, SEEN, NOON)]},
    "of a blocker": {COMMENT: [posted()], follow_of(EVE, BOB): [Blocked(EVE, BOB, NOON)]},
    "of one who is blocked": {COMMENT: [posted()], follow_of(EVE, BOB): [Blocked(BOB, EVE, NOON)]},
}
OF_COMMENT: dict[str, Callable[[str], Any]] = {
    "report": lambda comment_id: ReportSeenItem("comment", comment_id, BOB, "spam", 5, NOON),
    "reply": lambda comment_id: CommentOnSlip(derived("reply"), BOB, SEEN, comment_id, TEXT, (), NOON),
    "rewrite": lambda comment_id: RewriteComment(comment_id, BOB, TEXT, (), NOON),
    "delete": lambda comment_id: DeleteComment(comment_id, BOB, NOON),
}
OF_ACCOUNT: dict[str, Callable[[str], Any]] = {
    "report": lambda account_id: ReportSeenItem("account", account_id, BOB, "spam", 5, NOON),
    "follow": lambda account_id: Follow(BOB, account_id, NOON),
    "block": lambda account_id: Block(BOB, account_id, NOON),
    "mute": lambda account_id: Mute(BOB, account_id, "all", None, NOON),
}


def book_of(told: Told) -> Book:
    book = Book()
    for who, name in ((ANN, "ann"), (BOB, "bob"), (EVE, "eve")):
        book.do(OpenAccount(who, name, f"{name}@example.org", "argon2", "EUR", NOON))
    for stream_id, facts in ({SEEN: [shared()]} | dict(told)).items():
        book.record_in(stream_id, facts)
    return book


def refusal_of(book: Book, command: Any) -> tuple[Refused | None, list[int], int]:
    """Return the refusal of a command in a process that knows nothing yet, how many streams each round loads, and the conditions."""
    use_case, states, rounds = USE_CASES[type(command)], StateCache(book.store), []
    named = {stream_id: aggregate for aggregate, stream_id in use_case.streams_of(command)}
    while True:
        rounds.append(len(named))
        for stream_id, aggregate in named.items():
            load(states, aggregate, stream_id)
        streams, refused = UnitOfWork(states, book.now_us), None
        try:
            use_case.handle(command, streams)
        except StreamsNotCached as missing:
            named = dict(missing.missed)
            continue
        except Refused as refusal:
            refused = refusal
        return refused, rounds, len(streams.reads)


def assert_alike(book: Book, ask: Callable[[str], Any], hidden_id: str) -> None:
    (hidden, *work), (missing, *work_of_missing) = (refusal_of(book, ask(item_id)) for item_id in (hidden_id, NOWHERE))
    assert hidden is not None
    assert missing is not None
    assert (type(hidden), work) == (type(missing), work_of_missing)
    told = {name: NOWHERE if value == hidden_id else value for name, value in hidden.evidence().items()}
    assert told == missing.evidence()


@pytest.mark.parametrize("why", HIDDEN_SLIPS)
@pytest.mark.parametrize("asked", OF_SLIP)
def test_a_slip_one_may_not_see_costs_what_a_missing_one_does(asked: str, why: str):
    assert_alike(book_of(HIDDEN_SLIPS[why]), OF_SLIP[asked], SLIP)


ON_COMMENTS = [(asked, why) for asked in OF_COMMENT for why in HIDDEN_COMMENTS if asked != "reply" or not why.startswith("on a slip")]
"""A reply names the slip as well."""


@pytest.mark.parametrize(("asked", "why"), ON_COMMENTS)
def test_a_comment_one_may_not_see_costs_what_a_missing_one_does(asked: str, why: str):
    assert_alike(book_of(HIDDEN_COMMENTS[why]), OF_COMMENT[asked], COMMENT)


@pytest.mark.parametrize("asked", OF_ACCOUNT)
def test_an_account_that_blocks_one_costs_what_a_missing_one_does(asked: str):
    assert_alike(book_of({follow_of(ANN, BOB): [Followed(BOB, ANN, NOON), Blocked(ANN, BOB, NOON)]}), OF_ACCOUNT[asked], ANN)
