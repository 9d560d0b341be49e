"""Comment on a slip, reply, edit, delete. Text arrives sealed; the handles that it mentions were read before, and travel beside it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.mentions import mentioned, streams_of_mentions
from commands.social.visibility import case_streams, check_may_share, see_slip
from commands.social.word_filter import hold_marked_comment, streams_of_marked
from domain.comment.commands import DeleteComment, EditComment, ParentComment, PostComment
from domain.comment.decider import COMMENT, EDIT_MS, Comment, CommentUnknown
from domain.comment.facts import CommentPosted
from domain.follow.decider import FOLLOW
from domain.ids import follow_of
from domain.slip.decider import SLIP

POSTED_VERSION = 1
"""A comment's stream begins with its posting."""


class CommentOnSlip(msgspec.Struct, frozen=True, gc=False):
    """Comment on a slip, or reply to the comment `parent_id`, empty where there is none. `comment_id` follows from the idempotency key.

    `marked` says that the word filter marked the text.
    """

    comment_id: str
    author_id: str
    slip_id: str
    parent_id: str
    text: str
    handles: tuple[str, ...]
    at: datetime
    marked: bool = False


class RewriteComment(msgspec.Struct, frozen=True, gc=False):
    """Write a comment of one's own anew; `marked` as of a new one."""

    comment_id: str
    author_id: str
    text: str
    handles: tuple[str, ...]
    at: datetime
    marked: bool = False


class CommentReceipt(msgspec.Struct, frozen=True, gc=False):
    """The comment as its author left it: `text` is sealed, empty where it was deleted; `posted` says where it stands.

    `marked` says that the word filter marked the text, which is then held for a moderator, or was.
    """

    comment_id: str
    posted: CommentPosted
    text: str
    mentions: tuple[str, ...]
    edited: bool
    deleted: bool
    marked: bool = False


def streams_of_posting(ask: CommentOnSlip) -> Sequence[StreamRef]:
    """Name the comment, the slip, the parent and the claims of the handles."""
    named = (StreamRef(COMMENT, ask.comment_id), StreamRef(SLIP, ask.slip_id), case_streams(ask.author_id))
    parent = (StreamRef(COMMENT, ask.parent_id),) if ask.parent_id else ()
    marked = streams_of_marked("comment", ask.comment_id, marked=ask.marked)
    return (*named, *parent, *marked, *streams_of_mentions(ask.handles))


def post(ask: CommentOnSlip, streams: UnitOfWork) -> Outcome:
    """Post a comment on a slip that its author may see. A repeat with the same body gets the first answer, whatever became of it since.

    Raises:
        SharingSuspended: when moderators suspended the author.
        SlipUnknown: when the account may not see the slip, as when there is none.
        CommentUnknown: also when its author and the parent's block one another. MentionUnknown: from the handles.
        Refused: what the comment's rules refuse.

    """
    comment = streams.load(COMMENT, ask.comment_id)
    if comment.state.posted is not None:
        comment.decide(_posting(ask))
    else:
        check_may_share(streams, ask.author_id)
        slip = see_slip(streams, ask.author_id, ask.slip_id)
        parent = _parent(ask, streams) if ask.parent_id else None
        mentions = mentioned(streams, ask.author_id, ask.handles)
        closed = slip.takes_no_replies(streams.now_us)
        comment.decide(
            msgspec.structs.replace(_posting(ask), slip_author_id=slip.author_id, replies_closed=closed, mentions=mentions, parent=parent)
        )
        if slip.replies_close_us and ask.author_id != slip.author_id:
            streams.not_after(slip.replies_close_us - 1)
        if ask.marked:
            hold_marked_comment(streams, comment, ask.at)
    posted = comment.state.posted
    assert posted is not None, "a comment that was decided on is posted"
    receipt = CommentReceipt(ask.comment_id, posted, posted.text, posted.mentions, edited=False, deleted=False, marked=ask.marked)
    return Outcome(receipt, comment, creates=True)


