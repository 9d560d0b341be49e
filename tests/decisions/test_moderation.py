"""What moderators may do with what people report, on a log in memory: reports, holds, decisions, appeals, suspensions."""

from typing import Any

import pytest

from commands.audit import verify
from commands.social.comment import CommentOnSlip, RewriteComment
from commands.social.moderate import CaseUnknown
from commands.social.report import ReportSeenItem
from commands.social.share_slip import PickLeg, SharePick
from commands.social.visibility import SharingSuspended
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.comment.decider import CommentUnknown
from domain.comment.facts import CommentEdited, CommentHeld, CommentPosted, CommentReleased
from domain.fact import moment
from domain.ids import case_of, comment_of, pick_of
from domain.moderation.commands import (
    AppealDecision,
    DecideAppeal,
    DismissReports,
    HoldItem,
    ReleaseItem,
    RemoveItem,
    ReportItem,
    ShadowAccount,
    UnshadowAccount,
)
from domain.moderation.decider import MODERATION
from domain.moderation.facts import (
    AccountShadowed,
    AccountUnshadowed,
    AppealDecided,
    DecisionAppealed,
    ItemHeld,
    ItemReleased,
    ItemRemoved,
    ItemReported,
    ModeratedItem,
    ReportsDismissed,
)
from domain.moderation.state import (
    AccountNotRemoved,
    AppealedBefore,
    AppealOfOwnDecision,
    AppealUnknown,
    HeldByAnotherRule,
    NothingToAppeal,
    OwnItemReported,
    ReportedEnough,
    ReportReasonUnknown,
    SuspensionOutOfRange,
)
from domain.odds import parse
from domain.refused import Refused
from domain.slip.commands import HoldSlip, ReleaseSlip
from domain.slip.decider import SlipUnknown
from domain.slip.facts import SlipHeld, SlipReleased, SlipShared
from domain.unknown import AccountUnknown
from tests.decisions.given import given, later
from tests.decisions.test_social_machine import ANN, BOB, EVE, MOD, NOW, SLIPS, TEXTS, Town, begun
from tests.decisions.test_use_cases import M1, account

SLIP, REMARK = SLIPS[0], comment_of(BOB, "a")
MAX = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b"
OF_SLIP, OF_REMARK = ModeratedItem("slip", SLIP, ANN, SLIP), ModeratedItem("comment", REMARK, BOB, SLIP)
OF_BOB = ModeratedItem("account", BOB, BOB)
A_DAY = later(days=1)


@pytest.fixture
def town() -> Town:
    """A slip of Ann's with comments of everybody, and two moderators."""
    book = begun()
    book.do(account(MAX, "max", "max@example.org"), GrantRole(MAX, "moderator", "console", NOW))
    return book


def report(who: str, item: ModeratedItem = OF_SLIP, reason: str = "spam", hold_at: int = 2) -> ReportSeenItem:
    return ReportSeenItem(item.kind, item.item_id, who, reason, hold_at, NOW)


def kinds(book: Town, stream_id: str) -> list[type]:
    return [type(fact) for fact in book.facts(stream_id)]


def case(book: Town, item: ModeratedItem = OF_SLIP) -> list[type]:
    return kinds(book, case_of(item.kind, item.item_id))


def right(book: Town) -> None:
    assert verify(book.store).violation is None


def test_as_many_reports_as_the_setting_says_hold_a_slip_in_the_same_append(town: Town):
    town.do(report(BOB), report(BOB, reason="abuse"))
    assert case(town) == [ItemReported]
    town.do(report(EVE))
    assert case(town) == [ItemReported, ItemReported, ItemHeld]
    held = town.facts(SLIP)[-1]
    assert isinstance(held, SlipHeld)
    assert (held.rule, held.actor) == ("reports", "reports")
    town.refused(SlipUnknown, CommentOnSlip(comment_of(BOB, "late"), BOB, SLIP, "", TEXTS[0], (), NOW))
    town.do(report(BOB))
    right(town)


def test_reports_that_were_dismissed_do_not_count_towards_a_hold(town: Town):
    town.do(report(BOB), DismissReports(OF_SLIP, "A matter of taste.", MOD, NOW), DismissReports(OF_SLIP, "Again.", MOD, NOW), report(EVE))
    assert case(town) == [ItemReported, ReportsDismissed, ItemReported]
    right(town)


