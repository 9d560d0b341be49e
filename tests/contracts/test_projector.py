"""The projector follows the log through crashes, rivals and losses, and what it built is what the log says."""

import contextlib
import random
import threading
import time

import msgspec
import pytest
import redis
import structlog

from commands.ports import Append, NewFact, StoreUnavailable
from domain.account.facts import RoleGranted
from domain.bet.facts import BetPlaced
from domain.catalogue import FACTS
from domain.fact import UnknownFact, aggregate_of, stored_name
from domain.ids import derived
from domain.partitions import PARTITIONS, partition_of
from domain.wallet.facts import WalletOpened
from infra.eventstore.memory import MemoryEventStore
from infra.readmodels.compare import compare
from infra.readmodels.log_mark import ViewEstranged
from infra.readmodels.memory import MemoryModels
from infra.readmodels.port import BuildGone, PositionsMoved
from infra.readmodels.projector import REST_S_MAX, Projector
from infra.readmodels.tracked_partitions import CannotProject
from infra.readmodels.valkey import ValkeyModels
from projections.betting import board, portfolio
from projections.changes import Add, Put
from projections.partitions import tag_of
from projections.ports import ReadModelsUnavailable, View
from tests.contracts.read_models_under_test import (
    KEEPERS,
    MemoryKeeper,
    ValkeyKeeper,
    builds_there,
    contents,
    live_builds,
    position_of,
)
from tests.views.history import ANN, NOON, VIEWS, History, busy, named

TIMEOUT_S = 60.0


@pytest.fixture(params=["memory", "valkey", "cluster"])
def keeper(request):
    made = KEEPERS[request.param](request.getfixturevalue)
    yield made
    made.close()


@pytest.fixture(scope="module")
def history():
    return busy(7, 600)


def everything(models):
    return {view.name: contents(models, live_builds(models, view.name)) for view in VIEWS}


def expected(history):
    keeper = MemoryKeeper()
    Projector(history.log, keeper.models, VIEWS).catch_up()
    return everything(keeper.models)


def eventually(claim):
    deadline_s = time.monotonic() + TIMEOUT_S
    while not claim():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.005)


def slowest(keeper):
    """How far the slowest view is, as the keeper's own process is told; what readers see is asked once that has changed, being dear."""
    states = keeper.states().values()
    standing = [state.builds.get(state.live.get(view.name, "")) for state in states for view in VIEWS]
    if not all(standing):
        return 0
    return position_of(keeper, *VIEWS) if len({each.position for each in standing}) == 1 else min(each.position for each in standing)


class Running:
    """A projector that runs in a thread of its own."""

    def __init__(self, projector):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=projector.run, args=(self._stop,))

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()


class Failing:
    """Models or a reader of which chosen calls fail, before or after they did their work."""

    def __init__(self, inner, method, error, failures, *, after):
        self._inner, self._method, self._error, self._failures, self._after = inner, method, error, failures, after

    def __getattr__(self, name):
        real = getattr(self._inner, name)
        if name != self._method or not self._failures:
            return real

        def failing(*args):
            fails = bool(self._failures) and self._failures.pop(0)
            if fails and not self._after:
                raise self._error
            answer = real(*args)
            if fails:
                raise self._error
            return answer

        return failing


class Crashing:
    """Models whose every third batch reaches only some of its partitions before the connection is lost."""

    def __init__(self, inner, seed):
        self._inner, self._rng, self._batches = inner, random.Random(seed), 0  # noqa: S311  (where it crashes is no secret)

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def apply(self, calls):
        self._batches += 1
        if self._batches % 3:
            self._inner.apply(calls)
            return
        self._inner.apply({partition: each for partition, each in calls.items() if self._rng.random() < 0.5})
        raise ReadModelsUnavailable("lost in the middle of a batch")


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_that_only_some_partitions_took_is_finished_once_by_a_projector_with_other_stretches(keeper, history, seed):
    rng = random.Random(seed)  # noqa: S311  (how far it goes is no secret)
    crashing = Crashing(keeper.models, seed)
    reached = 0
    while reached < history.log.head():
        with contextlib.suppress(ReadModelsUnavailable):
            reached = Projector(history.log, crashing, VIEWS, chunk_facts=rng.choice((20, 70, 150, 400))).catch_up()
    assert everything(keeper.models) == expected(history)


def test_views_catch_up_with_the_log_in_pieces_of_any_size(keeper, history):
    assert Projector(history.log, keeper.models, VIEWS, chunk_facts=37).catch_up() == history.log.head()
    assert everything(keeper.models) == expected(history)


