"""Races from a seed, run through the dispatcher: cards, prices, non-runners, results, and what a restart goes on from."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.audit import verify
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.racing.race import STEP_S, race_id
from commands.trading.racing.runner import RaceOptions, RaceRunner
from domain.account.commands import GrantRole
from domain.bet.commands import AskedLeg
from domain.fact import micros
from domain.fixture.commands import AbandonFixture
from domain.fixture.facts import FixtureEnded, FixtureScheduled, KickedOff
from domain.ids import derived
from domain.market.commands import SuspendMarket
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.pricing.racing import place_chances
from domain.settling import VOID
from domain.settling.racing import RACE_PLACE, RACE_WINNER, grade_race
from domain.settling.rules import is_within_bounds
from infra.eventstore.memory import MemoryEventStore
from infra.sports_data.simulated_races import CHANCE_MIN, FIELDS, ON_OFFER_S, place_terms, simulated_race

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
PRICED = (MarketOpened, MarketPriced, MarketResumed)
SEED = 7
ANN, TESS = derived("account", "ann_1"), derived("account", "tess_3")


class Course:
    """A feed of races over a log in memory, on a clock of its own."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.until_s = 0.0
        self.tick_s = 0.25
        self.store = MemoryEventStore(clock_us=lambda: micros(self.at))
        self.dispatcher = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()

    @property
    def at(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += max(seconds, self.tick_s)

    def feed(self, races: int = 4, speed: float = 60.0) -> RaceRunner:
        """A feed that has just begun."""
        return RaceRunner(
            lambda number: simulated_race(SEED, number),
            self.dispatcher,
            self.store,
            RaceOptions(races, speed, "simulated-racing-7", 3_000, 500, 10_000),
            now=lambda: self.at,
            monotonic_s=lambda: self.seconds,
            sleep=self.sleep,
            stopping=lambda: self.seconds >= self.until_s,
        )

    def run(self, for_s: float, feed: RaceRunner | None = None) -> RaceRunner:
        feed = feed or self.feed()
        self.until_s = self.seconds + for_s
        feed.run()
        return feed

    def do(self, command: Any) -> Any:
        return self.dispatcher.call(command).receipt

    def facts(self, *kinds: type[Any]) -> list[Any]:
        return [fact for fact in self.store.read(0, 1_000_000) if isinstance(fact.body, kinds)]

    def of(self, stream_id: str, *kinds: type[Any]) -> list[Any]:
        return [fact.body for fact in self.facts(*kinds) if fact.stream_id == stream_id]


@pytest.fixture
def course():
    made = Course()
    yield made
    made.dispatcher.stop()


def market_of(number: int, market_type: str) -> str:
    return next(market.market_id for market in simulated_race(SEED, number).markets() if market.type == market_type)


def first_with_withdrawal() -> int:
    return next(number for number in range(100) if simulated_race(SEED, number).withdrawals)


def test_a_race_is_the_same_for_the_same_seed_and_number_and_another_one_for_others():
    assert simulated_race(3, 5) == simulated_race(3, 5)
    assert len({simulated_race(seed, number).runners for seed in (3, 4) for number in range(20)}) == 40


def test_a_card_is_one_that_could_be_run():
    for number in range(150):
        race = simulated_race(SEED, number)
        names = [runner.selection for runner in race.runners]
        gone = {each.selection for each in race.withdrawals}
        assert FIELDS[0] <= len(set(names)) == len(names) <= FIELDS[1]
        assert len(race.chances) * STEP_S == ON_OFFER_S
        assert all(min(row) > CHANCE_MIN / 4 and sum(row) == pytest.approx(1) for row in race.chances)
        assert sorted(runner for tied in race.order for runner in tied) == sorted(set(names) - gone)
        assert race.places < len(names) - len(gone)


def test_the_places_paid_are_those_of_british_books():
    asked = {(runners, handicap): place_terms(runners, is_handicap=handicap) for runners in (5, 7, 8, 12, 16) for handicap in (False, True)}
    assert asked[5, False] == asked[7, True] == (2, "1/4")
    assert asked[8, True] == asked[16, False] == (3, "1/5")
    assert (asked[12, True], asked[16, True]) == ((3, "1/4"), (4, "1/4"))


def test_results_come_out_as_often_as_the_model_says():
    chances, results = defaultdict(list), defaultdict(list)
    for number in range(700):
        race = simulated_race(SEED, number)
        if race.withdrawals:
            continue
        win = np.array(race.chances[-1])
        for places, of in ((1, win), (2, place_chances(win, 2))):
            first = {runner for tied in race.order[:places] for runner in tied}
            for runner, chance in zip(race.runners, of, strict=True):
                band = min(int(chance * 5), 3)
                chances[places, band].append(chance)
                results[places, band].append(runner.selection in first)
    for key, of in chances.items():
        assert np.mean(results[key]) == pytest.approx(np.mean(of), abs=4 * (np.mean(of) * (1 - np.mean(of)) / len(of)) ** 0.5 + 0.01), key


def test_races_are_offered_priced_run_and_settled_without_a_traders_hand(course: Course):
    course.run(140)
    over = [fact.stream_id for fact in course.facts(FixtureEnded)]
    assert len(over) >= 8
    actors = {fact.body.actor for fact in course.facts(FixtureScheduled, KickedOff, MarketResulted)}
    assert actors == {"simulated-racing-7"}
    graded = 0
    for number in range(len(over)):
        race = simulated_race(SEED, number)
        assert race.fixture_id == over[number]
        gone = {each.selection for each in race.withdrawals}
        names = [runner.selection for runner in race.runners]
        to_win, to_place = grade_race(names, race.order, gone, race.places)
        for market_type, results, placed in ((RACE_WINNER, to_win, to_place), (RACE_PLACE, to_place, {})):
            market_id = market_of(number, market_type)
            for resulted in course.of(market_id, MarketResulted):
                assert (resulted.results, resulted.placed, resulted.order) == (results, placed, race.order)
                assert resulted.non_runners.keys() == gone
                graded += 1
            (closed,) = course.of(market_id, MarketClosed)
            assert all(fact.at <= closed.at for fact in course.of(market_id, *PRICED))
    assert graded >= 2 * len(over) - 2
    assert verify(course.store).violation is None


def test_prices_are_a_book_of_the_runners_that_are_left_and_move_at_most_ten_times_a_second(course: Course):
    course.tick_s = 0.0
    course.run(5, course.feed(races=6, speed=2_000.0))
    given = defaultdict(list)
    for fact in course.facts(*PRICED):
        given[fact.stream_id].append(fact.body)
    kinds = {fact.stream_id: (fact.body.type, fact.body.specifiers) for fact in course.facts(MarketOpened)}
    assert len(given) >= 12
    for market_id, bodies in given.items():
        for body in bodies:
            assert is_within_bounds(*kinds[market_id], [*body.prices.values(), *body.withdrawn.values()])
        moves = [body.at for body in bodies if isinstance(body, MarketPriced)]
        assert all((later - earlier).total_seconds() >= 0.1 for earlier, later in pairwise(moves))
    assert max(len(bodies) for bodies in given.values()) > 5


def test_a_non_runner_suspends_both_markets_for_a_while_and_costs_rule_4(course: Course):
    number = first_with_withdrawal()
    race = simulated_race(SEED, number)
    course.run(15.0 * (number + 3))
    for market_type in (RACE_WINNER, RACE_PLACE):
        market_id = market_of(number, market_type)
        (suspended,) = course.of(market_id, MarketSuspended)
        assert (suspended.non_runner, suspended.reason) == (race.withdrawals[0].selection, "non-runner")
        (resumed,) = course.of(market_id, MarketResumed)
        assert suspended.non_runner not in resumed.prices
        assert resumed.at - suspended.at >= timedelta(seconds=STEP_S / 60)
        assert all(suspended.non_runner not in body.prices for body in course.of(market_id, MarketPriced) if body.at > suspended.at)
        (resulted,) = course.of(market_id, MarketResulted)
        assert resulted.results[suspended.non_runner] == VOID
        assert resulted.non_runners[suspended.non_runner].price == suspended.price is not None
    assert verify(course.store).violation is None


def test_bets_to_win_each_way_and_to_be_placed_are_settled_by_the_feeds_word(course: Course):
    course.do(OpenAccount(ANN, "ann_1", "ann@example.com", "$argon2id$", "EUR", course.at))
    course.do(MoveMoney("deposit", ANN, 1_000_00, "EUR", "first", course.at))
    feed = course.run(2)
    race = simulated_race(SEED, 0)
    first = race.order[0][0]
    bets = {}
    for name, market_type, each_way in (("win", RACE_WINNER, ""), ("each way", RACE_WINNER, "win_to_win"), ("place", RACE_PLACE, "")):
        market_id = market_of(0, market_type)
        facts = [fact for fact in course.facts(*PRICED) if fact.stream_id == market_id]
        leg = AskedLeg(market_id, first, facts[-1].body.prices[first], facts[-1].version)
        bets[name] = derived("bet", name), market_id, facts[-1].body.prices[first]
        course.do(PlaceBet(bets[name][0], ANN, 20_00, "EUR", "single", (leg,), "exact", course.at, each_way))
    course.run(30, feed)
    for name, (bet_id, market_id, odds) in bets.items():
        returns_minor = course.do(SettleBet(bet_id, market_id, course.at)).returns_minor
        whole = 20_00 * odds.numerator / odds.denominator
        if name == "each way":
            part, of = map(int, race.place_terms.split("/"))
            whole = whole / 2 + 10_00 * (1 + (odds.numerator / odds.denominator - 1) * part / of)
        if not race.withdrawals and len(race.order[0]) == 1:
            assert returns_minor == pytest.approx(whole, abs=1)
        assert returns_minor > 20_00 / 2
    assert verify(course.store).violation is None


def test_a_feed_that_begins_again_goes_on_with_the_races_that_the_log_has(course: Course):
    course.run(20)
    begun = {fact.stream_id for fact in course.facts(FixtureScheduled)}
    assert course.facts(FixtureEnded)
    for _ in range(6):
        course.run(7)
    course.run(60)
    scheduled = [fact.stream_id for fact in course.facts(FixtureScheduled)]
    assert len(set(scheduled)) == len(scheduled)
    assert scheduled == [race_id("simulated-racing-7", number) for number in range(len(scheduled))]
    ended = {fact.stream_id for fact in course.facts(FixtureEnded)}
    assert begun <= ended
    graded = {fact.stream_id for fact in course.facts(MarketResulted)}
    for number in range(len(ended) - 1):
        assert {market_of(number, RACE_WINNER), market_of(number, RACE_PLACE)} <= graded
    assert verify(course.store).violation is None


def test_a_feed_that_was_away_for_hours_runs_what_is_overdue_and_offers_what_comes_next(course: Course):
    course.run(20)
    course.seconds += 5 * 3_600
    waiting = {fact.stream_id for fact in course.facts(FixtureScheduled)} - {fact.stream_id for fact in course.facts(FixtureEnded)}
    assert waiting
    course.run(30)
    assert waiting <= {fact.stream_id for fact in course.facts(FixtureEnded)}
    assert len(course.facts(FixtureScheduled)) > len(waiting)
    assert verify(course.store).violation is None


def test_what_a_trader_does_to_a_race_is_kept_to(course: Course):
    course.do(OpenAccount(TESS, "tess_3", "tess@example.com", "$argon2id$", "EUR", course.at))
    course.do(GrantRole(TESS, "trader", "console", course.at))
    feed = course.run(2)
    numbers = [number for number in range(1, 4) if not simulated_race(SEED, number).withdrawals][:2]
    suspended, without = market_of(numbers[0], RACE_WINNER), market_of(numbers[1], RACE_WINNER)
    course.do(SuspendMarket(suspended, "investigating", course.at, TESS))
    gone = simulated_race(SEED, numbers[1]).order[0][0]
    course.do(SuspendMarket(without, "lame", course.at, TESS, gone))
    course.run(3, feed)
    course.run(60)
    assert not course.of(suspended, MarketResumed)
    for market_type in (RACE_WINNER, RACE_PLACE):
        (resulted,) = course.of(market_of(numbers[1], market_type), MarketResulted)
        assert resulted.results[gone] == VOID
        assert resulted.non_runners.keys() == {gone}
    assert course.of(suspended, MarketResulted)
    assert verify(course.store).violation is None


def test_a_race_that_was_abandoned_is_run_no_further(course: Course):
    feed = course.run(2)
    fixture_id = race_id("simulated-racing-7", 1)
    course.do(AbandonFixture(fixture_id, "fog", course.at, "simulated-racing-7"))
    course.run(60, feed)
    course.run(5)
    assert not course.of(fixture_id, KickedOff, FixtureEnded)
    assert len(course.facts(FixtureEnded)) >= 3
    assert verify(course.store).violation is None


def test_prices_come_back_in_another_session_once_the_feed_was_silent(course: Course):
    course.run(2)
    course.seconds += 11
    course.run(2)
    sessions = {fact.body.session for fact in course.facts(MarketPriced)}
    assert len(sessions) == 2
    assert verify(course.store).violation is None
