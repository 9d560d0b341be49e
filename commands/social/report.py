"""Report a slip, a comment or an account that one sees; enough reports hold a slip or a comment, in the same append as the last of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.moderate import hide, item_streams
from commands.social.visibility import check_account, reach_streams, see_slip
from domain.comment.decider import COMMENT, CommentUnknown
from domain.follow.decider import FOLLOW
from domain.ids import case_of, derived, follow_of
from domain.moderation.commands import ReportItem
from domain.moderation.decider import MODERATION
from domain.moderation.facts import ItemHeld, ModeratedItem
from domain.slip.decider import SLIP, SlipUnknown
from domain.unknown import AccountUnknown


class ReportSeenItem(msgspec.Struct, frozen=True, gc=False):
    """Report an item (`kind` is slip, comment or account). `hold_at` is how many open reports hold it, 0 for never."""

    kind: str
    item_id: str
    reporter_id: str
    reason: str
    hold_at: int
    at: datetime


class ReportReceipt(msgspec.Struct, frozen=True, gc=False):
    """What was reported; what became of it is not for the reporter to know."""

    kind: str
    item_id: str


def streams_of(ask: ReportSeenItem) -> Sequence[StreamRef]:
    """Name the case and the item; the rest follows from the item."""
    return (StreamRef(MODERATION, case_of(ask.kind, ask.item_id)), *item_streams(ask.kind, ask.item_id))


def report(ask: ReportSeenItem, streams: UnitOfWork) -> Outcome:
    """Report an item once. A repeat, for whatever reason, gets the first answer, whatever became of the item since.

    Raises:
        SlipUnknown, CommentUnknown, AccountUnknown: when the reporter does not see the item, as when there is none.
        OwnItemReported, ReportReasonUnknown, ReportedEnough: from the rules of a case.

    """
    key: Stream[Any] = streams.load(MODERATION, case_of(ask.kind, ask.item_id))
    case = key
    if ask.reporter_id not in case.state.reporters:
        item = _seen(ask, streams)
        case.decide(ReportItem(item, ask.reporter_id, ask.reason, ask.hold_at, ask.at))
        held = case.facts[-1]
        if isinstance(held, ItemHeld):
            key = hide(streams, held.item, held.rule, held.reason, held.actor, ask.at) or case
    return Outcome(ReportReceipt(ask.kind, ask.item_id), key, at_head=True)


def _seen(ask: ReportSeenItem, streams: UnitOfWork) -> ModeratedItem:
    """Return an item that the reporter sees; that they do becomes a condition of the append."""
    reporter_id, item_id = ask.reporter_id, ask.item_id
    if ask.kind == "slip":
        return ModeratedItem("slip", item_id, see_slip(streams, reporter_id, item_id).author_id, item_id)
    if ask.kind == "comment":
        return _seen_comment(streams, reporter_id, item_id)
    streams.need(reach_streams(reporter_id, item_id))
    is_blocked = item_id != reporter_id and streams.read(FOLLOW, follow_of(reporter_id, item_id)).relation(item_id, reporter_id).blocked
    check_account(streams, item_id)
    if is_blocked:
        raise AccountUnknown(item_id)
    return ModeratedItem("account", item_id, item_id)


def _seen_comment(streams: UnitOfWork, reporter_id: str, comment_id: str) -> ModeratedItem:
    """Return a comment that the reporter sees; whatever it is refused for, the same streams are asked for."""
    comment = streams.read(COMMENT, comment_id)
    posted = comment.posted
    slip_id, author_id = (posted.slip_id, posted.author_id) if posted is not None else (derived("slip", comment_id), comment_id)
    pair_id = follow_of(reporter_id, author_id)
    streams.need(((SLIP, slip_id), (FOLLOW, pair_id)))
    is_blocked = author_id != reporter_id and streams.read(FOLLOW, pair_id).is_blocked
    try:
        see_slip(streams, reporter_id, slip_id)
    except SlipUnknown:
        raise CommentUnknown(comment_id) from None
    if posted is None or comment.deleted or is_blocked or (comment.held and author_id != reporter_id):
        raise CommentUnknown(comment_id)
    return ModeratedItem("comment", comment_id, author_id, slip_id)
