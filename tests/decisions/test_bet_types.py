"""A bet is lines times units: whatever its type, one rounding on the exact sum of its lines, and a type is one entry."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.bet.commands import AskedLeg, ResultLegs, StrikeBet
from domain.bet.decider import BET, BetTypeUnknown, StakeUneven
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, Leg
from domain.bet.lines import BET_TYPES, LEGS_MAX, ROUND_ROBIN, folds_of, line_count, types_in_words
from domain.bet.settlement import odds_of
from domain.bet.stake_limit import StakeLimit, StakeOverLimit
from domain.bet.state import Bet
from domain.odds import Odds, exact, parse
from domain.quote import Quote
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from tests.bet_types import by_hand, half_up, lines_by_hand, more_bet_types  # noqa: F401  (a fixture)
from tests.decisions.given import NOON, given

pytestmark = pytest.mark.usefixtures("more_bet_types")

B, ANN = "bet-1", "ann"
RESULTS = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST, LegResult((1, 1), dead_heat=(2, 1)), LegResult((1, 1), dead_heat=(3, 2))])
ODDS = st.tuples(st.integers(1, 400), st.integers(1, 40)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))
SHAPES = st.sampled_from(
    [
        ("single", 1),
        ("multiple", 2),
        ("multiple", 5),
        ("trixie", 3),
        ("patent", 3),
        ("doubles", 4),
        ("lucky15", 4),
        ("goliath", 8),
        ("roundrobin:2", 6),
        ("roundrobin:2,4", 5),
    ]
)

LIMIT = StakeLimit(100_000_000_000)


def strike(bet_type: str, odds: list[Odds], stake_minor: int) -> StrikeBet:
    asked = tuple(AskedLeg(f"m-{number}", "home", price, 1) for number, price in enumerate(odds))
    offered = tuple(Quote(f"f-{number}", price, 1, price, 1) for number, price in enumerate(odds))
    return StrikeBet(B, ANN, stake_minor, "EUR", bet_type, asked, offered, "exact", NOON, limit=LIMIT)


@whatever(SHAPES, st.data())
def test_any_bet_returns_the_sum_of_its_lines_rounded_once(shape: tuple[str, int], data: st.DataObject):
    bet_type, count = shape
    odds = data.draw(st.lists(ODDS, min_size=count, max_size=count))
    results = data.draw(st.lists(RESULTS, min_size=count, max_size=count))
    stake_minor = data.draw(st.integers(1, 1_000)) * len(lines_by_hand(bet_type, count))
    ask, potential_minor = strike(bet_type, odds, stake_minor), by_hand(bet_type, stake_minor, [(price, WON) for price in odds])
    if potential_minor > LIMIT.payout_minor_max:
        given(BET).when(ask).refused(StakeOverLimit, potential_returns_minor=potential_minor)
        return
    (placed,) = BET.decide(Bet(), ask)
    assert isinstance(placed, BetPlaced)
    assert placed.lines == len(lines_by_hand(bet_type, count))
    assert placed.potential_returns_minor == potential_minor
    whole = odds_of(placed)
    assert half_up(stake_minor * Fraction(whole.numerator, whole.denominator)) == placed.potential_returns_minor
    bet = BET.evolve(Bet(), placed)
    for number in data.draw(st.permutations(range(count))):
        for fact in BET.decide(bet, ResultLegs(B, f"m-{number}", {"home": results[number]}, NOON)):
            bet = BET.evolve(bet, fact)
    assert bet.results == tuple(results)
    assert bet.returns_minor == by_hand(bet_type, stake_minor, list(zip(odds, results, strict=True)))
    assert bet.returns_minor <= placed.potential_returns_minor
    if results == [VOID] * count:
        assert (bet.status, bet.returns_minor) == ("void", stake_minor)


def test_a_trixie_is_three_doubles_and_a_treble():
    assert (folds_of("trixie", 3), line_count("trixie", 3)) == ((2, 3), 4)
    two, three, five = parse("2"), parse("3"), parse("5")
    placed = BET.decide(Bet(), strike("trixie", [two, three, five], 4_00))[0]
    assert (placed.lines, placed.potential_returns_minor) == (4, 6_00 + 10_00 + 15_00 + 30_00)
    assert odds_of(placed) == parse("15.25")


def test_a_line_with_a_lost_leg_is_lost_and_the_others_pay():
    bet = BET.evolve(Bet(), BET.decide(Bet(), strike("trixie", [parse("2"), parse("3"), parse("5")], 4_00))[0])
    for number, result in enumerate((WON, LOST, WON)):
        (fact,) = BET.decide(bet, ResultLegs(B, f"m-{number}", {"home": result}, NOON))
        bet = BET.evolve(bet, fact)
    assert (bet.status, bet.returns_minor) == ("won", 10_00)


def test_fractions_of_a_cent_of_several_lines_add_up_before_they_are_rounded():
    thirds = [parse("1/3")] * 3
    lines = 3 * Fraction(16, 9) + Fraction(64, 27)
    assert BET.decide(Bet(), strike("trixie", thirds, 4 * 7))[0].potential_returns_minor == half_up(7 * lines)
    assert half_up(7 * lines) > 3 * half_up(7 * Fraction(16, 9)) + half_up(7 * Fraction(64, 27))


@pytest.mark.parametrize(
    ("bet_type", "legs"), [("trixie", 2), ("trixie", 4), ("single", 3), ("goliath", 3), ("roundrobin:2,4", 3), ("roundrobin:2", 2)]
)
def test_a_type_has_its_number_of_legs(bet_type: str, legs: int):
    given(BET).when(strike(bet_type, [parse("2")] * legs, 4_00)).refused(BetTypeUnknown, type=bet_type, legs=legs)


def test_a_stake_is_spread_evenly_over_the_lines():
    given(BET).when(strike("trixie", [parse("2")] * 3, 4_01)).refused(StakeUneven, stake_minor=4_01, lines=4)


def test_types_are_told_with_their_legs():
    assert "single (1 leg), multiple (2 to 25 legs), trixie (3 legs), patent (3 legs)" in types_in_words()
    assert {"single", "multiple"} <= BET_TYPES.keys()


def test_the_lines_of_the_longest_multiple_are_one():
    assert (folds_of("multiple", LEGS_MAX), line_count("multiple", LEGS_MAX)) == ((LEGS_MAX,), 1)


def test_every_listed_type_has_lines_for_every_number_of_legs_that_it_takes_and_none_for_others():
    for name, known in BET_TYPES.items():
        assert [legs for legs in range(LEGS_MAX + 2) if line_count(name, legs)] == [*range(known.legs_min, known.legs_max + 1)], name
    lines = {"patent": 7, "yankee": 11, "lucky15": 15, "canadian": 26, "lucky31": 31, "heinz": 57, "lucky63": 63, "superheinz": 120}
    for name, count in {**lines, "lucky127": 127, "goliath": 247, "lucky255": 255}.items():
        assert line_count(name, BET_TYPES[name].legs_min) == count


def test_a_round_robin_names_its_folds_in_order_and_each_once():
    assert (folds_of("roundrobin:2,3", 5), line_count("roundrobin:2,3", 5)) == ((2, 3), 20)
    assert line_count("roundrobin:10", LEGS_MAX) == 3_268_760
    for wrong in ("", ":", ":1", ":3,2", ":2,2", ":2,6", ":02,3", ":2,", ":2, 3", ":2,26", "-2"):
        assert not line_count(f"{ROUND_ROBIN}{wrong}", 5), wrong
    assert not line_count("roundrobin:2,3", LEGS_MAX + 1)


SAME_MATCH = BetPlaced(
    ANN,
    10_00,
    "EUR",
    "multiple",
    (Leg("m-1", "home", parse("2"), 1), Leg("m-2", "over", parse("3"), 1), Leg("m-1", "draw", parse("4"), 1)),
    "exact",
    240_00,
    NOON,
)
"""A bet as no rule allows it yet: two legs on one market. The shape of a bet does not forbid it."""


@pytest.mark.parametrize("first", ["m-1", "m-2"])
def test_several_legs_on_one_market_come_out_together_each_by_its_selection(first: str):
    results = {"m-1": {"home": WON, "draw": HALF_LOST}, "m-2": {"over": WON}}
    bet, facts = BET.evolve(Bet(), SAME_MATCH), list[Any]()
    for market_id in (first, "m-2" if first == "m-1" else "m-1"):
        for fact in BET.decide(bet, ResultLegs(B, market_id, results[market_id], NOON)):
            bet = BET.evolve(bet, fact)
            facts.append(fact)
    told = [
        BetLegResulted(ANN, "m-1", WON, (WON, None, None), NOON, 0),
        BetLegResulted(ANN, "m-1", HALF_LOST, (WON, None, HALF_LOST), NOON, 2),
    ]
    if first == "m-2":
        told = [BetLegResulted(ANN, "m-2", WON, (None, WON, None), NOON, 1)]
    assert facts == [*told, BetSettled(ANN, "won", 10_00, 30_00, (WON, WON, HALF_LOST), 1, NOON)]
