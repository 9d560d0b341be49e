"""Messages of a Unified Odds Feed become markets that take bets: repeated, late and unordered ones change nothing, refusals are named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cli.operations import UofTaking
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.odds_feed.messages import MarketKey
from commands.trading.uof_feed.plan import fixture_of, market_of
from commands.trading.uof_feed.standings import EVERY_MARKET
from commands.trading.uof_feed.taker import UofFeed, UofOptions
from commands.trading.uof_feed.told import EventTold
from domain.fact import micros
from domain.fixture.facts import (
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    KickedOff,
    ScoreChanged,
)
from domain.gate.commands import ReopenBetting, StopBetting
from domain.ids import producer_of
from domain.market.commands import CorrectResult, SuspendMarket
from domain.market.facts import MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended, MarketVoidWindowsSet
from domain.market.outcomes import CorrectionNeedsApproval
from domain.producer.facts import HeartBeat, SessionBegun
from domain.settling import LOST, VOID, WON
from domain.settling.grading import selections_of
from domain.settling.rules import canonical_specifiers
from infra.compose import Slipstream
from infra.eventstore.memory import MemoryEventStore
from infra.operator_errors import Failure
from infra.roles.uof import NoFeedToken
from infra.settings import Settings
from infra.sports_data.uof.market_table import MARKETS, takes_line
from infra.sports_data.uof.reading import read_message

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OWN = Path(__file__).parents[1] / "data" / "uof"
SHARED = Path(__file__).parents[2].parent / "shared/data/feeds/uof"
EVENT = "sr:match:7001"
RESULT = MarketKey("match_result")
OVER = MarketKey("total_goals", (("total", "2.5"),))
FIXTURE = (OWN / "1-fixture.xml").read_text(encoding="utf-8")


def odds_1x2(home="2.08", draw="3.31", away="3.37", status="1"):
    odds = {"1": home, "2": draw, "3": away}
    outcomes = "".join(f'<outcome id="{outcome}" odds="{price}" active="1"/>' for outcome, price in odds.items() if price)
    return f'<market id="1" status="{status}">{outcomes}</market>'


def totals(over="1.9", under="1.92", line="2.5", status="1"):
    outcomes = f'<outcome id="12" odds="{over}"/><outcome id="13" odds="{under}"/>'
    return f'<market id="18" specifiers="total={line}" status="{status}">{outcomes}</market>'


def status(status="1", home=0, away=0, match_status="6", minute="10:00", halves=()):
    scores = "".join(
        f'<period_score match_status_code="{code}" home_score="{of[0]}" away_score="{of[1]}"/>'
        for code, of in zip(("6", "7"), halves, strict=False)
    )
    clock = f'<clock match_time="{minute}"/>' if minute else ""
    goals = f'home_score="{home}" away_score="{away}" ' if status != "0" else ""
    return (
        f'<sport_event_status status="{status}" match_status="{match_status}" {goals}>{clock}'
        f"<period_scores>{scores}</period_scores></sport_event_status>"
    )


def head(at, product=1, event=EVENT):
    return f'product="{product}" event_id="{event}" timestamp="{at}"'


def change(at, *markets, told="", product=1, event=EVENT):
    return f"<odds_change {head(at, product, event)}>{told}<odds>{''.join(markets)}</odds></odds_change>"


def stop(at, groups="all", product=1):
    return f'<bet_stop {head(at, product)} groups="{groups}"/>'


def settled(at, winner="1", certainty=1, void=""):
    outcomes = "".join(f'<outcome id="{one}" result="{int(one == winner)}" {void}/>' for one in ("1", "2", "3"))
    return f'<bet_settlement {head(at)} certainty="{certainty}"><outcomes><market id="1">{outcomes}</market></outcomes></bet_settlement>'


def rolled_back(at, what="settlement", window=""):
    return f'<rollback_bet_{what} {head(at)} {window}><market id="1"/></rollback_bet_{what}>'


def cancelled(at, window=""):
    return f'<bet_cancel {head(at)} {window}><market id="1" void_reason="12"/></bet_cancel>'


def ended(at, home=2, away=1, half=(1, 0)):
    return change(at, told=status("4", home, away, "100", "", (half, (home - half[0], away - half[1]))))


def alive(at, product=1, subscribed=1):
    return f'<alive product="{product}" timestamp="{at}" subscribed="{subscribed}"/>'


def completed(at, request_id, product=1):
    return f'<snapshot_complete product="{product}" timestamp="{at}" request_id="{request_id}"/>'


class World:
    """A bookmaker in memory that takes messages, with a clock that the test moves."""

    def __init__(self):
        self.store = MemoryEventStore()
        self.caller = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.seconds = 0.0
        self.asked = []
        self.another_run()

    def ask(self, producer, after_ms, request_id):
        self.asked.append((producer, after_ms, request_id))

    def another_run(self, **options):
        self.feed = UofFeed(
            self.caller,
            self.store,
            UofOptions(**options),
            self,
            now=lambda: NOON + timedelta(seconds=self.seconds),
            monotonic_s=lambda: self.seconds,
            sleep=lambda _: None,
            stopping=lambda: False,
        )

    def take(self, *texts):
        """Take texts in one delivery; return what is refused."""
        read = [read_message(text.encode(), f"message {number}", NOON) for number, text in enumerate(texts, start=1)]
        self.taken = self.feed.take([one.message for one in read if one.message is not None])
        return [str(one) for each in read for one in each.refused] + [str(one) for one in self.taken.refused]

    def facts(self):
        return [one for one in self.store.read(0, 100_000) if not isinstance(one.body, SessionBegun | HeartBeat)]

    def of(self, market=None, event=EVENT):
        stream_id = fixture_of(event) if market is None else market_of(fixture_of(event), market)
        return [one.body for one in self.facts() if one.stream_id == stream_id]

    def kinds(self, market=None):
        return [type(fact) for fact in self.of(market)]

    def close(self):
        self.caller.stop()


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


def test_odds_of_a_fixture_that_is_known_open_markets_under_the_producers_lease(world):
    assert world.take(FIXTURE, change(10, odds_1x2(), totals())) == []
    (scheduled,) = world.of()
    assert isinstance(scheduled, FixtureScheduled)
    assert (scheduled.sport, scheduled.competition, scheduled.home, scheduled.away) == ("football", "Eredivisie", "Ajax", "Feyenoord")
    (opened,) = world.of(RESULT)
    assert opened.producer == producer_of("uof-1")
    assert [one.name for one in opened.selections] == ["Ajax", "Draw", "Feyenoord"]
    assert opened.prices["home"].text == "2.08"
    (opened,) = world.of(OVER)
    assert [one.name for one in opened.selections] == ["Over 2.5", "Under 2.5"]


def test_odds_wait_for_the_document_of_their_fixture_and_say_so(world):
    (refused,) = world.take(change(10, odds_1x2()))
    assert refused == f"message 1: line 1: {EVENT}: waits for the document of its fixture"
    assert world.take(FIXTURE) == []
    assert world.kinds(RESULT) == [MarketOpened]


@pytest.mark.parametrize("code", ["-1", "0", "-2", "-3", "-4"])
def test_a_market_that_is_not_active_takes_no_bets_until_it_is_again(world, code):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(change(20, odds_1x2(status=code)))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]
    world.take(change(30, odds_1x2("2.1", "3.3", "3.3")))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended, MarketResumed]


def test_a_bet_stop_suspends_the_groups_that_it_names_until_their_next_odds(world):
    world.take(FIXTURE, change(10, odds_1x2(), totals()))
    world.take(stop(20, "10_min|corners"))
    assert world.kinds(RESULT) == [MarketOpened]
    world.take(stop(30))
    world.another_run()
    world.take(change(40, totals("1.8", "2.02")))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]
    assert world.kinds(OVER) == [MarketOpened, MarketSuspended, MarketResumed]


def test_a_bet_stop_stops_what_an_earlier_run_opened(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.another_run()
    world.take(stop(20))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]


def test_a_market_that_a_trader_suspended_stays_so(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.caller.call(SuspendMarket(market_of(fixture_of(EVENT), RESULT), "a doubt", NOON, "console"))
    world.take(change(20, odds_1x2("2.1", "3.3", "3.3")))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]


def test_a_goal_voids_prices_and_only_newer_odds_come_back(world):
    world.take(FIXTURE, change(10, odds_1x2(), totals()))
    assert world.take(change(20, totals("1.5", "2.6"), told=status(home=1, minute="23:10"))) == []
    assert world.kinds() == [FixtureScheduled, KickedOff, ScoreChanged]
    assert (world.of()[-1].home, world.of()[-1].minute, world.of()[-1].period) == (1, 23, "first_half")
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]
    assert world.kinds(OVER) == [MarketOpened, MarketPriced]


def test_a_match_that_has_ended_is_graded_by_its_bet_settlement(world):
    world.take(FIXTURE, change(10, odds_1x2(), totals()))
    assert world.take(ended(20)) == []
    assert world.kinds() == [FixtureScheduled, KickedOff, ScoreChanged, FixtureEnded]
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]
    assert world.take(settled(30)) == []
    result = world.of(RESULT)[-1]
    assert (result.results["home"], result.home, result.away, result.actor) == (WON, 2, 1, "uof-1")


def test_a_settlement_that_the_score_contradicts_is_refused_with_where_it_stands(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(ended(20))
    (refused,) = world.take(settled(30, winner="3"))
    assert refused.startswith("message 1: line 1: match_result: ResultMarket is refused: ")
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended]


def test_a_settlement_before_the_score_decides_is_refused_and_done_once_it_does(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    (refused,) = world.take(change(20, told=status(home=2, away=1)), settled(30))
    assert "ResultMarket is refused" in refused
    assert world.take(ended(40)) == []
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended, MarketResulted]


def test_certainty_1_waits_where_2_is_asked_for(world):
    world.another_run(certainty_min=2)
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(ended(20))
    (refused,) = world.take(settled(30))
    assert refused.endswith("match_result: is settled at certainty 1, 2 is awaited")
    world.take(settled(40, certainty=2))
    assert world.kinds(RESULT) == [MarketOpened, MarketSuspended, MarketResulted]


def test_a_rolled_back_settlement_stands_until_the_next_which_corrects_it_on_the_score_told_last(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(ended(20), settled(30))
    (refused,) = world.take(rolled_back(40))
    assert refused.endswith("match_result: a result that was taken back stands here until the next one comes")
    before = world.facts()
    (refused,) = world.take(settled(50, winner="2"))
    assert "its results are not those of the score that the feed tells" in refused
    assert world.facts() == before
    world.take(ended(60, 2, 2))
    corrected = world.of(RESULT)[-1]
    assert (corrected.number, corrected.home, corrected.away, corrected.results["draw"]) == (2, 2, 2, WON)
    assert corrected.results["home"] == LOST


@pytest.mark.parametrize("actor", ["", "console", "replay"])
def test_who_is_no_producer_corrects_no_result_without_a_second_trader(world, actor):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(ended(20), settled(30))
    with pytest.raises(CorrectionNeedsApproval):
        world.caller.call(CorrectResult(market_of(fixture_of(EVENT), RESULT), 2, 2, "a doubt", NOON, actor=actor))


def test_settlement_rollback_and_the_same_settlement_change_nothing(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(ended(20), settled(30))
    before = world.facts()
    world.take(rolled_back(40))
    assert world.take(settled(50)) == []
    assert world.facts() == before


def test_a_cancelled_market_is_void_before_and_after_its_result(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    assert world.take(cancelled(20)) == []
    voided = world.of(RESULT)[-1]
    assert (voided.void_reason, set(voided.results.values())) == ("void_reason 12", {VOID})
    world.take(rolled_back(30, "cancel"))
    world.take(ended(40))
    assert world.take(settled(50)) == []
    assert (world.of(RESULT)[-1].number, world.of(RESULT)[-1].results["home"]) == (2, WON)
    assert world.take(cancelled(60)) == []
    assert (world.of(RESULT)[-1].number, set(world.of(RESULT)[-1].results.values())) == (3, {VOID})


def test_a_settlement_of_which_all_is_void_voids_the_market(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    assert world.take(settled(20, void='void_factor="1"')) == []
    assert world.of(RESULT)[-1].void_reason == "the feed says: void"


def windows(world):
    """From when until when bets are void on the result of the match, in milliseconds."""
    (*_, last) = (fact for fact in world.of(RESULT) if isinstance(fact, MarketVoidWindowsSet))
    return [(micros(each.start) // 1000, micros(each.end) // 1000) for each in last.windows]


def test_bets_of_a_window_of_time_are_void_by_the_feeds_word_until_it_takes_that_back(world):
    window = 'start_time="1" end_time="5"'
    world.take(FIXTURE, change(10, odds_1x2()))
    assert world.take(cancelled(20, window)) == []
    assert windows(world) == [(1, 5)]
    before = world.facts()
    assert world.take(cancelled(20, window), cancelled(15, window)) == []
    assert world.facts() == before
    assert world.take(rolled_back(30, "cancel")) == []
    assert windows(world) == []
    world.take(cancelled(25, window))
    assert windows(world) == []
    assert world.take(cancelled(40, 'start_time="3"'), cancelled(41, window)) == []
    assert sorted(windows(world)) == [(1, 5), (3, 40)]
    world.take(rolled_back(50, "cancel", window))
    assert windows(world) == [(3, 40)]
    world.take(rolled_back(60, "cancel", 'start_time="3"'))
    assert windows(world) == []
    world.take(cancelled(70, 'end_time="9"'))
    assert windows(world) == [(0, 9)]


def test_a_window_of_a_market_that_was_never_offered_or_that_is_not_over_is_refused_by_name(world):
    (refused,) = world.take(FIXTURE, cancelled(20, 'end_time="9"'))
    assert refused == "message 2: line 1: match_result: was never on offer here"
    world.take(change(30, odds_1x2()))
    world.take(change(31, odds_1x2()))
    assert windows(world) == [(0, 9)]
    (refused,) = world.take(cancelled(40, 'start_time="1" end_time="99999999999999"'))
    assert refused.startswith("message 1: line 1: match_result: VoidBets is refused: A window of bets has a beginning before its end, and")


def test_a_cancellation_that_is_taken_back_leaves_a_settlement_alone(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(ended(20))
    assert world.take(settled(30), rolled_back(40, "cancel")) == []
    before = world.facts()
    assert world.take(settled(30), rolled_back(40, "cancel")) == []
    assert world.facts() == before


CANCELLATIONS = (
    cancelled(10),
    settled(15),
    cancelled(20),
    cancelled(21, 'start_time="1" end_time="5"'),
    cancelled(22, 'start_time="3"'),
    cancelled(23, 'end_time="9"'),
    rolled_back(24, "cancel", 'start_time="3"'),
    rolled_back(25, "cancel", 'start_time="1" end_time="5"'),
    cancelled(26, 'start_time="1" end_time="5"'),
    rolled_back(28, "cancel"),
    cancelled(28, 'start_time="2" end_time="5"'),
    cancelled(30, 'start_time="3"'),
    settled(35, winner="2"),
    cancelled(40),
    rolled_back(50, "cancel"),
    cancelled(60, 'end_time="9"'),
)


@settings(max_examples=40)
@given(upto=st.integers(2, len(CANCELLATIONS)), rng=st.randoms(use_true_random=False))
def test_cancellations_and_what_takes_them_back_say_the_same_in_any_order(upto, rng):
    messages = [read_message(text.encode(), str(number), NOON).message for number, text in enumerate(CANCELLATIONS[:upto])]
    mixed = [*messages, *rng.sample(messages, 2)]
    rng.shuffle(mixed)
    said = []
    for each in (messages, mixed):
        told = EventTold(EVENT, certainty_min=1)
        for message in each:
            told.merge(message, lambda _: None)
        result = [(word.at_ms, word.results, word.void_reason) for word in told.results.values()]
        said.append(({window: word.is_void for window, word in told.windows.get(RESULT, {}).items()}, result))
    assert said[0] == said[1]


def test_a_fixture_change_moves_the_kick_off_or_abandons_the_match(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(f'<fixture_change {head(20)} change_type="2" start_time="1893520800000"/>')
    assert world.of()[-1].kick_off == datetime(2030, 1, 1, 18, tzinfo=UTC)
    world.take(f'<fixture_change {head(10)} change_type="2" start_time="1893524400000"/>')
    world.take(f'<fixture_change {head(30)} change_type="3"/>')
    assert world.kinds() == [FixtureScheduled, FixtureRescheduled, FixtureAbandoned]


def test_extra_time_counts_in_no_market_of_regular_time(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    world.take(change(20, told=status("4", 3, 1, "110", "", ((1, 0), (0, 1)))))
    end = world.of()[-1]
    assert (end.regular_home, end.regular_away, end.final_home, end.final_away) == (1, 1, 3, 1)
    (refused,) = world.take(change(30, told=status("4", 3, 1, "110", ""), event="sr:match:9"))
    assert "is over after extra time without the goals of both halves" in refused


@pytest.mark.parametrize(
    ("market", "reason"),
    [
        (odds_1x2("3.5", "3.4", "3.4"), "adds up to 87.4 %, which is no book"),
        (odds_1x2("2.08", "", "3.37"), "has no odds of draw"),
        (odds_1x2("1.0"), "has odds '1.0'"),
        (odds_1x2("nought"), "has odds 'nought'"),
        (odds_1x2(status="7"), "has a status '7'"),
        (totals(line="2.4"), "has a specifier 'total=2.4' that total_goals does not take"),
        ('<market id="188"/>', "market 188: is a market that the book does not grade"),
        ('<market id="1"><outcome id="77" odds="2"/></market>', "has an outcome '77' that match_result has not"),
    ],
)
def test_what_the_house_cannot_offer_is_refused_by_line_and_market_and_is_not_on_offer(world, market, reason):
    refused = world.take(FIXTURE, change(10, market))
    assert [one for one in refused if one.startswith("message 2: line 1: ") and reason in one], refused
    assert [one for one in world.facts() if isinstance(one.body, MarketOpened)] == []


def test_odds_that_are_no_book_suspend_a_market_that_is_open(world):
    world.take(FIXTURE, change(10, odds_1x2(), totals()))
    world.take(change(20, odds_1x2("3.5", "3.4", "3.4"), totals("nought")))
    assert world.kinds(RESULT) == world.kinds(OVER) == [MarketOpened, MarketSuspended]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no message"),
        ("<odds_change", "is no message"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><alive/>', "has a document type 'a', which is not taken"),
        ("<a>" * 50 + "</a>" * 50, "is deeper than 12"),
        ("<alive>" + "<a/>" * 60_000 + "</alive>", "larger than 60000 elements"),
        ("x" * (4 * 1024 * 1024 + 1), "are the limit"),
        ("<surprise/>", "is no kind of message that is taken"),
        ('<alive product="1"/>', "has no timestamp"),
        ('<alive timestamp="1"/>', "has no product"),
        ('<bet_stop product="1" event_id="sr:season:1" timestamp="1" groups="all"/>', "which is no match"),
        (settled(1, certainty=3), "has certainty 3"),
        ("<fixtures_fixture/>", "has no fixture"),
        (FIXTURE.replace("sr:sport:1", "sr:sport:5"), "which the book does not grade"),
        (FIXTURE.replace("Feyenoord", "Ajax"), "has no two teams"),
        (FIXTURE.replace("+00:00", ""), "without an offset"),
    ],
    ids=range(15),
)
def test_a_document_that_is_no_message_is_refused_by_its_name(text, reason):
    read = read_message(text.encode(), "feed.xml", NOON)
    assert read.message is None
    (refused,) = read.refused
    assert str(refused).startswith("feed.xml: ")
    assert reason in str(refused)


STORY = (
    FIXTURE,
    change(10, odds_1x2(), totals()),
    change(20, odds_1x2("2.2", "3.3", "3.1"), told=status("0", match_status="0")),
    stop(30),
    change(40, odds_1x2("2.3", "3.2", "3.1"), totals("1.7", "2.15"), told=status(minute="2:00")),
    change(50, totals(status="-1")),
    change(60, odds_1x2("1.5", "4.2", "6.5"), told=status(home=1, minute="30:00")),
    alive(70),
    ended(80),
    settled(90),
    rolled_back(100),
    ended(110, 2, 2),
    settled(120, winner="2", certainty=2),
)


def told_by(world):
    """Return what the log says in the end: the fixture's score, and of each market its standing prices or its result."""
    found = {}
    for fact in (*world.of(), *world.of(RESULT), *world.of(OVER)):
        if isinstance(fact, FixtureEnded):
            found["score"] = (fact.regular_home, fact.regular_away)
    for market in (RESULT, OVER):
        for fact in world.of(market):
            if isinstance(fact, MarketResulted):
                found[market] = fact.results
            else:
                found[market] = getattr(fact, "prices", "suspended")
    return found


