"""The rules of a comment: posted once, edited by its author for a quarter of an hour, deleted by its author or the slip's, held.

A comment of another's, where only its author may act, is answered as one that does not exist.
"""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.comment.commands import CommentCommand, DeleteComment, EditComment, HoldComment, ParentComment, PostComment, ReleaseComment
from domain.comment.facts import CommentDeleted, CommentEdited, CommentFact, CommentHeld, CommentPosted, CommentReleased
from domain.prose import MENTIONS_MAX
from domain.refused import Refused
from domain.sealed_text import check_sealed
from domain.text import check_reason

COMMENT_CHARACTERS_MAX = 1_000
EDIT_MS = 15 * 60 * 1_000
"""How long a comment can be edited after it was committed."""

EDITS_MAX = 20


class CommentUnknown(Refused):
    """There is no such comment."""

    comment_id: str


class CommentKeyReused(Refused):
    """The key was used before, for a comment with another text, on another slip or in reply to another one."""

    comment_id: str


class RepliesClosed(Refused):
    """The slip's author takes no comments on it."""

    slip_id: str


class ReplyToReply(Refused):
    """Threads have two levels: a comment can be replied to, a reply cannot."""

    parent_id: str


class TooManyMentions(Refused):
    """A text mentions more accounts than it may."""

    mentions_max: int


class EditTooLate(Refused):
    """A comment can be edited for 15 minutes."""

    comment_id: str
    minutes_max: int


class EditedTooOften(Refused):
    """The comment was edited as often as one can be."""

    comment_id: str
    edits_max: int


class Comment(msgspec.Struct, frozen=True, gc=False):
    """A comment as it stands: `posted` is None until it is, `text` and `mentions` are those of its last edit.

    A `held` comment is seen by its author alone.
    """

    posted: CommentPosted | None = None
    text: str = ""
    mentions: tuple[str, ...] = ()
    edits: int = 0
    deleted: bool = False
    held: bool = False


def decide(comment: Comment, command: CommentCommand) -> Sequence[CommentFact]:
    """Decide what follows from a command.

    Raises:
        CommentKeyReused, RepliesClosed, CommentUnknown (the parent), ReplyToReply, TextNotSealed, TooManyMentions: from `PostComment`.
        CommentUnknown, EditTooLate, EditedTooOften, TextNotSealed, TooManyMentions: from `EditComment`.
        CommentUnknown: from every other. ReasonMalformed: from `HoldComment`.

    """
    match command:
        case PostComment():
            return _post(comment, command)
        case EditComment():
            return _edit(comment, command)
        case DeleteComment():
            posted = comment.posted
            if posted is None or command.deleted_by not in (posted.author_id, posted.slip_author_id):
                raise CommentUnknown(command.comment_id)
            if comment.deleted:
                return ()
            deleted_by = "" if command.deleted_by == posted.author_id else command.deleted_by
            return (CommentDeleted(posted.author_id, posted.slip_id, command.at, deleted_by),)
        case HoldComment() | ReleaseComment():
            return _hold_or_release(comment, command)
        case _:
            assert_never(command)


def _post(comment: Comment, command: PostComment) -> Sequence[CommentFact]:
    posted = CommentPosted(
        author_id=command.author_id,
        slip_id=command.slip_id,
        slip_author_id=command.slip_author_id,
        text=command.text,
        at=command.at,
        parent_id="" if command.parent is None else command.parent.comment_id,
        mentions=command.mentions,
        parent_author_id="" if command.parent is None else command.parent.author_id,
    )
    if comment.posted is not None:
        check_same(command.comment_id, comment.posted, posted)
        return ()
    if command.replies_closed and command.author_id != command.slip_author_id:
        raise RepliesClosed(command.slip_id)
    if command.parent is not None:
        _check_parent(command.parent, command.slip_id)
    _check_written(command.text, command.mentions)
    return (posted,)


def check_same(comment_id: str, posted: CommentPosted, asked: CommentPosted) -> None:
    """Refuse a key that was used for something else. Who was mentioned follows from the text.

    Raises:
        CommentKeyReused: when author, slip, parent or text differ.

    """
    told = [(each.author_id, each.slip_id, each.parent_id, each.text) for each in (posted, asked)]
    if told[0] != told[1]:
        raise CommentKeyReused(comment_id)


def _check_parent(parent: ParentComment, slip_id: str) -> None:
    if parent.slip_id != slip_id or parent.deleted:
        raise CommentUnknown(parent.comment_id)
    if parent.is_reply:
        raise ReplyToReply(parent.comment_id)


def _check_written(text: str, mentions: Sequence[str]) -> None:
    check_sealed(text, field="text", characters_max=COMMENT_CHARACTERS_MAX)
    if len(mentions) > MENTIONS_MAX or len(set(mentions)) < len(mentions):
        raise TooManyMentions(MENTIONS_MAX)


def _edit(comment: Comment, command: EditComment) -> Sequence[CommentFact]:
    posted = comment.posted
    if posted is None or posted.author_id != command.author_id or comment.deleted:
        raise CommentUnknown(command.comment_id)
    if comment.text == command.text:
        return ()
    if not command.in_time:
        raise EditTooLate(command.comment_id, EDIT_MS // 60_000)
    if comment.edits >= EDITS_MAX:
        raise EditedTooOften(command.comment_id, EDITS_MAX)
    _check_written(command.text, command.mentions)
    return (CommentEdited(posted.author_id, posted.slip_id, command.text, command.at, command.mentions),)


def _hold_or_release(comment: Comment, command: HoldComment | ReleaseComment) -> Sequence[CommentFact]:
    posted = comment.posted
    if posted is None or comment.deleted:
        raise CommentUnknown(command.comment_id)
    if isinstance(command, ReleaseComment):
        return (CommentReleased(posted.author_id, posted.slip_id, command.actor, command.at),) if comment.held else ()
    if comment.held:
        return ()
    check_reason(command.rule)
    check_reason(command.reason)
    return (CommentHeld(posted.author_id, posted.slip_id, command.rule, command.reason, command.actor, command.at),)


def evolve(comment: Comment, fact: CommentFact) -> Comment:
    """Return the comment after the fact."""
    replace = msgspec.structs.replace
    match fact:
        case CommentPosted():
            assert comment.posted is None, "a comment is posted once"
            return Comment(fact, fact.text, fact.mentions)
        case CommentEdited():
            assert comment.posted is not None, "a comment that was posted is edited"
            assert not comment.deleted, "a comment that stands is edited"
            return replace(comment, text=fact.text, mentions=fact.mentions, edits=comment.edits + 1)
        case CommentDeleted():
            assert comment.posted is not None, "a comment that was posted is deleted"
            assert not comment.deleted, "a comment is deleted once"
            return replace(comment, text="", mentions=(), deleted=True)
        case CommentHeld():
            assert not comment.held, "a comment that is not held is held"
            return replace(comment, held=True)
        case CommentReleased():
            assert comment.held, "a held comment is released"
            return replace(comment, held=False)
        case _:
            assert_never(fact)


COMMENT = Aggregate("comment", Comment(), decide, evolve, get_args(CommentFact), short_lived=True, times_kept_ms=EDIT_MS)
