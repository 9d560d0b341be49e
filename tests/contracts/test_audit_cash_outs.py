"""The audit follows a bet that was cashed out in part to its settlement, and lets none be cashed out where no bet would be taken."""

from collections.abc import Callable

import pytest

from commands.audit import verify
from domain.bet.facts import BetCashedOut, BetSettled, Leg
from domain.fact import Fact
from domain.fixture.facts import FixtureEnded, KickedOff
from domain.gate.facts import BettingEnded, BettingStopped
from domain.ids import gate_of
from domain.market.facts import MarketBetDelaySet, MarketClosed, MarketPriced, MarketResulted, MarketSuspended
from domain.settling import WON
from tests.audit_story import (
    BEN,
    CLOSED,
    FIRST,
    FIXTURE,
    GRACE_MS,
    HOME_WON,
    MARKET,
    SECOND,
    TESS,
    TOM,
    Story,
    cash_out,
    cashed_out,
    marks,
    priced,
    settle,
    strike,
    struck,
)

STOPS: dict[str, Callable[[Story], tuple[str, Fact]]] = {
    "suspended": lambda story: (MARKET, MarketSuspended("injury", story.time, TESS)),
    "closed": lambda story: (MARKET, MarketClosed(story.time, "replay")),
    "stopped": lambda story: (gate_of("fixture", FIXTURE), BettingStopped("fixture", (FIXTURE,), "fog", TESS, story.time)),
}


def in_part() -> Story:
    """A bet of ten of which four are cashed out, before its match."""
    return cashed_out(struck(), CLOSED, 40)


def settled() -> Story:
    """The same, its rest settled: it won."""
    story = in_part().at(8)
    story.add(FIXTURE, KickedOff(story.time, "replay"))
    story.add(
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "ended", "replay", story.time)),
        (FIXTURE, FixtureEnded(1, 0, 1, 0, story.time, actor="replay")),
    )
    story.add(MARKET, MarketResulted(HOME_WON, 1, 0, story.time, actor="replay"))
    return settle(story, CLOSED, (WON,), 12_00, "won", BEN)


def test_a_part_and_the_settlement_of_the_rest_are_right():
    assert verify(in_part()).violation is None
    assert verify(settled()).violation is None


@pytest.mark.parametrize(
    ("forged", "name"),
    [
        ({"stake_minor": 10_00, "returns_minor": 20_00}, "settlement-of-another"),
        ({"returns_minor": 20_00}, "returns-wrong"),
        ({"cashed_out_minor": 0}, "value-not-allowed"),
        ({"stake_closed_minor": 0}, "value-not-allowed"),
    ],
)
def test_a_settlement_that_pays_for_what_was_cashed_out_is_found(forged: dict[str, int], name: str):
    story = settled()
    place = story.place(BetSettled)
    found = verify(story.change(place, **forged)).violation
    assert found is not None
    assert (found.name, found.position) == (name, place)


def test_a_bet_that_is_cashed_out_after_its_settlement_is_found():
    story = settled()
    found = verify(cash_out(story, CLOSED, 2, 100)).violation
    assert found is not None
    assert found.name == "settled-twice"


@pytest.mark.parametrize("stop", STOPS)
def test_a_bet_that_is_cashed_out_where_betting_has_stopped_is_found(stop: str):
    story = in_part()
    story.add(*STOPS[stop](story))
    version = len(story.load({MARKET: 0})[MARKET])
    found = verify(cash_out(story, CLOSED, version, 50)).violation
    assert found is not None
    assert (found.name, found.position) == ("cash-out-without-price", story.head())


def test_a_bet_that_is_cashed_out_once_the_lease_of_its_prices_is_over_is_found():
    story = in_part().at(14)
    found = verify(cash_out(story, CLOSED, 2, 50)).violation
    assert found is not None
    assert found.name == "producer-silent"


def by_hand(story: Story, *actors: str) -> Story:
    """Traders give the prices that stand, one after the other."""
    for actor in actors:
        story.add(MARKET, MarketPriced(SECOND, story.time, GRACE_MS, marks(story, FIXTURE), actor=actor, cause="trader"))
    return story


@pytest.mark.parametrize(
    ("actors", "name"), [((TESS,), "cash-out-without-price"), ((TESS, TESS), "prices-not-moved"), ((TESS, TOM, TESS), "prices-not-moved")]
)
def test_a_cash_out_at_prices_of_one_trader_alone_is_found(actors: tuple[str, ...], name: str):
    story = by_hand(in_part(), *actors)
    version = len(story.load({MARKET: 0})[MARKET])
    found = verify(cash_out(story, CLOSED, version, 50)).violation
    assert found is not None
    assert found.name == name


def test_a_cash_out_at_prices_that_two_traders_gave_is_right():
    story = by_hand(in_part(), TESS, TOM)
    version = len(story.load({MARKET: 0})[MARKET])
    assert verify(cash_out(story, CLOSED, version, 50)).violation is None


def test_a_cash_out_in_play_where_bets_wait_is_found_and_by_the_rules_before_it_was_right():
    story = in_part()
    story.add(MARKET, MarketBetDelaySet(5, story.time, TESS))
    story.add(FIXTURE, KickedOff(story.time, "replay"))
    version = len(story.load({MARKET: 0})[MARKET])
    story = cash_out(story, CLOSED, version, 50)
    found = verify(story).violation
    assert found is not None
    assert (found.name, found.position) == ("cash-out-without-price", story.head())
    assert verify(story.change(story.head(), rules=1)).violation is None


def test_a_cash_out_that_counts_a_replaced_price_at_what_it_was_is_found():
    story = struck()
    dearer = {**SECOND, "home": FIRST["home"]}
    story.add(MARKET, priced(story, dearer))
    version = len(story.load({MARKET: 0})[MARKET])
    story.add(MARKET, priced(story, SECOND))
    strike(story, CLOSED, Leg(MARKET, "home", FIRST["home"], version), account_id=BEN)
    right = cash_out(story, CLOSED, version + 1, 100)
    assert verify(right).violation is None
    amount_minor = right.log[-1].body.amount_minor * 235 // 200
    place = right.place(BetCashedOut)
    found = verify(right.change(place, amount_minor=amount_minor, cashed_out_minor=amount_minor)).violation
    assert found is not None
    assert (found.name, found.position) == ("cash-out-amount-wrong", place)
