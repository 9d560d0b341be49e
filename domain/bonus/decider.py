"""The rules of a bonus: credited once, staked before it expires, cash once its requirement is met, taken off where that is too late."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.bonus.bet_money import cashed_out, reversed_settlement, settled
from domain.bonus.commands import BonusCommand, CashOutBonusBet, CreditBonus, ExpireBonus, ReverseBonusBet, SettleBonusBet, StakeBonus
from domain.bonus.facts import (
    TO_BONUS,
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusFact,
    BonusSettlementReversed,
    BonusStakeReserved,
)
from domain.bonus.state import ACTIVE, CONVERTED, EXPIRED, Bonus
from domain.bonus.terms import BONUS_TERMS, BONUS_TERMS_CURRENT
from domain.fact import micros
from domain.odds import check_odds
from domain.refused import Refused
from domain.text import check_reason

DAY_US = 24 * 3_600 * 1_000_000


class BonusUnknown(Refused):
    """The account has no such bonus."""

    bonus_id: str


class BonusIsOver(Refused):
    """Nothing can be staked from the bonus any more: it became cash, or has expired."""

    bonus_id: str
    status: str
    expires_at: datetime


class BonusCurrencyDiffers(Refused):
    """The bonus is of another currency."""

    currency: str
    bonus_currency: str


class BonusStakeTooLarge(Refused):
    """The stake is larger than a single one from this bonus may be."""

    stake_minor: int
    stake_minor_max: int


class InsufficientBonus(Refused):
    """The stake is larger than what is left of the bonus: a bet is staked from it whole, or from cash whole."""

    available_minor: int
    stake_minor: int


class BonusAmountOutOfRange(Refused):
    """A bonus is a whole number of minor units within bounds."""

    amount_minor: int
    amount_minor_max: int


class BonusTimesOutOfRange(Refused):
    """A bonus is to be staked 1 to 10 times before it becomes cash: more is not allowed."""

    times: int
    times_max: int


class BonusStakeLimitOutOfRange(Refused):
    """The largest single stake from a bonus is at least one minor unit and at most its amount."""

    stake_minor_max: int
    amount_minor: int


class BonusExpiryOutOfRange(Refused):
    """A bonus expires later than now, and within 366 days."""

    expires_at: datetime
    days_max: int


class BonusIdReused(Refused):
    """A bonus of that id was credited before, in another way or to another account."""

    bonus_id: str


def decide(bonus: Bonus, command: BonusCommand) -> Sequence[BonusFact]:
    """Decide what follows from a command.

    A stake, its payment and the reversal of that are asked once per bet: the bet's own stream, written in the same append, sees to that.

    Raises:
        BonusIdReused, BonusAmountOutOfRange, BonusTimesOutOfRange, OddsOutOfRange, BonusStakeLimitOutOfRange, ReasonMalformed,
            BonusExpiryOutOfRange: from `CreditBonus`, in this order.
        BonusUnknown: from all others, for one of another account as for none.
        BonusIsOver, BonusCurrencyDiffers, BonusStakeTooLarge, InsufficientBonus: from `StakeBonus`, in this order.

    """
    if isinstance(command, CreditBonus):
        return _credit(bonus, command)
    credited = bonus.credited
    if credited is None:
        raise BonusUnknown(command.bonus_id)
    match command:
        case StakeBonus():
            return (_stake(bonus, credited, command),)
        case SettleBonusBet():
            return _converted_if_met(bonus, credited, settled(bonus, credited, command))
        case CashOutBonusBet():
            return _converted_if_met(bonus, credited, cashed_out(bonus, credited, command))
        case ReverseBonusBet():
            return (reversed_settlement(bonus, credited, command),)
        case ExpireBonus(at=at):
            taken = (credited.account_id, bonus.available_minor, bonus.owed_minor, at)
            return (BonusExpired(*taken),) if bonus.status == ACTIVE else ()
        case _:
            assert_never(command)


def _credit(bonus: Bonus, command: CreditBonus) -> Sequence[BonusCredited]:
    terms = BONUS_TERMS[BONUS_TERMS_CURRENT]
    asked = BonusCredited(
        account_id=command.account_id,
        amount_minor=command.amount_minor,
        currency=command.currency,
        times=command.times,
        wager_minor=command.amount_minor * command.times,
        odds_min=command.odds_min,
        stake_minor_max=command.stake_minor_max,
        expires_at=command.expires_at,
        terms=BONUS_TERMS_CURRENT,
        reason=command.reason,
        actor=command.actor,
        at=command.at,
    )
    if (before := bonus.credited) is not None:
        if msgspec.structs.replace(asked, actor=before.actor, at=before.at, terms=before.terms) != before:
            raise BonusIdReused(command.bonus_id)
        return ()
    if type(command.amount_minor) is not int or not 1 <= command.amount_minor <= terms.amount_minor_max:
        raise BonusAmountOutOfRange(command.amount_minor, terms.amount_minor_max)
    if type(command.times) is not int or not 1 <= command.times <= terms.times_max:
        raise BonusTimesOutOfRange(command.times, terms.times_max)
    check_odds(command.odds_min)
    if type(command.stake_minor_max) is not int or not 1 <= command.stake_minor_max <= command.amount_minor:
        raise BonusStakeLimitOutOfRange(command.stake_minor_max, command.amount_minor)
    check_reason(command.reason)
    if not command.now_us < micros(command.expires_at) <= command.now_us + terms.days_max * DAY_US:
        raise BonusExpiryOutOfRange(command.expires_at, terms.days_max)
    return (asked,)


def _stake(bonus: Bonus, credited: BonusCredited, command: StakeBonus) -> BonusStakeReserved:
    if credited.account_id != command.account_id:
        raise BonusUnknown(command.bonus_id)
    if bonus.status != ACTIVE or command.now_us >= micros(credited.expires_at):
        raise BonusIsOver(command.bonus_id, bonus.status if bonus.status != ACTIVE else EXPIRED, credited.expires_at)
    if command.currency != credited.currency:
        raise BonusCurrencyDiffers(command.currency, credited.currency)
    if command.stake_minor > credited.stake_minor_max:
        raise BonusStakeTooLarge(command.stake_minor, credited.stake_minor_max)
    if command.stake_minor > bonus.available_minor:
        raise InsufficientBonus(bonus.available_minor, command.stake_minor)
    left_minor = bonus.available_minor - command.stake_minor
    return BonusStakeReserved(credited.account_id, command.bet_id, command.stake_minor, left_minor, command.at)


def _converted_if_met(bonus: Bonus, credited: BonusCredited, fact: BonusBetSettled | BonusCashOutPaid) -> Sequence[BonusFact]:
    """Return a payment, and with it the conversion of all that is available then, where the requirement is met."""
    after = evolve(bonus, fact)
    if after.status != ACTIVE or after.wagered_minor < credited.wager_minor or not after.available_minor:
        return (fact,)
    return fact, BonusConverted(credited.account_id, fact.bet_id, after.available_minor, fact.at)


def evolve(bonus: Bonus, fact: BonusFact) -> Bonus:
    """Return the bonus after the fact."""
    credited, status = bonus.credited, bonus.status
    available_minor, reserved_minor = bonus.available_minor, bonus.reserved_minor
    owed_minor, wagered_minor = bonus.owed_minor, bonus.wagered_minor
    match fact:
        case BonusCredited():
            assert credited is None, "a bonus is credited once"
            return Bonus(fact, ACTIVE, fact.amount_minor)
        case BonusStakeReserved(stake_minor=stake_minor):
            available_minor, reserved_minor = available_minor - stake_minor, reserved_minor + stake_minor
        case BonusBetSettled() | BonusCashOutPaid():
            reserved_minor -= fact.stake_minor
            if fact.to == TO_BONUS:
                paid_minor = fact.returns_minor if isinstance(fact, BonusBetSettled) else fact.amount_minor
                available_minor, owed_minor = available_minor + paid_minor - fact.repaid_minor, owed_minor - fact.repaid_minor
            if isinstance(fact, BonusBetSettled):
                wagered_minor += fact.counted_minor
        case BonusSettlementReversed():
            reserved_minor += fact.stake_minor
            if fact.taken_from == TO_BONUS:
                available_minor, owed_minor = available_minor - fact.returns_minor + fact.owed_minor, owed_minor + fact.owed_minor
            wagered_minor -= fact.counted_minor
        case BonusConverted() | BonusExpired():
            assert status == ACTIVE, "a bonus is converted or expires once"
            assert fact.amount_minor == available_minor, "it is converted, or taken off, whole"
            is_met = isinstance(fact, BonusConverted)
            return Bonus(credited, CONVERTED if is_met else EXPIRED, 0, reserved_minor, 0, wagered_minor)
        case _:
            assert_never(fact)
    assert available_minor == fact.available_minor, "the postings arrive at the balance that was recorded"
    assert available_minor >= 0, "a bonus never goes below zero"
    assert reserved_minor >= 0, "no more is released than was reserved"
    assert owed_minor >= 0, "no more is repaid than is owed"
    assert wagered_minor >= 0, "no more is taken back than counted"
    return Bonus(credited, status, available_minor, reserved_minor, owed_minor, wagered_minor)


BONUS = Aggregate("bonus", Bonus(), decide, evolve, get_args(BonusFact), snapshot=Bonus)
