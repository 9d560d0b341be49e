"""A bet is settled by the house rules that it was struck under: versions side by side, and settlements that are undone and done again."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.bet.commands import AskedLeg, ResultLegs, StrikeBet
from domain.bet.decider import BET
from domain.bet.facts import BetPlaced, BetSettled, BetSettlementReversed
from domain.bet.stake_limit import StakeLimit
from domain.bet.state import Bet
from domain.odds import Odds, exact
from domain.quote import Quote
from domain.settling import HALF_LOST, HALF_WON, HOUSE_RULES, LOST, RULES_CURRENT, RULES_OLDEST, VOID, WON, LegResult
from domain.wallet.commands import Deposit, OpenWallet, PayReturns, RefundStake, ReserveStake, ReverseSettlement, Withdraw
from domain.wallet.decider import WALLET, Wallet
from tests.bet_types import by_hand, lines_by_hand
from tests.decisions.given import NOON

B, ANN = "bet-1", "ann"
UNLIMITED = StakeLimit(1 << 62)
odds = st.tuples(st.integers(1, 90), st.integers(1, 13)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))
results = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST, LegResult((1, 1), dead_heat=(2, 1)), LegResult((1, 1), dead_heat=(3, 2))])
shapes = st.sampled_from([("single", 1), ("multiple", 3), ("trixie", 3), ("lucky15", 4), ("roundrobin:2", 5)])
Balances = tuple[int, int, int]


def struck(bet_type: str, prices: list[Odds], unit_minor: int, rules: int) -> BetPlaced:
    """A bet as it is struck now, or as its fact is read from a log of bets that name no version."""
    asked = tuple(AskedLeg(f"m-{number}", "home", price, 1) for number, price in enumerate(prices))
    offered = tuple(Quote(f"f-{number}", price, 1, price, 1) for number, price in enumerate(prices))
    stake_minor = unit_minor * len(lines_by_hand(bet_type, len(prices)))
    (placed,) = BET.decide(Bet(), StrikeBet(B, ANN, stake_minor, "EUR", bet_type, asked, offered, "exact", NOON, limit=UNLIMITED))
    assert isinstance(placed, BetPlaced)
    assert placed.rules == RULES_CURRENT == max(HOUSE_RULES)
    return placed if rules == RULES_CURRENT else msgspec.structs.replace(placed, rules=rules)


class Told:
    """A bet and its bettor's wallet, told results again and again as settlers do."""

    def __init__(self, placed: BetPlaced) -> None:
        self.bet, self.wallet = BET.evolve(Bet(), placed), Wallet()
        for command in (
            OpenWallet(ANN, "EUR", NOON),
            Deposit(ANN, placed.stake_minor, "EUR", "first", NOON),
            ReserveStake(ANN, B, placed.stake_minor, "EUR", NOON),
        ):
            self.move(command)

    def move(self, command: Any) -> None:
        for fact in WALLET.decide(self.wallet, command):
            self.wallet = WALLET.evolve(self.wallet, fact)

    def tell(self, came_out: list[LegResult]) -> Balances:
        for number, result in enumerate(came_out):
            for fact in BET.decide(self.bet, ResultLegs(B, f"m-{number}", {"home": result}, NOON)):
                self.bet = BET.evolve(self.bet, fact)
                match fact:
                    case BetSettlementReversed():
                        self.move(ReverseSettlement(ANN, B, fact.settlement, fact.stake_minor, fact.returns_minor, NOON))
                    case BetSettled(outcome="void"):
                        self.move(RefundStake(ANN, B, fact.stake_minor, NOON, fact.settlement))
                    case BetSettled():
                        self.move(PayReturns(ANN, B, fact.stake_minor, fact.returns_minor, NOON, fact.settlement))
        return self.balances

    @property
    def balances(self) -> Balances:
        return self.wallet.available_minor, self.wallet.reserved_minor, self.wallet.owed_minor


@given(shapes, st.data())
def test_old_bets_are_rounded_down_and_new_ones_half_up_whatever_came_out(shape: tuple[str, int], data: st.DataObject):
    bet_type, count = shape
    prices = data.draw(st.lists(odds, min_size=count, max_size=count))
    came_out = data.draw(st.lists(results, min_size=count, max_size=count))
    unit_minor = data.draw(st.integers(1, 500))
    paid = {}
    for rules in (RULES_OLDEST, RULES_CURRENT):
        told = Told(placed := struck(bet_type, prices, unit_minor, rules))
        told.tell(came_out)
        paid[rules] = told.bet.returns_minor
        expected = by_hand(bet_type, placed.stake_minor, list(zip(prices, came_out, strict=True)), down=rules == RULES_OLDEST)
        assert paid[rules] == expected
    assert 0 <= paid[RULES_CURRENT] - paid[RULES_OLDEST] <= 1


@given(shapes, st.sampled_from(sorted(HOUSE_RULES)), st.data())
def test_a_settlement_that_is_undone_and_done_again_leaves_every_balance_as_it_was(shape: tuple[str, int], rules: int, data: st.DataObject):
    bet_type, count = shape
    prices = data.draw(st.lists(odds, min_size=count, max_size=count))
    came_out, otherwise = (data.draw(st.lists(results, min_size=count, max_size=count)) for _ in range(2))
    told = Told(struck(bet_type, prices, data.draw(st.integers(1, 500)), rules))
    first = told.tell(came_out)
    spent_minor = data.draw(st.integers(0, first[0]))
    if spent_minor:
        told.move(Withdraw(ANN, spent_minor, "EUR", "out", NOON))
        first = told.balances
    told.tell(otherwise)
    assert told.tell(came_out) == first
    assert told.tell(came_out) == first