def test_a_running_projector_follows_the_log(keeper):
    history = busy(1, 100)
    with Running(Projector(history.log, keeper.models, VIEWS)):
        history.wallet(named("account", 99), 1)
        eventually(lambda: slowest(keeper) == history.log.head())
    assert everything(keeper.models) == expected(history)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["apply", "state", "begin"])
def test_read_models_that_go_away_are_waited_for_and_nothing_is_skipped_or_doubled(keeper, history, method, after):
    models = Failing(keeper.models, method, ReadModelsUnavailable("gone"), [False, True, True, False, True], after=after)
    with Running(Projector(history.log, models, VIEWS, chunk_facts=100)):
        eventually(lambda: slowest(keeper) == history.log.head())
    assert everything(keeper.models) == expected(history)


def test_a_log_that_goes_away_is_waited_for(keeper, history):
    reader = Failing(history.log, "read", StoreUnavailable("gone"), [False, True, False, True], after=False)
    with Running(Projector(reader, keeper.models, VIEWS, chunk_facts=100)):
        eventually(lambda: slowest(keeper) == history.log.head())
    assert everything(keeper.models) == expected(history)


def test_two_projectors_at_once_apply_everything_once(keeper, history):
    rival = keeper.another()
    one, two = (Projector(history.log, each.models, VIEWS, chunk_facts=chunk) for each, chunk in ((keeper, 31), (rival, 50)))
    with Running(one), Running(two):
        eventually(lambda: slowest(keeper) == history.log.head())
    rival.close()
    assert everything(keeper.models) == expected(history)


def test_read_models_that_lost_everything_are_built_again(keeper):
    history = busy(2, 300)
    with Running(Projector(history.log, keeper.models, VIEWS)):
        eventually(lambda: slowest(keeper) == history.log.head())
        keeper.lose_everything()
        eventually(lambda: slowest(keeper) == history.log.head())
    assert everything(keeper.models) == expected(history)


def test_a_server_that_went_back_to_an_old_snapshot_is_brought_forward_from_there(redis_url):
    history, models = busy(3, 300), ValkeyModels(redis_url)
    projector = Projector(history.log, models, VIEWS, chunk_facts=10)
    projector.catch_up()
    with redis.Redis.from_url(redis_url) as client:
        snapshot = {key: client.dump(key) for key in client.scan_iter("*")}
        busier = busy(3, 900)
        later = Projector(busier.log, models, VIEWS, chunk_facts=10)
        later.catch_up()
        client.flushall()
        for key, dumped in snapshot.items():
            client.restore(key, 0, dumped)
    busier.wallet(named("account", 99), 1)
    keeper = ValkeyKeeper(redis_url)
    with Running(later):
        eventually(lambda: slowest(keeper) == busier.log.head())
    keeper.close()
    assert everything(models) == expected(busier)
    models.close()


def test_a_rebuilt_view_is_the_same_to_the_byte_and_the_old_one_is_gone(keeper, history):
    projector = Projector(history.log, keeper.models, VIEWS, chunk_facts=100)
    projector.catch_up()
    before, old = everything(keeper.models), live_builds(keeper.models, "portfolio")
    projector.rebuild("portfolio")
    new = live_builds(keeper.models, "portfolio")
    assert not set(new.values()) & set(old.values())
    assert everything(keeper.models) == before
    assert builds_there(keeper.models, "portfolio") == set(new.values())
    assert list(keeper.models.keys(old)) == []


def test_a_running_projector_goes_on_with_the_build_that_a_rebuild_left(keeper):
    history = busy(4, 300)
    other = keeper.another()
    with Running(Projector(history.log, keeper.models, VIEWS, chunk_facts=50)):
        Projector(history.log, other.models, VIEWS).rebuild("board")
        history.wallet(named("account", 99), 1)
        eventually(lambda: slowest(keeper) == history.log.head())
    other.close()
    assert everything(keeper.models) == expected(history)


def test_a_view_of_a_higher_version_is_built_beside_and_readers_switched_when_it_is_there(keeper, history):
    Projector(history.log, keeper.models, VIEWS).catch_up()
    raised = portfolio.VIEW._replace(version=portfolio.VIEW.version + 1)
    Projector(history.log, keeper.models, [raised, *VIEWS[1:]], chunk_facts=100).catch_up()
    live = set(live_builds(keeper.models, "portfolio").values())
    assert all(build.startswith(f"portfolio.{raised.version}.") for build in live)
    assert builds_there(keeper.models, "portfolio") == live
    assert everything(keeper.models) == expected(history)


