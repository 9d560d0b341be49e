"""Prices of The Odds API become markets that take bets: late and repeated answers change nothing, what is no book is held and named."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.odds_feed.consensus import Pricing, consensus_of
from commands.trading.odds_feed.messages import MARKETS_TAKEN, MarketKey
from commands.trading.odds_feed.taker import FeedOptions, OddsFeed
from domain.fixture.facts import FixtureEnded, FixtureRescheduled, FixtureScheduled, KickedOff
from domain.ids import derived, producer_of
from domain.market.commands import SuspendMarket
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.pricing.overround import METHODS
from domain.producer.facts import HeartBeat, SessionBegun
from domain.settling import WON
from domain.settling.rules import canonical_specifiers
from infra.eventstore.memory import MemoryEventStore
from infra.operator_errors import Failure
from infra.sports_data.odds_api import PRODUCER, read_odds_api

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KICK_OFF = NOON + timedelta(hours=3)
SHARED = Path(__file__).parents[2].parent / "shared/data/feeds/odds_api"
RESULT = MarketKey("match_result")


def total(line):
    return MarketKey("total_goals", (("total", line),))


def market(key, outcomes, updated_at=NOON):
    return {"key": key, "last_update": updated_at.isoformat(), "outcomes": outcomes}


def h2h(home=2.4, draw=3.4, away=3.1, updated_at=NOON):
    prices = {"Ajax": home, "Draw": draw, "Feyenoord": away}
    return market("h2h", [{"name": name, "price": price} for name, price in prices.items() if price is not None], updated_at)


def totals(over=1.9, under=1.95, point=2.5, updated_at=NOON):
    return market(
        "totals", [{"name": "Over", "price": over, "point": point}, {"name": "Under", "price": under, "point": point}], updated_at
    )


def event(*bookmakers, key="match-1", **changes):
    base = {
        "id": key,
        "sport_key": "soccer_netherlands_eredivisie",
        "sport_title": "Dutch Eredivisie",
        "commence_time": KICK_OFF.isoformat().replace("+00:00", "Z"),
        "home_team": "Ajax",
        "away_team": "Feyenoord",
    }
    books = [{"key": f"book{number}", "title": "A book", "markets": list(markets)} for number, markets in enumerate(bookmakers)]
    return base | ({"bookmakers": books} if bookmakers else {}) | changes


def over(home=2, away=1, **changes):
    scores = [{"name": "Ajax", "score": str(home)}, {"name": "Feyenoord", "score": str(away)}]
    return event(completed=True, scores=scores, **changes)


class World:
    """A bookmaker in memory that takes files of The Odds API, with a clock that the test moves."""

    def __init__(self, folder):
        self.path = folder / "odds.json"
        self.store = MemoryEventStore()
        self.caller = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.seconds = 0.0
        self.feed = self.another_run()

    def another_run(self, **options):
        self.feed = OddsFeed(
            PRODUCER,
            self.caller,
            self.store,
            FeedOptions(**options),
            now=lambda: NOON + timedelta(seconds=self.seconds),
            monotonic_s=lambda: self.seconds,
            sleep=lambda _: None,
            stopping=lambda: False,
        )
        return self.feed

    def take(self, *events):
        self.path.write_text(json.dumps(events), encoding="utf-8")
        matches, held = read_odds_api(self.path)
        taken = self.feed.take(matches)
        return [str(one) for one in (*held, *taken.held)], taken

    def facts(self):
        return [one for one in self.store.read(0, 100_000) if not isinstance(one.body, SessionBegun | HeartBeat)]

    def of(self, market=None, key="match-1"):
        fixture_id = derived("fixture", PRODUCER, key)
        stream_id = fixture_id
        if market is not None:
            stream_id = derived("market", fixture_id, market.type, *(f"{name}={value}" for name, value in market.specifiers))
        return [one.body for one in self.facts() if one.stream_id == stream_id]

    def kinds(self, market=None):
        return [type(fact) for fact in self.of(market)]


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.caller.stop()


def test_what_bookmakers_agree_on_is_offered_with_the_books_own_margin(world):
    held, _ = world.take(event([h2h(2.4, 3.4, 3.1), totals()], [h2h(2.5, 3.3, 3.0)]))
    assert held == []
    (scheduled,) = world.of()
    assert isinstance(scheduled, FixtureScheduled)
    assert (scheduled.sport, scheduled.competition, scheduled.kick_off) == ("football", "Dutch Eredivisie", KICK_OFF)
    (opened,) = world.of(RESULT)
    assert [one.name for one in opened.selections] == ["Ajax", "Draw", "Feyenoord"]
    assert opened.producer == producer_of(PRODUCER)
    assert 1.03 < sum(odds.denominator / odds.numerator for odds in opened.prices.values()) < 1.08
    assert 2.2 < opened.prices["home"].numerator / opened.prices["home"].denominator < 2.5
    (opened,) = world.of(total("2.5"))
    assert [one.name for one in opened.selections] == ["Over 2.5", "Under 2.5"]


def test_an_answer_that_was_taken_already_changes_nothing(world):
    world.take(event([h2h(), totals()]))
    before = world.facts()
    world.take(event([h2h(), totals()]))
    world.another_run()
    world.take(event([h2h(), totals()]))
    assert world.facts() == before


def test_an_older_answer_that_comes_later_changes_nothing_and_is_counted(world):
    world.seconds = 120
    world.take(event([h2h(2.0, 3.5, 4.2, NOON + timedelta(seconds=100))]))
    before = world.facts()
    _, taken = world.take(event([h2h(2.6, 3.4, 2.9, NOON + timedelta(seconds=50))]))
    assert taken.late == 1
    assert world.facts() == before


def test_newer_prices_replace_those_that_stand(world):
    world.take(event([h2h()]))
    world.take(event([h2h(2.0, 3.5, 4.2, NOON + timedelta(seconds=5))]))
    opened, priced = world.of(RESULT)
    assert (type(opened), type(priced)) == (MarketOpened, MarketPriced)
    assert priced.prices["home"] < opened.prices["home"]


@pytest.mark.parametrize(
    ("markets", "reason"),
    [
        ([h2h(3.2, 3.4, 3.1)], "adds up to 92.9 %, which is no book"),
        ([h2h(1.5, 1.5, 1.5)], "adds up to 200.0 %, which is no book"),
        ([h2h(2.4, None, 3.1)], "has no price for draw"),
        ([h2h(updated_at=NOON - timedelta(hours=1))], "more than 15 minutes ago"),
        ([h2h(updated_at=NOON + timedelta(hours=1))], "which is yet to come"),
        ([h2h(home=-110)], "which are no decimal odds"),
        ([h2h(home="2.4")], "has a price '2.4'"),
        ([h2h(home=1.0)], "which are no decimal odds"),
        ([totals(point=2.4)], "has a line '2.4'"),
        ([totals(point=99.5)], "is a line that the book does not offer"),
        ([totals(point=None)], "has a point 'None'"),
        ([totals(), totals()], "is quoted a second time"),
        ([market("outrights", [])], "is a market that the book does not offer"),
        ([market("h2h", [{"name": "Utrecht", "price": 2.0}])], "has an outcome 'Utrecht'"),
    ],
)
def test_what_is_no_price_of_a_book_is_held_and_named(world, markets, reason):
    held, _ = world.take(event(markets))
    assert len(held) == 1
    assert held[0].startswith("match match-1: ")
    assert reason in held[0]
    offered = [fact for fact in (one.body for one in world.facts()) if isinstance(fact, MarketOpened)]
    assert len(offered) == (reason == "is quoted a second time")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (event([h2h()], home_team="Feyenoord"), "match match-1: has one team twice"),
        (event([h2h()], sport_key="basketball_nba"), "match match-1: is of basketball_nba, which the book does not grade"),
        (event([h2h()], commence_time="tomorrow"), "match match-1: has no commence_time"),
        (event([h2h()], commence_time="2026-01-01T15:00:00"), "match match-1: has a commence_time without an offset"),
        (event([h2h()], home_team=""), "match match-1: has no home_team"),
        (event([h2h()], bookmakers={}), "match match-1: has no list of bookmakers"),
        (event([h2h()], id=7), "number 1 of odds.json: has no id"),
        (over(home="x"), "match match-1: is over without a score of both teams"),
        (over(home=201), "match match-1: is over without a score of both teams"),
    ],
)
def test_an_event_that_is_none_is_held_by_its_id_and_the_others_stand(world, wrong, reason):
    held, taken = world.take(wrong, event([h2h()], key="match-2"))
    assert [one for one in held if reason in one], held
    assert taken.matches == 1
    assert world.of(RESULT) == []
    assert [type(fact) for fact in world.of(RESULT, "match-2")] == [MarketOpened]


@pytest.mark.parametrize("text", ["", "{", "{}", "[NaN]", "null", "[" * 100_000, "\xff"], ids=range(7))
def test_a_file_that_holds_no_events_is_refused_by_its_name(tmp_path, text):
    path = tmp_path / "odds.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Failure, match=r"odds\.json: is no list of events"):
        read_odds_api(path)


def test_a_market_whose_prices_are_all_held_is_suspended_until_they_are_a_book_again(world):
    world.take(event([h2h()]))
    world.take(event([h2h(3.2, 3.4, 3.1)]))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]
    world.another_run()
    world.take(event([h2h(2.2, 3.4, 3.5)]))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended, MarketResumed]


def test_a_market_that_a_trader_suspended_stays_so_whatever_the_feed_says(world):
    world.take(event([h2h()]))
    (market_id,) = [one.stream_id for one in world.facts() if isinstance(one.body, MarketOpened)]
    (answer,) = world.caller.try_many([SuspendMarket(market_id, "a doubt", NOON, "console")])
    assert answer.receipt.status == "suspended"
    world.take(event([h2h(2.2, 3.4, 3.5)]))
    world.take(event([h2h(3.2, 3.4, 3.1)]))
    world.take(event([h2h(2.2, 3.4, 3.5)]))
    world.another_run()
    world.take(event([h2h(2.2, 3.4, 3.6)]))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]


def test_betting_ends_at_kick_off_and_the_result_grades_every_market(world):
    world.take(event([h2h(), totals(), totals(2.9, 1.45, 3.5)]))
    world.seconds = (KICK_OFF - NOON).total_seconds()
    world.feed.keep_alive()
    assert world.kinds(RESULT) == [MarketOpened, MarketClosed]
    assert world.kinds() == [FixtureScheduled, KickedOff]
    world.another_run()
    world.take(over(2, 1))
    ended = world.of()[-1]
    assert isinstance(ended, FixtureEnded)
    assert (ended.regular_home, ended.regular_away) == (2, 1)
    results = {key: world.of(key)[-1].results for key in (RESULT, total("2.5"), total("3.5"))}
    assert results[RESULT]["home"] == results[total("2.5")]["over"] == results[total("3.5")]["under"] == WON
    before = world.facts()
    world.take(over(2, 1))
    world.take(event([h2h()]))
    assert world.facts() == before
    assert sum(isinstance(one.body, MarketResulted) for one in before) == 3


def test_a_match_whose_result_comes_before_its_kick_off_is_played_and_graded(world):
    world.take(event([h2h()]))
    world.take(over(0, 0))
    assert world.kinds() == [FixtureScheduled, KickedOff, FixtureEnded]
    assert world.of(RESULT)[-1].results["draw"] == WON


def test_a_result_that_may_hold_extra_time_is_left_to_a_trader(world):
    cup = {"sport_key": "soccer_uefa_champs_league"}
    world.take(event([h2h()], **cup))
    world.seconds = (KICK_OFF - NOON).total_seconds()
    held, _ = world.take(over(2, 1, **cup))
    assert "may hold extra time" in held[0]
    assert world.kinds() == [FixtureScheduled, KickedOff]


def test_a_kick_off_that_the_feed_moves_is_moved(world):
    world.take(event([h2h()]))
    world.take(event([h2h()], commence_time=(KICK_OFF + timedelta(hours=2)).isoformat()))
    assert world.kinds() == [FixtureScheduled, FixtureRescheduled]


def test_a_match_that_has_begun_when_the_feed_first_tells_of_it_is_not_offered(world):
    world.take(event([h2h()], commence_time=NOON.isoformat()))
    assert world.facts() == []


def test_without_new_answers_the_heartbeats_end_and_with_the_next_one_a_session_begins(world):
    world.take(event([h2h()]))
    for _ in range(100):
        world.seconds += 2
        world.feed.keep_alive()
    beats = [one.body for one in world.store.read(0, 100_000) if isinstance(one.body, SessionBegun | HeartBeat)]
    assert max(beat.at for beat in beats) < NOON + timedelta(seconds=120)
    world.take(event([h2h(updated_at=NOON + timedelta(seconds=190))]))
    assert max(one.body.at for one in world.store.read(0, 100_000) if isinstance(one.body, SessionBegun | HeartBeat)) >= NOON + timedelta(
        seconds=200
    )


def test_handicaps_are_said_from_the_home_side_and_american_odds_are_read(tmp_path):
    path = tmp_path / "odds.json"
    sides = [{"name": "Ajax", "price": -110, "point": -0.75}, {"name": "Feyenoord", "price": -110, "point": 0.75}]
    path.write_text(json.dumps([event([market("spreads", sides)])]), encoding="utf-8")
    ((match,), held) = read_odds_api(path, "american")
    assert held == []
    (quote,) = match.quotes
    assert quote.market == MarketKey("asian_handicap", (("hcp", "-0.75"),))
    assert {selection: odds.american_text for selection, odds in quote.prices.items()} == {"home": "-110", "away": "-110"}


@pytest.mark.parametrize("method", METHODS)
@given(home=st.floats(1.2, 8.0), draw=st.floats(2.5, 8.0), overround=st.floats(1.01, 1.12))
def test_whatever_the_method_a_book_is_offered_above_a_hundred_percent(tmp_path_factory, method, home, draw, overround):
    away_chance = 1.05 - 1 / home - 1 / draw
    if not 0.05 < away_chance < 0.9:
        return
    path = tmp_path_factory.getbasetemp() / "offered.json"
    path.write_text(json.dumps([event([h2h(round(home, 2), round(draw, 2), round(1 / away_chance, 2))])]), encoding="utf-8")
    matches, _ = read_odds_api(path)
    books, held = consensus_of(matches, Pricing(method, overround), NOON)
    prices = books[0][RESULT].prices if books[0] else {}
    assert bool(prices) != bool(held)
    if prices:
        assert sum(odds.denominator / odds.numerator for odds in prices.values()) > 1.0


def test_every_market_that_is_taken_is_one_that_is_graded():
    for key in MARKETS_TAKEN:
        assert canonical_specifiers(key.type, dict(key.specifiers)) == dict(key.specifiers)


@pytest.mark.parametrize("name", ["v4_soccer_epl_h2h_20240819", "v4_nfl_spreads_h2h_american_handmade"])
def test_real_answers_are_read(name):
    path = SHARED / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the answer {name}.json, which the project may not carry, is absent")
    matches, held = read_odds_api(path, "american" if "american" in name else "decimal")
    if "soccer" in name:
        assert matches
        assert held == []
        assert all({quote.market for quote in match.quotes} == {RESULT} for match in matches)
        assert all(set(quote.prices) == {"home", "draw", "away"} for match in matches for quote in match.quotes)
    else:
        assert [str(one) for one in held] == ["match evt-1: is of americanfootball_nfl, which the book does not grade"]
