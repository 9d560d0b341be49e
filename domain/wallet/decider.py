"""The rules of a wallet: it never goes below zero, and nothing moves twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros
from domain.limits import Limit
from domain.money import AMOUNT_MINOR_MAX, check_amount, check_currency
from domain.refused import Refused
from domain.wallet.bet_money import cashed_out, paid, received, undone
from domain.wallet.commands import (
    Deposit,
    DepositBounds,
    OpenWallet,
    PayCashOut,
    PayReturns,
    ReceiveBonus,
    RefundStake,
    ReleaseStake,
    ReserveStake,
    ReverseSettlement,
    WalletCommand,
    Withdraw,
)
from domain.wallet.facts import (
    BonusReceived,
    CashOutPaid,
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReleased,
    StakeReserved,
    WalletFact,
    WalletOpened,
)
from domain.wallet.usage import Began, check_limits, never_staked, rolled

HOUR_US = 3_600 * 1_000_000
DAY_HOURS = 24
"""How many hours back the bound on 24 hours looks: the hours are whole ones, so it is never less than 24 of them."""


class WalletUnknown(Refused):
    """The account has no wallet."""

    account_id: str


class WalletOfAnother(Refused):
    """The wallet belongs to another account."""

    account_id: str


class CurrencyMismatch(Refused):
    """The wallet is held in another currency."""

    currency: str
    wallet_currency: str


class InsufficientFunds(Refused):
    """The amount is larger than the funds available."""

    available_minor: int
    amount_minor: int


class BalanceOutOfRange(Refused):
    """The wallet would hold more than the largest balance allowed."""

    available_minor: int
    amount_minor: int
    amount_minor_max: int


class DepositTooLarge(Refused):
    """The deposit is larger than the limit."""

    amount_minor: int
    deposit_minor_max: int


class DepositsPerDayExceeded(Refused):
    """With this deposit more money would come in within 24 hours than the limit."""

    amount_minor: int
    left_minor: int
    day_minor_max: int


class Wallet(msgspec.Struct, frozen=True, gc=False):
    """What a wallet holds; `currency` is empty until it is opened. No amount is ever below zero.

    `owed_minor` is what reversals took back and the wallet did not hold; whatever comes in repays it, so nothing is available while it
    stands.
    `deposited` is what came in lately, by the hour (since 1970): as much of it as the bound on 24 hours asks for.
    `staked_minor`, `returned_minor` and `paid_in_minor` are all that ever was; `began` is what they were when the windows of limits began.
    """

    account_id: str = ""
    currency: str = ""
    available_minor: int = 0
    reserved_minor: int = 0
    deposited: tuple[tuple[int, int], ...] = ()
    owed_minor: int = 0
    staked_minor: int = 0
    returned_minor: int = 0
    paid_in_minor: int = 0
    began: Began = Began()


def decide(wallet: Wallet, command: WalletCommand) -> Sequence[WalletFact]:
    """Decide what follows from a command.

    A stake, its payment and its refund are asked once per bet: the bet's own stream, written in the same append, sees to that.

    Raises:
        WalletUnknown, WalletOfAnother, CurrencyMismatch, InsufficientFunds, BalanceOutOfRange, AmountOutOfRange: with the evidence of each.
        DepositTooLarge, DepositsPerDayExceeded: from a deposit with bounds.
        DepositLimitReached, StakeLimitReached, LossLimitReached: where the command has limits.

    """
    match command:
        case ReserveStake():
            _check(wallet, command.account_id, command.currency)
            if command.limits:
                _check_limits(wallet, command.limits, command.at, command.stake_minor)
            left_minor = wallet.available_minor - command.stake_minor
            if left_minor < 0:
                raise InsufficientFunds(wallet.available_minor, command.stake_minor)
            return (StakeReserved(command.account_id, command.bet_id, command.stake_minor, left_minor, command.at),)
        case PayReturns() | RefundStake() | ReleaseStake():
            _check_owner(wallet, command.account_id)
            assert wallet.reserved_minor >= command.stake_minor, "the stake of a bet that is settled or refused is reserved"
            return (paid(wallet.available_minor, wallet.owed_minor, command),)
        case PayCashOut():
            _check_owner(wallet, command.account_id)
            assert wallet.reserved_minor >= command.stake_minor, "an open bet's stake is reserved"
            return (cashed_out(wallet.available_minor, wallet.owed_minor, command),)
        case ReverseSettlement():
            _check_owner(wallet, command.account_id)
            return (undone(wallet.available_minor, command),)
        case ReceiveBonus():
            _check_owner(wallet, command.account_id)
            return (received(wallet.available_minor, wallet.owed_minor, command),)
        case Deposit(account_id, amount_minor, currency, reference, at, bounds, log_at, limits):
            check_amount(amount_minor)
            _check(wallet, account_id, currency)
            if limits:
                _check_limits(wallet, limits, at, amount_minor)
            if bounds is not None:
                _check_bounds(wallet, amount_minor, bounds, _hour_of(log_at or at))
            if wallet.available_minor + wallet.reserved_minor + amount_minor > AMOUNT_MINOR_MAX:
                raise BalanceOutOfRange(wallet.available_minor, amount_minor, AMOUNT_MINOR_MAX)
            repaid_minor = min(wallet.owed_minor, amount_minor)
            available_minor = wallet.available_minor + amount_minor - repaid_minor
            return (FundsDeposited(account_id, amount_minor, reference, available_minor, at, repaid_minor),)
        case Withdraw(account_id, amount_minor, currency, reference, at):
            check_amount(amount_minor)
            _check(wallet, account_id, currency)
            if amount_minor > wallet.available_minor:
                raise InsufficientFunds(wallet.available_minor, amount_minor)
            return (FundsWithdrawn(account_id, amount_minor, reference, wallet.available_minor - amount_minor, at),)
        case OpenWallet(account_id, currency, at):
            if wallet.currency:
                _check_owner(wallet, account_id)
                return ()
            check_currency(currency)
            return (WalletOpened(account_id, currency, at),)
        case _:
            assert_never(command)


def _check(wallet: Wallet, account_id: str, currency: str) -> None:
    _check_owner(wallet, account_id)
    if currency != wallet.currency:
        raise CurrencyMismatch(currency, wallet.currency)


def _check_bounds(wallet: Wallet, amount_minor: int, bounds: DepositBounds, hour: int) -> None:
    if amount_minor > bounds.deposit_minor_max:
        raise DepositTooLarge(amount_minor, bounds.deposit_minor_max)
    left_minor = bounds.day_minor_max - sum(minor for of_hour, minor in wallet.deposited if of_hour >= hour - DAY_HOURS)
    if amount_minor > left_minor:
        raise DepositsPerDayExceeded(amount_minor, max(left_minor, 0), bounds.day_minor_max)


def _check_limits(wallet: Wallet, limits: tuple[Limit, ...], at: datetime, amount_minor: int) -> None:
    sums = (wallet.staked_minor, wallet.returned_minor, wallet.paid_in_minor)
    check_limits(limits, wallet.began, sums, at.toordinal(), amount_minor)


def _hour_of(at: datetime) -> int:
    return micros(at) // HOUR_US


def _deposited(wallet: Wallet, amount_minor: int, hour: int) -> tuple[tuple[int, int], ...]:
    """Return what came in by the hour, with one more deposit and without what no bound asks for any more."""
    by_hour = dict(wallet.deposited)
    by_hour[hour] = by_hour.get(hour, 0) + amount_minor
    newest = max(by_hour)
    return tuple(sorted((of_hour, minor) for of_hour, minor in by_hour.items() if of_hour >= newest - DAY_HOURS))


def _check_owner(wallet: Wallet, account_id: str) -> None:
    if not wallet.currency:
        raise WalletUnknown(account_id)
    if wallet.account_id != account_id:
        raise WalletOfAnother(account_id)


def evolve(wallet: Wallet, fact: WalletFact) -> Wallet:
    """Return the wallet after the fact."""
    available_minor, reserved_minor, deposited = wallet.available_minor, wallet.reserved_minor, wallet.deposited
    owed_minor, began = wallet.owed_minor, wallet.began
    staked_minor, returned_minor, paid_in_minor = wallet.staked_minor, wallet.returned_minor, wallet.paid_in_minor
    day = fact.at.toordinal()
    if day > began.day and type(fact) is not FundsWithdrawn:
        began = rolled(began, day, (staked_minor, returned_minor, paid_in_minor))
    match fact:
        case StakeReserved():
            staked_minor += fact.stake_minor
            available_minor -= fact.stake_minor
            reserved_minor += fact.stake_minor
        case ReturnsPaid() | CashOutPaid():
            paid_minor = fact.returns_minor if isinstance(fact, ReturnsPaid) else fact.amount_minor
            returned_minor += paid_minor
            available_minor += paid_minor - fact.repaid_minor
            reserved_minor -= fact.stake_minor
            owed_minor -= fact.repaid_minor
        case StakeLost():
            reserved_minor -= fact.stake_minor
        case StakeRefunded() | StakeReleased():
            if isinstance(fact, StakeRefunded):
                returned_minor += fact.stake_minor
            else:
                began, staked_minor = never_staked(began, fact.reserved_at.toordinal(), fact.stake_minor), staked_minor - fact.stake_minor
            available_minor += fact.stake_minor - fact.repaid_minor
            reserved_minor -= fact.stake_minor
            owed_minor -= fact.repaid_minor
        case SettlementReversed():
            returned_minor -= fact.returns_minor
            available_minor -= fact.returns_minor - fact.owed_minor
            reserved_minor += fact.stake_minor
            owed_minor += fact.owed_minor
        case FundsDeposited() | BonusReceived():
            available_minor, owed_minor = available_minor + fact.amount_minor - fact.repaid_minor, owed_minor - fact.repaid_minor
            if isinstance(fact, FundsDeposited):
                paid_in_minor += fact.amount_minor
                deposited = _deposited(wallet, fact.amount_minor, _hour_of(fact.at))
        case FundsWithdrawn():
            available_minor -= fact.amount_minor
        case WalletOpened():
            assert not wallet.currency, "a wallet is opened once"
            return Wallet(fact.account_id, fact.currency)
        case _:
            assert_never(fact)
    assert available_minor == fact.available_minor, "the postings arrive at the balance that was recorded"
    assert available_minor >= 0, "a wallet never goes below zero"
    assert reserved_minor >= 0, "no more is released than was reserved"
    assert owed_minor >= 0, "no more is repaid than is owed"
    account_id, currency = wallet.account_id, wallet.currency
    return Wallet(
        account_id, currency, available_minor, reserved_minor, deposited, owed_minor, staked_minor, returned_minor, paid_in_minor, began
    )


WALLET = Aggregate("wallet", Wallet(), decide, evolve, get_args(WalletFact), snapshot=Wallet)
