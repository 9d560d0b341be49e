"""What moderators decide on a slip, a comment or an account, and the appeals of authors; the item is hidden or shown in the same append."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import check_account
from domain.account.decider import ACCOUNT
from domain.comment.commands import HoldComment, ReleaseComment
from domain.comment.decider import COMMENT, CommentUnknown
from domain.fact import moment
from domain.ids import case_of
from domain.moderation.commands import AppealDecision, HoldItem, ModeratorCommand, RemoveItem
from domain.moderation.decider import MODERATION
from domain.moderation.facts import ModeratedItem
from domain.moderation.state import ModerationCase
from domain.refused import Refused
from domain.slip.commands import HoldSlip, ReleaseSlip
from domain.slip.decider import SLIP, SlipUnknown


class CaseUnknown(Refused):
    """There is no such item of the account's own."""

    item_id: str


class CaseReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the case of an item stands: `status` is held, removed or empty, `appeal` is open, declined or empty."""

    kind: str
    item_id: str
    author_id: str
    status: str
    rule: str
    reason: str
    until: datetime | None
    appeal: str
    shadowed: bool


def item_streams(kind: str, item_id: str) -> tuple[StreamRef, ...]:
    """Name the stream of an item."""
    if kind == "slip":
        return (StreamRef(SLIP, item_id),)
    return (StreamRef(COMMENT, item_id),) if kind == "comment" else (StreamRef(ACCOUNT, item_id),)


def streams_of(ask: ModeratorCommand) -> Sequence[StreamRef]:
    """Name the case, the item and the moderator."""
    kind, item_id = ask.item.kind, ask.item.item_id
    return (StreamRef(MODERATION, case_of(kind, item_id)), *item_streams(kind, item_id), *actor_streams(ask.actor))


def moderate(ask: ModeratorCommand, streams: UnitOfWork) -> Outcome:
    """Decide as a moderator. Of the item, kind and id are asked for; whose it is, its own stream says. A repeat changes nothing.

    Raises:
        ActorWithoutRole: when the actor is neither a moderator nor an admin.
        SlipUnknown, CommentUnknown, AccountUnknown: when there is no such item.
        Refused: what the rules of a case refuse.

    """
    check_role(streams, ask.actor, "moderator", "admin")
    item = _item(streams, ask.item.kind, ask.item.item_id)
    case = streams.load(MODERATION, case_of(item.kind, item.item_id))
    ask = msgspec.structs.replace(ask, item=item)
    if isinstance(ask, HoldItem):
        ask = msgspec.structs.replace(ask, now_us=streams.now_us)
    case.decide(ask)
    if isinstance(ask, HoldItem | RemoveItem):
        hide(streams, item, ask.rule, ask.reason, ask.actor, ask.at)
    elif not case.state.status:
        _show(streams, item, ask.actor, ask.at)
    return Outcome(_receipt(item, case.state), case)


def _item(streams: UnitOfWork, kind: str, item_id: str) -> ModeratedItem:
    """Return an item as its own stream has it, whether it was removed by its author or not.

    Raises:
        SlipUnknown, CommentUnknown, AccountUnknown: when there is none.

    """
    if kind == "slip":
        slip = streams.look(SLIP, item_id).state
        if slip.shared is None:
            raise SlipUnknown(item_id)
        return ModeratedItem("slip", item_id, slip.author_id, item_id)
    if kind == "comment":
        posted = streams.look(COMMENT, item_id).state.posted
        if posted is None:
            raise CommentUnknown(item_id)
        return ModeratedItem("comment", item_id, posted.author_id, posted.slip_id)
    check_account(streams, item_id)
    return ModeratedItem("account", item_id, item_id)


def hide(streams: UnitOfWork, item: ModeratedItem, rule: str, reason: str, actor: str, at: datetime) -> Stream[Any] | None:
    """Hide a slip or a comment from all but its author, unless it is hidden already; return its stream, None for an account.

    Raises:
        SlipUnknown, CommentUnknown: when its author took it away.

    """
    if item.kind == "account":
        return None
    if item.kind == "comment":
        comment = streams.load(COMMENT, item.item_id)
        comment.decide(HoldComment(item.item_id, rule, reason, actor, at))
        return comment
    slip = streams.load(SLIP, item.item_id)
    held_rule = slip.state.held_rule or rule
    slip.decide(HoldSlip(item.item_id, held_rule, reason, actor, at))
    return slip


def _show(streams: UnitOfWork, item: ModeratedItem, actor: str, at: datetime) -> None:
    """Show a slip or a comment again, if its author left it."""
    if item.kind == "slip":
        slip = streams.load(SLIP, item.item_id)
        if slip.state.held_rule and not slip.state.removed:
            slip.decide(ReleaseSlip(item.item_id, actor, at))
    elif item.kind == "comment":
        comment = streams.load(COMMENT, item.item_id)
        if comment.state.held and not comment.state.deleted:
            comment.decide(ReleaseComment(item.item_id, actor, at))


def streams_of_appeal(ask: AppealDecision) -> Sequence[StreamRef]:
    """Name the case."""
    return (StreamRef(MODERATION, case_of(ask.item.kind, ask.item.item_id)),)


def appeal(ask: AppealDecision, streams: UnitOfWork) -> Outcome:
    """Appeal as the author, who may be suspended. A repeat with the same text changes nothing.

    Raises:
        CaseUnknown: when nothing of that kind and id was ever looked at, or it is another's.
        NothingToAppeal, AppealedBefore, TextNotSealed: from the rules of a case.

    """
    case = streams.load(MODERATION, case_of(ask.item.kind, ask.item.item_id))
    item = case.state.item
    if item is None or item.author_id != ask.item.author_id:
        raise CaseUnknown(ask.item.item_id)
    case.decide(msgspec.structs.replace(ask, item=item))
    return Outcome(msgspec.structs.replace(_receipt(item, case.state), shadowed=False), case)


def _receipt(item: ModeratedItem, case: ModerationCase) -> CaseReceipt:
    return CaseReceipt(
        kind=item.kind,
        item_id=item.item_id,
        author_id=item.author_id,
        status=case.status,
        rule=case.rule,
        reason=case.reason,
        until=moment(case.until_us) if case.until_us else None,
        appeal=case.appeal,
        shadowed=bool(case.shadow_rule),
    )
