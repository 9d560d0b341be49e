"""What may be asked of a comment."""

from datetime import datetime

import msgspec


class ParentComment(msgspec.Struct, frozen=True, gc=False):
    """The comment that is replied to, as it stands for who replies.

    `slip_id` and `author_id` are empty where there is none, `deleted` where it is held.
    """

    comment_id: str
    slip_id: str
    is_reply: bool
    deleted: bool
    author_id: str = ""


class PostComment(msgspec.Struct, frozen=True, gc=False):
    """Comment on a slip, or reply to a comment on it. `text` is sealed, `mentions` are the accounts that it mentions."""

    comment_id: str
    author_id: str
    slip_id: str
    slip_author_id: str
    replies_closed: bool
    text: str
    mentions: tuple[str, ...]
    at: datetime
    parent: ParentComment | None = None


class EditComment(msgspec.Struct, frozen=True, gc=False):
    """Write a comment anew. `in_time` says whether the log's time allows it still."""

    comment_id: str
    author_id: str
    text: str
    mentions: tuple[str, ...]
    in_time: bool
    at: datetime


class DeleteComment(msgspec.Struct, frozen=True, gc=False):
    """Take a comment back: its author does, or the author of the slip."""

    comment_id: str
    deleted_by: str
    at: datetime


class HoldComment(msgspec.Struct, frozen=True, gc=False):
    """Show a comment to nobody but its author, by a `rule` that `actor` applied."""

    comment_id: str
    rule: str
    reason: str
    actor: str
    at: datetime


class ReleaseComment(msgspec.Struct, frozen=True, gc=False):
    """Let a held comment be seen again."""

    comment_id: str
    actor: str
    at: datetime


CommentCommand = PostComment | EditComment | DeleteComment | HoldComment | ReleaseComment
