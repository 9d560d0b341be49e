"""Somebody comments on a slip: its author is told, unless it is a reply to a comment of theirs, of which they are told as of a reply."""

from collections.abc import Sequence

from domain.comment.facts import CommentPosted
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _posted(recorded: Recorded[CommentPosted], fact: CommentPosted) -> Sequence[NoticeTold]:
    if fact.slip_author_id in (fact.author_id, fact.parent_author_id):
        return ()
    row = at(recorded, actor_id=fact.author_id, slip_id=fact.slip_id, slip_author_id=fact.slip_author_id, comment_id=recorded.stream_id)
    return (NoticeTold(fact.slip_author_id, recorded.stream_id, row),)


def says(shown: Shown) -> str:
    """Say who commented, and how it begins."""
    return shown.say("comment", who=shown.who, text=shown.text)


TELLING = Telling("comment", {CommentPosted: _posted}, says)
