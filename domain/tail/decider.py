"""The rules of a tail: recorded once, with its bet, of somebody else's slip."""

from collections.abc import Sequence

import msgspec

from domain.aggregate import Aggregate
from domain.refused import Refused
from domain.tail.commands import RecordTail
from domain.tail.facts import SlipTailed, TailFact

SIDES = ("tail", "fade")


class SideUnknown(Refused):
    """A slip is tailed (side tail) or faded (side fade)."""

    side: str


class OwnSlipTailed(Refused):
    """Nobody tails a slip of their own."""

    slip_id: str


class TailKeyReused(Refused):
    """The key was used before, for a bet that was not built from this slip, or on its other side."""

    bet_id: str


class RecordedTail(msgspec.Struct, frozen=True, gc=False):
    """What a bet was built from; `tailed` is None until it is recorded."""

    tailed: SlipTailed | None = None


def decide(tail: RecordedTail, command: RecordTail) -> Sequence[TailFact]:
    """Decide what follows from a command.

    Raises:
        TailKeyReused, SideUnknown, OwnSlipTailed: in this order.

    """
    if tail.tailed is not None:
        if (tail.tailed.tailer_id, tail.tailed.slip_id, tail.tailed.side) != (command.tailer_id, command.slip_id, command.side):
            raise TailKeyReused(command.bet_id)
        return ()
    check_side(command.side)
    if command.tailer_id == command.slip_author_id:
        raise OwnSlipTailed(command.slip_id)
    tailed = SlipTailed(
        tailer_id=command.tailer_id,
        slip_id=command.slip_id,
        slip_author_id=command.slip_author_id,
        bet_id=command.bet_id,
        side=command.side,
        at=command.at,
    )
    return (tailed,)


def check_side(side: str) -> None:
    """Refuse a side that is none.

    Raises:
        SideUnknown: with its beginning.

    """
    if side not in SIDES:
        raise SideUnknown(side[:60])


def evolve(tail: RecordedTail, fact: TailFact) -> RecordedTail:
    """Return the tail after the fact."""
    assert tail.tailed is None, "a tail is recorded once"
    return RecordedTail(fact)


TAIL = Aggregate("tail", RecordedTail(), decide, evolve, (SlipTailed,), short_lived=True)
