"""Reality checks: how often a bettor is told of how long a session lasts and what it cost, and when that was acknowledged last.

They stand in the account's own stream, which no bet reads: choosing an interval or acknowledging a check holds up no bet.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from domain.account.commands import AcknowledgeRealityCheck, RealityCheckCommand, SetRealityCheck
from domain.account.facts import RealityCheckAcknowledged, RealityCheckFact, RealityCheckSet
from domain.fact import micros, moment
from domain.refused import Refused

INTERVALS_MINUTES = (0, 15, 30, 60, 120, 240)
"""What may be chosen; 0 is off."""


class RealityCheckIntervalUnknown(Refused):
    """A reality check comes every 15, 30, 60, 120 or 240 minutes, or never (0)."""

    interval_minutes: int


class RealityChecks(msgspec.Struct, frozen=True, gc=False):
    """What an account chose, None where it never did, and when it acknowledged a check last, in microseconds; 0 for never."""

    interval_minutes: int | None = None
    acknowledged_us: int = 0


def due_at(checks: RealityChecks, default_minutes: int, began_at: datetime) -> datetime | None:
    """Return when the next check of a session that began then is due; None where checks are off.

    It counts from the beginning of the session or the last acknowledgement, whichever is later.
    """
    minutes = default_minutes if checks.interval_minutes is None else checks.interval_minutes
    return max(began_at, moment(checks.acknowledged_us)) + timedelta(minutes=minutes) if minutes else None


def decide_reality_checks(checks: RealityChecks, command: RealityCheckCommand) -> Sequence[RealityCheckFact]:
    """Decide on an interval, or that a check was acknowledged: one that counted from before the last acknowledgement was already.

    Raises:
        RealityCheckIntervalUnknown: from `SetRealityCheck`.

    """
    match command:
        case SetRealityCheck(_, minutes, actor, at):
            if minutes not in INTERVALS_MINUTES:
                raise RealityCheckIntervalUnknown(minutes)
            return () if minutes == checks.interval_minutes else (RealityCheckSet(minutes, actor, at),)
        case AcknowledgeRealityCheck(_, since, actor, at):
            return () if checks.acknowledged_us > micros(since) else (RealityCheckAcknowledged(actor, at),)
        case _:
            assert_never(command)


def evolve_reality_checks(checks: RealityChecks, fact: RealityCheckFact) -> RealityChecks:
    """Return what stands after the fact."""
    match fact:
        case RealityCheckSet():
            return RealityChecks(fact.interval_minutes, checks.acknowledged_us)
        case RealityCheckAcknowledged():
            return RealityChecks(checks.interval_minutes, max(checks.acknowledged_us, micros(fact.at)))
        case _:
            assert_never(fact)
