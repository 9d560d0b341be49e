"""Change or remove a slip of one's own; hold or release one, as a moderator."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.fact import moment
from domain.ids import case_of
from domain.moderation.commands import HoldItem, ReleaseItem
from domain.moderation.decider import MODERATION
from domain.moderation.facts import ModeratedItem
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from domain.slip.decider import SLIP, Slip

RELEASED = "Released by a moderator."


class SlipReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where a slip stands after the command; `held_rule` is the rule that holds it, empty where none does.

    `replies_closed` says whether it takes comments now; `replies_close_at` is when it takes none any more, None where that is not said.
    """

    slip_id: str
    visibility: str
    replies_closed: bool
    replies_close_at: datetime | None
    removed: bool
    held_rule: str


def streams_of(ask: ChangeSlip | RemoveSlip | HoldSlip | ReleaseSlip) -> Sequence[StreamRef]:
    """Name the slip, and the moderator."""
    named = (StreamRef(SLIP, ask.slip_id),)
    if isinstance(ask, HoldSlip | ReleaseSlip):
        return (*named, StreamRef(MODERATION, case_of("slip", ask.slip_id)), *actor_streams(ask.actor))
    return named


def change_slip(ask: ChangeSlip | RemoveSlip | HoldSlip | ReleaseSlip, streams: UnitOfWork) -> Outcome:
    """Decide what an author or a moderator asks of a slip.

    Raises:
        ActorWithoutRole: when somebody else than a moderator or an admin holds or releases.
        Refused: what the slip's rules refuse.

    """
    slip = streams.load(SLIP, ask.slip_id)
    key: Stream[Any] = slip
    if isinstance(ask, HoldSlip | ReleaseSlip):
        check_role(streams, ask.actor, "moderator", "admin")
        key = _note_in_case(ask, slip, streams)
    if isinstance(ask, ChangeSlip):
        ask = msgspec.structs.replace(ask, now_us=streams.now_us)
    facts = slip.decide(ask)
    state = slip.state
    if facts and isinstance(ask, ChangeSlip) and ask.replies_close_at is not None:
        streams.not_after(state.replies_close_us)
    receipt = SlipReceipt(
        slip_id=ask.slip_id,
        visibility=state.visibility,
        replies_closed=state.takes_no_replies(streams.now_us),
        replies_close_at=moment(state.replies_close_us) if state.replies_close_us else None,
        removed=state.removed,
        held_rule=state.held_rule,
    )
    return Outcome(receipt, key)


def _note_in_case(ask: HoldSlip | ReleaseSlip, slip: Stream[Slip], streams: UnitOfWork) -> Stream[Any]:
    """Say in the case of a slip what is done with it, so that its author is told and can appeal; return what the answer is about."""
    item = ModeratedItem("slip", ask.slip_id, slip.state.author_id, ask.slip_id)
    if slip.state.shared is None or slip.state.removed:
        return slip
    case = streams.load(MODERATION, case_of("slip", ask.slip_id))
    if isinstance(ask, ReleaseSlip):
        case.decide(ReleaseItem(item, RELEASED, ask.actor, ask.at))
    elif not slip.state.held_rule:
        case.decide(HoldItem(item, ask.rule, ask.reason, ask.actor, ask.at, now_us=streams.now_us))
    return case if case.version or case.facts else slip