@settings(max_examples=12, deadline=None)
@given(upto=st.integers(2, len(STORY)), repeats=st.lists(st.integers(0, len(STORY) - 1), max_size=6), rng=st.randoms(use_true_random=False))
def test_messages_of_one_delivery_lead_to_the_same_facts_whatever_their_order_and_number(upto, repeats, rng):
    ordered, shuffled = World(), World()
    try:
        story = list(STORY[:upto])
        mixed = [*story, *(story[one] for one in repeats if one < upto)]
        rng.shuffle(mixed)
        ordered.take(*story)
        shuffled.take(*mixed)
        assert [one.body for one in shuffled.facts()] == [one.body for one in ordered.facts()]
    finally:
        ordered.close()
        shuffled.close()


@settings(max_examples=8, deadline=None)
@given(late=st.lists(st.tuples(st.integers(1, len(STORY)), st.integers(0, len(STORY) - 1)), max_size=8))
def test_a_message_that_comes_again_later_changes_nothing(late):
    ordered, disturbed = World(), World()
    try:
        for number, text in enumerate(STORY, start=1):
            ordered.take(text)
            disturbed.take(text)
            before = disturbed.facts()
            for after, which in late:
                if after == number and which < number:
                    disturbed.take(STORY[which])
            assert disturbed.facts() == before
        assert [one.body for one in disturbed.facts()] == [one.body for one in ordered.facts()]
        assert told_by(ordered)["score"] == (2, 1)
        assert told_by(ordered)[RESULT]["draw"] == WON
    finally:
        ordered.close()
        disturbed.close()


