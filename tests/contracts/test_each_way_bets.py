"""Each-way bets on races, from the press to the last cent: what is placed and settled returns what the calculator and every line says."""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from math import floor, prod
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.audit import verify
from commands.betting.place_bet import PlacesNotPaid
from domain.bet.decider import EachWayUnknown, StakeUneven
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled
from domain.bet.lines import folds_of
from domain.market.commands import ResultMarket
from domain.market.facts import MarketResulted, MarketSuspended
from domain.market.outcomes import ResultNotDecided, TooManyRunners
from domain.market.state import SelectionUnknown
from domain.odds import Odds, parse
from domain.refused import Refused
from domain.settling import LOST, WON, rule4
from domain.settling.each_way import EACH_WAY_RULES, EQUALLY_DIVIDED, WIN_TO_WIN
from domain.settling.folds import lines_in
from domain.settling.racing import FinishingOrderMalformed
from tests.audit_story import NOON
from tests.race_story import DEPOSIT_MINOR, OTHERS, Races, order_of

CASES = json.loads((Path(__file__).parents[1] / "data/settlement_cases.json").read_text())["multiples_returns"]
TYPES = {"single": "single", "patent": "patent"}


@pytest.fixture
def races() -> Iterator[Races]:
    book = Races()
    yield book
    book.dispatcher.stop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_published_case_that_is_placed_and_settled_returns_what_it_says(races: Races, case: dict[str, Any]):
    legs = case["legs"]
    markets = [races.offer(parse(leg["odds"]), leg["place_terms"]) for leg in legs]
    bet_type = TYPES.get(case["bet_type"], "multiple")
    stake_minor = int(Fraction(case["expected"]["total_stake"]) * 100)
    bet_id = races.bet(bet_type, markets, stake_minor, WIN_TO_WIN if case["each_way"] else "")
    for market_id, leg in zip(markets, legs, strict=True):
        if leg["result"] == "void":
            races.withdraw(market_id, "mine")
        races.run(market_id, order_of(leg["result"]))
    returns_minor = int(Fraction(case["expected"]["returns"]) * 100)
    assert races.settle(bet_id, markets).returns_minor == returns_minor
    assert races.available_minor() == DEPOSIT_MINOR - stake_minor + returns_minor
    assert verify(races.store).violation is None


prices = st.tuples(st.integers(11, 120), st.just(10)).map(lambda ratio: Odds(100 * ratio[0], 1000))
terms = st.sampled_from(["1/4", "1/5", "1/2", "1/1"])
RUNNERS = ("mine", *OTHERS)
shapes = st.sampled_from([("single", 1), ("multiple", 2), ("trixie", 3), ("lucky15", 4), ("roundrobin:2", 3), ("roundrobin:1,3", 3)])


@st.composite
def orders(draw: st.DrawFn, runners: tuple[str, ...] = RUNNERS) -> tuple[tuple[str, ...], ...]:
    """Any order in which runners finish, with ties."""
    left = list(draw(st.permutations(runners)))
    order = []
    while left:
        size = draw(st.sampled_from([1, 1, 1, 2, 3]))
        order.append(tuple(left[:size]))
        left = left[size:]
    return tuple(order)


def by_hand(order: tuple[tuple[str, ...], ...], places: int) -> tuple[Fraction, Fraction]:
    """Which share of a win, and of a place, "mine" has: counted a second time, place by place."""
    ahead = 0
    for tied in order:
        if "mine" in tied:
            shares = [max(0, min(len(tied), paid - ahead)) for paid in (1, places)]
            return Fraction(shares[0], len(tied)), Fraction(shares[1], len(tied))
        ahead += len(tied)
    raise AssertionError("mine always finishes")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_each_way_bet_returns_all_of_its_lines_and_is_the_same_after_a_correction_and_back(data: st.DataObject):
    book = Races()
    try:
        bet_type, count = data.draw(shapes)
        rule, unit_minor = data.draw(st.sampled_from(EACH_WAY_RULES)), data.draw(st.integers(1, 900))
        odds, parts = (data.draw(st.lists(each, min_size=count, max_size=count)) for each in (prices, terms))
        markets = [book.offer(price, part) for price, part in zip(odds, parts, strict=True)]
        sizes = folds_of(bet_type, count)
        stake_minor = 2 * unit_minor * lines_in(count, sizes)
        bet_id = book.bet(bet_type, markets, stake_minor, rule)
        deductions, came_out, gone_first = [], [], []
        for market_id in markets:
            gone = data.draw(st.sampled_from(["", "", "other 5", "mine"]))
            pence = 0
            if gone:
                pence = rule4.deduction_pence(rule4.TATTERSALLS, [book.prices[market_id][gone]]) if gone != "mine" else 0
                book.withdraw(market_id, gone)
            order = data.draw(orders(tuple(name for name in RUNNERS if name != gone)))
            book.run(market_id, order)
            came_out.append((Fraction(1), Fraction(1)) if gone == "mine" else None)
            came_out[-1] = came_out[-1] or by_hand(order, 3)
            deductions.append(pence)
            gone_first.append((gone, order))
        made = []
        for price, part, pence, (won, placed), (gone, _) in zip(odds, parts, deductions, came_out, gone_first, strict=True):
            profit = Fraction(price.numerator - price.denominator, price.denominator) * Fraction(100 - pence, 100)
            made.append((Fraction(1),) * 2 if gone == "mine" else (won * (1 + profit), placed * (1 + profit * Fraction(part))))
        exactly = Fraction(0)
        for size in sizes:
            for line in combinations(made, size):
                if rule == WIN_TO_WIN:
                    exactly += prod(leg[0] for leg in line) + prod(leg[1] for leg in line)
                else:
                    exactly += 2 * prod((leg[0] + leg[1]) / 2 for leg in line)
        returns_minor = floor(unit_minor * exactly + Fraction(1, 2))
        assert book.settle(bet_id, markets).returns_minor == returns_minor
        before = book.available_minor()
        assert before == DEPOSIT_MINOR - stake_minor + returns_minor
        gone, order = gone_first[0]
        other = data.draw(orders(tuple(name for name in RUNNERS if name != gone)))
        for told in (other, order):
            book.correct(markets[0], told)
            book.settle(bet_id, markets)
        assert book.available_minor() == before
        assert verify(book.store).violation is None
    finally:
        book.dispatcher.stop()