NOT_OF_BETTING = {"competitions", "drafts", "mutes", "moderation", "referrals", "alerts"}
"""The views of what only people among people do, and of what nobody asks a trader for: a history of betting puts nothing there."""


def test_a_view_that_is_equal_to_the_log_is_found_equal_while_it_is_fed(keeper):
    history = busy(8, 600)
    other = keeper.another()
    with Running(Projector(history.log, keeper.models, VIEWS, chunk_facts=20)):
        for view in VIEWS:
            found = Projector(history.log, other.models, VIEWS, chunk_facts=20).compare(view.name)
            assert found.difference is None
            assert found.rows > 0 or view.name in NOT_OF_BETTING
            history.wallet(named("new", found.position), 1)
    other.close()


@pytest.mark.parametrize("rows_max", [1, 50, 10_000])
def test_a_view_is_compared_in_bounded_memory_with_as_many_readings_of_the_log_as_that_takes(history, rows_max):
    models = MemoryModels()
    projector = Projector(history.log, models, VIEWS)
    projector.catch_up()
    whole, bounded = projector.compare("board"), projector.compare("board", rows_max=rows_max)
    assert bounded[:4] == whole[:4]
    assert {1: bounded.readings > 8, 50: 1 < bounded.readings < PARTITIONS, 10_000: bounded.readings == 1}[rows_max]
    models.store.hashes[next(name for name in sorted(models.store.hashes) if ":board." in name)][b"spoilt"] = b"1"
    assert projector.compare("board", rows_max=rows_max).difference is not None


def test_of_the_log_only_what_a_view_consumes_is_read_to_compare_it(history, monkeypatch):
    models, given, read = MemoryModels(), [], history.log.read_filtered
    Projector(history.log, models, VIEWS).catch_up()

    def noting(*asked):
        stretch = read(*asked)
        given.extend(type(fact.body) for fact in stretch.facts)
        return stretch

    monkeypatch.setattr(history.log, "read_filtered", noting)
    for view in VIEWS:
        given.clear()
        found = compare(history.log, models, view, history.log.head)
        assert (found.position, found.difference) == (history.log.head(), None)
        assert given or view.name in NOT_OF_BETTING
        assert set(given) <= view.consumes


def test_a_projector_writes_only_what_a_batch_touches_and_tells_quiet_partitions_how_far_the_log_is():
    history, calls = busy(17, 100), []
    keeper = MemoryKeeper()
    models = Noting(keeper.models, calls)
    with Running(Projector(history.log, models, VIEWS, watermark_ms=60_000)):
        eventually(
            lambda: slowest(keeper) == history.log.head()
        )  # by the first watermark: some views have nothing here; the next is not due
        calls.clear()
        history.deposit(ANN, 1)
        home = partition_of(ANN)
        eventually(lambda: keeper.ask(lambda reads: reads.wait_for(portfolio.VIEW, [home], history.log.head())))
        assert [set(call) for call in calls] == [{home}]
        assert {section.view for section in calls[0][home]} == {"portfolio", "statement", "inbox"}  # the others have nothing to write there
        assert slowest(keeper) < history.log.head()
    Projector(history.log, keeper.models, VIEWS).catch_up()
    assert slowest(keeper) == history.log.head()
    assert everything(keeper.models) == expected(history)


class Noting:
    """Models that note what is applied."""

    def __init__(self, inner, calls):
        self._inner, self._calls = inner, calls

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def apply(self, calls):
        self._calls.append(calls)
        self._inner.apply(calls)


@pytest.mark.parametrize("spoilt", ["value", "missing", "surplus", "score", "key"])
def test_a_view_that_differs_from_the_log_is_found_by_the_row_that_differs(redis_url, spoilt):
    history, models = History(), ValkeyModels(redis_url)
    history.wallet(ANN, 10_00)
    history.bet(ANN, named("bet", 1), 1_00, (named("market", 1), "home", "2.35", 1))
    projector = Projector(history.log, models, VIEWS)
    projector.catch_up()
    tag = tag_of(ANN)
    with redis.Redis.from_url(redis_url) as client:
        name = f"{tag}:portfolio.{portfolio.VIEW.version}"
        match spoilt:
            case "value":
                client.hset(f"{name}:balances", f"{ANN}:available", "999999")
            case "missing":
                client.hdel(f"{name}:balances", f"{ANN}:available")
            case "surplus":
                client.hset(f"{name}:balances", "nobody", "1")
            case "score":
                client.zincrby(f"{name}:open:{ANN}", 1, named("bet", 1))
            case "key":
                client.delete(f"{name}:bets")
    found = projector.compare("portfolio").difference
    assert found.key == {"score": f"{tag}:open:{ANN}", "key": f"{tag}:bets"}.get(spoilt, f"{tag}:balances")
    if spoilt == "value":
        assert (found.row, found.live, found.expected) == (f"{ANN}:available".encode(), b"999999", b"900")
    models.close()


