"""The rules of a wallet and of payment references."""

from typing import Any

import pytest

from domain.fact import Fact
from domain.money import AMOUNT_MINOR_MAX, AmountOutOfRange, CurrencyUnknown
from domain.refused import Refused
from domain.wallet.commands import Deposit, OpenWallet, PayReturns, RecordTransfer, RefundStake, ReserveStake, Withdraw
from domain.wallet.decider import (
    WALLET,
    BalanceOutOfRange,
    CurrencyMismatch,
    InsufficientFunds,
    WalletOfAnother,
    WalletUnknown,
)
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
from domain.wallet.postings import HOUSE, PAYMENTS, Posting, available, postings, reserved
from domain.wallet.transfer import TRANSFER, ReferenceMalformed, ReferenceReused
from tests.decisions.given import NOON, given

ANN, BET, OTHER_BET = "ann", "bet-1", "bet-2"
OPENED = WalletOpened(ANN, "EUR", NOON)
TEN_IN = FundsDeposited(ANN, 10_00, "ref-1", 10_00, NOON)
FOUR_STAKED = StakeReserved(ANN, BET, 4_00, 6_00, NOON)


def test_a_wallet_is_opened_in_a_currency_we_hold():
    given(WALLET).when(OpenWallet(ANN, "EUR", NOON)).then(OPENED)


def test_a_wallet_that_is_open_stays_as_it_is():
    given(WALLET, OPENED).when(OpenWallet(ANN, "USD", NOON)).nothing()


def test_a_deposit_arrives():
    given(WALLET, OPENED).when(Deposit(ANN, 10_00, "EUR", "ref-1", NOON)).then(TEN_IN)


def test_everything_available_can_be_withdrawn():
    given(WALLET, OPENED, TEN_IN).when(Withdraw(ANN, 10_00, "EUR", "ref-2", NOON)).then(FundsWithdrawn(ANN, 10_00, "ref-2", 0, NOON))


def test_everything_available_can_be_staked():
    given(WALLET, OPENED, TEN_IN).when(ReserveStake(ANN, BET, 10_00, "EUR", NOON)).then(StakeReserved(ANN, BET, 10_00, 0, NOON))


def test_a_stake_that_is_reserved_cannot_be_withdrawn():
    (
        given(WALLET, OPENED, TEN_IN, FOUR_STAKED)
        .when(Withdraw(ANN, 6_01, "EUR", "ref-2", NOON))
        .refused(InsufficientFunds, available_minor=6_00, amount_minor=6_01)
    )


def test_a_won_bet_releases_its_stake_and_pays_its_returns():
    given(WALLET, OPENED, TEN_IN, FOUR_STAKED).when(PayReturns(ANN, BET, 4_00, 9_40, NOON)).then(
        ReturnsPaid(ANN, BET, 4_00, 9_40, 15_40, NOON)
    )


@pytest.mark.parametrize(
    "command",
    [
        OpenWallet("bob", "EUR", NOON),
        Deposit("bob", 1, "EUR", "ref-9", NOON),
        Withdraw("bob", 1, "EUR", "ref-9", NOON),
        ReserveStake("bob", OTHER_BET, 1, "EUR", NOON),
        PayReturns("bob", BET, 4_00, 9_40, NOON),
        PayReturns("bob", BET, 4_00, 0, NOON),
        RefundStake("bob", BET, 4_00, NOON),
    ],
)
def test_nothing_moves_in_the_wallet_of_another_account(command: Any):
    given(WALLET, OPENED, TEN_IN, FOUR_STAKED).when(command).refused(WalletOfAnother, account_id="bob")


def test_a_lost_bet_takes_its_stake():
    given(WALLET, OPENED, TEN_IN, FOUR_STAKED).when(PayReturns(ANN, BET, 4_00, 0, NOON)).then(StakeLost(ANN, BET, 4_00, 6_00, NOON))


