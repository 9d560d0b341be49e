"""Several selections of one market are in lines of their own: what a bet returns is the sum over lines that have one of each."""

from fractions import Fraction
from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.bet.commands import AskedLeg, AskedSameGame, ResultLegs, StrikeBet
from domain.bet.decider import BET, BetTypeUnknown, StakeUneven
from domain.bet.exposure import risks_of
from domain.bet.facts import BetPlaced, BetSettled
from domain.bet.lines import folds_of
from domain.bet.same_game import SameGameInSeveralLines
from domain.bet.settlement import odds_of, settled
from domain.bet.stake_limit import StakeLimit, StakeOverLimit
from domain.bet.state import Bet
from domain.bet.striking import RelatedLegs
from domain.bet.ways import SelectionTwice
from domain.odds import Odds, exact, parse
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.settling.each_way import EACH_WAY_RULES
from tests.bet_types import half_up
from tests.decisions.given import NOON, given

B, ANN = "bet-1", "ann"
NO_LIMIT = StakeLimit(10**15)
ODDS = st.tuples(st.integers(1, 400), st.integers(1, 40)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))
RESULTS = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST, LegResult((1, 1), dead_heat=(2, 1))])
TYPES = {1: ["single"], 2: ["multiple"], 3: ["multiple", "trixie", "patent", "roundrobin:2"], 4: ["multiple", "lucky15", "roundrobin:2,3"]}


@st.composite
def chosen(draw: st.DrawFn) -> tuple[str, list[int]]:
    """A type, and the market of each leg: several on one of them, in any order."""
    markets = draw(st.integers(1, 4))
    more = draw(st.lists(st.integers(0, markets - 1), min_size=1, max_size=5))
    return draw(st.sampled_from(TYPES[markets])), draw(st.permutations([*range(markets), *more]))


def strike(bet_type: str, markets: list[int], odds: list[Odds], stake_minor: int, **changed: object) -> StrikeBet:
    asked = tuple(
        AskedLeg(f"m-{market}", f"s-{number}", price, 1) for number, (market, price) in enumerate(zip(markets, odds, strict=True))
    )
    offered = tuple(Quote(f"f-{market}", price, 1, price, 1) for market, price in zip(markets, odds, strict=True))
    more = {"limit": NO_LIMIT, **changed}
    return StrikeBet(B, ANN, stake_minor, "EUR", bet_type, asked, offered, "exact", NOON, **more)  # type: ignore[arg-type]


def lines_of(bet_type: str, markets: list[int]) -> list[tuple[int, ...]]:
    """Every line by the numbers of its legs, written down: so many of the markets, and of each of them one leg."""
    by_market = {market: [number for number, each in enumerate(markets) if each == market] for market in markets}
    sizes = folds_of(bet_type, len(by_market))
    return [line for size in sizes for some in combinations(by_market, size) for line in product(*[by_market[market] for market in some])]


def made(price: Odds, result: LegResult) -> Fraction:
    void, won = Fraction(*result.void), Fraction(*result.won)
    return void + (1 - void) * won * Fraction(price.numerator, price.denominator) / Fraction(*result.dead_heat)


def struck(command: StrikeBet) -> BetPlaced:
    (fact,) = BET.decide(Bet(), command)
    assert isinstance(fact, BetPlaced)
    return fact


@whatever(chosen(), st.data())
def test_a_bet_returns_the_exact_sum_of_all_lines_with_one_selection_of_each_market(shape: tuple[str, list[int]], data: st.DataObject):
    bet_type, markets = shape
    odds = data.draw(st.lists(ODDS, min_size=len(markets), max_size=len(markets)))
    results = tuple(data.draw(st.lists(RESULTS, min_size=len(markets), max_size=len(markets))))
    lines, unit_minor = lines_of(bet_type, markets), data.draw(st.integers(1, 1_000))
    placed = struck(strike(bet_type, markets, odds, unit_minor * len(lines)))
    assert placed.lines == len(lines)
    paid = sum(unit_minor * prod([made(odds[number], results[number]) for number in line]) for line in lines)
    assert settled(placed, results, 1, NOON).returns_minor == half_up(paid)
    best = sum(unit_minor * prod([made(odds[number], WON) for number in line]) for line in lines)
    assert placed.potential_returns_minor == half_up(best) >= half_up(paid)
    assert odds_of(placed) == exact(placed.potential_returns_minor, placed.stake_minor)
    assert settled(placed, (VOID,) * len(markets), 1, NOON).returns_minor == placed.stake_minor