def test_a_view_nobody_knows_is_named_with_those_there_are(keeper):
    with pytest.raises(KeyError, match="the views are portfolio, statement, board"):
        Projector(History().log, keeper.models, VIEWS).rebuild("porfolio")


def test_a_rebuild_that_another_one_took_over_says_so(keeper, history):
    projector = Projector(history.log, keeper.models, VIEWS)
    projector.catch_up()
    taken = []

    def project(recorded):
        if not taken and isinstance(recorded.body, BetPlaced):
            taken.append(None)
            projector.rebuild("portfolio")
            taken[0] = live_builds(keeper.models, "portfolio")
        return portfolio.project(recorded)

    slow = Projector(history.log, keeper.models, [View("portfolio", 2, project)])
    with pytest.raises((BuildGone, PositionsMoved)):
        slow.rebuild("portfolio")
    assert live_builds(keeper.models, "portfolio") == taken[0]
    assert everything(keeper.models) == expected(history)


def alarms(lines, view="portfolio"):
    return [line for line in lines if line["event"].startswith("a view cannot apply a fact") and line["view"] == view]


@pytest.mark.parametrize("chunk_facts", [7, 4_000])
def test_a_view_that_breaks_on_a_fact_stays_before_it_with_an_alarm_while_the_others_go_on(keeper, chunk_facts):
    history, poisoned = busy(8, 100), [True]
    projected = [fact.position for fact in history.log.read(0, history.log.head()) if type(fact.body) in portfolio.VIEW.consumes]
    bad = projected[-20]

    def project(recorded):
        if poisoned and recorded.position == bad:
            raise OverflowError("date value out of range")
        return portfolio.project(recorded)

    broken = portfolio.VIEW._replace(project=project)
    projector = Projector(history.log, keeper.models, [broken, *VIEWS[1:]], chunk_facts=chunk_facts)
    with structlog.testing.capture_logs() as lines, Running(projector):
        eventually(lambda: len(alarms(lines)) > 1)
        for _ in range(3):
            history.wallet(named("later", history.log.head()), 1)
            eventually(lambda: all(position_of(keeper, view) == history.log.head() for view in VIEWS[1:]))
        assert position_of(keeper, broken) == bad - 1
        assert alarms(lines, "board") == alarms(lines, "statement") == []
        fact = history.log.read(bad - 1, 1)[0]
        told = {"position": bad, "stream_id": fact.stream_id, "fact": stored_name(type(fact.body)), "log_level": "error"}
        assert told.items() <= alarms(lines)[0].items()
        assert "OverflowError: date value out of range" in alarms(lines)[0]["reason"]
        assert [line["pause_s"] for line in alarms(lines)[:2]] == [0.05, 0.1]
        poisoned.clear()
        eventually(lambda: slowest(keeper) == history.log.head())
        continues = {"event": "a view that was set aside continues", "view": "portfolio"}
        eventually(lambda: continues.items() <= lines[-1].items())
    assert everything(keeper.models) == expected(history)


@pytest.mark.parametrize("bad_change", [Add("{p00}:rows", "text", 1), Put("{p00}:rows", "n", object()), object()])
def test_a_view_whose_change_cannot_be_applied_stops_only_itself(keeper, bad_change):
    history, poisoned = busy(9, 100), [True]
    bad = history.log.head() - 30

    def project(recorded):
        if not poisoned:
            return ()
        return (bad_change,) if recorded.position == bad else (Put("{p00}:rows", "text", b"text"),)

    tried = View("tried", 1, project)
    with structlog.testing.capture_logs() as lines, Running(Projector(history.log, keeper.models, [tried, *VIEWS], chunk_facts=20)):
        eventually(lambda: len(alarms(lines, "tried")) > 1)
        history.wallet(named("later", 1), 1)
        eventually(lambda: slowest(keeper) == history.log.head())
        poisoned.clear()
        eventually(lambda: position_of(keeper, tried) == history.log.head())
    assert everything(keeper.models) == expected(history)