def test_a_void_bet_gives_its_stake_back():
    given(WALLET, OPENED, TEN_IN, FOUR_STAKED).when(RefundStake(ANN, BET, 4_00, NOON)).then(StakeRefunded(ANN, BET, 4_00, 10_00, NOON))


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("stake: no wallet", [], ReserveStake(ANN, BET, 99, "XXX", NOON), WalletUnknown, {"account_id": ANN}),
    ("stake: currency", [OPENED], ReserveStake(ANN, BET, 99, "USD", NOON), CurrencyMismatch, {"currency": "USD", "wallet_currency": "EUR"}),
    (
        "stake: funds",
        [OPENED, TEN_IN],
        ReserveStake(ANN, BET, 10_01, "EUR", NOON),
        InsufficientFunds,
        {"available_minor": 10_00, "amount_minor": 10_01},
    ),
    ("deposit: zero", [], Deposit(ANN, 0, "XXX", "r", NOON), AmountOutOfRange, {"amount_minor": 0, "amount_minor_max": AMOUNT_MINOR_MAX}),
    ("deposit: negative", [], Deposit(ANN, -1, "XXX", "r", NOON), AmountOutOfRange, {"amount_minor": -1}),
    ("deposit: half a cent", [], Deposit(ANN, 1.5, "XXX", "r", NOON), AmountOutOfRange, {"amount_minor": 1.5}),  # type: ignore[arg-type]
    ("deposit: beyond all", [], Deposit(ANN, AMOUNT_MINOR_MAX + 1, "XXX", "r", NOON), AmountOutOfRange, {}),
    ("deposit: beyond int64", [], Deposit(ANN, 1 << 63, "XXX", "r", NOON), AmountOutOfRange, {"amount_minor": 1 << 63}),
    ("deposit: no wallet", [], Deposit(ANN, 1, "EUR", "r", NOON), WalletUnknown, {"account_id": ANN}),
    ("deposit: currency", [OPENED], Deposit(ANN, AMOUNT_MINOR_MAX, "GBP", "r", NOON), CurrencyMismatch, {"currency": "GBP"}),
    (
        "deposit: too rich, counting what is reserved",
        [OPENED, TEN_IN, FOUR_STAKED],
        Deposit(ANN, AMOUNT_MINOR_MAX - 9_99, "EUR", "r", NOON),
        BalanceOutOfRange,
        {"available_minor": 6_00, "amount_minor": AMOUNT_MINOR_MAX - 9_99, "amount_minor_max": AMOUNT_MINOR_MAX},
    ),
    ("withdraw: zero", [], Withdraw(ANN, 0, "XXX", "r", NOON), AmountOutOfRange, {"amount_minor": 0}),
    ("withdraw: no wallet", [], Withdraw(ANN, 1, "EUR", "r", NOON), WalletUnknown, {"account_id": ANN}),
    ("withdraw: currency", [OPENED], Withdraw(ANN, 1, "USD", "r", NOON), CurrencyMismatch, {"wallet_currency": "EUR"}),
    ("withdraw: funds", [OPENED, TEN_IN], Withdraw(ANN, 10_01, "EUR", "r", NOON), InsufficientFunds, {"available_minor": 10_00}),
    ("open: currency", [], OpenWallet(ANN, "XXX", NOON), CurrencyUnknown, {"currency": "XXX"}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_wallet_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    """In the order of checking: each row breaks every rule below it too, where one command can."""
    given(WALLET, *facts).when(command).refused(refusal, **evidence)


def test_the_largest_balance_is_reached_exactly():
    given(WALLET, OPENED, TEN_IN).when(Deposit(ANN, AMOUNT_MINOR_MAX - 10_00, "EUR", "r", NOON)).then(
        FundsDeposited(ANN, AMOUNT_MINOR_MAX - 10_00, "r", AMOUNT_MINOR_MAX, NOON)
    )


@pytest.mark.parametrize(
    "impossible",
    [
        [OPENED, OPENED],
        [OPENED, FundsWithdrawn(ANN, 1, "r", -1, NOON)],
        [OPENED, FundsDeposited(ANN, 1, "r", 2, NOON)],
        [OPENED, TEN_IN, StakeReserved(ANN, BET, 11_00, -1_00, NOON)],
        [OPENED, TEN_IN, StakeLost(ANN, BET, 1, 10_00, NOON)],
        [OPENED, TEN_IN, FOUR_STAKED, StakeRefunded(ANN, OTHER_BET, 5_00, 11_00, NOON)],
    ],
)
def test_a_history_that_cannot_be_is_not_folded(impossible: list[Fact]):
    with pytest.raises(AssertionError):
        given(WALLET, *impossible)


ASKED = RecordTransfer(ANN, "deposit", 10_00, "EUR", "ref-1", NOON)
RECORDED = TransferRecorded(ANN, "deposit", 10_00, "EUR", "ref-1", NOON)


def test_a_payment_reference_is_used_up():
    given(TRANSFER).when(ASKED).then(RECORDED)


def test_the_same_transfer_under_the_same_reference_is_a_repeat():
    given(TRANSFER, RECORDED).when(ASKED).nothing()


@pytest.mark.parametrize(
    "other",
    [
        RecordTransfer(ANN, "withdrawal", 10_00, "EUR", "ref-1", NOON),
        RecordTransfer(ANN, "deposit", 10_01, "EUR", "ref-1", NOON),
        RecordTransfer(ANN, "deposit", 10_00, "USD", "ref-1", NOON),
    ],
)
def test_another_transfer_under_a_used_reference_is_refused(other: RecordTransfer):
    given(TRANSFER, RECORDED).when(other).refused(ReferenceReused, reference="ref-1", amount_minor=10_00)


@pytest.mark.parametrize("reference", ["", "x" * 101, "a\nb", "a\x00b"])
def test_a_reference_that_cannot_be_printed_in_a_line_is_refused(reference: str):
    given(TRANSFER).when(RecordTransfer(ANN, "deposit", 1, "EUR", reference, NOON)).refused(ReferenceMalformed, reference=reference[:100])


def test_every_posting_has_a_source_and_a_destination():
    mine, held = available(ANN), reserved(ANN)
    assert postings(OPENED) == ()
    assert postings(TEN_IN) == (Posting(PAYMENTS, mine, 10_00),)
    assert postings(FundsWithdrawn(ANN, 1, "r", 0, NOON)) == (Posting(mine, PAYMENTS, 1),)
    assert postings(FOUR_STAKED) == (Posting(mine, held, 4_00),)
    assert postings(ReturnsPaid(ANN, BET, 4_00, 9_40, 15_40, NOON)) == (Posting(held, HOUSE, 4_00), Posting(HOUSE, mine, 9_40))
    assert postings(StakeLost(ANN, BET, 4_00, 6_00, NOON)) == (Posting(held, HOUSE, 4_00),)
    assert postings(StakeRefunded(ANN, BET, 4_00, 10_00, NOON)) == (Posting(held, mine, 4_00),)
