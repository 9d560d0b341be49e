"""What the word filter marks is held for a moderator, in the append of the text itself.

Text arrives sealed: it was looked at before, and that it was marked comes beside it.
"""

from datetime import datetime
from typing import Protocol

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import StreamRef
from domain.comment.commands import HoldComment
from domain.comment.decider import Comment
from domain.ids import case_of
from domain.moderation.commands import HoldItem
from domain.moderation.decider import MODERATION
from domain.moderation.facts import ModeratedItem
from domain.moderation.state import WORDS_REASON, WORDS_RULE
from domain.slip.commands import HoldSlip
from domain.slip.decider import Slip


class WordFilter(Protocol):
    """Finds offensive words in text that is not sealed yet. Adapters are in `infra.word_filter`."""

    def marks(self, text: str) -> bool:
        """Tell whether a moderator has to look at a text: the same for the same text. It may take milliseconds; any thread may ask."""
        ...


def streams_of_marked(kind: str, item_id: str, *, marked: bool) -> tuple[StreamRef, ...]:
    """Name the case of an item whose text was marked."""
    return (StreamRef(MODERATION, case_of(kind, item_id)),) if marked else ()


def hold_marked_slip(streams: UnitOfWork, slip: Stream[Slip], at: datetime) -> None:
    """Hold a slip that is shared in this append and whose caption was marked."""
    slip_id = slip.stream_id
    if _held(streams, ModeratedItem("slip", slip_id, slip.state.author_id, slip_id), at):
        slip.decide(HoldSlip(slip_id, WORDS_RULE, WORDS_REASON, WORDS_RULE, at))


def hold_marked_comment(streams: UnitOfWork, comment: Stream[Comment], at: datetime) -> None:
    """Hold a comment that is posted or edited in this append and whose text was marked, unless it is held or removed already."""
    posted = comment.state.posted
    assert posted is not None, "a comment that was decided on is posted"
    if _held(streams, ModeratedItem("comment", comment.stream_id, posted.author_id, posted.slip_id), at):
        comment.decide(HoldComment(comment.stream_id, WORDS_RULE, WORDS_REASON, WORDS_RULE, at))


def _held(streams: UnitOfWork, item: ModeratedItem, at: datetime) -> bool:
    """Hold an item in its case; tell whether it was not held or removed before."""
    case = streams.load(MODERATION, case_of(item.kind, item.item_id))
    return not case.state.status and bool(case.decide(HoldItem(item, WORDS_RULE, WORDS_REASON, WORDS_RULE, at)))