class ReadByAnOlderProcess:
    """A log of which this process does not know the kind of one fact."""

    def __init__(self, history, position, name):
        self._log, self._position, self._unknown = history.log, position, UnknownFact(name, "no such kind is known")

    def __getattr__(self, name):
        return getattr(self._log, name)

    def read(self, after, limit):
        return [
            msgspec.structs.replace(fact, body=self._unknown) if fact.position == self._position else fact
            for fact in self._log.read(after, limit)
        ]


def test_a_kind_of_fact_from_a_newer_process_is_skipped_by_views_that_do_not_look_at_its_aggregate(keeper):
    history = busy(10, 100)
    history.add(derived("slip", "1"), RoleGranted("trader", "console", history.at()))
    log = ReadByAnOlderProcess(history, history.log.head(), "moon.risen.v1")
    history.wallet(named("later", 1), 1)
    assert Projector(log, keeper.models, VIEWS, chunk_facts=30).catch_up() == history.log.head()
    assert everything(keeper.models) == expected(history)
    for view in VIEWS:
        assert Projector(log, keeper.models, VIEWS).compare(view.name).difference is None


def test_a_view_stops_before_a_fact_of_an_aggregate_it_looks_at_that_this_process_cannot_decode(keeper):
    history = busy(11, 100)
    history.add(derived("slip", "1"), RoleGranted("trader", "console", history.at()))
    unknown_at = history.log.head()
    log = ReadByAnOlderProcess(history, unknown_at, "market.handicapped.v1")
    history.wallet(named("later", 1), 1)
    with structlog.testing.capture_logs() as lines, Running(Projector(log, keeper.models, VIEWS)):
        eventually(lambda: len(alarms(lines, "board")) > 1)
        eventually(lambda: all(position_of(keeper, view) == history.log.head() for view in VIEWS[:2]))
        assert position_of(keeper, board.VIEW) == unknown_at - 1
        assert {"position": unknown_at, "fact": "market.handicapped.v1"}.items() <= alarms(lines, "board")[0].items()
    with pytest.raises(CannotProject, match=r"market\.handicapped\.v1"):
        Projector(log, keeper.models, VIEWS).compare("board")


def test_a_view_that_does_not_say_what_it_consumes_stops_before_every_unknown_fact():
    assert View("tried", 1, lambda _fact: ()).must_understand(UnknownFact("slip.shared.v1"))


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_kind_of_fact_of_an_aggregate_that_a_view_looks_at_changes_it_or_is_named_as_one_that_does_not(view):
    looked_at = {aggregate_of(stored_name(kind)) for kind in view.consumes}
    kinds = {kind for name, kind in FACTS.items() if aggregate_of(name) in looked_at}
    assert view.consumes | view.ignores == kinds
    assert not view.consumes & view.ignores


def restored(log, upto):
    """The log as it was, up to the end of the batch that holds a position: what a backup brings back."""
    clock_us = [0]
    backup = MemoryEventStore(log_id=log.identity(), clock_us=lambda: clock_us[0])
    stretch, start = log.read_batches(0, log.head()), 0
    for batch in stretch.batches:
        if start >= upto:
            break
        appends = []
        for size in batch.append_sizes:
            appends.append(Append([NewFact(fact.stream_id, fact.version, fact.body) for fact in stretch.facts[start : start + size]]))
            start += size
        clock_us[0] = batch.committed_us
        backup.append_many(appends)
    assert backup.mark_at(start) == log.mark_at(start)
    return backup


def go_on(log, facts):
    """Other things happen than before."""
    for number in range(facts):
        log.append_many([Append([NewFact(derived("wallet", "later", str(number)), 1, WalletOpened(named("later", number), "EUR", NOON))])])


class Switched:
    """A reader whose log somebody may put another one in place of."""

    def __init__(self, log):
        self.log = log

    def __getattr__(self, name):
        return getattr(self.log, name)


