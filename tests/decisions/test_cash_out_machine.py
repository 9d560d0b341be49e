"""Any order of cash-outs, results and corrections of one bet: every minor unit of its stake is closed or settled, and paid for once."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.bet.cash_out import CASH_OUT_RULES, CashOutMoved, offer_of, value_minor
from domain.bet.commands import AskedLeg, CashOutBet, PricedLeg, ResultLegs, StrikeBet
from domain.bet.decider import BET
from domain.bet.facts import CASHED_OUT, BetCashedOut, BetSettled, BetSettlementReversed, CashOutLeg
from domain.bet.state import Bet
from domain.odds import Odds, exact
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.wallet.commands import Deposit, OpenWallet, PayCashOut, PayReturns, RefundStake, ReserveStake, ReverseSettlement
from domain.wallet.decider import WALLET, Wallet
from tests.decisions.given import NOON
from tests.decisions.test_bet_machine import factor

ODDS = st.sampled_from([exact(11, 10), exact(21, 11), exact(235, 100), exact(3, 1), exact(50, 1)])
RESULTS = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST, LegResult((1, 1), (0, 1), (2, 1))])
CHANCES = st.integers(1, 999_999)
FUNDS_MINOR = 1_000_00


class CashOutMachine(RuleBasedStateMachine):
    """One bet of one line and its wallet."""

    @initialize(odds=st.lists(ODDS, min_size=1, max_size=3), stake_minor=st.integers(1, 100_00))
    def strike(self, odds: list[Odds], stake_minor: int):
        self.odds, self.stake_minor, self.keys = odds, stake_minor, 0
        self.facts: list[Any] = []
        self.bet, self.wallet = Bet(), Wallet()
        for command in (OpenWallet("ann", "EUR", NOON), Deposit("ann", FUNDS_MINOR, "EUR", "ref", NOON)):
            self.move(command)
        asked = tuple(AskedLeg(f"m-{n}", "home", each, 1) for n, each in enumerate(odds))
        offered = tuple(Quote(f"f-{n}", each, 1, each, 1) for n, each in enumerate(odds))
        kind = "single" if len(odds) == 1 else "multiple"
        self.decide(StrikeBet("bet-1", "ann", stake_minor, "EUR", kind, asked, offered, "exact", NOON))
        self.move(ReserveStake("ann", "bet-1", stake_minor, "EUR", NOON))

    def decide(self, command: Any) -> list[Any]:
        new = list(BET.decide(self.bet, command))
        for fact in new:
            self.bet = BET.evolve(self.bet, fact)
        self.facts += new
        return new

    def move(self, command: Any) -> None:
        for fact in WALLET.decide(self.wallet, command):
            self.wallet = WALLET.evolve(self.wallet, fact)

    def priced(self, chances: list[int]) -> tuple[PricedLeg | None, ...]:
        return tuple(
            None if result is not None else PricedLeg(f"f-{n}", CashOutLeg(f"m-{n}", 1, chance))
            for n, (result, chance) in enumerate(zip(self.bet.results, chances, strict=False))
        )

    @rule(share=st.integers(1, 100), chances=st.lists(CHANCES, min_size=3, max_size=3), more_minor=st.integers(0, 1), again=st.booleans())
    def cash_out(self, share: int, chances: list[int], more_minor: int, *, again: bool):
        priced, version = self.priced(chances), len(self.facts)
        assert self.bet.placed is not None
        try:
            offer = offer_of(self.bet, self.bet.placed, "bet-1", version, priced, share, NOON)
        except Refused:
            return
        was_open, before = self.bet.status == "open", self.bet
        self.keys += 1
        what = ("bet-1", "ann", f"key-{self.keys}", share, offer.offer_minor + more_minor, offer.version)
        try:
            (fact,) = self.decide(CashOutBet(*what, version, priced, NOON))
        except CashOutMoved:
            assert more_minor
            return
        except Refused:
            assert not was_open or len(before.cash_outs) >= 20
            return
        assert was_open
        self.check_value(before, fact, chances)
        self.move(PayCashOut("ann", "bet-1", fact.stake_minor, fact.amount_minor, NOON, fact.number))
        if again:
            assert self.decide(CashOutBet(*what, len(self.facts), priced, NOON)) == []

    def check_value(self, before: Bet, fact: BetCashedOut, chances: list[int]) -> None:
        """The formula in fractions: nothing in common with the product's arithmetic but the formula."""
        fair = Fraction(fact.stake_minor)
        for n, (odds, result) in enumerate(zip(self.odds, before.results, strict=True)):
            fair *= Fraction(odds.numerator, odds.denominator) * Fraction(chances[n], 1_000_000) if result is None else factor(odds, result)
        offered = fair * (100 - CASH_OUT_RULES[fact.rules].margin_percent) / 100
        assert 0 < fact.amount_minor <= offered < fact.amount_minor + 1

    @rule(leg=st.integers(0, 2), result=RESULTS)
    def come_out(self, leg: int, result: LegResult):
        if leg >= len(self.odds):
            return
        moved = self.wallet
        new = self.decide(ResultLegs("bet-1", f"m-{leg}", {"home": result}, NOON))
        for fact in new:
            match fact:
                case BetSettlementReversed():
                    self.move(ReverseSettlement("ann", "bet-1", fact.settlement, fact.stake_minor, fact.returns_minor, NOON))
                case BetSettled(outcome="void"):
                    self.move(RefundStake("ann", "bet-1", fact.stake_minor, NOON, fact.settlement))
                case BetSettled():
                    self.move(PayReturns("ann", "bet-1", fact.stake_minor, fact.returns_minor, NOON, fact.settlement))
        if self.bet.status == CASHED_OUT:
            assert new == []
            assert self.wallet == moved

    @invariant()
    def every_minor_unit_of_the_stake_is_reserved_closed_or_settled(self):
        closed = sum(fact.stake_minor for fact in self.facts if isinstance(fact, BetCashedOut))
        left = self.bet.open_stake_minor
        assert closed + left == self.stake_minor
        assert self.wallet.reserved_minor == (left if self.bet.status == "open" else 0)

    @invariant()
    def the_wallet_has_what_was_paid_out_and_what_the_rest_returned(self):
        cashed = sum(fact.amount_minor for fact in self.facts if isinstance(fact, BetCashedOut))
        last = self.facts[-1]
        rest = last.returns_minor if isinstance(last, BetSettled) else 0
        funds = FUNDS_MINOR - self.stake_minor + cashed + rest
        assert self.wallet.available_minor - self.wallet.owed_minor == funds
        assert self.wallet.available_minor >= 0
        if isinstance(last, BetSettled):
            assert (last.stake_closed_minor, last.cashed_out_minor) == (self.stake_minor - last.stake_minor, cashed)

    @invariant()
    def the_rest_returns_within_half_a_minor_unit_what_its_share_of_the_stake_does(self):
        last = self.facts[-1]
        if not isinstance(last, BetSettled):
            return
        exactly = Fraction(last.stake_minor)
        for odds, result in zip(self.odds, last.results, strict=True):
            exactly *= factor(odds, result)
        assert abs(last.returns_minor - exactly) <= Fraction(1, 2)

    @invariant()
    def an_offer_is_below_what_the_stake_returns_if_all_wins(self):
        placed = self.bet.placed
        if placed is not None and self.bet.status == "open":
            certain = self.priced([1_000_000] * 3)
            most = Fraction(self.bet.open_stake_minor)
            for odds, result in zip(self.odds, self.bet.results, strict=True):
                most *= Fraction(odds.numerator, odds.denominator) if result is None else factor(odds, result)
            assert value_minor(self.bet, placed, certain, self.bet.open_stake_minor, 5) <= most


TestCashOut = CashOutMachine.TestCase
