"""The whole product as processes on a PostgreSQL, a Valkey and, where they can be had, Kafka brokers that are its own to break."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket

import httpx

from infra.embedded.kafka import why_no_broker
from infra.embedded.kafka_cluster import EmbeddedKafkaCluster
from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.server import HOST, free_port
from infra.embedded.valkey import EmbeddedValkey
from infra.metrics.ports import METRICS_PORTS
from tests.journeys.process_tree import Tree, until
from tests.servers import server_folder

BACK_S_MAX = 240.0
"""How long everything may take to come back on a loaded machine."""

ROLES = ("api", "api_2", "project", "project_2", "settle")
HALVES = {"project": "0-31", "project_2": "32-63"}


class Product(Tree):
    """Two APIs, two projectors and a settler; over a broker a relay, too. Each process has a clock that can be set."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey, kafka: EmbeddedKafkaCluster | None) -> None:
        super().__init__(postgres.start(), valkey.start(), folder)
        self.postgres, self.valkey, self.kafka = postgres, valkey, kafka
        self.roles = ROLES if kafka is None else (*ROLES, "relay")
        self.ports = {role: (free_port(), free_port()) for role in self.roles} | {"api": (self.port, self.metrics_port)}
        self.urls = [self.url, f"http://{HOST}:{self.ports['api_2'][0]}"]
        if kafka is not None:
            self.env |= {"SLIPSTREAM_BACKBONE": "kafka", "SLIPSTREAM_KAFKA_URL": kafka.start()}
        self.stopped: set[str] = set()
        """Roles that stand still."""
        self.starting: set[str] = set()
        """Roles that have not opened their port yet: one that finds a server away ends then, and is started again."""
        self.started_again = 0
        for role in self.roles:
            self.set_clock(role, 0)

    def begin(self, role: str) -> None:
        """Start a process of a role, without waiting for it."""
        kind = role.removesuffix("_2")
        port, metrics_port = self.ports[role]
        env = {"SLIPSTREAM_HTTP_PORT": str(port), "SLIPSTREAM_METRICS_PORT": str(metrics_port - METRICS_PORTS[kind])}
        if self.kafka is None and role in HALVES:
            env["SLIPSTREAM_PROJECT_PARTITIONS"] = HALVES[role]
        command = ("tests.journeys.faults.shifted", str(self._clock_of(role)))
        self.starting.add(role)
        self.spawn(kind, name=role, module=command, **env)

    def set_clock(self, role: str, offset_s: int) -> None:
        """Set the clock of a role so many seconds off."""
        draft = f"{offset_s:<16}"
        with self._clock_of(role).open("r+" if self._clock_of(role).exists() else "w") as file:
            file.write(draft)

    def _clock_of(self, role: str) -> Path:
        return self.folder / f"{role}.clock"

    def kill(self, role: str) -> None:
        """Kill a role, whatever it does, and start it again."""
        self.end(role, signal.SIGKILL)
        self.begin(role)

    def said_by(self, role: str) -> str:
        """Return the end of what a role logged."""
        return (self.folder / f"{role}.log").read_text()[-5_000:]

    def check(self) -> None:
        """No role that is up ends by itself, whatever happens to the servers."""
        for role, process in list(self.running.items()):
            if process.poll() is None:
                self.starting -= {role} if role in self.starting and self._has_opened(role) else set()
                continue
            assert role in self.starting, f"{role} ended by itself: {self.said_by(role)}"
            assert process.returncode == 1, f"{role} ended with {process.returncode}: {self.said_by(role)}"
            self.started_again += 1
            self.begin(role)

    def _has_opened(self, role: str) -> bool:
        with socket() as tried:
            return not tried.connect_ex((HOST, self.ports[role][1]))

    def readiness(self) -> list[str]:
        """Return what is not ready, as each API says it."""
        missing = []
        for url in self.urls:
            try:
                missing += json.loads(httpx.get(f"{url}/readyz", timeout=5).text)["missing"]
            except (httpx.TransportError, ValueError, KeyError) as error:
                missing.append(f"{url}: {error!r}")
        return missing

    def await_ready(self) -> None:
        """Wait until both APIs say that everything is there."""
        missing: list[str] = []

        def ready() -> bool:
            self.check()
            missing[:] = self.readiness()
            return not missing

        try:
            until(ready, "everything is ready", BACK_S_MAX)
        except AssertionError as late:
            raise AssertionError(f"{late}; missing: {missing}") from None

    def lags(self) -> dict[str, float]:
        """Return by how many facts views and process managers are behind the log, those that are."""
        return {name: value for name, value in self.figures().items() if name.split("{")[0] in LAGS and value}


LAGS = ("slipstream_view_lag_positions", "slipstream_manager_lag_positions")


@contextmanager
def product(folder: Path, brokers: int = 1) -> Iterator[Product]:
    """Give a product that is ready, over so many brokers where there can be any, and end it with its servers."""
    with ExitStack() as stack:
        home = stack.enter_context(server_folder())
        postgres = stack.enter_context(EmbeddedPostgres(home / "postgres", port=free_port(), shared_buffers_mb=128))
        valkey = stack.enter_context(EmbeddedValkey(home / "valkey", port=free_port(), snapshots=False))
        kafka = None if why_no_broker() else stack.enter_context(EmbeddedKafkaCluster(home / "kafka", brokers))
        made = Product(folder, postgres, valkey, kafka)
        stack.callback(made.end_all)
        for role in made.roles:
            made.begin(role)
        made.await_ready()
        yield made