@pytest.mark.parametrize("facts", [150, 400])
def test_views_of_another_log_are_told_and_built_anew_from_this_one(keeper, facts):
    history, another, why = busy(12, 300), busy(12, facts), "the view is of another log"
    Projector(history.log, keeper.models, VIEWS).catch_up()
    with pytest.raises(ViewEstranged, match=why):
        Projector(another.log, keeper.models, VIEWS).compare("board")
    with structlog.testing.capture_logs() as lines, Running(Projector(another.log, keeper.models, VIEWS)):
        eventually(lambda: slowest(keeper) == another.log.head())
    told = [line for line in lines if line["event"] == "a view belongs to another log and is rebuilt"]
    assert {(line["view"], line["why"], line["log_level"]) for line in told} == {(view.name, why, "error") for view in VIEWS}
    assert everything(keeper.models) == expected(another)


@pytest.mark.parametrize(("later", "why"), [(0, "newer than the log"), (40, "newer than the log"), (400, "another history")])
def test_views_newer_than_a_restored_log_are_told_and_built_anew_while_nobody_sees_them(keeper, later, why):
    history = busy(13, 300)
    backup = restored(history.log, 200)
    Projector(history.log, keeper.models, VIEWS).catch_up()
    go_on(backup, later)
    with pytest.raises(ViewEstranged, match=why):
        Projector(backup, keeper.models, VIEWS).compare("board")
    with structlog.testing.capture_logs() as lines, Running(Projector(backup, keeper.models, VIEWS)):
        eventually(lambda: slowest(keeper) == backup.head())
    assert why in next(line["why"] for line in lines if line["event"] == "a view belongs to another log and is rebuilt")
    rebuilt = MemoryKeeper()
    Projector(backup, rebuilt.models, VIEWS).catch_up()
    assert everything(keeper.models) == everything(rebuilt.models)


def test_a_projector_that_runs_while_the_log_is_restored_notices_when_it_is_back(keeper):
    history = busy(14, 300)
    switched = Switched(history.log)
    with structlog.testing.capture_logs() as lines, Running(Projector(switched, keeper.models, VIEWS)):
        eventually(lambda: slowest(keeper) == history.log.head())
        backup = restored(history.log, 250)
        go_on(backup, 100)
        switched.log = backup
        eventually(lambda: any(line["event"] == "a view belongs to another log and is rebuilt" for line in lines))
        eventually(lambda: slowest(keeper) == backup.head())
    rebuilt = MemoryKeeper()
    Projector(backup, rebuilt.models, VIEWS).catch_up()
    assert everything(keeper.models) == everything(rebuilt.models)


def test_a_view_that_moves_on_while_the_log_goes_back_is_named_as_newer_by_the_comparison():
    history, models = busy(15, 300), MemoryModels()
    Projector(history.log, models, VIEWS).catch_up()
    backup = restored(history.log, 200)
    with pytest.raises(ViewEstranged, match="newer than the log"):
        compare(backup, models, board.VIEW, history.log.head)


def test_partitions_of_a_version_that_kept_no_mark_are_built_anew_and_are_no_finding(redis_url):
    history, models = busy(16, 200), ValkeyModels(redis_url)
    Projector(history.log, models, VIEWS).catch_up()
    with redis.Redis.from_url(redis_url) as client:
        client.hset("{p05}:slipstream", f"at:board.{board.VIEW.version}", history.log.head())
    assert Projector(history.log, models, VIEWS[:1]).compare("portfolio").difference is None
    with structlog.testing.capture_logs() as lines:
        Projector(history.log, models, VIEWS).catch_up()
    told = [line for line in lines if line["event"] == "a view belongs to another log and is rebuilt"]
    assert [(line["view"], line["why"], line["partitions"]) for line in told] == [("board", "the view does not say which log it is of", 1)]
    assert everything(models) == expected(history)
    models.close()


@pytest.mark.parametrize(("chunk_facts", "rests"), [(7, False), (4_000, True)])
def test_it_rests_after_a_short_stretch_so_that_the_next_is_longer_and_not_on_a_long_way(chunk_facts, rests):
    keeper, history = MemoryKeeper(), busy(8, 100)

    class Stop(threading.Event):
        waited = ()

        def wait(self, timeout=None):
            self.waited = (*self.waited, timeout)
            return super().wait(0)

    stop = Stop()
    projector = Projector(history.log, keeper.models, VIEWS, chunk_facts=chunk_facts)
    thread = threading.Thread(target=projector.run, args=(stop,))
    thread.start()
    eventually(lambda: slowest(keeper) == history.log.head())
    if rests:
        eventually(lambda: stop.waited)
    waited = stop.waited
    stop.set()
    thread.join(TIMEOUT_S)
    assert bool(waited) == rests
    assert all(0 <= seconds <= REST_S_MAX for seconds in waited)
