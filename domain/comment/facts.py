"""What happens to a comment. Its stream's id follows from its author and idempotency key (`domain.ids.comment_of`)."""

from datetime import datetime

from domain.fact import Fact


class CommentPosted(Fact, frozen=True, tag="comment.posted.v2"):
    """An account commented on a slip; with a `parent_id` it replied to a comment on the same slip. `text` is sealed.

    `parent_author_id` wrote what is replied to; version 1 did not say who that was.
    """

    author_id: str
    slip_id: str
    slip_author_id: str
    text: str
    at: datetime
    parent_id: str = ""
    mentions: tuple[str, ...] = ()
    parent_author_id: str = ""


class CommentEdited(Fact, frozen=True, tag="comment.edited.v1"):
    """The author wrote the comment anew, within the time for edits. `text` is sealed."""

    author_id: str
    slip_id: str
    text: str
    at: datetime
    mentions: tuple[str, ...] = ()


class CommentDeleted(Fact, frozen=True, tag="comment.deleted.v1"):
    """The comment was taken back. Replies to it stay, below a comment without text.

    `deleted_by` is empty where its author did it, else the author of the slip, who keeps order below their own.
    """

    author_id: str
    slip_id: str
    at: datetime
    deleted_by: str = ""


class CommentHeld(Fact, frozen=True, tag="comment.held.v1"):
    """The comment is shown to nobody but its author until it is released: `rule` says which rule held it, `actor` who applied it."""

    author_id: str
    slip_id: str
    rule: str
    reason: str
    actor: str
    at: datetime


class CommentReleased(Fact, frozen=True, tag="comment.released.v1"):
    """A moderator let a held comment be seen again."""

    author_id: str
    slip_id: str
    actor: str
    at: datetime


CommentFact = CommentPosted | CommentEdited | CommentDeleted | CommentHeld | CommentReleased
