"""A bonus whose time is over by the log's time is taken off, by a process manager: a credited bonus is a case with that time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.process_manager import Case, CaseTables, Change, Due, Over, ProcessManager
from domain.bonus.commands import ExpireBonus
from domain.bonus.decider import BONUS, BonusUnknown
from domain.bonus.facts import BonusConverted, BonusCredited, BonusExpired
from domain.bonus.state import ACTIVE
from domain.fact import Fact, Recorded, micros
from domain.refused import Refused

TABLES = CaseTables(key="expiry_of", case_id="bonus_id", later="expiring_bonus")

CLOCKS_APART_US = 1_000_000
"""How far a process's estimate of the log's time may be behind it. An expiry this close to its time is left to the commit to judge."""


class BonusNotExpired(Refused):
    """The time of the bonus is not over yet."""

    bonus_id: str
    expires_at: datetime


class BonusEnding(msgspec.Struct, frozen=True, gc=False):
    """What became of the bonus: converted or expired."""

    bonus_id: str
    status: str


def streams_of(ask: ExpireBonus) -> Sequence[StreamRef]:
    """Name the bonus."""
    return (StreamRef(BONUS, ask.bonus_id),)


def expire_bonus(ask: ExpireBonus, streams: UnitOfWork) -> Outcome:
    """Take off what is left of the bonus, at a commit that is not before its time.

    Raises:
        BonusUnknown: when there is none. BonusNotExpired: when it is too early.

    """
    bonus = streams.load(BONUS, ask.bonus_id)
    credited = bonus.state.credited
    if credited is None:
        raise BonusUnknown(ask.bonus_id)
    if bonus.state.status == ACTIVE:
        expires_us = micros(credited.expires_at)
        if streams.now_us + CLOCKS_APART_US < expires_us:
            raise BonusNotExpired(ask.bonus_id, credited.expires_at)
        streams.not_before(expires_us)
        bonus.decide(ask)
    return Outcome(BonusEnding(ask.bonus_id, bonus.state.status), bonus)


def credited(recorded: Recorded[BonusCredited]) -> Sequence[Change]:
    """Let a bonus be taken off once its time is over."""
    bonus_id = recorded.stream_id
    return (Due(bonus_id, bonus_id, micros(recorded.body.expires_at)),)


def ended(recorded: Recorded[BonusConverted | BonusExpired]) -> Sequence[Change]:
    """Let a bonus that is over wait no more."""
    return (Over(recorded.stream_id),)


def expire(case: Case, at: datetime) -> ExpireBonus:
    """Return the command that takes off a bonus whose time is over."""
    return ExpireBonus(case.case_id, at)


REACTIONS: dict[type[Fact], Callable[[Recorded[Any]], Sequence[Change]]] = {
    BonusCredited: credited,
    BonusConverted: ended,
    BonusExpired: ended,
}

BONUS_EXPIRY = ProcessManager("bonus_expiry", TABLES, REACTIONS, expire)
