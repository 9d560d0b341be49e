"""The money: every wallet's ledger, the house and the world outside, one account each a currency.

The movements are those of `domain.wallet.postings`, written out here once more, since they run for every other fact of the log; a test
holds the two against each other.
"""

from collections import Counter
from typing import Any

from commands.audit.violation import Found, Violation
from commands.audit.violations import (
    AmountNotPositive,
    BalanceWrong,
    MoneyOfAnother,
    MoneyWithoutReference,
    PaymentWithoutSettlement,
    StakeWithoutBet,
    StreamMisplaced,
    TransferDiffers,
    TransferNotMoved,
    WalletBelowZero,
)
from domain.fact import Recorded
from domain.ids import transfer_of, wallet_of
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)

TRANSFERS: frozenset[type] = frozenset((FundsDeposited, FundsWithdrawn))


class Wallet:
    """A wallet's ledger, as the movements give it."""

    __slots__ = ("account_id", "available", "currency", "reserved", "version")

    def __init__(self, account_id: str, currency: str) -> None:
        self.version = 1
        self.account_id = account_id
        self.currency = currency
        self.available = 0
        self.reserved = 0


Moved = tuple[Wallet, Recorded[Any]]
"""A movement of money that the next fact must give the reason for: the wallet, and the fact that moved it."""


class Books:
    """All money there is. `moved` is the movement whose reason is awaited."""

    def __init__(self) -> None:
        self.moved: Moved | None = None
        self.house: Counter[str] = Counter()
        self.payments: Counter[str] = Counter()

    def opened(self, recorded: Recorded[Any], fact: WalletOpened) -> Wallet:
        """Open a wallet: an account has one, since its stream's id follows from the account's."""
        expected = wallet_of(fact.account_id)
        if recorded.stream_id != expected:
            raise Found(StreamMisplaced, recorded, expected=expected)
        return Wallet(fact.account_id, fact.currency)

    def stake_reserved(self, recorded: Recorded[Any], wallet: Wallet, fact: StakeReserved) -> None:
        """Available to reserved."""
        stake_minor = fact.stake_minor
        wallet.available -= stake_minor
        wallet.reserved += stake_minor
        self._check(recorded, wallet, fact, stake_minor)

    def returns_paid(self, recorded: Recorded[Any], wallet: Wallet, fact: ReturnsPaid) -> None:
        """Reserved to the house, the house to available."""
        stake_minor, returns_minor = fact.stake_minor, fact.returns_minor
        wallet.reserved -= stake_minor
        wallet.available += returns_minor
        self.house[wallet.currency] += stake_minor - returns_minor
        self._check(recorded, wallet, fact, min(stake_minor, returns_minor))

    def stake_lost(self, recorded: Recorded[Any], wallet: Wallet, fact: StakeLost) -> None:
        """Reserved to the house."""
        wallet.reserved -= fact.stake_minor
        self.house[wallet.currency] += fact.stake_minor
        self._check(recorded, wallet, fact, fact.stake_minor)

    def stake_refunded(self, recorded: Recorded[Any], wallet: Wallet, fact: StakeRefunded) -> None:
        """Reserved to available."""
        wallet.reserved -= fact.stake_minor
        wallet.available += fact.stake_minor
        self._check(recorded, wallet, fact, fact.stake_minor)

    def deposited(self, recorded: Recorded[Any], wallet: Wallet, fact: FundsDeposited) -> None:
        """The world outside to available."""
        wallet.available += fact.amount_minor
        self.payments[wallet.currency] -= fact.amount_minor
        self._check(recorded, wallet, fact, fact.amount_minor)

    def withdrawn(self, recorded: Recorded[Any], wallet: Wallet, fact: FundsWithdrawn) -> None:
        """Available to the world outside."""
        wallet.available -= fact.amount_minor
        self.payments[wallet.currency] += fact.amount_minor
        self._check(recorded, wallet, fact, fact.amount_minor)

    def _check(self, recorded: Recorded[Any], wallet: Wallet, fact: Any, amount_minor: int) -> None:
        """Check what holds after every movement, and await its reason."""
        available = wallet.available
        if fact.available_minor != available or available < 0 or wallet.reserved < 0 or amount_minor <= 0:
            raise _wrong(recorded, wallet, amount_minor)
        if fact.account_id != wallet.account_id:
            raise Found(MoneyOfAnother, recorded, account_id=fact.account_id, wallet_account_id=wallet.account_id)
        self.moved = (wallet, recorded)

    def transferred(self, recorded: Recorded[Any], fact: TransferRecorded) -> None:
        """Give the reason for money that came in or went out: a reference of the account's, which has a stream of its own."""
        wallet, moved = self.reason_for(recorded, TRANSFERS, TransferNotMoved)
        movement = moved.body
        direction = "deposit" if type(movement) is FundsDeposited else "withdrawal"
        told = (fact.account_id, fact.direction, fact.amount_minor, fact.currency, fact.reference)
        found = (movement.account_id, direction, movement.amount_minor, wallet.currency, movement.reference)
        if told != found:
            raise Found(TransferDiffers, recorded, recorded=told, moved=found)
        expected = transfer_of(fact.account_id, fact.reference)
        if recorded.stream_id != expected:
            raise Found(StreamMisplaced, recorded, expected=expected)

    def reason_for(self, recorded: Recorded[Any], kinds: frozenset[type], missing: type[Violation]) -> Moved:
        """Take the movement that this fact is the reason for."""
        moved = self.moved
        if moved is None:
            raise Found(missing, recorded)
        if type(moved[1].body) not in kinds:
            raise without_reason(moved)
        self.moved = None
        return moved


def without_reason(moved: Moved) -> Found:
    """Return what is wrong with a movement that nothing gave the reason for."""
    recorded = moved[1]
    fact = recorded.body
    match fact:
        case StakeReserved():
            return Found(StakeWithoutBet, recorded, bet_id=fact.bet_id)
        case FundsDeposited() | FundsWithdrawn():
            return Found(MoneyWithoutReference, recorded, reference=fact.reference)
        case _:
            return Found(PaymentWithoutSettlement, recorded, bet_id=fact.bet_id)


def _wrong(recorded: Recorded[Any], wallet: Wallet, amount_minor: int) -> Found:
    """Return what is wrong with a movement, the causes before what they lead to."""
    if amount_minor <= 0:
        return Found(AmountNotPositive, recorded, amount_minor=amount_minor)
    if wallet.available < 0 or wallet.reserved < 0:
        return Found(WalletBelowZero, recorded, available_minor=wallet.available, reserved_minor=wallet.reserved)
    return Found(BalanceWrong, recorded, recorded_minor=recorded.body.available_minor, ledger_minor=wallet.available)
