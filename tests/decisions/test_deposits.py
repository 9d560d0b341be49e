"""How money comes in: under a reference that counts once, within bounds."""

import pytest

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from domain.account.commands import GrantRole
from domain.account_gate.state import StaffDoNotBet
from domain.fact import micros
from domain.ids import derived, payment_of, transfer_of, wallet_of
from domain.wallet.commands import Deposit, DepositBounds, RecordTransfer, Withdraw
from domain.wallet.decider import (
    HOUR_US,
    WALLET,
    DepositsPerDayExceeded,
    DepositTooLarge,
)
from domain.wallet.facts import FundsDeposited, FundsWithdrawn, TransferRecorded, WalletOpened
from domain.wallet.transfer import TRANSFER, ReferenceMalformed, ReferenceReused
from tests.decisions.given import NOON, given, later
from tests.decisions.test_use_cases import Book

ANN, BOB = derived("account", "ann"), derived("account", "bob")
BOUNDS = DepositBounds(deposit_minor_max=50_00, day_minor_max=80_00)
OPENED = WalletOpened(ANN, "EUR", NOON)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(*(OpenAccount(who, name, f"{name}@example.org", "argon2", "EUR", NOON) for who, name in ((ANN, "ann"), (BOB, "bob"))))
    return book


def deposit(reference: str = "r", amount_minor: int = 10_00, account_id: str = ANN, *, by_provider: bool = False) -> MoveMoney:
    return MoveMoney("deposit", account_id, amount_minor, "EUR", reference, NOON, by_provider=by_provider)


def paid_in(amount_minor: int, available_minor: int, **at: float) -> FundsDeposited:
    return FundsDeposited(ANN, amount_minor, "r", available_minor, later(**at))


def test_a_deposit_is_held_to_the_bound_on_one():
    given(WALLET, OPENED).when(Deposit(ANN, 50_00, "EUR", "r", NOON, BOUNDS)).then(paid_in(50_00, 50_00))
    over = Deposit(ANN, 50_01, "EUR", "r", NOON, BOUNDS)
    given(WALLET, OPENED).when(over).refused(DepositTooLarge, amount_minor=50_01, deposit_minor_max=50_00)
    given(WALLET, OPENED).when(Deposit(ANN, 10**13, "EUR", "r", NOON)).then(paid_in(10**13, 10**13))


def test_what_comes_in_within_a_day_is_bounded_whatever_went_out_again():
    before = [OPENED, paid_in(50_00, 50_00), FundsWithdrawn(ANN, 50_00, "out", 0, NOON), paid_in(20_00, 20_00, hours=23)]
    over = Deposit(ANN, 10_01, "EUR", "r", later(hours=23, minutes=59), BOUNDS)
    given(WALLET, *before).when(over).refused(DepositsPerDayExceeded, left_minor=10_00, day_minor_max=80_00)
    given(WALLET, *before).when(Deposit(ANN, 10_00, "EUR", "r", later(hours=24, minutes=59), BOUNDS)).then(
        paid_in(10_00, 30_00, hours=24, minutes=59)
    )
    given(WALLET, *before).when(Deposit(ANN, 50_00, "EUR", "r", later(hours=25), BOUNDS)).then(paid_in(50_00, 70_00, hours=25))


def test_the_bound_on_a_day_goes_by_the_logs_time_whatever_the_clock_of_whoever_asks_shows():
    before = [OPENED, paid_in(80_00, 80_00)]
    ahead = Deposit(ANN, 1, "EUR", "r", later(hours=48), BOUNDS, log_at=later(hours=1))
    given(WALLET, *before).when(ahead).refused(DepositsPerDayExceeded, left_minor=0)


def test_a_wallet_remembers_no_more_than_a_day_of_deposits():
    facts = [paid_in(1, number + 1, minutes=10 * number) for number in range(600)]
    wallet = given(WALLET, OPENED, *facts).state
    assert len(wallet.deposited) == 25
    newest = micros(later(minutes=5_990)) // HOUR_US
    assert (wallet.deposited[0], wallet.deposited[-1]) == ((newest - 24, 6), (newest, 6))


def test_taking_money_out_has_no_bound_but_the_balance():
    given(WALLET, OPENED, paid_in(10**13, 10**13)).when(Withdraw(ANN, 10**13, "EUR", "out", NOON)).then(
        FundsWithdrawn(ANN, 10**13, "out", 0, NOON)
    )


def test_a_providers_reference_counts_once_among_all_accounts(book: Book):
    paid = deposit("pi_1", by_provider=True)
    receipt, append = book.decide(paid)
    assert receipt.transfer_id == payment_of("pi_1") == append.facts[-1].stream_id
    book.do(paid)
    assert book.decide(paid)[1].facts == []
    book.refused(ReferenceReused, deposit("pi_1", account_id=BOB, by_provider=True))
    book.refused(ReferenceReused, deposit("pi_1", amount_minor=10_01, by_provider=True))
    book.do(deposit("pi_1"))
    assert book.facts(wallet_of(ANN))[-1].available_minor == 20_00


@pytest.mark.parametrize("by_provider", [True, False])
def test_a_reference_composed_and_decomposed_is_one_reference(book: Book, by_provider: bool):
    book.do(deposit("caf\u00e9", by_provider=by_provider))
    assert book.decide(deposit("cafe\u0301", by_provider=by_provider))[1].facts == []
    book.refused(ReferenceReused, deposit("cafe\u0301", amount_minor=1, by_provider=by_provider))


def test_a_reference_of_an_old_log_counts_in_the_form_it_was_typed_in(book: Book):
    old = [
        TransferRecorded(ANN, "deposit", 10_00, "EUR", "cafe\u0301", NOON),
    ]
    assert given(TRANSFER, *old).state.reference == "cafe\u0301"
    book.record_in(transfer_of(ANN, "cafe\u0301"), old)
    assert book.decide(deposit("cafe\u0301"))[1].facts == []
    assert len(book.decide(deposit("caf\u00e9"))[1].facts) == 3


@pytest.mark.parametrize("reference", ["", "a" * 101, "a\0b", "a\u200bb", "a\u202eb", "line\nbreak"])
def test_a_reference_that_cannot_be_seen_is_refused(reference: str):
    given(TRANSFER).when(RecordTransfer(ANN, "deposit", 1, "EUR", reference, NOON)).refused(ReferenceMalformed)


def test_staff_brings_no_money_in_and_a_repeat_from_before_is_still_a_repeat(book: Book):
    book.do(deposit("before"), GrantRole(ANN, "trader", "console", NOON))
    book.refused(StaffDoNotBet, deposit("after"), roles=("trader",))
    assert book.decide(deposit("before"))[1].facts == []
    book.do(MoveMoney("withdrawal", ANN, 10_00, "EUR", "out", NOON))