@settings(max_examples=12, deadline=None)
@given(rng=st.randoms(use_true_random=False), upto=st.integers(2, 8))
def test_messages_one_by_one_in_any_order_offer_what_they_offer_in_order(rng, upto):
    ordered, shuffled = World(), World()
    try:
        mixed = list(STORY[:upto])
        rng.shuffle(mixed)
        ordered.take(*STORY[:upto])
        for text in mixed:
            shuffled.take(text)
        shuffled.seconds = ordered.seconds = 3
        shuffled.feed.keep_alive()

        def on_offer(world):
            return {market: prices for market, prices in told_by(world).items() if prices != "suspended"}

        assert on_offer(shuffled) == on_offer(ordered)
    finally:
        ordered.close()
        shuffled.close()


def test_a_silent_producer_is_down_alone_and_back_only_after_its_snapshot(world):
    other = "sr:match:7002"
    world.take(FIXTURE, FIXTURE.replace("7001", "7002"), change(10, odds_1x2()), change(10, odds_1x2(), product=3, event=other))
    for second in range(1, 30):
        world.seconds = second
        world.take(alive(100 + second, product=3))
    assert [(producer, after) for producer, after, _ in world.asked] == [(1, 10)]
    beats = [one for one in world.store.read(0, 100_000) if isinstance(one.body, HeartBeat | SessionBegun)]
    assert max(one.body.at for one in beats if one.stream_id == producer_of("uof-1")) < NOON + timedelta(seconds=21)
    assert max(one.body.at for one in beats if one.stream_id == producer_of("uof-3")) > NOON + timedelta(seconds=26)
    world.take(alive(200), change(210, odds_1x2("2.2", "3.3", "3.1")))
    assert world.kinds(RESULT) == [MarketOpened]
    (refused,) = world.take(completed(220, 17))
    assert refused.endswith("uof-1: answers no request that is open: 17")
    assert world.take(completed(230, world.asked[0][2])) == []
    world.take()
    assert world.kinds(RESULT) == [MarketOpened, MarketPriced]
    assert len(world.asked) == 1


