"""The rules of a bonus: credited once, staked before it expires, cash once its requirement is met, taken off where that is too late."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.bonus.commands import BonusCommand, CashOutBonusBet, CreditBonus, ExpireBonus, ReverseBonusBet, SettleBonusBet, StakeBonus
from domain.bonus.facts import (
    TO_BONUS,
    TO_CASH,
    TO_NOBODY,
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusFact,
    BonusSettlementReversed,
    BonusStakeReserved,
)
from domain.bonus.terms import BONUS_TERMS, BONUS_TERMS_CURRENT
from domain.fact import micros
from domain.odds import Odds, check_odds
from domain.refused import Refused
from domain.text import check_reason

DAY_US = 24 * 3_600 * 1_000_000
ACTIVE, CONVERTED, EXPIRED = "active", "converted", "expired"
GOES_TO = {ACTIVE: TO_BONUS, CONVERTED: TO_CASH, EXPIRED: TO_NOBODY}


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


class BonusMultipleOutOfRange(Refused):
    """A bonus is to be staked 1 to 10 times before it becomes cash: more is not allowed."""

    multiple: int
    multiple_max: int


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


class Bonus(msgspec.Struct, frozen=True, gc=False):
    """Where a bonus stands: `credited` is None until it is. No amount is ever below zero.

    `wagered_minor` counts towards the requirement. `owed_minor` is what reversals took back and the bonus did not hold: what its bets
    return repays that, so nothing is available while it stands.
    """

    credited: BonusCredited | None = None
    status: str = ""
    available_minor: int = 0
    reserved_minor: int = 0
    owed_minor: int = 0
    wagered_minor: int = 0


def decide(bonus: Bonus, command: BonusCommand) -> Sequence[BonusFact]:
    """Decide what follows from a command.

    A stake, its payment and the reversal of that are asked once per bet: the bet's own stream, written in the same append, sees to that.

    Raises:
        BonusIdReused, BonusAmountOutOfRange, BonusMultipleOutOfRange, OddsOutOfRange, BonusStakeLimitOutOfRange, ReasonMalformed,
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
            return _converted_if_met(bonus, credited, _settle(bonus, credited, command))
        case CashOutBonusBet():
            return _converted_if_met(bonus, credited, _cash_out(bonus, credited, command))
        case ReverseBonusBet():
            return (_reverse(bonus, credited, command),)
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
        multiple=command.multiple,
        wager_minor=command.amount_minor * command.multiple,
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
    if type(command.multiple) is not int or not 1 <= command.multiple <= terms.multiple_max:
        raise BonusMultipleOutOfRange(command.multiple, terms.multiple_max)
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


def _settle(bonus: Bonus, credited: BonusCredited, command: SettleBonusBet) -> BonusBetSettled:
    assert bonus.reserved_minor >= command.stake_minor, "the stake of a bet that is settled is reserved"
    counted_minor = _counted_minor(credited, command.stake_minor, command.odds, counts=command.counts)
    available_minor, repaid_minor = _paid(bonus, command.returns_minor)
    return BonusBetSettled(
        account_id=credited.account_id,
        bet_id=command.bet_id,
        settlement=command.settlement,
        stake_minor=command.stake_minor,
        returns_minor=command.returns_minor,
        to=GOES_TO[bonus.status],
        counted_minor=counted_minor,
        wagered_minor=bonus.wagered_minor + counted_minor,
        available_minor=available_minor,
        at=command.at,
        repaid_minor=repaid_minor,
    )


def _cash_out(bonus: Bonus, credited: BonusCredited, command: CashOutBonusBet) -> BonusCashOutPaid:
    assert bonus.reserved_minor >= command.stake_minor, "an open bet's stake is reserved"
    available_minor, repaid_minor = _paid(bonus, command.amount_minor)
    return BonusCashOutPaid(
        account_id=credited.account_id,
        bet_id=command.bet_id,
        number=command.number,
        stake_minor=command.stake_minor,
        amount_minor=command.amount_minor,
        to=GOES_TO[bonus.status],
        available_minor=available_minor,
        at=command.at,
        repaid_minor=repaid_minor,
    )


def _paid(bonus: Bonus, amount_minor: int) -> tuple[int, int]:
    """Return what is available after a payment, and how much of it repays what is owed; both only while the bonus is active."""
    if bonus.status != ACTIVE:
        return bonus.available_minor, 0
    repaid_minor = min(bonus.owed_minor, amount_minor)
    return bonus.available_minor + amount_minor - repaid_minor, repaid_minor


def _counted_minor(credited: BonusCredited, stake_minor: int, odds: Odds, *, counts: bool) -> int:
    """Return how much of a settled stake counts towards the requirement: all of it, where its bet counts at odds that are not too short."""
    return stake_minor if counts and odds >= credited.odds_min else 0


def _reverse(bonus: Bonus, credited: BonusCredited, command: ReverseBonusBet) -> BonusSettlementReversed:
    counted_minor = _counted_minor(credited, command.stake_minor, command.odds, counts=command.counts)
    taken_minor = min(bonus.available_minor, command.returns_minor) if bonus.status == ACTIVE else 0
    return BonusSettlementReversed(
        account_id=credited.account_id,
        bet_id=command.bet_id,
        settlement=command.settlement,
        stake_minor=command.stake_minor,
        returns_minor=command.returns_minor,
        taken_from=GOES_TO[bonus.status],
        counted_minor=counted_minor,
        wagered_minor=bonus.wagered_minor - counted_minor,
        available_minor=bonus.available_minor - taken_minor,
        at=command.at,
        owed_minor=command.returns_minor - taken_minor if bonus.status == ACTIVE else 0,
    )


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
