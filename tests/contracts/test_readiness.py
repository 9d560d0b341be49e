"""Readiness says whether things move, not whether they answer: each with its figure, its bound and its words."""

import asyncio
import re
import time
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg
import pytest
import redis
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from api.circuit_breakers import ProcessLoad
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact
from commands.registry import USE_CASES, process_managers
from domain.fixture.facts import FixtureAbandoned, FixtureScheduled
from domain.ids import derived, producer_of
from domain.producer.facts import HeartBeat, SessionBegun
from domain.wallet.facts import WalletOpened
from infra.clock import Clock
from infra.eventstore.clock_check import ClocksApart, refuse_skewed_clock
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.tables import create_tables
from infra.readiness import Bounds, Readiness
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from tests.contracts.managers_under_test import read_all
from tests.contracts.test_projector import Running, eventually
from tests.views.history import VIEWS

MANAGERS = process_managers()
LONG_AGO = "UPDATE stored_events_batches SET committed_at = committed_at - interval '1 hour'"


class Site:
    """A log, views, a settler's tables, and readiness over them."""

    def __init__(self, database_url, redis_url):
        self.database_url, self.redis_url = database_url, redis_url
        self.datastore = datastore_of(database_url)
        self.store = GroupCommitRecorder(self.datastore)
        self.store.create_table()
        create_tables(database_url, MANAGERS)
        self.dispatcher = Dispatcher(self.store, USE_CASES)
        self.models = ValkeyModels(redis_url)
        self.clock = Clock()

    def happen(self, name, *facts):
        self.happen_after(name, 0, *facts)

    def happen_after(self, name, version, *facts):
        (verdict,) = self.store.append_many([Append([NewFact(name, version + nth, fact) for nth, fact in enumerate(facts, 1)])]).verdicts
        assert verdict.accepted

    def wallet(self, number):
        self.happen(derived("wallet", str(number)), WalletOpened(derived("account", str(number)), "EUR", self.clock.now()))

    def catch_up(self):
        with closing(Tail(self.database_url)) as tail:
            Projector(tail, self.models, VIEWS).catch_up()
        with closing(CaseProjector(self.database_url, Tail(self.database_url), MANAGERS)) as projector:
            read_all(projector)

    def make_old(self):
        """As if all of it had been committed an hour ago."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(LONG_AGO)

    @contextmanager
    def readiness(self, clock=None, **bounds):
        ready = Readiness(self.database_url, self.redis_url, VIEWS, MANAGERS, self.dispatcher, Bounds(**bounds), clock=clock).start()
        try:
            yield ready
        finally:
            ready.stop()

    def wrong(self, **bounds):
        with self.readiness(**bounds) as ready:
            return asyncio.run(ready.report()).wrong

    def close(self):
        self.store.close()
        self.datastore.close()
        self.models.close()


@pytest.fixture
def site(database_url, redis_url):
    with closing(Site(database_url, redis_url)) as made:
        yield made


def test_all_that_moves_is_ready_and_every_check_tells_its_words(site):
    site.wallet(1)
    site.catch_up()
    with site.readiness() as ready:
        report = asyncio.run(ready.report())
        figures = generate_latest(registered(ready)).decode()
    assert report.wrong == report.missing == report.alarms == []
    names = {"the log", "the views", "clock skew", "log clock", "encoding", "eviction policy", "views' primary"}
    names |= {name for manager in MANAGERS for name in (f"manager {manager.name}", f"cases of {manager.name}")}
    assert {check.name for check in report.checks} >= names | {"undecided", "view board", "view portfolio", "view statement"}
    assert all(check.says for check in report.checks)
    assert 'slipstream_view_lag_seconds{view="board"} 0.0' in figures
    assert "slipstream_log_position 1.0" in figures
    assert 'slipstream_queue_commands{lane="bets"} 0.0' in figures


def test_a_gateway_that_reads_no_further_is_told_by_its_lag(site):
    site.wallet(1)
    site.catch_up()
    site.make_old()
    told = [1]
    with site.readiness() as ready:
        ready.follow_gateway(lambda: told[0])
        eventually(lambda: "gateway" in [check.name for check in asyncio.run(ready.report()).checks])
        assert asyncio.run(ready.report()).wrong == []
        told[0] = 0
        eventually(lambda: asyncio.run(ready.report()).wrong)
        (line,) = asyncio.run(ready.report()).wrong
        figures = generate_latest(registered(ready)).decode()
    assert line.startswith("what sockets were told is 1 positions behind the log, the oldest fact they have not seen committed 36")
    assert 'slipstream_view_lag_seconds{view="gateway"} 36' in figures


def registered(ready):
    registry = CollectorRegistry()
    registry.register(ready)
    return registry


def test_views_and_process_managers_that_stand_still_are_told_by_their_lag(site):
    site.wallet(1)
    site.catch_up()
    site.wallet(2)
    site.make_old()
    wrong = site.wrong()
    assert len(wrong) == len(VIEWS) + len(MANAGERS)
    assert re.match(r"the view portfolio is 1 positions behind the log, the oldest fact it has not seen committed 36\d\d\.\d", wrong[0])
    assert [line.partition(" is 1 positions behind the log")[0] for line in wrong[len(VIEWS) :]] == [
        f"the process manager {manager.name}" for manager in MANAGERS
    ]
    assert all(line.endswith("ago, more than 5 s") for line in wrong)
    site.catch_up()
    assert site.wrong() == []


def test_a_view_and_a_process_manager_that_never_ran_are_as_far_behind_as_the_log_is_long(site):
    site.wallet(1)
    site.make_old()
    assert len(site.wrong()) == len(VIEWS) + len(MANAGERS)
    with psycopg.connect(site.database_url) as connection:
        connection.execute("DROP TABLE process_manager_partition CASCADE")
    assert len(site.wrong()) == len(VIEWS) + len(MANAGERS)


def test_a_result_whose_bets_stay_open_is_told_by_its_age(site):
    site.wallet(1)
    site.catch_up()
    with psycopg.connect(site.database_url) as connection:
        market, bet = derived("market", "1"), derived("bet", "1")
        connection.execute("INSERT INTO resulted_market (market_id, position) VALUES (%s, 1)", (market,))
        assert site.wrong(case_age_s=0.0) == []
        connection.execute("INSERT INTO open_leg (market_id, position, bet_id, account_id) VALUES (%s, 1, %s, %s)", (market, bet, bet))
        connection.commit()
        (line,) = site.wrong(case_age_s=0.0)
        assert line.startswith("the oldest case of settlement has been due for")
        connection.execute(
            "INSERT INTO unsettled_leg (market_id, position, bet_id, account_id, reason) VALUES (%s, 1, %s, %s, 'BetUnknown')",
            (market, bet, bet),
        )
    with site.readiness() as ready:
        report = asyncio.run(ready.report())
        figures = generate_latest(registered(ready)).decode()
    assert 'slipstream_cases_set_aside{manager="settlement"} 1.0' in figures
    assert report.alarms == ["1 cases of settlement are set aside, as their commands were refused, and tried again"]
    assert report.wrong == []


def test_a_command_that_nobody_decides_is_told_by_its_age(site):
    site.dispatcher.submit(object(), lambda _answer: None)
    time.sleep(0.02)
    (line,) = site.wrong(undecided_s=0.01)
    assert re.match(r"the oldest command waits to be decided for [0-9.]+ s", line)


class Shifted(Clock):
    """A machine's clock that somebody set wrong."""

    def __init__(self, by_s):
        super().__init__()
        self.by_s = by_s

    def now(self):
        return super().now() + timedelta(seconds=self.by_s)


