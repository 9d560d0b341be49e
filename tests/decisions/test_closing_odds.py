"""The closing odds of a selection: the last ones before play, as far as a market's facts tell which those are."""

import pytest

from domain.market.decider import MARKET
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResumed, MarketSuspended, Selection
from domain.market.state import closing_odds
from domain.odds import parse
from tests.decisions.given import NOON

SELECTIONS = (Selection("home", "Brazil"), Selection("away", "Norway"))
GRACE_MS, IN_PLAY_GRACE_MS = 3_000, 500
SUSPENDED = MarketSuspended("goal", NOON)


def prices(home):
    return {"home": parse(home), "away": parse("2")}


def opened(home="2", in_play_grace_ms=IN_PLAY_GRACE_MS):
    return MarketOpened("fixture-1", "draw_no_bet", {}, SELECTIONS, prices(home), GRACE_MS, NOON, in_play_grace_ms)


def before(home):
    return MarketPriced(prices(home), NOON, GRACE_MS)


def in_play(home):
    return MarketPriced(prices(home), NOON, IN_PLAY_GRACE_MS)


def resumed(home):
    return MarketResumed(prices(home), NOON)


@pytest.mark.parametrize(
    ("facts", "version", "odds"),
    [
        ((opened("2"),), 1, "2"),
        ((opened("2"), before("2.2"), before("1.9")), 1, "1.9"),
        ((opened("2"), before("2.2"), in_play("5"), in_play("7")), 2, "2.2"),
        ((opened("2"), before("2.2"), in_play("5"), in_play("7")), 3, None),
        ((opened("2"), SUSPENDED, resumed("3"), in_play("5")), 1, "2"),
        ((opened("2"), SUSPENDED, resumed("3"), in_play("5")), 3, None),
        ((opened("2"), SUSPENDED, resumed("3"), before("2.1"), in_play("5")), 3, "2.1"),
        ((opened("2"), before("2.2"), MarketClosed(NOON)), 2, "2.2"),
        ((opened("2", in_play_grace_ms=GRACE_MS), MarketPriced(prices("3"), NOON, GRACE_MS)), 1, None),
    ],
    ids=[
        "those it opened with",
        "the last before play",
        "prices of play change nothing",
        "a bet in play has none",
        "an opening after a suspension may be of play",
        "and so may a bet at it",
        "unless prices before play follow",
        "a market that closes keeps them",
        "a grace that is the same in play tells nothing",
    ],
)
def test_closing_odds_are_the_last_ones_before_play(facts, version, odds):
    market = MARKET.initial
    for fact in facts:
        market = MARKET.evolve(market, fact)
    assert closing_odds(market, "home", version) == (parse(odds) if odds else None)


def test_what_is_withdrawn_at_the_end_closes_at_what_it_would_cost():
    market = MARKET.evolve(MARKET.initial, opened("2"))
    fact = MarketPriced({"away": parse("1.8")}, NOON, GRACE_MS, withdrawn={"home": parse("2.4")})
    assert closing_odds(MARKET.evolve(market, fact), "home", 1) == parse("2.4")