def test_an_account_is_reported_but_only_a_moderator_suspends_it(town: Town):
    town.do(report(ANN, OF_BOB), report(EVE, OF_BOB), report(MOD, OF_BOB))
    assert case(town, OF_BOB) == [ItemReported] * 3
    town.do(HoldItem(OF_BOB, "spam", "The same under every slip.", MOD, NOW, A_DAY))
    posting = CommentOnSlip(comment_of(BOB, "b"), BOB, SLIP, "", TEXTS[0], (), NOW)
    town.refused(SharingSuspended, posting, until=A_DAY, rule="spam")
    town.do(CommentOnSlip(REMARK, BOB, SLIP, "", TEXTS[0], (), NOW))
    town.do(AppealDecision(OF_BOB, TEXTS[0], NOW))
    town.wait(24 * 3_600 * 1_000)
    town.do(posting)
    right(town)


def test_a_reported_comment_is_held_and_takes_no_replies_and_is_released(town: Town):
    town.do(report(ANN, OF_REMARK), report(EVE, OF_REMARK))
    assert kinds(town, REMARK)[-1] is CommentHeld
    reply = CommentOnSlip(comment_of(EVE, "reply"), EVE, SLIP, REMARK, TEXTS[0], (), NOW)
    town.refused(CommentUnknown, reply)
    town.refused(CommentUnknown, report(MAX, OF_REMARK))
    town.do(ReleaseItem(OF_REMARK, "Nothing wrong.", MOD, NOW), reply)
    assert kinds(town, REMARK)[-1] is CommentReleased
    right(town)


def test_what_is_removed_is_appealed_by_its_author_and_decided_by_another_moderator(town: Town):
    town.do(RemoveItem(OF_SLIP, "scam", "A link to a scam.", MOD, NOW), RemoveItem(OF_SLIP, "scam", "Again.", MAX, NOW))
    town.refused(HeldByAnotherRule, RemoveItem(OF_SLIP, "spam", "Otherwise.", MOD, NOW), rule="scam")
    town.refused(CaseUnknown, AppealDecision(ModeratedItem("slip", SLIP, BOB), TEXTS[0], NOW))
    town.do(AppealDecision(ModeratedItem("slip", SLIP, ANN), TEXTS[0], NOW), AppealDecision(OF_SLIP, TEXTS[0], NOW))
    town.refused(AppealedBefore, AppealDecision(OF_SLIP, TEXTS[1], NOW))
    town.refused(AppealOfOwnDecision, DecideAppeal(OF_SLIP, granted=False, reason="No.", actor=MOD, at=NOW), decided_by=MOD)
    town.do(DecideAppeal(OF_SLIP, granted=True, reason="It is none.", actor=MAX, at=NOW))
    assert case(town) == [ItemRemoved, DecisionAppealed, AppealDecided]
    assert kinds(town, SLIP)[-2:] == [SlipHeld, SlipReleased]
    town.refused(NothingToAppeal, AppealDecision(OF_SLIP, TEXTS[0], NOW))
    right(town)


def test_a_declined_appeal_is_not_made_again_until_there_is_another_decision(town: Town):
    town.do(HoldItem(OF_REMARK, "abuse", "Rude.", MOD, NOW), AppealDecision(OF_REMARK, TEXTS[0], NOW))
    town.do(DecideAppeal(OF_REMARK, granted=False, reason="It is rude.", actor=MAX, at=NOW))
    town.refused(AppealedBefore, AppealDecision(OF_REMARK, TEXTS[1], NOW))
    town.refused(AppealUnknown, DecideAppeal(OF_REMARK, granted=True, reason="After all.", actor=MAX, at=NOW))
    town.do(RemoveItem(OF_REMARK, "abuse", "Rude.", MAX, NOW), AppealDecision(OF_REMARK, TEXTS[1], NOW))
    assert case(town, OF_REMARK) == [ItemHeld, DecisionAppealed, AppealDecided, ItemRemoved, DecisionAppealed]
    right(town)


def test_a_hold_by_a_moderators_own_route_is_in_the_case_too(town: Town):
    town.do(HoldSlip(SLIP, "spam", "Links.", MOD, NOW), HoldSlip(SLIP, "spam", "Links.", MAX, NOW), ReleaseSlip(SLIP, MOD, NOW))
    assert case(town) == [ItemHeld, ItemReleased]
    right(town)


def test_an_account_is_shadowed_and_shown_again(town: Town):
    shadow = ShadowAccount(OF_BOB, "spam", "A bot.", MOD, NOW)
    town.do(shadow, shadow, UnshadowAccount(OF_BOB, "No bot.", MAX, NOW), UnshadowAccount(OF_BOB, "No bot.", MAX, NOW))
    assert case(town, OF_BOB) == [AccountShadowed, AccountUnshadowed]
    right(town)


def test_a_thousand_reports_are_enough():
    reported = [ItemReported(OF_SLIP, str(number), "spam", NOW) for number in range(1_000)]
    given(MODERATION, *reported).when(ReportItem(OF_SLIP, EVE, "spam", 0, NOW)).refused(ReportedEnough, reporters_max=1_000)