@pytest.mark.parametrize(("by_s", "way"), [(6, "ahead of"), (-3_600, "behind")])
def test_a_process_whose_clock_is_too_far_from_the_databases_refuses_to_serve_and_says_so_until_they_agree(site, by_s, way):
    clock = Shifted(by_s)
    with structlog.testing.capture_logs() as lines, site.readiness(clock) as ready:
        refusal = ready.refusal()
        assert (refusal.slug, round(refusal.skew_s), refusal.skew_s_max) == ("clock-skewed", by_s, 5.0)
        (line,) = asyncio.run(ready.report()).wrong
        assert f"s {way} the database's, more than 5 s: nothing is served until they agree" in line
        clock.by_s = 0
        eventually(lambda: ready.refusal() is None)
    assert [line["log_level"] for line in lines] == ["error", "warning"]
    with site.readiness(Shifted(4)) as ready:
        assert ready.refusal() is None


def test_a_feed_does_not_start_on_a_clock_that_is_too_far_from_the_databases(site):
    with pytest.raises(ClocksApart, match=r"clock here is (59|60)\.\d s behind the database's, and may be 5 s from it at most"):
        refuse_skewed_clock(site.database_url, Shifted(-60), 5.0)
    refuse_skewed_clock(site.database_url, Shifted(4), 5.0)


