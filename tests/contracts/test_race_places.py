"""Markets on the places of a race: opened, bet on, reduced by Rule 4, graded, corrected and audited."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.audit import verify
from commands.betting.cash_out import CashOutMarketUnsupported, QuoteCashOut
from commands.betting.place_bet import PlacesNotPaid
from domain.bet.facts import BetSettled
from domain.market.commands import OpenMarket
from domain.market.facts import MarketOpened, MarketResulted, MarketSuspended
from domain.odds import exact, parse
from domain.settling import LOST, VOID, WON, rule4
from domain.settling.grading import SpecifierMalformed
from domain.settling.racing import FinishingOrderMalformed
from tests.audit_story import NOON
from tests.race_story import ANN, OTHERS, Races, order_of


@pytest.fixture
def races() -> Iterator[Races]:
    book = Races()
    yield book
    book.dispatcher.stop()


def result_of(races: Races, market_id: str) -> MarketResulted:
    return next(
        fact.body for fact in reversed(races.store.read(0, 10_000)) if fact.stream_id == market_id and isinstance(fact.body, MarketResulted)
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_bet_on_a_place_wins_what_its_share_of_the_places_is_worth_whatever_the_order(data: st.DataObject):
    book = Races()
    try:
        places, stake_minor = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 90_00))
        market_id = book.offer_places(book.offer(parse("5")), places)
        odds = book.prices[market_id]["mine"]
        bet_id = book.bet("single", [market_id], stake_minor)
        left = list(data.draw(st.permutations(("mine", *OTHERS))))
        order, ahead, share = [], 0, Fraction(0)
        while left:
            tied = tuple(left[: data.draw(st.integers(1, 3))])
            order.append(tied)
            if "mine" in tied:
                share = Fraction(max(0, min(len(tied), places - ahead)), len(tied))
            ahead += len(tied)
            left = left[len(tied) :]
        book.run(market_id, tuple(order))
        exactly = stake_minor * share * Fraction(odds.numerator, odds.denominator)
        assert book.settle(bet_id, [market_id]).returns_minor == floor(exactly + Fraction(1, 2))
        assert verify(book.store).violation is None
    finally:
        book.dispatcher.stop()


def test_win_and_place_are_two_markets_of_one_race_and_each_pays_its_own_odds(races: Races):
    to_win = races.offer(parse("5"))
    to_place = races.offer_places(to_win)
    bets = [races.bet("single", [market_id], 10_00) for market_id in (to_win, to_place)]
    for market_id in (to_win, to_place):
        races.run(market_id, order_of("placed"))
    returns = [races.settle(bet_id, [market_id]).returns_minor for bet_id, market_id in zip(bets, (to_win, to_place), strict=True)]
    price = races.prices[to_place]["mine"]
    assert returns == [0, floor(Fraction(10_00 * price.numerator, price.denominator) + Fraction(1, 2))]
    assert result_of(races, to_place).placed == {}
    races.correct(to_place, order_of("lost"))
    assert races.settle(bets[1], [to_place]).returns_minor == 0
    assert verify(races.store).violation is None


def test_a_runner_withdrawn_from_the_places_costs_what_its_share_of_them_would_have_cost_to_win(races: Races):
    market_id = races.offer_places(races.offer(parse("5")))
    early = races.bet("single", [market_id], 20_00)
    gone, struck = (races.prices[market_id][name] for name in ("other 5", "mine"))
    of_a_win = exact(3 * gone.numerator, gone.denominator)
    races.withdraw(market_id, "other 5")
    pence = rule4.deduction_pence(rule4.TATTERSALLS, [of_a_win])
    assert 0 < pence < rule4.deduction_pence(rule4.TATTERSALLS, [gone])
    withdrawn = next(fact.body for fact in races.store.read(0, 10_000) if isinstance(fact.body, MarketSuspended))
    assert withdrawn.price == of_a_win
    races.run(market_id, order_of("placed"))
    profit = Fraction(struck.numerator - struck.denominator, struck.denominator) * Fraction(100 - pence, 100)
    assert races.settle(early, [market_id]).returns_minor == floor(20_00 * (1 + profit) + Fraction(1, 2))
    assert result_of(races, market_id).results["other 5"] == VOID
    assert verify(races.store).violation is None


@pytest.mark.parametrize("specifiers", [{}, {"places": "0"}, {"places": "7"}, {"places": "3", "place_terms": "1/4"}, {"place": "3"}])
def test_places_that_cannot_be_paid_are_refused(races: Races, specifiers: dict[str, str]):
    to_win = races.offer(parse("5"))
    offered = next(fact.body for fact in races.store.read(0, 10_000) if isinstance(fact.body, MarketOpened))
    what = (races.fixture_of(to_win), "race_place", specifiers, offered.selections, offered.prices, 3_000, NOON)
    with pytest.raises(SpecifierMalformed):
        races.do(OpenMarket("00000000-0000-4000-8000-00000000000f", *what, actor="replay"))


def test_a_place_is_not_bet_on_each_way_nor_cashed_out_and_needs_an_order_down_to_the_last_place(races: Races):
    market_id = races.offer_places(races.offer(parse("5")))
    with pytest.raises(PlacesNotPaid):
        races.bet("single", [market_id], 20_00, "win_to_win")
    bet_id = races.bet("single", [market_id], 20_00)
    with pytest.raises(CashOutMarketUnsupported):
        races.do(QuoteCashOut(bet_id, ANN, 100, NOON))
    with pytest.raises(FinishingOrderMalformed):
        races.run(market_id, (("mine",), ("other 1",)))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (MarketOpened, {"specifiers": {"places": "7"}}),
        (MarketOpened, {"specifiers": {}}),
        (MarketOpened, {"specifiers": {"places": "2"}}),
        (MarketResulted, {"placed": {"mine": WON}}),
        (MarketResulted, {"order": (("other 1",), ("other 2",), ("other 3",))}),
        (MarketResulted, {"results": {"mine": LOST}}),
        (MarketSuspended, {"price": None}),
        (BetSettled, {"returns_minor": 1}),
    ],
)
def test_whatever_is_changed_in_a_market_on_places_is_found(races: Races, kind: type[Any], fields: dict[str, Any]):
    market_id = races.offer_places(races.offer(parse("5")))
    bet_id = races.bet("single", [market_id], 20_00)
    races.withdraw(market_id, "other 5")
    races.run(market_id, order_of("placed"))
    races.settle(bet_id, [market_id])
    story = races.story()
    assert verify(story).violation is None
    of_places = [number for number, fact in enumerate(story.log) if isinstance(fact.body, kind)][-1]
    if "results" in fields:
        fields = {"results": {**story.log[of_places].body.results, **fields["results"]}}  # type: ignore[attr-defined]
    position = story.log[of_places].position
    assert verify(story.change(position, **fields)).violation is not None