def test_a_producer_that_lost_messages_is_down_until_its_snapshot(world):
    world.take(FIXTURE, change(10, odds_1x2()), alive(20, subscribed=0))
    assert len(world.asked) == 1
    assert world.kinds(RESULT) == []
    world.take(completed(30, world.asked[0][2]))
    assert world.kinds(RESULT) == [MarketOpened]


def test_with_a_snapshot_first_nothing_opens_before_it_is_complete(world):
    world.another_run(snapshot_first=True)
    world.take(FIXTURE, change(10, odds_1x2()))
    assert world.kinds() == [FixtureScheduled]
    assert world.kinds(RESULT) == []
    world.take(completed(20, world.asked[0][2]))
    assert world.kinds(RESULT) == [MarketOpened]


def test_a_repeated_alive_is_no_sign_of_life(world):
    world.take(FIXTURE, change(10, odds_1x2()), alive(20))
    world.seconds = 19
    world.take(alive(20))
    world.seconds = 21
    world.take(alive(20))
    assert [producer for producer, _, _ in world.asked] == [1]


def test_prices_are_given_again_past_a_gate_that_moved(world):
    world.take(FIXTURE, change(10, odds_1x2()))
    subject = (fixture_of(EVENT),)
    world.caller.call(StopBetting("fixture", subject, "a doubt", NOON, "console"))
    world.caller.call(ReopenBetting("fixture", subject, NOON, "console"))
    world.seconds = 3
    world.feed.keep_alive()
    opened, priced = world.of(RESULT)
    assert (type(priced), priced.prices) == (MarketPriced, opened.prices)
    assert priced.marks != opened.marks


