"""Any order of wallet commands: money is conserved, nothing goes below zero, nothing moves twice."""

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from domain.refused import Refused
from domain.wallet.commands import Deposit, OpenWallet, PayReturns, RefundStake, ReserveStake, Withdraw
from domain.wallet.decider import WALLET, BalanceOutOfRange, CurrencyMismatch, InsufficientFunds, Wallet, WalletUnknown
from domain.wallet.postings import HOUSE, PAYMENTS, available, postings, reserved
from tests.decisions.given import NOON

ANN = "ann"
AMOUNTS = st.integers(1, 50_00)
CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "USD"])


class WalletMachine(RuleBasedStateMachine):
    """Books every posting a second time, by hand, and holds the wallet against that ledger."""

    stakes = Bundle("stakes")

    def __init__(self) -> None:
        super().__init__()
        self.wallet = Wallet()
        self.ledger: Counter[str] = Counter()
        self.bets = 0

    def ask(self, command: Any, *allowed: type[Refused]) -> bool:
        before = self.wallet
        try:
            facts = WALLET.decide(before, command)
        except allowed:
            assert self.wallet is before
            return False
        for fact in facts:
            self.wallet = WALLET.evolve(self.wallet, fact)
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

    @rule(staked=consumes(stakes), returns_minor=st.integers(0, 90_00))
    def settle(self, staked: tuple[str, int] | None, returns_minor: int):
        if staked is not None:
            assert self.ask(PayReturns(ANN, *staked, returns_minor, NOON))

    @rule(staked=consumes(stakes))
    def refund(self, staked: tuple[str, int] | None):
        if staked is not None:
            assert self.ask(RefundStake(ANN, *staked, NOON))

    @invariant()
    def money_is_conserved(self):
        assert sum(self.ledger.values()) == 0
        assert set(self.ledger) <= {HOUSE, PAYMENTS, available(ANN), reserved(ANN)}

    @invariant()
    def the_wallet_holds_what_the_ledger_says_and_never_less_than_nothing(self):
        assert self.ledger[available(ANN)] == self.wallet.available_minor >= 0
        assert self.ledger[reserved(ANN)] == self.wallet.reserved_minor >= 0


TestWallet = WalletMachine.TestCase
