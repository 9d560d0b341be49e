"""Checks whether an account may bet and deposit now, and whether an actor has a role; an actor of the console has every role.

`commands.trading.four_eyes` and `sessions` have checks of their own: who proposes, approves or rejects is a trader, and who ends a session
or changes a password or second factor is the account itself.
"""

from datetime import datetime
from functools import lru_cache

import msgspec

from commands.dispatch.cached_stream import ANY_VERSION, CachedStream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import StreamRef
from domain.account.decider import ACCOUNT, ActorWithoutRole
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.limits import counting_until
from domain.account_gate.state import AccountGate, StaffDoNotBet, betting_from_us
from domain.fact import micros, moment
from domain.ids import ID_REGEX, account_gate_of
from domain.limits import Limit, begins_us, day_of

GATE_IDS_REMEMBERED_MAX = 100_000
MOMENTS_REMEMBERED_MAX = 16
HOUR_US = 3_600 * 1_000_000

CONSOLES = ("console", "slipstream up")
"""The actor of commands from the operator's console, which needs no account."""

_gate_of = lru_cache(GATE_IDS_REMEMBERED_MAX)(account_gate_of)


def account_gate_streams(account_id: str) -> StreamRef:
    """Name the gate that `check_may_bet` reads."""
    return StreamRef(ACCOUNT_GATE, _gate_of(account_id))


def actor_streams(actor: str) -> tuple[StreamRef, ...]:
    """Name the account that `check_role` reads, where there is one."""
    return (StreamRef(ACCOUNT, actor),) if ID_REGEX.fullmatch(actor) else ()


class MayBet(msgspec.Struct, frozen=True, gc=False):
    """An account that may bet: its gate, and its limits on stakes and losses, which count as they are before `limits_until_us`."""

    gate: AccountGate
    limits: tuple[Limit, ...]
    limits_until_us: int


NOTHING_LIMITS = MayBet(ACCOUNT_GATE.initial, *counting_until((), 0))


def check_may_bet(streams: UnitOfWork, account_id: str) -> AccountGate:
    """Refuse an account that may neither bet nor deposit now. That its gate still stands as it is becomes a condition of the append.

    Returns the gate, whose limits and factor whatever it asks for must keep.

    Raises:
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow: with the evidence of each.

    """
    gate = streams.read(ACCOUNT_GATE, _gate_of(account_id))
    _check_gate(gate, streams)
    return gate


def check_may_stake(streams: UnitOfWork, account_id: str, beside: CachedStream) -> MayBet:
    """Refuse an account that may not bet now, as `check_may_bet`; return it with the limits of its own that count for a stake.

    `beside` is an entry of the account's own in memory, where its gate and these limits are remembered for the next bet.

    Raises:
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow: with the evidence of each.

    """
    remembered = streams.recall(beside)
    if remembered is not None and streams.now_us < remembered.found.limits_until_us:
        may_bet: MayBet = remembered.found
    else:
        before = streams.so_far()
        gate = streams.read(ACCOUNT_GATE, _gate_of(account_id))
        is_plain = gate is ACCOUNT_GATE.initial
        may_bet = NOTHING_LIMITS if is_plain else MayBet(gate, *counting_until(gate.limits, streams.now_us, "stake", "loss"))
        streams.remember(beside, before, "accounts", ANY_VERSION, may_bet)
    _check_gate(may_bet.gate, streams)
    return may_bet


def _check_gate(gate: AccountGate, streams: UnitOfWork) -> None:
    if gate is not ACCOUNT_GATE.initial and (from_us := betting_from_us(gate, streams.now_us)):
        streams.not_before(from_us)


def check_may_still_bet(streams: UnitOfWork, account_id: str) -> AccountGate:
    """Refuse an account that may not bet now, but for a time-out: what it asked for was asked for before that began.

    A time-out may be short. If it took back what waits, whoever has seen how a match goes on could take a bet back by one. Its gate is
    returned, and becomes a condition, as of `check_may_bet`.

    Raises:
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow: with the evidence of each.

    """
    gate = streams.read(ACCOUNT_GATE, _gate_of(account_id))
    if from_us := betting_from_us(msgspec.structs.replace(gate, timed_out_until_us=0), streams.now_us):
        streams.not_before(from_us)
    return gate


def check_no_office(streams: UnitOfWork, account_id: str) -> None:
    """Refuse an account that acts for the bookmaker. That its gate still stands as it is becomes a condition of the append.

    Raises:
        StaffDoNotBet: with its roles.

    """
    offices = streams.read(ACCOUNT_GATE, _gate_of(account_id)).offices
    if offices:
        raise StaffDoNotBet(offices)


def within_the_day(streams: UnitOfWork, at: datetime) -> datetime:
    """Return the log's time as it is known, and make it a condition that the commit falls into the same day, by which limits count.

    Where the log's time is not known it is `at`, without a condition. What is asked for later must not be remembered (`remember`).
    """
    if not streams.now_us:
        return at
    now, first_us, last_us = _day_about(streams.now_us)
    streams.not_before(first_us)
    streams.not_after(last_us)
    return now


@lru_cache(MOMENTS_REMEMBERED_MAX)
def _day_about(now_us: int) -> tuple[datetime, int, int]:
    """Return a moment of the log's time, and when its day begins and ends. All commands of a batch ask for the same one."""
    day = day_of(now_us)
    return moment(now_us), begins_us(day), begins_us(day + 1) - 1


def within_the_hour(streams: UnitOfWork, at: datetime) -> datetime:
    """Return the log's time as it is known, else `at`, and make it a condition that the commit falls into the same hour.

    What is asked for later must not be remembered (`remember`).
    """
    now_us = streams.now_us or micros(at)
    begins = now_us - now_us % HOUR_US
    streams.not_before(begins)
    streams.not_after(begins + HOUR_US - 1)
    return moment(now_us)


def check_role(streams: UnitOfWork, actor: str, *roles: str) -> None:
    """Refuse somebody who has none of these roles now; the console has them all.

    Raises:
        ActorWithoutRole: with the first of the roles.

    """
    if actor in CONSOLES:
        return
    if not ID_REGEX.fullmatch(actor) or not set(roles) & set(streams.read(ACCOUNT, actor).roles):
        raise ActorWithoutRole(actor, roles[0])
