"""Somebody mentions people in a comment or in a caption: they are told, but for those who are told of the comment or reply."""

from collections.abc import Sequence

from domain.comment.facts import CommentPosted
from domain.fact import Recorded
from domain.slip.facts import SlipShared
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _in_comment(recorded: Recorded[CommentPosted], fact: CommentPosted) -> Sequence[NoticeTold]:
    row = at(recorded, actor_id=fact.author_id, slip_id=fact.slip_id, slip_author_id=fact.slip_author_id, comment_id=recorded.stream_id)
    told = fact.author_id, fact.slip_author_id, fact.parent_author_id
    return [NoticeTold(each, recorded.stream_id, row) for each in fact.mentions if each not in told]


def _in_caption(recorded: Recorded[SlipShared], fact: SlipShared) -> Sequence[NoticeTold]:
    row = at(recorded, actor_id=fact.author_id, slip_id=recorded.stream_id, slip_author_id=fact.author_id)
    return [NoticeTold(each, recorded.stream_id, row) for each in fact.mentions if each != fact.author_id]


def says(shown: Shown) -> str:
    """Say who mentioned the reader, and where."""
    return shown.say("mention", who=shown.who, text=shown.text) if shown.row.comment_id else shown.say("mention.slip", who=shown.who)


TELLING = Telling("mention", {CommentPosted: _in_comment, SlipShared: _in_caption}, says)
