"""Comments: posted once, edited for a quarter of an hour, taken back by their author or the slip's; threads have two levels."""

from typing import Any

import msgspec
import pytest

from domain.comment.commands import DeleteComment, EditComment, ParentComment, PostComment
from domain.comment.decider import (
    COMMENT,
    EDITS_MAX,
    CommentKeyReused,
    CommentUnknown,
    EditedTooOften,
    EditTooLate,
    RepliesClosed,
    ReplyToReply,
    TooManyMentions,
)
from domain.comment.facts import CommentDeleted, CommentEdited, CommentPosted
from domain.ids import derived
from domain.sealed_text import TextNotSealed
from tests.decisions.given import NOON, given, later

ANN, BOB, EVE = derived("account", "ann"), derived("account", "bob"), derived("account", "eve")
SLIP, OTHER_SLIP = derived("slip", "one"), derived("slip", "other")
COMMENT_ID, PARENT_ID = derived("comment", "one"), derived("comment", "parent")
TEXT, NEW_TEXT = "s1." + "A" * 40, "s1." + "B" * 40
POSTED = CommentPosted(BOB, SLIP, ANN, TEXT, NOON)
REPLY = CommentPosted(BOB, SLIP, ANN, TEXT, NOON, PARENT_ID, (EVE,))
EDITED = CommentEdited(BOB, SLIP, NEW_TEXT, NOON)
DELETED = CommentDeleted(BOB, SLIP, NOON)
PARENT = ParentComment(PARENT_ID, SLIP, is_reply=False, deleted=False)


def post(**changed: Any) -> PostComment:
    asked = PostComment(COMMENT_ID, BOB, SLIP, ANN, replies_closed=False, text=TEXT, mentions=(), at=NOON)
    return msgspec.structs.replace(asked, **changed)


def edit(**changed: Any) -> EditComment:
    return msgspec.structs.replace(EditComment(COMMENT_ID, BOB, NEW_TEXT, (), in_time=True, at=NOON), **changed)


def delete(deleted_by: str = BOB) -> DeleteComment:
    return DeleteComment(COMMENT_ID, deleted_by, NOON)


def test_a_comment_is_posted_once_and_a_repeat_is_no_new_fact_whatever_became_of_it():
    given(COMMENT).when(post()).then(POSTED)
    given(COMMENT).when(post(parent=PARENT, mentions=(EVE,))).then(REPLY)
    for happened in ([], [EDITED], [EDITED, DELETED]):
        given(COMMENT, POSTED, *happened).when(post(at=later(hours=1), replies_closed=True)).nothing()


@pytest.mark.parametrize("changed", [{"text": NEW_TEXT}, {"slip_id": OTHER_SLIP}, {"parent": PARENT}, {"author_id": EVE}])
def test_a_key_that_was_used_for_another_comment_is_refused(changed: dict[str, Any]):
    given(COMMENT, POSTED).when(post(**changed)).refused(CommentKeyReused, comment_id=COMMENT_ID)


@pytest.mark.parametrize(
    ("changed", "refusal", "evidence"),
    [
        ({"replies_closed": True}, RepliesClosed, {"slip_id": SLIP}),
        ({"parent": ParentComment(PARENT_ID, "", False, False)}, CommentUnknown, {"comment_id": PARENT_ID}),
        ({"parent": ParentComment(PARENT_ID, OTHER_SLIP, False, False)}, CommentUnknown, {}),
        ({"parent": ParentComment(PARENT_ID, SLIP, False, True)}, CommentUnknown, {}),
        ({"parent": ParentComment(PARENT_ID, SLIP, True, False)}, ReplyToReply, {"parent_id": PARENT_ID}),
        ({"text": "hello"}, TextNotSealed, {"field": "text"}),
        ({"text": ""}, TextNotSealed, {}),
        ({"text": "s1." + "A" * 1_000_000}, TextNotSealed, {}),
        ({"mentions": tuple(map(str, range(11)))}, TooManyMentions, {"mentions_max": 10}),
        ({"mentions": (EVE, EVE)}, TooManyMentions, {}),
    ],
)
def test_what_cannot_be_posted_is_refused_by_name(changed: dict[str, Any], refusal: Any, evidence: dict[str, Any]):
    given(COMMENT).when(post(**changed)).refused(refusal, **evidence)


def test_the_author_of_a_slip_comments_on_it_while_replies_are_closed():
    given(COMMENT).when(post(author_id=ANN, replies_closed=True)).then(CommentPosted(ANN, SLIP, ANN, TEXT, NOON))


def test_a_comment_is_edited_in_time_by_its_author_and_the_same_text_again_changes_nothing():
    given(COMMENT, POSTED).when(edit(mentions=(EVE,))).then(CommentEdited(BOB, SLIP, NEW_TEXT, NOON, (EVE,)))
    given(COMMENT, POSTED, EDITED).when(edit(in_time=False)).nothing()
    given(COMMENT, POSTED).when(edit(in_time=False)).refused(EditTooLate, minutes_max=15)
    given(COMMENT, POSTED).when(edit(author_id=ANN)).refused(CommentUnknown)
    given(COMMENT, POSTED, DELETED).when(edit()).refused(CommentUnknown)
    given(COMMENT).when(edit()).refused(CommentUnknown, comment_id=COMMENT_ID)
    given(COMMENT, POSTED).when(edit(text="hello")).refused(TextNotSealed)
    given(COMMENT, POSTED).when(edit(mentions=(EVE, EVE))).refused(TooManyMentions)


def test_a_comment_is_edited_only_so_often():
    edits = [CommentEdited(BOB, SLIP, f"s1.{number:040}", NOON) for number in range(EDITS_MAX)]
    given(COMMENT, POSTED, *edits[:-1]).when(edit()).then(EDITED)
    given(COMMENT, POSTED, *edits).when(edit()).refused(EditedTooOften, edits_max=EDITS_MAX)


def test_a_comment_is_deleted_by_its_author_or_the_slips_and_by_nobody_else():
    given(COMMENT, POSTED).when(delete()).then(DELETED)
    given(COMMENT, POSTED, EDITED).when(delete(ANN)).then(CommentDeleted(BOB, SLIP, NOON, ANN))
    given(COMMENT, POSTED, DELETED).when(delete()).nothing()
    given(COMMENT, POSTED, DELETED).when(delete(ANN)).nothing()
    given(COMMENT, POSTED).when(delete(EVE)).refused(CommentUnknown, comment_id=COMMENT_ID)
    given(COMMENT).when(delete()).refused(CommentUnknown)