def test_a_database_whose_clock_is_behind_the_logs_time_is_told(site):
    site.wallet(1)
    site.catch_up()
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE stored_events_head SET committed_at = committed_at + interval '10 seconds'")
    (line,) = site.wrong()
    assert re.match(r"the database's clock is [0-9]\.[0-9]+ s", line)


def test_a_producer_that_fell_silent_is_told_by_its_name_while_anything_is_to_be_played(site):
    feed, fixture, now = producer_of("replay"), derived("fixture", "1"), site.clock.now()
    site.happen(feed, SessionBegun("replay", 1, 10_000, now), HeartBeat(1, now))
    site.catch_up()
    assert site.wrong(feed_silence_s=0.0) == []
    site.happen(fixture, FixtureScheduled("football", "Cup", "Reds", "Blues", now, neutral=False, at=now))
    site.catch_up()
    assert site.wrong() == []
    (line,) = site.wrong(feed_silence_s=0.0)
    heard = re.compile(r"the producer replay was last heard of ([0-9.]+) s ago")
    assert float(heard.match(line)[1]) < 3600
    site.make_old()
    (line,) = site.wrong()
    assert float(heard.match(line)[1]) >= 3600
    site.happen_after(fixture, 1, FixtureAbandoned("fog", now))
    site.catch_up()
    assert site.wrong() == []


def test_a_producer_that_was_not_heard_of_for_a_day_is_none_any_more(site):
    now = site.clock.now()
    site.happen(producer_of("replay"), SessionBegun("replay", 1, 10_000, now))
    site.happen(derived("fixture", "1"), FixtureScheduled("football", "Cup", "Reds", "Blues", now, neutral=False, at=now))
    site.catch_up()
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE stored_events_batches SET committed_at = committed_at - interval '25 hours'")
    assert site.wrong() == []


def test_an_eviction_policy_under_which_rows_are_lost_is_told(site):
    with redis.Redis.from_url(site.redis_url) as client:
        client.config_set("maxmemory-policy", "volatile-lru")
        try:
            (line,) = site.wrong()
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert line == "the views' server has the maxmemory-policy volatile-lru: it forgets rows when it is full; set it to noeviction"


def test_a_view_that_is_set_aside_is_an_alarm_with_the_fact_it_stays_before(site):
    site.wallet(1)

    def project(_recorded):
        raise OverflowError("too late")

    broken = VIEWS[0]._replace(project=project)
    breaking = [broken, *VIEWS[1:]]
    with closing(Tail(site.database_url)) as tail, Running(Projector(tail, site.models, breaking)), site.readiness() as ready:
        told = "the view portfolio is set aside: portfolio at position 1: wallet.opened.v1"
        eventually(lambda: [told in alarm for alarm in asyncio.run(ready.report()).alarms] == [True])
        eventually(lambda: 'slipstream_view_set_aside{view="portfolio"} 1.0' in generate_latest(registered(ready)).decode())
        eventually(lambda: ready.last().behind["portfolio"].age_s > 0 and ready.load(0.5) == ProcessLoad(0.0, 0.5, 0.0))
    with closing(Tail(site.database_url)) as tail, Running(Projector(tail, site.models, VIEWS)), site.readiness() as ready:
        eventually(lambda: not asyncio.run(ready.report()).alarms)


def test_what_is_away_is_missing_and_named(site):
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    away = Readiness(nowhere, "redis://127.0.0.1:1/0", VIEWS, MANAGERS, site.dispatcher, Bounds()).start()
    try:
        report = asyncio.run(away.report())
    finally:
        away.stop()
    assert report.missing == ["the log", "the views"]
    assert [line.split(":")[0] for line in report.wrong] == ["the log cannot be reached", "the views cannot be reached"]
    assert away.refusal() is None