def test_a_bet_struck_after_a_runner_was_withdrawn_is_not_reduced(races: Races):
    market_id = races.offer(parse("5"))
    early = races.bet("single", [market_id], 20_00, WIN_TO_WIN)
    pence = rule4.deduction_pence(rule4.TATTERSALLS, [races.prices[market_id]["other 5"]])
    races.withdraw(market_id, "other 5")
    late = races.bet("single", [market_id], 20_00)
    price = races.prices[market_id]["mine"]
    races.run(market_id, order_of("won"))
    reduced = 4 * Fraction(100 - pence, 100)
    assert pence
    assert races.settle(early, [market_id]).returns_minor == 10_00 * (1 + reduced) + 10_00 * (1 + reduced / 4)
    assert races.settle(late, [market_id]).returns_minor == floor(20_00 * Fraction(price.numerator, price.denominator) + Fraction(1, 2))
    assert verify(races.store).violation is None


def test_a_void_race_returns_the_stake_and_a_correction_of_the_places_alone_settles_anew(races: Races):
    market_id = races.offer(parse("5"))
    bet_id = races.bet("single", [market_id], 20_00, EQUALLY_DIVIDED)
    races.run(market_id, order_of("placed"))
    assert races.settle(bet_id, [market_id]).returns_minor == 10_00 * (1 + 1)
    races.correct(market_id, order_of("lost"))
    assert races.settle(bet_id, [market_id]).returns_minor == 0
    races.correct(market_id, (), "false start")
    assert races.settle(bet_id, [market_id]).status == "void"
    assert races.available_minor() == DEPOSIT_MINOR
    assert verify(races.store).violation is None


def test_what_no_race_can_take_is_refused_by_name(races: Races):
    market_id, win_only = races.offer(parse("5")), races.offer(parse("5"), "")
    asks: list[tuple[type[Refused], Callable[[], Any]]] = [
        (PlacesNotPaid, lambda: races.bet("single", [win_only], 20_00, WIN_TO_WIN)),
        (EachWayUnknown, lambda: races.bet("single", [market_id], 20_00, "both")),
        (StakeUneven, lambda: races.bet("single", [market_id], 20_01, WIN_TO_WIN)),
        (SelectionUnknown, lambda: races.withdraw(market_id, "nobody")),
        (ResultNotDecided, lambda: races.do(ResultMarket(market_id, NOON, actor="replay", order=order_of("won")))),
    ]
    for refused, ask in asks:
        with pytest.raises(refused):
            ask()
    with pytest.raises(TooManyRunners):
        races.offer(parse("5"), others=tuple(f"other {number}" for number in range(40)))
    races.offer(parse("5"), others=tuple(f"other {number}" for number in range(39)))
    races.withdraw(market_id, "other 5")
    for order in (
        (),
        (("mine",),),
        (("mine",), ("mine",), ("other 1",)),
        (("mine",), ("other 5",), ("other 1",)),
        (("x",), ("y",), ("z",)),
    ):
        with pytest.raises(FinishingOrderMalformed):
            races.run(market_id, order)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (BetPlaced, {"each_way": ""}),
        (BetPlaced, {"each_way": EQUALLY_DIVIDED}),
        (BetPlaced, {"each_way": "both"}),
        (BetPlaced, {"lines": 1}),
        (BetSettled, {"placed": ()}),
        (BetSettled, {"placed": (LOST, WON)}),
        (BetSettled, {"deductions": ()}),
        (BetSettled, {"deductions": (5, 0)}),
        (BetLegResulted, {"placed": ()}),
        (BetLegResulted, {"deductions": ()}),
        (MarketResulted, {"order": ()}),
        (MarketResulted, {"order": (("mine",), ("other 0",), ("other 1",))}),
        (MarketResulted, {"placed": {}}),
        (MarketResulted, {"non_runners": {}}),
        (MarketSuspended, {"non_runner": ""}),
        (MarketSuspended, {"non_runner": "other 4"}),
        (MarketSuspended, {"price": None}),
    ],
)
def test_whatever_is_changed_in_a_race_or_an_each_way_bet_is_found(races: Races, kind: type[Any], fields: dict[str, Any]):
    markets = [races.offer(parse(odds), part) for odds, part in (("5", "1/4"), ("7/2", "1/5"))]
    bet_id = races.bet("multiple", markets, 20_00, WIN_TO_WIN)
    races.withdraw(markets[0], "other 5")
    for market_id, result in zip(markets, ("placed", "won"), strict=True):
        races.run(market_id, order_of(result))
    races.settle(bet_id, markets)
    story = races.story()
    assert verify(story).violation is None
    position = story.place(kind)
    assert verify(story.change(position, **fields)).violation is not None
    leg = {"place_terms": (1, 3)}
    forged = races.story()
    struck = forged.body(forged.place(BetPlaced))
    legs = (msgspec.structs.replace(struck.legs[0], **leg), struck.legs[1])
    assert verify(forged.change(forged.place(BetPlaced), legs=legs)).violation is not None
