"""Comments: on slips that their author saw, edited in time, taken back by their author or the slip's; replies to comments that stand."""

from hashlib import blake2b
from typing import Any

from commands.audit.auditor import Auditor, check_value
from commands.audit.moderators import check_held, check_moderated, check_released
from commands.audit.seen import check_may_share, check_seen, is_blocked
from commands.audit.social_streams import AuditedComment
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountMissing,
    CommentHoldOutOfOrder,
    CommentOfAnother,
    CommentWhileClosed,
    EditOutOfOrder,
    MentionOfBlocked,
    ReplyOutOfPlace,
)
from domain.comment.facts import CommentDeleted, CommentEdited, CommentHeld, CommentPosted, CommentReleased
from domain.fact import Recorded
from domain.sealed_text import is_sealed

TEXT_CHARACTERS_MAX = 1_000
MENTIONS_MAX = 10
EDIT_US = 15 * 60 * 1_000_000
EDITS_MAX = 20
DIGEST_BYTES = 8


def posted(state: AuditState, recorded: Recorded[Any], fact: CommentPosted) -> AuditedComment:
    """Check CommentPosted: its author sees the slip, may reply to the parent and may mention the accounts; begin the comment."""
    check_may_share(state, recorded, fact.author_id)
    slip = check_seen(state, recorded, fact.author_id, fact.slip_id)
    check_value(recorded, "slip_author_id", fact.slip_author_id, allowed=fact.slip_author_id == slip.author_id)
    is_closed = slip.replies_closed or 0 < slip.replies_close_us <= state.committed_us
    if is_closed and fact.author_id != slip.author_id:
        raise ViolationFound(CommentWhileClosed, recorded, slip_id=fact.slip_id)
    check_value(recorded, "parent_author_id", fact.parent_author_id, allowed=bool(fact.parent_id) or not fact.parent_author_id)
    if fact.parent_id:
        _check_parent(state, recorded, fact)
    _check_written(state, recorded, fact.author_id, fact)
    return AuditedComment(
        1,
        author_id=fact.author_id,
        slip_id=fact.slip_id,
        slip_author_id=fact.slip_author_id,
        is_reply=bool(fact.parent_id),
        text=_digest(fact.text),
        posted_us=state.committed_us,
    )


def _check_parent(state: AuditState, recorded: Recorded[Any], fact: CommentPosted) -> None:
    parent, wrong = state.of(AuditedComment, fact.parent_id), ""
    if parent is None:
        wrong = "not posted, or deleted"
    elif parent.slip_id != fact.slip_id:
        wrong = "on another slip"
    elif parent.is_reply:
        wrong = "a reply itself"
    elif parent.held and parent.author_id != fact.author_id:
        wrong = "held"
    elif is_blocked(state, fact.author_id, parent.author_id):
        wrong = "blocked"
    elif fact.parent_author_id not in ("", parent.author_id):
        wrong = "of another author"
    if wrong:
        raise ViolationFound(ReplyOutOfPlace, recorded, parent_id=fact.parent_id[:60], standing=wrong)


def _check_written(state: AuditState, recorded: Recorded[Any], author_id: str, fact: CommentPosted | CommentEdited) -> None:
    check_value(recorded, "text", fact.text, allowed=is_sealed(fact.text, TEXT_CHARACTERS_MAX))
    check_value(recorded, "mentions", fact.mentions, allowed=len(set(fact.mentions)) == len(fact.mentions) <= MENTIONS_MAX)
    for account_id in fact.mentions:
        if state.of(AuditedAccount, account_id) is None:
            raise ViolationFound(AccountMissing, recorded, account_id=account_id[:60])
        if is_blocked(state, author_id, account_id):
            raise ViolationFound(MentionOfBlocked, recorded, account_id=account_id)


def edited(state: AuditState, recorded: Recorded[Any], comment: AuditedComment, fact: CommentEdited) -> None:
    """Check CommentEdited: another text, in time, and its author still sees the slip; update the audit state."""
    _check_author(recorded, comment, fact)
    check_may_share(state, recorded, fact.author_id)
    check_seen(state, recorded, fact.author_id, fact.slip_id)
    _check_written(state, recorded, fact.author_id, fact)
    text, after_us = _digest(fact.text), state.committed_us - comment.posted_us
    if text == comment.text or comment.edits >= EDITS_MAX or (after_us > EDIT_US and not state.migrated):
        raise ViolationFound(EditOutOfOrder, recorded, edits=comment.edits, after_s=after_us // 1_000_000)
    comment.text, comment.edits = text, comment.edits + 1


def deleted(state: AuditState, recorded: Recorded[Any], comment: AuditedComment, fact: CommentDeleted) -> None:
    """Check CommentDeleted: by its author or the slip's; end the comment."""
    _check_author(recorded, comment, fact)
    others = {comment.slip_author_id} - {comment.author_id}
    check_value(recorded, "deleted_by", fact.deleted_by, allowed=not fact.deleted_by or fact.deleted_by in others)
    state.end(recorded.stream_id)


def held(state: AuditState, recorded: Recorded[Any], comment: AuditedComment, fact: CommentHeld) -> None:
    """Check CommentHeld: by a moderator, or by its case; not held yet; update the audit state."""
    _check_author(recorded, comment, fact)
    check_held(state, recorded, "comment", fact)
    if comment.held:
        raise ViolationFound(CommentHoldOutOfOrder, recorded, standing="held")
    comment.held = True


def released(state: AuditState, recorded: Recorded[Any], comment: AuditedComment, fact: CommentReleased) -> None:
    """Check CommentReleased: by a moderator, held; update the audit state."""
    _check_author(recorded, comment, fact)
    check_moderated(state, recorded, "comment", fact)
    check_released(state, recorded, "comment")
    if not comment.held:
        raise ViolationFound(CommentHoldOutOfOrder, recorded, standing="not held")
    comment.held = False


def _check_author(
    recorded: Recorded[Any], comment: AuditedComment, fact: CommentEdited | CommentDeleted | CommentHeld | CommentReleased
) -> None:
    if (fact.author_id, fact.slip_id) != (comment.author_id, comment.slip_id):
        raise ViolationFound(CommentOfAnother, recorded, author_id=comment.author_id, slip_id=comment.slip_id)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


AUDITOR = Auditor(
    aggregate="comment",
    holds=AuditedComment,
    begins={CommentPosted: posted},
    follows={CommentEdited: edited, CommentDeleted: deleted, CommentHeld: held, CommentReleased: released},
)
