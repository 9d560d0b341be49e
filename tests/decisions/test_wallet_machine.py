"""Any order of wallet commands: money is conserved, nothing goes below zero, nothing moves twice."""

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from domain.refused import Refused
from domain.wallet.commands import Deposit, OpenWallet, PayReturns, RefundStake, ReserveStake, ReverseSettlement, Withdraw
from domain.wallet.decider import WALLET, BalanceOutOfRange, CurrencyMismatch, InsufficientFunds, Wallet, WalletUnknown
from domain.wallet.postings import HOUSE, PAYMENTS, BetMoney, available, owed, postings, reserved, transfer_id
from tests.decisions.given import NOON

ANN = "ann"
AMOUNTS = st.integers(1, 50_00)
CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "USD"])


class WalletMachine(RuleBasedStateMachine):
    """Books every posting a second time, by hand, and holds the wallet against that ledger."""

    stakes = Bundle("stakes")
    settled = Bundle("settled")

    def __init__(self) -> None:
        super().__init__()
        self.wallet = Wallet()
        self.ledger: Counter[str] = Counter()
        self.bets = 0
        self.transfers: list[str] = []
        self.numbers: Counter[str] = Counter()

    def ask(self, command: Any, *allowed: type[Refused]) -> bool:
        before = self.wallet
        try:
            facts = WALLET.decide(before, command)
        except allowed:
            assert self.wallet is before
            return False
        for fact in facts:
            self.wallet = WALLET.evolve(self.wallet, fact)
            if isinstance(fact, BetMoney):
                self.transfers.append(transfer_id(fact))
            for source, destination, amount_minor in postings(fact):
                assert amount_minor > 0
                assert source != destination
                self.ledger[source] -= amount_minor
                self.ledger[destination] += amount_minor
        return bool(facts)

    @rule(currency=CURRENCIES)
    def open(self, currency: str):
        was_open = bool(self.wallet.currency)
        assert self.ask(OpenWallet(ANN, currency, NOON)) is not was_open

    @rule(amount_minor=AMOUNTS, currency=CURRENCIES)
    def deposit(self, amount_minor: int, currency: str):
        self.ask(Deposit(ANN, amount_minor, currency, "r", NOON), WalletUnknown, CurrencyMismatch, BalanceOutOfRange)

    @rule(amount_minor=AMOUNTS, currency=CURRENCIES)
    def withdraw(self, amount_minor: int, currency: str):
        had_minor = self.wallet.available_minor
        moved = self.ask(Withdraw(ANN, amount_minor, currency, "r", NOON), WalletUnknown, CurrencyMismatch, InsufficientFunds)
        assert moved is (currency == self.wallet.currency and amount_minor <= had_minor)

    @rule(target=stakes, stake_minor=AMOUNTS, currency=CURRENCIES)
    def stake(self, stake_minor: int, currency: str) -> tuple[str, int] | None:
        self.bets += 1
        bet_id = f"bet-{self.bets}"
        had_minor = self.wallet.available_minor
        command = ReserveStake(ANN, bet_id, stake_minor, currency, NOON)
        moved = self.ask(command, WalletUnknown, CurrencyMismatch, InsufficientFunds)
        assert moved is (currency == self.wallet.currency and stake_minor <= had_minor)
        return (bet_id, stake_minor) if moved else None

    @rule(target=settled, staked=consumes(stakes), returns_minor=st.integers(0, 90_00))
    def settle(self, staked: tuple[str, int] | None, returns_minor: int) -> tuple[str, int, int] | None:
        if staked is None:
            return None
        self.numbers[staked[0]] += 1
        assert self.ask(PayReturns(ANN, *staked, returns_minor, NOON, self.numbers[staked[0]]))
        return (*staked, returns_minor)

    @rule(target=settled, staked=consumes(stakes))
    def refund(self, staked: tuple[str, int] | None) -> tuple[str, int, int] | None:
        if staked is None:
            return None
        self.numbers[staked[0]] += 1
        assert self.ask(RefundStake(ANN, *staked, NOON, self.numbers[staked[0]]))
        return (*staked, staked[1])

    @rule(target=stakes, settled=consumes(settled))
    def reverse(self, settled: tuple[str, int, int] | None) -> tuple[str, int] | None:
        if settled is None:
            return None
        bet_id, stake_minor, returns_minor = settled
        worth, house, held = self.worth(), self.ledger[HOUSE], self.wallet.reserved_minor
        assert self.ask(ReverseSettlement(ANN, bet_id, self.numbers[bet_id], stake_minor, returns_minor, NOON))
        assert self.worth() == worth - returns_minor, "what is available less what is owed falls by all that was paid"
        assert self.ledger[HOUSE] == house + returns_minor - stake_minor
        assert self.wallet.reserved_minor == held + stake_minor
        return bet_id, stake_minor

    def worth(self) -> int:
        return self.wallet.available_minor - self.wallet.owed_minor

    @invariant()
    def money_is_conserved(self):
        assert sum(self.ledger.values()) == 0
        assert set(self.ledger) <= {HOUSE, PAYMENTS, available(ANN), reserved(ANN), owed(ANN)}

    @invariant()
    def the_wallet_holds_what_the_ledger_says_and_never_less_than_nothing(self):
        assert self.ledger[available(ANN)] == self.wallet.available_minor >= 0
        assert self.ledger[reserved(ANN)] == self.wallet.reserved_minor >= 0
        assert -self.ledger[owed(ANN)] == self.wallet.owed_minor >= 0

    @invariant()
    def who_owes_has_nothing_available(self):
        assert not (self.wallet.owed_minor and self.wallet.available_minor)

    @invariant()
    def no_transfer_is_recorded_twice(self):
        assert len(self.transfers) == len(set(self.transfers))


TestWallet = WalletMachine.TestCase
