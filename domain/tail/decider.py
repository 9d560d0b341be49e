"""The rules of a tail: recorded once, with its bet, of somebody else's slip; and of a day's tails: no more than the cap that each names."""

from collections.abc import Sequence

import msgspec

from domain.aggregate import Aggregate
from domain.refused import Refused
from domain.tail.commands import CountTail, RecordTail
from domain.tail.facts import SlipTailed, TailCounted, TailFact

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


class DailyCapReached(Refused):
    """With this tail, what the account stakes by tails on this day (UTC) would be more than the daily cap that it named."""

    daily_cap_minor: int
    staked_minor: int
    stake_minor: int


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
        day=command.day,
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


class TailDay(msgspec.Struct, frozen=True, gc=False):
    """What an account staked by tails on one day; bets that were void since count as well."""

    staked_minor: int = 0


def decide_day(day: TailDay, command: CountTail) -> Sequence[TailCounted]:
    """Decide whether a tail's stake still fits into its day.

    Raises:
        DailyCapReached: with what was staked before.

    """
    cap_minor, stake_minor = command.daily_cap_minor, command.stake_minor
    if cap_minor is not None and day.staked_minor + stake_minor > cap_minor:
        raise DailyCapReached(cap_minor, day.staked_minor, stake_minor)
    return (TailCounted(command.account_id, command.day, command.bet_id, stake_minor, cap_minor, command.at),)


def evolve_day(day: TailDay, fact: TailCounted) -> TailDay:
    """Return the day after the fact."""
    return TailDay(day.staked_minor + fact.stake_minor)


TAIL_DAY = Aggregate("tail_day", TailDay(), decide_day, evolve_day, (TailCounted,), snapshot=TailDay)
