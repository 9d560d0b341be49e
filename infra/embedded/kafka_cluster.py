"""Several Kafka brokers, run by ourselves, each its own controller: one may die, and what was acknowledged is still there."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from infra.embedded.account import reachable_home
from infra.embedded.kafka import EmbeddedKafka, Quorum, new_cluster_id
from infra.embedded.private_files import write_private
from infra.embedded.server import free_port, port_is_free
from infra.processes.process_control import processes_in

BROKERS_MAX = 5


class EmbeddedKafkaCluster:
    """Brokers of one cluster on 127.0.0.1, each in a folder of its own; see `EmbeddedKafka`. They join those that run there already."""

    def __init__(self, directory: Path, brokers: int) -> None:
        """Keep the files of so many brokers below a folder; each listens on any free port."""
        self._home = reachable_home(directory.absolute(), None)
        self._url = ""
        quorum = self._quorum(brokers)
        self.brokers: Sequence[EmbeddedKafka] = [
            EmbeddedKafka(self._home / str(number), quorum=quorum, number=number) for number in range(1, brokers + 1)
        ]

    def start(self) -> str:
        """Start all, and return the URL that names them once they answer; a second call returns it again. Raises an EmbeddedServerError."""
        if self._url:
            return self._url
        try:
            urls = [broker.start() for broker in self.brokers]
            for broker in self.brokers:
                broker.await_started()
        except BaseException:
            self.stop()
            raise
        account, _, _ = urls[0].rpartition("@")
        self._url = f"{account}@{','.join(url.rpartition('@')[2] for url in urls)}"
        return self._url

    def revive(self) -> bool:
        """Start those brokers of ours again that died; return whether there were any. Raises an EmbeddedServerError."""
        revived = [broker for broker in self.brokers if broker.revive()]
        for broker in revived:
            broker.await_started()
        return bool(revived)

    def stop(self) -> None:
        """End those brokers that are ours, the last ones without their consent: their quorum is gone by then."""
        self._url = ""
        for broker in self.brokers:
            broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _quorum(self, brokers: int) -> Quorum:
        """Return the cluster as it was made here, or make it; its controllers get other ports where somebody else has theirs by now."""
        file = self._home / "quorum.json"
        try:
            kept = msgspec.json.decode(file.read_bytes(), type=Quorum)
        except (FileNotFoundError, msgspec.DecodeError):
            kept = None
        runs = any(processes_in(self._home / str(number), "java") for number in range(1, brokers + 1))
        if kept is not None and len(kept.ports) == brokers and (runs or all(map(port_is_free, kept.ports))):
            return kept
        cluster_id, password = (kept.cluster_id, kept.password) if kept is not None else (new_cluster_id(), secrets.token_urlsafe(32))
        made = Quorum(cluster_id, tuple(free_port() for _ in range(brokers)), password)
        write_private(file, msgspec.json.encode(made).decode())
        return made
