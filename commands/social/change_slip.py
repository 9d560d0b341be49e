"""Change or remove a slip of one's own; hold it, or let it go, as a moderator."""

from collections.abc import Sequence

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from domain.slip.decider import SLIP


class SlipReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where a slip stands after the command; `held_rule` is the rule that holds it, empty where none does."""

    slip_id: str
    visibility: str
    replies_closed: bool
    removed: bool
    held_rule: str


def streams_of(ask: ChangeSlip | RemoveSlip | HoldSlip | ReleaseSlip) -> Sequence[StreamRef]:
    """Name the slip, and the moderator."""
    named = (StreamRef(SLIP, ask.slip_id),)
    return (*named, *actor_streams(ask.actor)) if isinstance(ask, HoldSlip | ReleaseSlip) else named


def change_slip(ask: ChangeSlip | RemoveSlip | HoldSlip | ReleaseSlip, streams: UnitOfWork) -> Outcome:
    """Decide what an author or a moderator asks of a slip.

    Raises:
        ActorWithoutRole: when somebody else than a moderator or an admin holds or releases.
        Refused: what the slip's rules refuse.

    """
    if isinstance(ask, HoldSlip | ReleaseSlip):
        check_role(streams, ask.actor, "moderator", "admin")
    slip = streams.load(SLIP, ask.slip_id)
    slip.decide(ask)
    state = slip.state
    receipt = SlipReceipt(
        slip_id=ask.slip_id,
        visibility=state.visibility,
        replies_closed=state.replies_closed,
        removed=state.removed,
        held_rule=state.held_rule,
    )
    return Outcome(receipt, slip)
