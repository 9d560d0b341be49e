"""What everybody sees: fixtures with clock and score, markets with live prices."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.fixture.facts import ClockAdvanced, FixtureAbandoned, FixtureRescheduled, ScoreChanged
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, PricesVoided
from domain.ids import gate_of, producer_of
from domain.market.facts import MarketBetDelaySet, MarketClosed, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.producer.facts import HeartBeat, SessionBegun
from domain.settling import LOST, VOID, WON
from projections.betting import board, board_queries
from projections.ports import UnreadableCursor
from tests.views.history import MARKS, NOON, History, named, priced, seen

FIXTURE, MARKET = named("fixture", 1), named("market", 1)


def fixture_of(history, fixture_id=FIXTURE):
    return seen(history, lambda reads: board_queries.fixture(reads, fixture_id, 0))


def market_of(history, now_us=0):
    return seen(history, lambda reads: board_queries.market(reads, MARKET, now_us))


def listed(history, **asked):
    async def all_pages(reads):
        found, cursor = [], None
        while True:
            page = await board_queries.fixtures(reads, cursor=cursor, **asked)
            found += [shown.fixture_id for shown in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found

    return seen(history, all_pages)


def one_match():
    history = History()
    history.fixture(FIXTURE, kick_off=NOON)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "10/11")
    return history


def test_what_nobody_scheduled_or_opened_is_unknown():
    assert fixture_of(History()) is None
    assert market_of(History()) is None


def test_a_scheduled_fixture_is_shown_with_its_markets_and_their_odds_in_three_forms():
    found = fixture_of(one_match())
    assert (found.status, found.kick_off, found.home, found.away) == ("scheduled", NOON, "Norway", "Wales")
    assert (found.clock.minute, found.clock.period) == (None, "not_started")
    (market,) = found.markets
    assert (market.market_id, market.type, market.status, market.version) == (MARKET, "match_result", "open", 1)
    assert [(each.selection, each.odds, each.fractional, each.american) for each in market.selections] == [
        ("home", "2.35", "27/20", "+135"),
        ("draw", "3.40", "12/5", "+240"),
        ("away", "10/11", "10/11", "-110"),
    ]


def test_clock_and_score_follow_the_match_to_the_final_whistle():
    history = one_match()
    history.kick_off(FIXTURE)
    found = fixture_of(history)
    assert (found.status, found.clock.minute, found.clock.period) == ("live", 0, "first_half")
    history.add(FIXTURE, ClockAdvanced(31, "first_half", history.at()), ScoreChanged(1, 0, 33, "first_half", history.at()))
    found = fixture_of(history)
    assert (found.clock.minute, found.score.home, found.score.away) == (33, 1, 0)
    history.end(FIXTURE, 2, 1)
    found = fixture_of(history)
    assert (found.status, found.clock.minute, found.score.home, found.score.away) == ("ended", None, 2, 1)


def test_the_version_shown_is_the_one_of_the_last_fact_of_the_market():
    history = one_match()
    history.add(MARKET, MarketPriced(priced("2.5", "3.2"), history.at(), marks=MARKS))
    found = market_of(history)
    assert (found.status, found.version) == ("open", 2)
    assert [each.odds for each in found.selections] == ["2.50", "3.20", None]
    history.add(MARKET, MarketSuspended("goal", history.at()))
    assert (market_of(history).status, market_of(history).version) == ("suspended", 3)
    history.add(MARKET, MarketResumed(priced("1.5", "4", "9"), history.at(), marks=MARKS))
    assert [each.odds for each in market_of(history).selections] == ["1.50", "4.00", "9.00"]
    history.add(MARKET, MarketClosed(history.at()))
    assert (market_of(history).status, market_of(history).version) == ("closed", 5)


def test_a_market_says_how_long_a_bet_in_play_waits_and_stands_at_its_prices_version():
    history = one_match()
    assert market_of(history).bet_delay_s == 0
    history.add(MARKET, MarketBetDelaySet(5, history.at()))
    assert (market_of(history).bet_delay_s, market_of(history).version) == (5, 1)
    history.add(MARKET, MarketBetDelaySet(0, history.at()))
    assert market_of(history).bet_delay_s == 0


def test_a_resulted_market_says_how_each_selection_came_out():
    history = one_match()
    history.add(MARKET, MarketResulted({"home": WON, "draw": LOST, "away": VOID}, 2, 1, history.at()))
    found = market_of(history)
    assert found.status == "resulted"
    assert [each.result for each in found.selections] == ["won", "lost", "void"]


def stands(history, now_us=0):
    """Status and reason, as the market alone and as its fixture shows it."""
    market, (within,) = market_of(history, now_us), seen(history, lambda reads: board_queries.fixture(reads, FIXTURE, now_us)).markets
    assert within == market
    return market.status, market.reason


SCOPES = [("fixture", (FIXTURE,)), ("competition", ("football", "World Cup")), ("sport", ("football",))]


@pytest.mark.parametrize("scope", SCOPES, ids=[scope for scope, _ in SCOPES])
def test_a_gate_shows_on_every_market_below_it_at_once_by_one_fact(scope):
    history, other = one_match(), named("market", 2)
    history.market(other, FIXTURE, "2.35", "3.4", "10/11")
    gate_id = gate_of(scope[0], *scope[1])
    history.add(gate_id, BettingStopped(*scope, "floodlights", "tom", history.at()))
    markets = fixture_of(history).markets
    assert [(market.status, market.reason) for market in markets] == [("suspended", "floodlights")] * 2
    assert market_of(history).status == "suspended"
    history.add(gate_id, BettingReopened(*scope, "tom", history.at()))
    assert stands_alone(history) == ("suspended", "awaiting fresh prices")
    marks = tuple(2 if one == scope else 0 for one in SCOPES)
    history.add(MARKET, MarketPriced(priced("2.5", "3.2", "4"), history.at(), marks=marks))
    assert stands_alone(history) == ("open", None)
    assert [market.status for market in fixture_of(history).markets] == ["open", "suspended"]


def stands_alone(history):
    market = market_of(history)
    return market.status, market.reason


def test_a_goal_voids_the_prices_of_the_fixture_and_leaves_a_stopped_gate_stopped():
    history, scope = one_match(), ("fixture", (FIXTURE,))
    history.add(gate_of("fixture", FIXTURE), PricesVoided(*scope, "goal", "feed", history.at()))
    assert stands(history) == ("suspended", "awaiting fresh prices")
    history.add(
        gate_of("fixture", FIXTURE), BettingStopped(*scope, "crowd", "tom", history.at()), PricesVoided(*scope, "goal", "feed", NOON)
    )
    assert stands(history) == ("suspended", "crowd")


def test_the_end_of_a_fixture_shows_on_all_its_markets_though_nobody_closed_them():
    history = one_match()
    history.add(gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "abandoned", "tom", history.at()))
    assert stands(history) == ("closed", "abandoned")


def test_a_suspended_market_says_why():
    history = one_match()
    history.add(MARKET, MarketSuspended("goal", history.at()))
    assert stands(history) == ("suspended", "goal")


def test_a_silent_producer_shows_on_its_markets_though_nobody_noticed_and_so_does_its_next_session():
    history, feed = one_match(), producer_of("feed")
    history.add(feed, SessionBegun("feed", 1, 10_000, history.at()))
    history.add(MARKET, MarketPriced(priced("2.5", "3.2", "4"), history.at(), None, MARKS, feed, 1))
    lived_us = history.log.load({feed: 0})[feed][-1].committed_us
    assert stands(history, lived_us + 10_000_000) == ("open", None)
    assert stands(history, lived_us + 10_000_001) == ("suspended", "its price source is silent")
    history.add(feed, HeartBeat(1, history.at()))
    lived_us = history.log.load({feed: 0})[feed][-1].committed_us
    assert stands(history, lived_us + 10_000_000) == ("open", None)
    history.add(feed, SessionBegun("feed", 2, 10_000, history.at()))
    assert stands(history) == ("suspended", "awaiting fresh prices")


def test_a_market_of_an_old_log_awaits_its_first_prices():
    history = one_match()
    history.add(MARKET, MarketPriced(priced("2.5", "3.2"), history.at()))
    assert stands(history) == ("suspended", "awaiting fresh prices")


def test_a_fixture_is_listed_under_the_status_it_has_now_only():
    history = one_match()
    waiting, gone = named("fixture", 2), named("fixture", 3)
    history.fixture(waiting)
    history.fixture(gone)
    history.kick_off(FIXTURE)
    history.add(gone, FixtureAbandoned("storm", history.at()))
    assert listed(history, status="live") == [FIXTURE]
    assert listed(history, status="scheduled") == [waiting]
    assert listed(history, status="abandoned") == [gone]
    assert set(listed(history)) == {FIXTURE, waiting, gone}


def test_a_match_that_was_moved_is_shown_and_listed_at_its_new_time_and_says_from_when():
    history = one_match()
    other = named("fixture", 7)
    history.fixture(other, kick_off=NOON + timedelta(hours=1))
    assert (fixture_of(history).moved_from, listed(history, status="scheduled")) == (None, [FIXTURE, other])
    history.add(FIXTURE, FixtureRescheduled(NOON + timedelta(hours=2), NOON, history.at()))
    found = fixture_of(history)
    assert (found.kick_off, found.moved_from) == (NOON + timedelta(hours=2), NOON)
    assert listed(history, status="scheduled") == listed(history) == [other, FIXTURE]


@pytest.mark.parametrize("limit", [1, 3, 10, 200])
def test_pages_go_through_all_fixtures_once_in_the_order_of_kick_off_also_where_many_kick_off_together(limit):
    history = History()
    ids = [named("fixture", number) for number in range(23)]
    for number, fixture_id in enumerate(ids):
        history.fixture(fixture_id, kick_off=NOON + timedelta(hours=number // 6))
    found = listed(history, status="scheduled", limit=limit)
    assert [ids.index(fixture_id) // 6 for fixture_id in found] == [number // 6 for number in range(23)]
    assert sorted(found) == sorted(ids)


def test_one_sport_is_found_among_many_others_without_a_dead_end():
    history = History()
    for number in range(40):
        history.fixture(named("fixture", number), sport="tennis" if number in (0, 39) else "football")
    assert set(listed(history, sport="tennis", limit=2)) == {named("fixture", 0), named("fixture", 39)}


def test_a_list_refuses_a_status_or_a_cursor_that_does_not_exist():
    with pytest.raises(board_queries.StatusUnknown):
        listed(History(), status="postponed")
    with pytest.raises(UnreadableCursor):
        seen(History(), lambda reads: board_queries.fixtures(reads, cursor="AAAA"))


def test_the_board_forgets_the_oldest_ended_fixtures_with_all_that_is_theirs(monkeypatch):
    monkeypatch.setattr(board, "ENDED_MAX", 3)
    history = one_match()
    ids = [FIXTURE, *[named("fixture", number) for number in range(2, 6)]]
    for fixture_id in ids[1:]:
        history.fixture(fixture_id)
    for fixture_id in ids:
        history.kick_off(fixture_id)
        history.end(fixture_id)
    assert listed(history, status="ended") == ids[:1:-1]
    assert sorted(listed(history)) == sorted(ids[2:])
    assert fixture_of(history) is None


@pytest.mark.parametrize(
    ("kick_off", "shown"),
    [
        ("0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime.max.replace(tzinfo=UTC)),
        ("2026-06-14T14:00:00+02:00", NOON),
    ],
)
def test_a_kick_off_beyond_the_calendar_that_an_old_log_holds_is_shown_at_its_edge(kick_off, shown):
    history = History()
    history.fixture(FIXTURE, kick_off=datetime.fromisoformat(kick_off))
    assert fixture_of(history).kick_off == shown
    assert listed(history) == [FIXTURE]
