"""What every test may ask for: real servers, and hypothesis with a seed that is printed and can be given again."""

import os
import secrets
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import redis

from infra.embedded.kafka import EmbeddedKafka, why_no_broker
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.valkey import EmbeddedValkey
from tests.servers import fresh_database, server_folder
from tests.side_by_side import BySize
from tests.valkey_cluster import ValkeyCluster

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Hundreds of processes start in these tests; where it is set, each of them would compile every module anew."""

os.environ.setdefault("SLIPSTREAM_FEED_MARKETS", "main")
"""Two cores run many feeds side by side here; what is about every market asks for them."""

hypothesis.settings.register_profile("quick", max_examples=50, deadline=None, print_blob=True)
hypothesis.settings.register_profile("deep", max_examples=2_000, stateful_step_count=100, deadline=None, print_blob=True)
PROFILE = os.environ.get("SLIPSTREAM_HYPOTHESIS", "quick")
hypothesis.settings.load_profile(PROFILE)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed ourselves where none is given, so that the one to repeat can always be named."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySize:
    return BySize(config, log)


def pytest_report_header(config: pytest.Config) -> str:
    return f"hypothesis: profile {PROFILE}, repeat with --hypothesis-seed={config.option.hypothesis_seed}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a second try begin with a module's servers, roles and people anew: what the first one left would fail it."""
    if isinstance(item, pytest.Function) and getattr(item, "execution_count", 1) > 1:
        for fixtures in item._fixtureinfo.name2fixturedefs.values():
            for fixture in fixtures:
                if fixture.scope == "module":
                    fixture.finish(item._request)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL of this test run."""
    with server_folder() as folder, EmbeddedPostgres(folder / "postgres", shared_buffers_mb=128) as server:
        yield server.start()


@pytest.fixture
def database_url(postgres_server: str) -> Iterator[str]:
    """URL of a database that is empty and this test's own."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """URL of a Valkey of this test run."""
    with server_folder() as folder, EmbeddedValkey(folder / "valkey", snapshots=False) as server:
        yield server.start()


@pytest.fixture
def redis_url(valkey_server: str) -> str:
    """URL of a Valkey that is empty when the test begins."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[EmbeddedKafka]:
    """A Kafka broker of this test run, with nothing of a test before but its topics."""
    if why := why_no_broker():
        pytest.skip(f"{why}: install Java 17 and Maven, then make kafka")
    with server_folder() as folder, EmbeddedKafka(folder / "kafka") as server:
        yield server


@pytest.fixture(scope="session")
def valkey_cluster_running() -> Iterator[ValkeyCluster]:
    """A cluster of three of this test run."""
    with server_folder() as folder:
        cluster = ValkeyCluster(folder)
        yield cluster
        cluster.stop()


@pytest.fixture
def valkey_cluster(valkey_cluster_running: ValkeyCluster) -> ValkeyCluster:
    """A cluster of three that is empty when the test begins."""
    valkey_cluster_running.flush()
    return valkey_cluster_running
