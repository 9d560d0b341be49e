"""What can be wrong with reactions and comments."""

from commands.audit.violation import Violation


class SlipNotSeen(Violation, frozen=True):
    """Somebody reacted to a slip, or commented on it, that they did not see then."""

    slip_id: str
    standing: str


class ReactionOutOfOrder(Violation, frozen=True):
    """A reaction was given while it stood, or taken back while it did not."""

    standing: str


class RepostForFollowers(Violation, frozen=True):
    """A slip that is for its author's followers alone was reposted."""

    slip_id: str


class CommentWhileClosed(Violation, frozen=True):
    """Somebody commented on a slip whose author takes no comments."""

    slip_id: str


class ReplyOutOfPlace(Violation, frozen=True):
    """A reply is to no comment on its slip, to a reply, or to somebody whom its author does not reach."""

    parent_id: str
    standing: str


class MentionOfBlocked(Violation, frozen=True):
    """A text mentions an account that blocks its author, or that its author blocks."""

    account_id: str


class EditOutOfOrder(Violation, frozen=True):
    """A comment was edited too late, too often, or to what it was."""

    edits: int
    after_s: int


class CommentOfAnother(Violation, frozen=True):
    """A fact of a comment names another author or another slip than its posting."""

    author_id: str
    slip_id: str
