"""Any order of strikes, prices and results: a bet is struck once at what was agreed, and stands settled for what its legs came to last."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.bet.commands import AskedLeg, ResultLegs, StrikeBet
from domain.bet.decider import BET, BetKeyReused
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, BetSettlementReversed
from domain.bet.stake_limit import StakeOverLimit
from domain.bet.state import Bet, BetUnknown, LegUnknown
from domain.bet.striking import PricesMoved
from domain.odds import Odds, exact
from domain.quote import Quote
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from tests.bet_types import half_up
from tests.decisions.given import NOON

ODDS = st.sampled_from([exact(11, 10), exact(21, 11), exact(235, 100), exact(3, 1), exact(1000, 1)])
RESULTS = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST, LegResult((1, 1), (0, 1), (2, 1))])


def factor(odds: Odds, result: LegResult) -> Fraction:
    """The formula of a leg's returns, in fractions: nothing in common with the product's arithmetic but the formula."""
    void, won, heat = Fraction(*result.void), Fraction(*result.won), Fraction(*result.dead_heat)
    return void + (1 - void) * won * Fraction(odds.numerator, odds.denominator) / heat


class BetMachine(RuleBasedStateMachine):
    """One bet, asked for and settled again and again under changing prices and contradicting results."""

    def __init__(self) -> None:
        super().__init__()
        self.bet = Bet()
        self.facts: list[Any] = []
        self.last_results: dict[str, LegResult] = {}

    @initialize(
        legs=st.lists(ODDS, min_size=1, max_size=4), stake_minor=st.integers(1, 100_00), accept=st.sampled_from(["exact", "better", "any"])
    )
    def ask_for(self, legs: list[Odds], stake_minor: int, accept: str):
        self.asked = tuple(AskedLeg(f"m-{n}", "home", odds, 5) for n, odds in enumerate(legs))
        self.stake_minor, self.accept = stake_minor, accept

    def decide(self, command: StrikeBet | ResultLegs) -> None:
        for fact in BET.decide(self.bet, command):
            self.bet = BET.evolve(self.bet, fact)
            self.facts.append(fact)

    def strike_bet(self, offered: tuple[Quote, ...], stake_minor: int) -> StrikeBet:
        kind = "single" if len(self.asked) == 1 else "multiple"
        return StrikeBet("bet-1", "ann", stake_minor, "EUR", kind, self.asked, offered, self.accept, NOON)

    @rule(prices=st.lists(ODDS, min_size=4, max_size=4), in_grace=st.lists(st.booleans(), min_size=4, max_size=4))
    def strike(self, prices: list[Odds], in_grace: list[bool]):
        legs = list(zip(self.asked, prices, in_grace, strict=False))
        offered = tuple(Quote(f"f-{n}", now, 9, leg.odds if still else None, 5) for n, (leg, now, still) in enumerate(legs))
        was_struck, before = self.bet.placed is not None, len(self.facts)
        try:
            self.decide(self.strike_bet(offered, self.stake_minor))
        except PricesMoved as moved:
            assert not was_struck
            leg, now, still = next(leg for leg in legs if leg[0].market_id == moved.market_id)
            assert not still
            assert now < leg.odds or self.accept == "exact"
            assert self.accept != "any"
        except StakeOverLimit:
            assert not was_struck
        else:
            assert len(self.facts) - before == (0 if was_struck else 1)
            if not was_struck:
                self.check_agreed(legs)

    def check_agreed(self, legs: list[tuple[AskedLeg, Odds, bool]]) -> None:
        assert self.bet.placed is not None
        for struck, (leg, now, still) in zip(self.bet.placed.legs, legs, strict=True):
            assert struck.odds in {leg.odds, now}
            assert struck.odds == leg.odds or self.accept != "exact"
            assert struck.odds >= leg.odds or self.accept == "any"
            assert self.accept == "exact" or struck.odds >= now or (still and struck.odds == leg.odds)
            assert still or struck.odds == now

    @precondition(lambda self: self.bet.placed is not None)
    @rule(more_minor=st.integers(1, 9))
    def strike_another_body_under_the_key(self, more_minor: int):
        try:
            self.decide(self.strike_bet((), self.stake_minor + more_minor))
        except BetKeyReused:
            return
        raise AssertionError("the key stands for one bet")

    @rule(leg=st.integers(0, 5), result=RESULTS)
    def come_out(self, leg: int, result: LegResult):
        market_id = f"m-{leg}"
        try:
            self.decide(ResultLegs("bet-1", market_id, {"home": result}, NOON))
        except BetUnknown:
            assert self.bet.placed is None
        except LegUnknown:
            assert leg >= len(self.asked)
        else:
            self.last_results[market_id] = result

    @invariant()
    def it_is_struck_once_and_settled_once_more_than_its_settlement_was_reversed(self):
        kinds = [type(fact) for fact in self.facts]
        assert kinds.count(BetPlaced) <= 1
        settled = [fact.settlement for fact in self.facts if isinstance(fact, BetSettled)]
        undone = [fact.settlement for fact in self.facts if isinstance(fact, BetSettlementReversed)]
        assert settled == list(range(1, len(settled) + 1))
        assert undone == settled[:-1]
        assert BetLegResulted not in kinds[kinds.index(BetSettled) :] if settled else True

    @invariant()
    def it_is_settled_when_its_last_leg_came_out_for_what_the_last_results_say(self):
        if self.bet.placed is None or self.bet.status == "open":
            return
        legs = [(leg.odds, self.last_results[leg.market_id]) for leg in self.bet.placed.legs]
        product = Fraction(self.stake_minor)
        for odds, result in legs:
            product *= factor(odds, result)
        assert self.bet.returns_minor == half_up(product)
        assert self.bet.returns_minor <= self.bet.placed.potential_returns_minor
        if all(result == VOID for _, result in legs):
            assert (self.bet.status, self.bet.returns_minor) == ("void", self.stake_minor)


TestBet = BetMachine.TestCase
