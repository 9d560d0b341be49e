"""Apache Kafka 4 (KRaft), run by ourselves: a broker that is its own controller, alone or one of several, for development and tests."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from infra.embedded.account import reachable_home
from infra.embedded.errors import BrokerMissing, ServerDidNotStart, ServerDidNotStop
from infra.embedded.private_files import kept_password, write_private
from infra.embedded.server import HOST, EmbeddedServer, alive, free_port, last_reason, port_is_free, rotated
from infra.processes.process_control import end_process, processes_in, spawn

JARS = Path(sys.prefix) / "kafka"
"""Where `scripts/install-system --kafka` puts the broker's jars, as `scripts/kafka/pom.xml` pins them."""

USER = "slipstream"
HEAP_MB = 256
REPLICAS_MAX = 3
FORMAT_TIMEOUT_S = 120.0
STOP_STEPS = [(signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0)]
STOP_STEPS_OF_SEVERAL = [(signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0)]
"""A broker that has lost its quorum never ends by SIGTERM: of several the last ones always have."""

STARTED = b"Kafka Server started"
"""What the broker logs once it takes requests."""

CLUSTER_ID = re.compile(r"^cluster\.id=\S+$", re.MULTILINE)
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true")

LOG4J = """\
rootLogger.level=INFO
rootLogger.appenderRef.console.ref=CONSOLE
appender.console.type=Console
appender.console.name=CONSOLE
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
"""


class Quorum(NamedTuple):
    """The brokers of a cluster: its id, the ports of their controllers in the order of their numbers, and the password of all."""

    cluster_id: str
    ports: tuple[int, ...]
    password: str


