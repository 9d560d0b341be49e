"""When the read models fail over to another server, whoever writes and whoever reads leaves the demoted one for the new primary."""

import asyncio
import contextlib
import itertools
import socket
import threading
from urllib.parse import urlsplit

import pytest
import redis
import structlog

from infra.embedded.valkey import EmbeddedValkey
from infra.readmodels import pipelined_reads, valkey_reads
from infra.readmodels.pipelined_reads import PipelinedReads
from infra.readmodels.port import RowsMayBeEvicted, ServerIsReplica
from infra.readmodels.projector import Projector
from infra.readmodels.server_check import ServerEvicts, refuse_if_it_evicts
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import ValkeyReads
from projections.betting import board, portfolio
from projections.ports import ReadModelsUnavailable
from tests.contracts.read_models_under_test import ALL, contents, standing
from tests.contracts.test_projector import Running, eventually
from tests.servers import server_folder
from tests.views.history import VIEWS, busy, named


class Address:
    """A TCP address that leads to one server, then to another, as a name does: connections stay where they were made to."""

    def __init__(self, port):
        self.leads_to = port
        self.silent_before = self._accepted = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self):
        """Nothing goes over the connections any more that are there now; they stand all the same."""
        self.silent_before = self._accepted + 1

    def _accept(self):
        with contextlib.suppress(OSError):
            for self._accepted in itertools.count():
                came, _ = self._listener.accept()
                there = socket.create_connection(("127.0.0.1", self.leads_to))
                for source, target in ((came, there), (there, came)):
                    threading.Thread(target=self._pass_on, args=(source, target, self._accepted), daemon=True).start()

    def _pass_on(self, source, target, number):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if number >= self.silent_before:
                    target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Pair:
    """A primary with its replica, and the address of whichever is the primary."""

    def __init__(self, first_url, second_url):
        self.urls = [first_url, second_url]
        self.clients = [redis.Redis.from_url(url) for url in self.urls]
        for client in self.clients:
            client.replicaof("NO", "ONE")
            client.flushall()
        self._follow(1, 0)
        eventually(lambda: self.clients[1].info("replication")["master_link_status"] == "up")
        self.address = Address(urlsplit(first_url).port)
        self.url = first_url.replace(f":{urlsplit(first_url).port}/", f":{self.address.port}/")

    def _follow(self, follower, leader):
        client, leads = self.clients[follower], urlsplit(self.urls[leader])
        client.config_set("masterauth", leads.password)
        client.replicaof(leads.hostname, leads.port)

    def fail_over(self):
        """The replica is the primary from now on, the primary its replica; connections that stand are left standing."""
        self.clients[1].replicaof("NO", "ONE")
        self.address.leads_to = urlsplit(self.urls[1]).port
        self._follow(0, 1)

    def close(self):
        self.address.close()
        for client in self.clients:
            client.replicaof("NO", "ONE")
            client.close()


@pytest.fixture(scope="module")
def servers():
    with (
        server_folder() as folder,
        EmbeddedValkey(folder / "one", snapshots=False) as one,
        EmbeddedValkey(folder / "two", snapshots=False) as two,
    ):
        first, second = one.start(), two.start()
        password = urlsplit(first).password
        with redis.Redis.from_url(second) as client:
            client.config_set("requirepass", password)
        yield first, second.replace(urlsplit(second).password, password)
        with redis.Redis.from_url(second.replace(urlsplit(second).password, password)) as client:
            client.config_set("requirepass", urlsplit(second).password)


@pytest.fixture
def pair(servers):
    made = Pair(*servers)
    yield made
    made.close()


def all_at(models, position):
    return {each for view in VIEWS for each in standing(models, f"{view.name}.{view.version}").values()} == {position}


async def position_seen(reads):
    return min((await reads.positions(board.VIEW, ALL)).values())


def test_the_projector_leaves_a_demoted_server_and_goes_on_at_the_new_primary(pair):
    history, models = busy(1, 200), ValkeyModels(pair.url)
    with structlog.testing.capture_logs() as lines, Running(Projector(history.log, models, VIEWS)):
        there = ValkeyModels(pair.urls[0])
        eventually(lambda: all_at(there, history.log.head()))
        pair.fail_over()
        history.wallet(named("account", 99), 1)
        there = ValkeyModels(pair.urls[1])
        eventually(lambda: all_at(there, history.log.head()))
    assert any("READONLY" in line.get("error", "") or "read only" in line.get("error", "") for line in lines), lines
    expected = ValkeyModels(pair.urls[1])
    assert contents(expected, f"portfolio.{portfolio.VIEW.version}")
    for view in VIEWS:
        assert Projector(history.log, expected, VIEWS).compare(view.name).difference is None


@pytest.mark.parametrize("reads_of", [ValkeyReads, PipelinedReads])
def test_a_reader_leaves_a_demoted_server_for_the_new_primary(pair, reads_of):
    history = busy(2, 200)
    Projector(history.log, ValkeyModels(pair.url), VIEWS).catch_up()

    async def read():
        reads = reads_of(pair.url)
        assert await position_seen(reads) == history.log.head()
        pair.fail_over()
        pair.clients[0].replicaof("127.0.0.1", 1)  # it hears nothing of its primary, and shows what it had
        history.wallet(named("account", 99), 1)
        Projector(history.log, ValkeyModels(pair.urls[1]), VIEWS).catch_up()
        seen = []
        for _ in range(200):
            try:
                seen.append(await position_seen(reads))
            except ReadModelsUnavailable as away:
                seen.append(type(away))
            if seen[-1] == history.log.head():
                break
            await asyncio.sleep(0.02)
        await reads.close()
        return seen

    seen = asyncio.run(read())
    assert seen[-1] == history.log.head()
    assert ServerIsReplica in seen


@pytest.mark.parametrize("reads_of", [ValkeyReads, PipelinedReads])
def test_a_reader_leaves_a_server_that_says_nothing_any_more(pair, reads_of, monkeypatch):
    for module in (valkey_reads, pipelined_reads):
        monkeypatch.setattr(module, "TIMEOUT_S", 0.5)
    history = busy(3, 100)
    Projector(history.log, ValkeyModels(pair.url), VIEWS).catch_up()

    async def read():
        reads = reads_of(pair.url)
        assert await position_seen(reads) == history.log.head()
        pair.address.fall_silent()
        pair.clients[1].replicaof("NO", "ONE")
        pair.address.leads_to = urlsplit(pair.urls[1]).port
        try:
            for _ in range(20):
                with contextlib.suppress(ReadModelsUnavailable):
                    return await position_seen(reads)
        finally:
            await reads.close()

    assert asyncio.run(read()) == history.log.head()


def test_a_server_that_is_a_replica_is_not_written_to(pair):
    models = ValkeyModels(pair.urls[1])
    with pytest.raises(ServerIsReplica):
        models.check()
    models.close()


def test_a_server_that_forgets_when_it_is_full_is_not_written_to(redis_url):
    models = ValkeyModels(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with pytest.raises(RowsMayBeEvicted, match="maxmemory-policy is allkeys-lru"):
                Projector(busy(1, 10).log, models, VIEWS).catch_up()
            assert client.dbsize() == 0
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    models.close()


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-ttl"])
def test_no_role_starts_on_a_server_that_forgets_when_it_is_full(redis_url, policy):
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", policy)
        try:
            with pytest.raises(ServerEvicts, match=f"maxmemory-policy {policy}"):
                refuse_if_it_evicts(redis_url)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    refuse_if_it_evicts(redis_url)
    refuse_if_it_evicts("redis://127.0.0.1:1/0")  # away is not unfit: betting goes on without it
