"""Somebody replies to a comment: its author is told."""

from collections.abc import Sequence

from domain.comment.facts import CommentPosted
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _posted(recorded: Recorded[CommentPosted], fact: CommentPosted) -> Sequence[NoticeTold]:
    if fact.parent_author_id in ("", fact.author_id):
        return ()
    row = at(recorded, actor_id=fact.author_id, slip_id=fact.slip_id, slip_author_id=fact.slip_author_id, comment_id=recorded.stream_id)
    return (NoticeTold(fact.parent_author_id, recorded.stream_id, row),)


def says(shown: Shown) -> str:
    """Say who replied, and how it begins."""
    return shown.say("reply", who=shown.who, text=shown.text)


TELLING = Telling("reply", {CommentPosted: _posted}, says)
