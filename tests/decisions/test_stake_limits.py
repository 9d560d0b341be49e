"""Limits of stakes: the largest stake that is offered is taken, one minor unit more on each line is not, and a factor counts at once."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st
from msgspec import structs

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.trading.limit_stakes import FindRestrictions, Restriction
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import SetStakeFactor
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.facts import StakeFactorSet
from domain.bet.commands import AskedLeg, StrikeBet
from domain.bet.decider import BET, Bet, StakeOutOfRange
from domain.bet.facts import BetPlaced
from domain.bet.lines import line_count
from domain.bet.stake_limit import HOUSE_LIMIT, STAKE_MINOR_MAX, StakeLimit, StakeOverLimit
from domain.ids import account_gate_of, derived
from domain.odds import Odds, exact, parse
from domain.quote import Quote
from domain.refused import Refused
from domain.settling.each_way import EACH_WAY_RULES
from domain.stake_factor import FACTOR_MAX, FACTOR_UNITS, FactorMalformed, factor_text, parse_factor
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON, given, later, single
from tests.decisions.test_use_cases import F1, F2, M1, M2, ODDS, Book, market

ANN, TOM = derived("account", "ann"), derived("account", "tom")
SHAPES = [("single", 1), ("multiple", 2), ("multiple", 25), ("trixie", 3), ("lucky15", 4), ("goliath", 8), ("roundrobin:2,3", 6)]
odds = st.tuples(st.integers(1, 900), st.integers(1, 90)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))
limits = st.one_of(st.integers(0, 10_000), st.integers(0, 10**9))


def strike(shape: tuple[str, int], prices: list[Odds], stake_minor: int, limit: StakeLimit, each_way: str = "") -> StrikeBet:
    asked = tuple(AskedLeg(f"m-{number}", "home", price, 1) for number, price in enumerate(prices))
    offered = tuple(Quote(f"f-{number}", price, 1, price, 1) for number, price in enumerate(prices))
    terms = ((1, 5),) * len(prices) if each_way else ()
    return StrikeBet("bet-1", ANN, stake_minor, "EUR", shape[0], asked, offered, "exact", NOON, each_way, terms, limit)


def struck(ask: StrikeBet) -> BetPlaced | Refused:
    try:
        (placed,) = BET.decide(Bet(), ask)
    except Refused as refusal:
        return refusal
    assert isinstance(placed, BetPlaced)
    return placed


@whatever(st.sampled_from(SHAPES), limits, st.sampled_from(["", *EACH_WAY_RULES]), st.data())
def test_the_stake_that_is_offered_is_taken_and_a_unit_more_on_each_line_is_refused(
    shape: tuple[str, int], payout_minor_max: int, each_way: str, data: st.DataObject
):
    prices = data.draw(st.lists(odds, min_size=shape[1], max_size=shape[1]))
    lines, limit = line_count(*shape) * (2 if each_way else 1), StakeLimit(payout_minor_max)
    largest = STAKE_MINOR_MAX // lines * lines
    refused = struck(strike(shape, prices, data.draw(st.integers(1, largest // lines)) * lines, limit, each_way))
    if isinstance(refused, BetPlaced):
        assert refused.potential_returns_minor <= payout_minor_max
        return
    assert isinstance(refused, StakeOverLimit)
    offered_minor = refused.stake_minor_max
    assert 0 <= offered_minor < refused.stake_minor
    assert offered_minor % lines == 0
    assert refused.potential_returns_minor > refused.payout_minor_max == payout_minor_max
    if offered_minor:
        taken = struck(strike(shape, prices, offered_minor, limit, each_way))
        assert isinstance(taken, BetPlaced)
        assert taken.potential_returns_minor <= payout_minor_max
    more = struck(strike(shape, prices, offered_minor + lines, limit, each_way))
    assert isinstance(more, StakeOverLimit)
    assert more.stake_minor_max == offered_minor


def test_what_is_offered_is_never_more_than_the_largest_stake_of_any_bet():
    prices, limit = [parse("1.01")], StakeLimit(10**9)
    assert isinstance(struck(strike(("single", 1), prices, STAKE_MINOR_MAX, limit)), BetPlaced)
    assert isinstance(struck(strike(("single", 1), prices, STAKE_MINOR_MAX + 1, limit)), StakeOutOfRange)


@pytest.mark.parametrize(("accept", "potential_minor"), [("exact", 20_00), ("better", 30_00), ("any", 30_00)])
def test_a_limit_is_judged_at_the_price_that_is_struck(accept: str, potential_minor: int):
    """The price went from 2 to 3: whoever takes the better one promises more, and is told how much is taken at that."""
    asked, offered = AskedLeg("m-1", "home", parse("2"), 1), Quote("f-1", parse("3"), 2, parse("2"), 1, 2, 1_000)
    ask = StrikeBet("bet-1", ANN, 10_00, "EUR", "single", (asked,), (offered,), accept, NOON, limit=StakeLimit(20_00))
    if potential_minor <= 20_00:
        assert isinstance(struck(ask), BetPlaced)
    else:
        given(BET).when(ask).refused(StakeOverLimit, potential_returns_minor=30_00, stake_minor_max=6_66)


@whatever(st.integers(1, FACTOR_MAX * FACTOR_UNITS))
def test_every_factor_has_one_text_and_is_read_back_from_it(units: int):
    text = factor_text(units)
    assert parse_factor(text) == units
    assert Fraction(text) == Fraction(units, FACTOR_UNITS)
    assert not text.endswith((".", "0")) or "." not in text


NO_FACTORS = [
    "",
    "0",
    "0.000000",
    "-1",
    "+1",
    "1e-1",
    "10.000001",
    "11",
    "0.0000001",
    ".5",
    "1.",
    "1,5",
    " 1",
    "\u0660.\u0665",
    "nan",
    "9" * 40,
]


@pytest.mark.parametrize("text", NO_FACTORS)
def test_what_is_no_factor_is_refused_with_its_bound(text: str):
    given(ACCOUNT_GATE).when(factor(text)).refused(FactorMalformed, factor=text[:20], factor_max=FACTOR_MAX)


def factor(text: str, reason: str = "arbitrage", actor: str = "console", account_id: str = ANN) -> SetStakeFactor:
    return SetStakeFactor(account_id, text, reason, actor, NOON)


def test_a_factor_is_a_fact_in_its_shortest_text_and_the_same_again_is_a_repeat():
    lowered = StakeFactorSet(ANN, "0.25", "arbitrage", "console", NOON)
    given(ACCOUNT_GATE).when(factor("0.2500")).then(lowered)
    given(ACCOUNT_GATE).when(factor("1.0")).nothing()
    given(ACCOUNT_GATE, lowered).when(factor("0.25", "another reason")).nothing()
    given(ACCOUNT_GATE, lowered).when(factor("1")).then(StakeFactorSet(ANN, "1", "arbitrage", "console", NOON))
    given(ACCOUNT_GATE, lowered).when(factor("0.5", "")).refused(ReasonMalformed)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON), OpenAccount(TOM, "tom", "tom@example.org", "a", "EUR", NOON))
    book.do(GrantRole(TOM, "trader", "console", NOON), *market(M1, F1), *market(M2, F2))
    book.do(MoveMoney("deposit", ANN, 500_00, "EUR", "first", NOON))
    return book


def bet(name: str, stake_minor: int, price: Odds = ODDS["yes"]) -> Any:
    return single(derived("bet", name), ANN, stake_minor, AskedLeg(M1, "yes", price, 1), NOON)


def test_a_bet_over_the_factor_of_its_account_is_refused_with_the_stake_that_is_taken(book: Book):
    book.do(factor("0.00001", actor=TOM))
    payout_minor_max = HOUSE_LIMIT.payout_minor_max // 100_000
    largest_minor = int(Fraction(2 * payout_minor_max + 1, 2) * ODDS["yes"].denominator / ODDS["yes"].numerator)
    told = {"payout_minor_max": payout_minor_max, "stake_minor_max": largest_minor, "factor": "0.00001", "lines": 1}
    book.refused(StakeOverLimit, bet("one", 300_00), **told)
    book.refused(StakeOverLimit, bet("one", largest_minor + 1), **told)
    book.do(bet("one", largest_minor))


def test_a_factor_counts_for_the_next_bet_and_a_bet_that_was_decided_before_it_is_decided_again(book: Book):
    book.do(bet("one", 100_00))
    _, decided_before = book.decide(bet("two", 100_00))
    book.do(factor("0.00001"))
    assert not book.store.append_many([decided_before]).verdicts[0].accepted
    book.refused(StakeOverLimit, bet("two", 100_00))
    book.do(bet("one", 100_00))
    book.do(factor("1", "it was a mistake"), bet("two", 100_00))


def test_a_factor_is_set_by_traders_admins_and_the_console_alone(book: Book):
    for actor in (ANN, F1, "replay", ""):
        book.refused(ActorWithoutRole, factor("0.5", actor=actor), role="trader")
    book.refused(AccountUnknown, factor("0.5", account_id=F1))
    assert book.facts(account_gate_of(ANN)) == []
    receipt = book.do(factor("0.5", actor=TOM))
    assert (receipt.factor, receipt.since, receipt.payout_minor_max) == ("0.5", NOON, HOUSE_LIMIT.payout_minor_max // 2)


def test_a_holder_is_told_of_the_factor_since_when_and_the_largest_stake_at_a_price(book: Book):
    free = book.do(FindRestrictions(ANN, parse("2")))
    assert (free.restrictions, free.currency, free.stake_minor_max) == ((), "EUR", STAKE_MINOR_MAX)
    book.do(structs.replace(factor("0.0002"), at=later(hours=1)))
    told = book.do(FindRestrictions(ANN, ODDS["yes"]))
    assert told.restrictions == (Restriction("stake_factor", "0.0002", later(hours=1)),)
    book.do(MoveMoney("deposit", ANN, 5_000_00, "EUR", "second", NOON))
    book.refused(StakeOverLimit, bet("one", told.stake_minor_max + 1), stake_minor_max=told.stake_minor_max)
    book.do(bet("one", told.stake_minor_max))
    assert book.do(FindRestrictions(ANN)).stake_minor_max == told.payout_minor_max
    book.refused(AccountUnknown, FindRestrictions(F1))
