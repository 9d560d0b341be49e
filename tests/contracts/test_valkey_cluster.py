"""On a real cluster of three: slots that move while views are built and read, nodes that die, and nothing that ever needs two slots."""

import asyncio
import gc
import threading

import pytest
import redis
import structlog

from domain.partitions import partition_of
from infra.readmodels import old_layout
from infra.readmodels.clients import client_of, primaries_of
from infra.readmodels.memory import MemoryModels
from infra.readmodels.projector import Projector
from infra.readmodels.server_check import ServerEvicts, refuse_if_it_evicts
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import ClusterReads
from infra.roles.doctor import examine
from infra.settings import read_settings
from projections.betting import portfolio
from projections.ports import ReadModelsUnavailable
from tests.contracts.read_models_under_test import ALL, ClusterKeeper, contents, live_builds
from tests.contracts.test_projector import Running, eventually, everything, expected, slowest
from tests.servers import server_folder
from tests.valkey_cluster import PRIMARIES, ValkeyCluster
from tests.views.history import VIEWS, busy, named

ACCOUNT = named("account", 1)
HOME = partition_of(ACCOUNT)


@pytest.fixture
def keeper(valkey_cluster):
    made = ClusterKeeper(valkey_cluster)
    yield made
    made.close()


pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""Nodes and slots change here: redis-py forgets connections to nodes that are others now, and leaves their sockets to be collected."""


@pytest.fixture(autouse=True)
def collected():
    """Collect what a test leaves while the test is to blame for it."""
    yield
    gc.collect()


def test_the_views_live_on_all_nodes_and_each_partition_on_one(keeper):
    history = busy(1, 300)
    Projector(history.log, keeper.models, VIEWS).catch_up()
    client = client_of(keeper.url, timeout_s=5, client_name="test")
    held = [{name.decode().partition(":")[0] for name in node.keys("{p*")} for node in primaries_of(client)]
    client.close()
    assert all(held)
    assert sum(map(len, held)) == len(ALL) == len(set.union(*held))


class Bets:
    """A history that goes on in a thread of its own until it is told to stop."""

    def __init__(self, history):
        self._history, self._stop = history, threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def _go_on(self):
        while not self._stop.wait(0.005):
            self._history.deposit(ACCOUNT, 1)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize("keys_at_once", [1, 1_000])
def test_a_slot_that_is_moved_key_by_key_while_it_is_written_and_read_loses_nothing_and_shows_no_half(keeper, keys_at_once):
    history, cluster = busy(2, 200), keeper.cluster
    seen, stop = [], threading.Event()

    def look():
        async def looking():
            reads = ClusterReads(keeper.url)
            while not stop.is_set():
                try:
                    found = await portfolio.portfolio(reads, ACCOUNT)
                    if found is not None:
                        seen.append((found.available_minor, found.at_risk_minor, len(found.open.items)))
                    elif seen:
                        seen.append(None)
                except ReadModelsUnavailable:
                    await asyncio.sleep(0.01)
            await reads.close()

        asyncio.run(looking())

    looking = threading.Thread(target=look)
    with Running(Projector(history.log, keeper.models, VIEWS)):
        eventually(lambda: slowest(keeper) == history.log.head())
        looking.start()
        try:
            with Bets(history):
                eventually(lambda: len(seen) > 20)
                source = cluster.owner_of(HOME)
                target = (source + 1) % PRIMARIES
                cluster.move_begin(HOME, target)
                while cluster.move_keys(HOME, source, target, keys_at_once):
                    before = history.log.head()
                    eventually(lambda before=before: history.log.head() > before + 2)
                cluster.move_end(HOME, target)
                moved_at = history.log.head()
                eventually(lambda: history.log.head() > moved_at)
            eventually(lambda: slowest(keeper) == history.log.head())
            read_then = len(seen)
            eventually(lambda: len(seen) > read_then + 5)
        finally:
            stop.set()
            looking.join()
    assert cluster.owner_of(HOME) == target
    assert everything(keeper.models) == expected(history)
    assert None not in seen
    available = [each[0] for each in seen]
    assert available == sorted(available)
    assert {each[1:] for each in seen} == {seen[0][1:]}


def test_a_script_is_not_run_over_half_of_the_rows_while_a_slot_is_moved(keeper):
    history, cluster = busy(3, 200), keeper.cluster
    Projector(history.log, keeper.models, VIEWS).catch_up()
    before = everything(keeper.models)
    source = cluster.owner_of(HOME)
    target = (source + 1) % PRIMARIES
    cluster.move_begin(HOME, target)
    assert cluster.move_keys(HOME, source, target, 2)
    history.deposit(ACCOUNT, 1)
    with pytest.raises(ReadModelsUnavailable):
        Projector(history.log, keeper.models, VIEWS).catch_up()
    with pytest.raises(ReadModelsUnavailable):
        keeper.ask(lambda reads: portfolio.portfolio(reads, ACCOUNT))
    while cluster.move_keys(HOME, source, target, 1_000):
        pass
    cluster.move_end(HOME, target)
    assert {view: {key: rows for key, rows in found.items() if key[2:4] != f"{HOME:02d}"} for view, found in before.items()} == {
        view: {key: rows for key, rows in found.items() if key[2:4] != f"{HOME:02d}"} for view, found in everything(keeper.models).items()
    }
    Projector(history.log, keeper.models, VIEWS).catch_up()
    assert everything(keeper.models) == expected(history)


def test_projectors_share_the_partitions_of_a_cluster(keeper):
    history, other = busy(4, 400), keeper.another()
    low = Projector(history.log, keeper.models, VIEWS, partitions=range(30), chunk_facts=50)
    high = Projector(history.log, other.models, VIEWS, partitions=range(30, 64), chunk_facts=70)
    with Running(low), Running(high):
        eventually(lambda: slowest(keeper) == history.log.head())
        history.wallet(named("account", 99), 1)
        eventually(lambda: slowest(keeper) == history.log.head())
    other.close()
    assert everything(keeper.models) == expected(history)


def test_no_role_starts_on_a_cluster_of_which_a_node_forgets_when_it_is_full(keeper):
    node = keeper.cluster.nodes[2]
    node.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(ServerEvicts, match="allkeys-lru"):
            refuse_if_it_evicts(keeper.url)
    finally:
        node.config_set("maxmemory-policy", "noeviction")
    refuse_if_it_evicts(keeper.url)
    refuse_if_it_evicts("redis+cluster://127.0.0.1:1")


def test_the_doctor_looks_at_every_node_of_a_cluster(keeper, monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPSTREAM_DATA_DIR", str(tmp_path))

    def found():
        monkeypatch.setenv("SLIPSTREAM_REDIS_URL", keeper.url)
        return next(each for each in examine(read_settings(), "http://127.0.0.1:1") if each.name == "views' server")

    assert found().ok
    node = keeper.cluster.nodes[2]
    node.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert not found().ok
        assert "allkeys-lru" in found().found
    finally:
        node.config_set("maxmemory-policy", "noeviction")


def test_when_a_node_dies_its_replica_goes_on_and_the_views_are_what_the_log_says():
    with server_folder() as folder:
        cluster = ValkeyCluster(folder, replicas=True)
        try:
            history, keeper = busy(5, 200), ClusterKeeper(cluster)
            with structlog.testing.capture_logs(), Running(Projector(history.log, keeper.models, VIEWS)):
                eventually(lambda: slowest(keeper) == history.log.head())
                dying = cluster.owner_of(HOME)
                cluster.nodes[dying].execute_command("WAIT", 1, 5_000)
                cluster.kill(dying)
                history.deposit(ACCOUNT, 7)

                def is_there():
                    try:
                        return slowest(keeper) == history.log.head()
                    except ReadModelsUnavailable:
                        return False

                eventually(is_there)
            models = ValkeyModels(cluster.url)
            assert {view.name: contents(models, live_builds(models, view.name)) for view in VIEWS} == expected(history)
            models.close()
            keeper.close()
        finally:
            cluster.stop()


def test_what_the_first_layout_left_is_shown_until_it_is_built_anew_and_then_gone(redis_url):
    history, old, models = busy(6, 200), MemoryModels(), ValkeyModels(redis_url)
    Projector(history.log, old, VIEWS).catch_up()
    head, mark = history.log.head(), history.log.mark_at(history.log.head())
    with redis.Redis.from_url(redis_url) as client:
        for view in (view for view in VIEWS if view.name in old_layout.VIEWS):
            build = f"{view.name}.{view.version - 1}"
            client.set(f"slipstream:live:{view.name}", build)
            client.set(f"slipstream:position:{build}", f"{head} {mark}")
            client.sadd(f"slipstream:builds:{view.name}", build)
            for partition in ALL:
                client.set(f"{{p{partition:02d}}}:{build}:@position", head)
            client.hset(f"{{p{HOME:02d}}}:{build}:balances", f"{ACCOUNT}:available", "1")
        models.check()
        assert live_builds(models, "portfolio") == dict.fromkeys(ALL, f"portfolio.{portfolio.VIEW.version - 1}")
        Projector(history.log, models, VIEWS).catch_up()
        assert everything(models) == expected(history)
        earlier = f":portfolio.{portfolio.VIEW.version - 1}".encode()
        assert not [name for name in client.keys("*") if earlier in name or name.startswith(b"slipstream:")]
    models.close()


def test_five_thousand_reads_at_once_wait_for_their_turn_and_the_client_of_a_cluster_does_not_run_out_of_connections(keeper):
    history = busy(7, 60)
    Projector(history.log, keeper.models, VIEWS).catch_up()
    accounts = [named("account", number % 40) for number in range(5_000)]

    async def read() -> list[object]:
        reads = ClusterReads(keeper.url)
        try:
            await portfolio.portfolio(reads, accounts[0])
            for node in keeper.cluster.nodes:
                node.execute_command("CLIENT", "PAUSE", 500)  # nobody is answered before all have asked
            return await asyncio.gather(*[portfolio.portfolio(reads, account) for account in accounts])
        finally:
            await reads.close()

    found = asyncio.run(read())
    for account, first in zip(accounts[:40], found[:40], strict=True):
        assert all(each == first for each in found[accounts.index(account) :: 40])
    assert any(each != found[0] for each in found)