def _posting(ask: CommentOnSlip) -> PostComment:
    return PostComment(
        comment_id=ask.comment_id,
        author_id=ask.author_id,
        slip_id=ask.slip_id,
        slip_author_id="",
        replies_closed=False,
        text=ask.text,
        mentions=(),
        at=ask.at,
        parent=ParentComment(ask.parent_id, ask.slip_id, is_reply=False, deleted=False) if ask.parent_id else None,
    )


def _parent(ask: CommentOnSlip, streams: UnitOfWork) -> ParentComment:
    """Return the comment that is replied to, as it stands; that it still does becomes a condition of the append.

    For one that is not there the same streams are asked for as for one that may not be replied to.
    """
    parent = streams.read(COMMENT, ask.parent_id)
    posted = parent.posted
    author_id = posted.author_id if posted is not None else ask.parent_id
    is_blocked = author_id != ask.author_id and streams.read(FOLLOW, follow_of(ask.author_id, author_id)).is_blocked
    if posted is None:
        return ParentComment(ask.parent_id, "", is_reply=False, deleted=False)
    if is_blocked:
        raise CommentUnknown(ask.parent_id)
    is_hidden = parent.deleted or (parent.held and posted.author_id != ask.author_id)
    return ParentComment(ask.parent_id, posted.slip_id, is_reply=bool(posted.parent_id), deleted=is_hidden, author_id=author_id)


def streams_of_edit(ask: RewriteComment) -> Sequence[StreamRef]:
    """Name the comment and the claims of the handles; the slip follows from the comment."""
    marked = streams_of_marked("comment", ask.comment_id, marked=ask.marked)
    return (StreamRef(COMMENT, ask.comment_id), case_streams(ask.author_id), *marked, *streams_of_mentions(ask.handles))


def edit(ask: RewriteComment, streams: UnitOfWork) -> Outcome:
    """Edit a comment within its time, on a slip that its author may still see. The same text again changes nothing.

    Raises:
        CommentUnknown: for a comment of another's as for none, and for one that was deleted.
        SharingSuspended: when moderators suspended the author.
        SlipUnknown: when the author may no longer see the slip. MentionUnknown: from the handles.
        Refused: what the comment's rules refuse.

    """
    comment = streams.load(COMMENT, ask.comment_id)
    posted = comment.state.posted
    if posted is None or posted.author_id != ask.author_id or comment.state.deleted:
        raise CommentUnknown(ask.comment_id)
    if comment.state.text != ask.text:
        check_may_share(streams, ask.author_id)
        see_slip(streams, ask.author_id, posted.slip_id)
        mentions = mentioned(streams, ask.author_id, ask.handles)
        in_time = streams.is_within(comment.entry, POSTED_VERSION, EDIT_MS)
        comment.decide(EditComment(ask.comment_id, ask.author_id, ask.text, mentions, in_time, ask.at))
        streams.hold(comment.entry, POSTED_VERSION, EDIT_MS)
        if ask.marked:
            hold_marked_comment(streams, comment, ask.at)
    return _told(comment, marked=ask.marked)


def streams_of_deletion(ask: DeleteComment) -> Sequence[StreamRef]:
    """Name the comment."""
    return (StreamRef(COMMENT, ask.comment_id),)


def delete(ask: DeleteComment, streams: UnitOfWork) -> Outcome:
    """Delete a comment: its author may, and the author of the slip, whoever else may see it.

    Raises:
        CommentUnknown: for everybody else's as for none.

    """
    comment = streams.load(COMMENT, ask.comment_id)
    comment.decide(ask)
    return _told(comment)


def _told(comment: Stream[Comment], *, marked: bool = False) -> Outcome:
    state = comment.state
    assert state.posted is not None, "a comment that was decided on is posted"
    receipt = CommentReceipt(
        comment_id=comment.stream_id,
        posted=state.posted,
        text=state.text,
        mentions=state.mentions,
        edited=state.edits > 0,
        deleted=state.deleted,
        marked=marked,
    )
    return Outcome(receipt, comment)