REFUSED: list[tuple[Any, type[Refused]]] = [
    (report(ANN), OwnItemReported),
    (report(BOB, OF_BOB), OwnItemReported),
    (report(BOB, reason="ugly"), ReportReasonUnknown),
    (report(EVE, ModeratedItem("slip", SLIPS[1], BOB)), SlipUnknown),
    (report(EVE, ModeratedItem("comment", comment_of(EVE, "none"), BOB)), CommentUnknown),
    (report(EVE, ModeratedItem("account", SLIP, BOB)), AccountUnknown),
    (HoldItem(OF_SLIP, "spam", "Why.", BOB, NOW), ActorWithoutRole),
    (HoldItem(OF_SLIP, "spam", "Why.", MOD, NOW, A_DAY), SuspensionOutOfRange),
    (HoldItem(OF_BOB, "spam", "Why.", MOD, NOW), SuspensionOutOfRange),
    (HoldItem(OF_BOB, "spam", "Why.", MOD, NOW, later(days=400)), SuspensionOutOfRange),
    (HoldItem(OF_BOB, "spam", "Why.", MOD, NOW, moment(1)), SuspensionOutOfRange),
    (RemoveItem(OF_BOB, "spam", "Why.", MOD, NOW), AccountNotRemoved),
    (ShadowAccount(OF_SLIP, "spam", "Why.", MOD, NOW), AccountNotRemoved),
    (ReleaseItem(ModeratedItem("slip", REMARK, ANN), "Why.", MOD, NOW), SlipUnknown),
    (AppealDecision(OF_SLIP, TEXTS[0], NOW), CaseUnknown),
]


@pytest.mark.parametrize(("ask", "refusal"), REFUSED, ids=lambda value: getattr(value, "__name__", type(value).__name__))
def test_what_is_refused_leaves_nothing_behind(town: Town, ask: Any, refusal: type[Refused]):
    before = town.store.head()
    town.refused(refusal, ask)
    assert town.store.head() == before


def marked(author_id: str = BOB, key: str = "rude") -> CommentOnSlip:
    return CommentOnSlip(comment_of(author_id, key), author_id, SLIP, "", TEXTS[0], (), NOW, marked=True)


def test_a_comment_that_the_word_filter_marks_is_held_as_it_is_posted_and_a_retry_is_answered_alike(town: Town):
    rude = comment_of(BOB, "rude")
    posted = town.do(marked())
    assert kinds(town, rude) == [CommentPosted, CommentHeld]
    (held,) = town.facts(case_of("comment", rude))
    assert (type(held), held.rule, held.actor, held.reports) == (ItemHeld, "words", "words", 0)
    town.refused(CommentUnknown, report(EVE, ModeratedItem("comment", rude, BOB, SLIP)))
    town.do(ReleaseItem(ModeratedItem("comment", rude, ""), "It is a quotation.", MOD, NOW))
    assert town.do(marked()) == posted
    assert posted.marked
    assert kinds(town, rude) == [CommentPosted, CommentHeld, CommentReleased]
    right(town)


def test_an_edit_that_the_word_filter_marks_holds_a_comment_and_what_was_removed_stays_removed(town: Town):
    edit = RewriteComment(REMARK, BOB, TEXTS[1], (), NOW, marked=True)
    town.do(edit, edit)
    assert kinds(town, REMARK) == [CommentPosted, CommentEdited, CommentHeld]
    town.do(RewriteComment(REMARK, BOB, TEXTS[0], (), NOW))
    assert kinds(town, REMARK)[-1] is CommentEdited
    town.do(RemoveItem(OF_REMARK, "abuse", "Rude.", MOD, NOW), edit)
    assert case(town, OF_REMARK) == [ItemHeld, ItemRemoved]
    right(town)


def test_a_slip_whose_caption_the_word_filter_marks_is_seen_by_its_author_alone_until_it_is_released(town: Town):
    slip_id, leg = pick_of(ANN, "rude"), PickLeg(M1, "yes", parse("5"))
    town.do(SharePick(slip_id, ANN, "single", (leg,), "public", TEXTS[0], (), (), NOW, marked=True))
    assert kinds(town, slip_id) == [SlipShared, SlipHeld]
    late = CommentOnSlip(comment_of(BOB, "late"), BOB, slip_id, "", TEXTS[0], (), NOW)
    town.refused(SlipUnknown, late)
    town.do(ReleaseItem(ModeratedItem("slip", slip_id, ""), "A word of the terraces.", MOD, NOW), late)
    right(town)