def test_every_market_of_the_table_is_one_that_is_graded_and_is_found_again():
    for market_type, outcomes in MARKETS.values():
        line = {takes_line(market_type): "1.5"} if takes_line(market_type) else {}
        assert canonical_specifiers(market_type, line) == line
        assert sorted(outcomes.values()) == sorted(selections_of(market_type, line))
        assert MarketKey(market_type, tuple(line.items())) in EVERY_MARKET


def test_a_port_without_a_token_does_not_listen(tmp_path):
    with pytest.raises(NoFeedToken, match="Set SLIPSTREAM_UOF_TOKEN"):
        Slipstream(Settings(data_dir=tmp_path)).take_uof(UofTaking((), 1, 20.0, 1, snapshot_first=True), print)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Failure, match=r"none\.xml: cannot be read"):
        Slipstream(Settings(data_dir=tmp_path)).take_uof(UofTaking((tmp_path / "none.xml",), None, 20.0, 1, snapshot_first=False), print)


def test_the_real_messages_are_read_and_what_is_not_taken_is_named(world):
    if not SHARED.is_dir():
        pytest.skip("the sample messages of the feed, which lie beside the project, are absent")
    read = {path.name: read_message(path.read_bytes(), path.name, NOON) for path in sorted(SHARED.glob("*.xml"))}
    refused_whole = {name for name, one in read.items() if one.message is None}
    assert refused_whole == {
        "fixture-2.xml",
        "fixture-3.xml",
        "markets-0.xml",
        "markets-1.xml",
        "parse-fixture_change-1.xml",
        "parse-fixture_change-2.xml",
        "rollback_bet_cancel.xml",
    }
    assert all(one.message is not None or one.refused for one in read.values())
    world.feed.take([read["fixture-0.xml"].message, read["msg-odds_change.xml"].message])
    (opened,) = world.of(RESULT, "sr:match:18001015")
    assert [one.name for one in opened.selections] == ["Ajax Amsterdam", "Draw", "Tottenham Hotspur"]
    assert opened.prices["away"].text == "3.37"
