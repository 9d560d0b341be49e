"""The rules of a free bet: granted once, used whole by one bet at a time, before it expires."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros
from domain.free_bet.commands import FreeBetCommand, GiveFreeBetBack, GrantFreeBet, TakeFreeBetAgain, UseFreeBet
from domain.free_bet.facts import FreeBetFact, FreeBetGivenBack, FreeBetGranted, FreeBetTakenAgain, FreeBetUsed
from domain.refused import Refused
from domain.text import check_reason

AMOUNT_MINOR_MIN = 1
AMOUNT_MINOR_MAX = 1_000_000
DAYS_MAX = 366
DAY_US = 24 * 3_600 * 1_000_000


class FreeBetUnknown(Refused):
    """The account has no such free bet."""

    free_bet_id: str


class FreeBetAlreadyUsed(Refused):
    """A bet was struck with the free bet already."""

    free_bet_id: str
    used_by: str


class FreeBetExpired(Refused):
    """The free bet can be used no more."""

    free_bet_id: str
    expires_at: datetime


class FreeBetCurrencyDiffers(Refused):
    """The free bet is of another currency."""

    currency: str
    free_bet_currency: str


class FreeBetStakeDiffers(Refused):
    """A free bet is used whole: the stake is exactly its amount."""

    stake_minor: int
    amount_minor: int


class FreeBetAmountOutOfRange(Refused):
    """A free bet is a whole number of minor units within bounds."""

    amount_minor: int
    amount_minor_min: int
    amount_minor_max: int


class FreeBetExpiryOutOfRange(Refused):
    """A free bet expires later than now, and within 366 days."""

    expires_at: datetime
    days_max: int


class FreeBetIdReused(Refused):
    """A free bet of that id was granted before, in another way or to another account."""

    free_bet_id: str


class FreeBet(msgspec.Struct, frozen=True, gc=False):
    """Where a free bet stands: `granted` is None until it is; `held_by` are the bets that it is the stake of, none while it may be used.

    They are several only where a settlement that gave it back was undone after another bet was struck with it.
    """

    granted: FreeBetGranted | None = None
    held_by: tuple[str, ...] = ()


def decide(free_bet: FreeBet, command: FreeBetCommand) -> Sequence[FreeBetFact]:
    """Decide what follows from a command.

    Raises:
        FreeBetIdReused, FreeBetAmountOutOfRange, ReasonMalformed, FreeBetExpiryOutOfRange: from `GrantFreeBet`.
        FreeBetUnknown: from all others, for one of another account as for none.
        FreeBetAlreadyUsed, FreeBetExpired, FreeBetCurrencyDiffers, FreeBetStakeDiffers: from `UseFreeBet`, in this order.

    """
    if isinstance(command, GrantFreeBet):
        return _grant(free_bet, command)
    granted = free_bet.granted
    if granted is None:
        raise FreeBetUnknown(command.free_bet_id)
    match command:
        case UseFreeBet():
            return _use(free_bet, granted, command)
        case GiveFreeBetBack(bet_id=bet_id, settlement=settlement, at=at):
            assert bet_id in free_bet.held_by, "a bet that is struck with a free bet holds it"
            return (FreeBetGivenBack(granted.account_id, bet_id, settlement, at),)
        case TakeFreeBetAgain(bet_id=bet_id, settlement=settlement, at=at):
            return () if bet_id in free_bet.held_by else (FreeBetTakenAgain(granted.account_id, bet_id, settlement, at),)
        case _:
            assert_never(command)


def _grant(free_bet: FreeBet, command: GrantFreeBet) -> Sequence[FreeBetGranted]:
    asked = FreeBetGranted(
        account_id=command.account_id,
        amount_minor=command.amount_minor,
        currency=command.currency,
        expires_at=command.expires_at,
        reason=command.reason,
        actor=command.actor,
        at=command.at,
    )
    if free_bet.granted is not None:
        if msgspec.structs.replace(asked, actor=free_bet.granted.actor, at=free_bet.granted.at) != free_bet.granted:
            raise FreeBetIdReused(command.free_bet_id)
        return ()
    if type(command.amount_minor) is not int or not AMOUNT_MINOR_MIN <= command.amount_minor <= AMOUNT_MINOR_MAX:
        raise FreeBetAmountOutOfRange(command.amount_minor, AMOUNT_MINOR_MIN, AMOUNT_MINOR_MAX)
    check_reason(command.reason)
    if not command.now_us < micros(command.expires_at) <= command.now_us + DAYS_MAX * DAY_US:
        raise FreeBetExpiryOutOfRange(command.expires_at, DAYS_MAX)
    return (asked,)


def _use(free_bet: FreeBet, granted: FreeBetGranted, command: UseFreeBet) -> Sequence[FreeBetUsed]:
    if granted.account_id != command.account_id:
        raise FreeBetUnknown(command.free_bet_id)
    if free_bet.held_by:
        raise FreeBetAlreadyUsed(command.free_bet_id, free_bet.held_by[0])
    if command.now_us >= micros(granted.expires_at):
        raise FreeBetExpired(command.free_bet_id, granted.expires_at)
    if command.currency != granted.currency:
        raise FreeBetCurrencyDiffers(command.currency, granted.currency)
    if command.stake_minor != granted.amount_minor:
        raise FreeBetStakeDiffers(command.stake_minor, granted.amount_minor)
    return (FreeBetUsed(command.account_id, command.bet_id, command.at),)


def evolve(free_bet: FreeBet, fact: FreeBetFact) -> FreeBet:
    """Return the free bet after the fact."""
    match fact:
        case FreeBetGranted():
            assert free_bet.granted is None, "a free bet is granted once"
            return FreeBet(fact)
        case FreeBetUsed(bet_id=bet_id):
            assert not free_bet.held_by, "a free bet is used by one bet"
            return FreeBet(free_bet.granted, (bet_id,))
        case FreeBetGivenBack(bet_id=bet_id):
            assert bet_id in free_bet.held_by, "who gives it back held it"
            return FreeBet(free_bet.granted, tuple([each for each in free_bet.held_by if each != bet_id]))
        case FreeBetTakenAgain(bet_id=bet_id):
            assert bet_id not in free_bet.held_by, "what is taken again was given back"
            return FreeBet(free_bet.granted, (*free_bet.held_by, bet_id))
        case _:
            assert_never(fact)


FREE_BET = Aggregate("free_bet", FreeBet(), decide, evolve, get_args(FreeBetFact), short_lived=True)