class EmbeddedKafka(EmbeddedServer):
    """A Kafka broker of our own on 127.0.0.1. What it holds is a copy of the log, which the relay can write again at any time.

    Whoever asks gives a password (SASL PLAIN), kept beside the data in a file that only its owner reads. It needs Java 17 or newer, and the
    jars that `scripts/install-system --kafka` resolves with Maven. Nothing else of Slipstream needs either.
    """

    title: ClassVar[str] = "Kafka"
    port_setting: ClassVar[str] = "SLIPSTREAM_KAFKA_PORT"

    def __init__(self, directory: Path, *, port: int | None = None, quorum: Quorum | None = None, number: int = 1) -> None:
        """Be a broker of its own, or the one of that number, from 1, in a cluster: then it is ready only once others are there."""
        super().__init__(directory, port=port)
        self._quorum = quorum
        self._number = number
        self._awaits = quorum is None
        self._is_started: Callable[[], bool] = lambda: True

    def await_started(self) -> None:
        """Wait until a broker of a cluster takes requests; one that is somebody else's does. Raises ServerDidNotStart."""
        if self._process is not None:
            self._await_ready(self._process, self.directory / "kafka.log", self._is_started)

    def _prepare_home(self) -> Path:
        if why := why_no_broker():
            raise BrokerMissing(why)
        return reachable_home(self.directory, None)

    def _fill_home(self, home: Path) -> None:
        if kept_password(home) is None:
            write_private(home / "password", secrets.token_urlsafe(32) if self._quorum is None else self._quorum.password)
        write_private(home / "log4j2.properties", LOG4J)

    def _run(self, home: Path, port: int) -> None:
        log = rotated(home / "kafka.log")
        quorum = self._quorum or Quorum(new_cluster_id(), (free_port(),), "")
        write_private(home / "server.properties", "\n".join([*self._configured(home, port, quorum), ""]))
        self._format(home, log, quorum.cluster_id)
        said_before = log.stat().st_size
        with log.open("ab") as output:
            process = spawn([*_java(home, HEAP_MB), "kafka.Kafka", home / "server.properties"], output=output, cwd=home, env=_environment())
        self._process = process
        self._is_started = lambda: STARTED in log.read_bytes()[said_before:] and not port_is_free(port)
        if self._awaits:
            self._await_ready(process, log, self._is_started)
        (home / "kafka.pid").write_text(f"{process.pid}\n{port}\n")

    def _configured(self, home: Path, port: int, quorum: Quorum) -> list[str]:
        """Return the lines of its server.properties; of two that set the same the later counts."""
        return _configuration(home, port, quorum, self._number)

    def _accounts(self, home: Path) -> list[str]:
        """Return how to have formatting make accounts that are kept with the data; there are none, the password is in the configuration."""
        del home
        return []

    def _format(self, home: Path, log: Path, cluster_id: str) -> None:
        """Make the data folder; one that a kill left half made is made anew. Raises ServerDidNotStart."""
        made = home / "data" / "meta.properties"
        if made.exists() and CLUSTER_ID.search(made.read_text(errors="replace")):
            return
        shutil.rmtree(home / "data", ignore_errors=True)
        words = ["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(home / "server.properties"), *self._accounts(home)]
        with log.open("ab") as output:
            try:
                formatted = subprocess.run(  # noqa: S603  (the product's own command)
                    [*_java(home, 128), *words],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=home,
                    env=_environment(),
                    timeout=FORMAT_TIMEOUT_S,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise ServerDidNotStart(self.title, f"its storage was not formatted in {FORMAT_TIMEOUT_S:.0f} s", log) from None
        if formatted.returncode:
            raise ServerDidNotStart(self.title, last_reason(log), log)

    def _open(self, url: str) -> None:
        """Nothing to prepare: the relay makes its topic."""

    def _running_url(self, home: Path) -> str | None:
        port = _recorded_port(home)
        if port is None or kept_password(home) is None:
            return None
        return None if port_is_free(port) else self._url_at(home, port)

    def _url_at(self, home: Path, port: int) -> str:
        return f"kafka://{USER}:{kept_password(home)}@{HOST}:{port}"

    def _clear(self, home: Path) -> None:
        for process in processes_in(home, "java"):
            if not end_process(process, STOP_STEPS if self._quorum is None else STOP_STEPS_OF_SEVERAL):
                raise ServerDidNotStop(self.title, process.pid)
        (home / "kafka.pid").unlink(missing_ok=True)


def why_no_broker() -> str:
    """Return what is missing for a broker of our own, nothing where everything is there."""
    if shutil.which("java") is None:
        return "Java 17 or newer is not installed"
    if not any(JARS.glob("kafka_*.jar")):
        return "Kafka's jars are not there"
    return ""


def _java(home: Path, heap_mb: int) -> list[str | Path]:
    logging = f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}"
    return [shutil.which("java") or "java", f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m", *JVM, logging, "-cp", f"{JARS}/*"]


def _environment() -> dict[str, str]:
    """Return the environment without what would change how Java runs."""
    return {name: value for name, value in os.environ.items() if name not in ("CLASSPATH", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")}


def new_cluster_id() -> str:
    """Return 16 random bytes as Kafka writes them; it refuses ids that begin with a dash."""
    while (made := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return made


def _configuration(home: Path, port: int, quorum: Quorum, number: int) -> list[str]:
    """Return the lines of the server.properties of a start."""
    password, brokers = kept_password(home), len(quorum.ports)
    replicas, in_sync = min(brokers, REPLICAS_MAX), 2 if brokers >= REPLICAS_MAX else 1
    voters = ",".join(f"{voter}@{HOST}:{at}" for voter, at in enumerate(quorum.ports, 1))
    controller_port = quorum.ports[number - 1]
    login = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="{USER}" password="{password}"'
    return [
        "# Written by Slipstream at every start; changes here are lost.",
        "process.roles=broker,controller",
        f"node.id={number}",
        f"controller.quorum.voters={voters}",
        f"listeners=CLIENT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        f"advertised.listeners=CLIENT://{HOST}:{port}",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=CLIENT",
        "listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms=PLAIN",
        "sasl.mechanism.inter.broker.protocol=PLAIN",
        "sasl.mechanism.controller.protocol=PLAIN",
        *(f'listener.name.{name}.plain.sasl.jaas.config={login} user_{USER}="{password}";' for name in ("client", "controller")),
        f"log.dirs={home / 'data'}",
        f"default.replication.factor={replicas}",
        f"min.insync.replicas={in_sync}",
        f"offsets.topic.replication.factor={replicas}",
        "offsets.topic.num.partitions=4",
        f"transaction.state.log.replication.factor={replicas}",
        f"transaction.state.log.min.isr={in_sync}",
        "transaction.state.log.num.partitions=1",
        f"share.coordinator.state.topic.replication.factor={replicas}",
        f"share.coordinator.state.topic.min.isr={in_sync}",
        "share.coordinator.state.topic.num.partitions=1",
        "group.initial.rebalance.delay.ms=0",
        "group.min.session.timeout.ms=1000",
        "broker.session.timeout.ms=3000",
        "broker.heartbeat.interval.ms=500",
        "auto.create.topics.enable=false",
        "log.cleaner.dedupe.buffer.size=16777216",
        "num.network.threads=2",
        "num.io.threads=2",
        "background.threads=2",
    ]


def _recorded_port(home: Path) -> int | None:
    """Return the port of the live server, as the last owner wrote it down."""
    try:
        pid, port = (int(line) for line in (home / "kafka.pid").read_text().split())
    except (OSError, ValueError):
        return None
    process = alive(pid)
    return port if process is not None and process in processes_in(home, "java") else None