@whatever(chosen(), st.sampled_from(EACH_WAY_RULES), st.data())
def test_each_way_it_is_the_same_sum_on_both_parts(shape: tuple[str, list[int]], rule: str, data: st.DataObject):
    bet_type, markets = shape
    odds = data.draw(st.lists(ODDS, min_size=len(markets), max_size=len(markets)))
    to_win = data.draw(st.lists(st.sampled_from([WON, LOST, VOID]), min_size=len(markets), max_size=len(markets)))
    to_place = [data.draw(st.sampled_from([WON, LOST])) if result == LOST else result for result in to_win]
    lines, unit_minor, part = lines_of(bet_type, markets), data.draw(st.integers(1, 1_000)), (1, 5)
    stake_minor = unit_minor * 2 * len(lines)
    placed = struck(strike(bet_type, markets, odds, stake_minor, each_way=rule, place_terms=(part,) * len(markets)))
    places = [1 + (Fraction(price.numerator, price.denominator) - 1) * Fraction(*part) for price in odds]
    on_win = [made(price, result) for price, result in zip(odds, to_win, strict=True)]
    on_place = [price if result == WON else Fraction(int(result == VOID)) for price, result in zip(places, to_place, strict=True)]
    paid = Fraction(0)
    for line in lines:
        if rule == "win_to_win":
            paid += prod([on_win[number] for number in line]) + prod([on_place[number] for number in line])
        else:
            paid += 2 * prod([(on_win[number] + on_place[number]) / 2 for number in line])
    assert placed.lines == 2 * len(lines)
    assert settled(placed, tuple(to_win), 1, NOON, (), tuple(to_place)).returns_minor == half_up(unit_minor * paid)


@whatever(st.lists(ODDS, min_size=2, max_size=6), st.data())
def test_the_best_case_of_an_exclusive_market_is_its_highest_price_or_all_stakes_back(odds: list[Odds], data: st.DataObject):
    markets, unit_minor = [0] * len(odds), data.draw(st.integers(1, 1_000))
    command = strike("single", markets, odds, unit_minor * len(odds), exclusive=frozenset({"m-0"}))
    placed = struck(command)
    outcomes = [tuple([WON if number == winner else LOST for number in range(len(odds))]) for winner in range(len(odds))]
    paid = [settled(placed, results, 1, NOON).returns_minor for results in (*outcomes, (VOID,) * len(odds))]
    assert placed.potential_returns_minor == max(paid)


@whatever(chosen(), st.data())
def test_exposure_is_never_less_than_what_the_bet_pays(shape: tuple[str, list[int]], data: st.DataObject):
    bet_type, markets = shape
    odds = data.draw(st.lists(ODDS, min_size=len(markets), max_size=len(markets)))
    exclusive = frozenset({f"m-{market}" for market in set(markets) if data.draw(st.booleans())})
    placed = struck(strike(bet_type, markets, odds, 10 * len(lines_of(bet_type, markets)), exclusive=exclusive))
    winners = {market: data.draw(st.sampled_from([number for number, each in enumerate(markets) if each == market])) for market in markets}
    results = tuple([WON if winners[market] == number else LOST for number, market in enumerate(markets)])
    pays_minor = settled(placed, results, 1, NOON).returns_minor
    risks = risks_of(placed, (None,) * len(markets), (), ())
    assert {risk.market_id for risk in risks} == {leg.market_id for leg in placed.legs}
    for risk in risks:
        winner = placed.legs[winners[int(risk.market_id.removeprefix("m-"))]].selection
        assert risk.kept_minor + risk.added_minor[winner] >= pays_minor
        assert min(risk.added_minor.values()) >= 0


def test_two_selections_of_one_market_are_two_lines_and_its_result_settles_both():
    command = strike("single", [0, 0], [parse("2.1"), parse("3.4")], 10_00, exclusive=frozenset({"m-0"}))
    placed = struck(command)
    assert (placed.lines, placed.potential_returns_minor) == (2, 17_00)
    (after,) = BET.decide(BET.evolve(Bet(), placed), ResultLegs(B, "m-0", {"s-0": WON, "s-1": LOST}, NOON))
    assert isinstance(after, BetSettled)
    assert (after.outcome, after.returns_minor) == ("won", 10_50)


def test_the_largest_stake_is_that_of_the_best_case():
    command = strike("single", [0, 0], [parse("2.1"), parse("3.4")], 10_00, exclusive=frozenset({"m-0"}), limit=StakeLimit(10_00))
    given(BET).when(command).refused(StakeOverLimit, stake_minor_max=5_88, potential_returns_minor=17_00)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (strike("multiple", [0, 0], [parse("2.1")] * 2, 10_00), BetTypeUnknown),
        (strike("trixie", [0, 0, 1], [parse("2.1")] * 3, 10_00), BetTypeUnknown),
        (strike("single", [0, 0], [parse("2.1")] * 2, 10_01), StakeUneven),
        (strike("multiple", [0, 0, 1], [parse("2.1")] * 3, 10_00, same_game=(AskedSameGame((0, 1), parse("3")),)), SameGameInSeveralLines),
    ],
)
def test_what_such_a_bet_is_refused_for(command: StrikeBet, refusal: type[Refused]):
    given(BET).when(command).refused(refusal)


def test_a_selection_is_in_a_bet_once_and_other_markets_of_the_match_are_related():
    leg, quote = AskedLeg("m-0", "home", parse("2.1"), 1), Quote("f-0", parse("2.1"), 1, parse("2.1"), 1)
    two = StrikeBet(B, ANN, 10_00, "EUR", "single", (leg, leg), (quote, quote), "exact", NOON)
    given(BET).when(two).refused(SelectionTwice, market_id="m-0", selection="home")
    legs = (leg, AskedLeg("m-0", "draw", parse("2.1"), 1), AskedLeg("m-1", "over", parse("2.1"), 1))
    related = StrikeBet(B, ANN, 10_00, "EUR", "multiple", legs, (quote,) * 3, "exact", NOON)
    given(BET).when(related).refused(RelatedLegs, fixture_id="f-0")
