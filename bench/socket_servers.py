"""What the benchmarks of the gateway run beside themselves: the gateway, the load on it, and the bare broadcast."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import Session
from bench.place_bet_http import START_TIMEOUT_S, answers, api_env
from bench.socket_load import Plan
from bench.world import World
from infra.clock import Clock
from infra.embedded.server import HOST, free_port

FILES_MAX = 65_536


def allow_many_files() -> None:
    """Let this process and those it starts open as many sockets as the system lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES_MAX, hard), hard))


@contextmanager
def gateway(dsn: str, redis_url: str, port: int = 0) -> Iterator[tuple[int, int]]:
    """Run `slipstream stream` until the block ends, on a port if one is given; give its port and process id."""
    port = port or free_port()
    settings = {"HTTP_PORT": str(free_port()), "STREAM_PORT": str(port), "STREAM_CONNECTIONS_PER_ADDRESS_MAX": "1000000"}
    env = {**os.environ, **api_env(dsn, redis_url), **{f"SLIPSTREAM_{name}": value for name, value in settings.items()}}
    with running([sys.executable, "-m", "infra", "stream"], port, env) as process:
        yield port, process.pid


@contextmanager
def bare_broadcast() -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """Run the bare broadcast until the block ends; give its port and the process, which takes rounds on its standard input."""
    port = free_port()
    with running([sys.executable, "-m", "bench.bare_broadcast", str(port)], port, dict(os.environ)) as process:
        yield port, process


@contextmanager
def running(words: list[str], port: int, env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run a server until the block ends, and wait until it answers on its port."""
    process = subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not answers(port):
            assert process.poll() is None, f"{words[-1]} ended with {process.returncode}"
            assert time.monotonic() < deadline_s, f"{words[-1]} does not answer"
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=START_TIMEOUT_S)


class Sockets:
    """Connections in a process of their own, all of them open; `measure` and `result` in turn."""

    def __init__(self, plan: Plan) -> None:
        words = [sys.executable, "-m", "bench.socket_load"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(msgspec.json.encode(plan).decode())
        said = self._hear()
        assert said == "ready\n", said

    def measure(self) -> None:
        """Begin to count."""
        self._say("measure")

    def stop(self) -> None:
        """Count no more."""
        self._say("stop")

    def result(self) -> dict[str, Any]:
        """Return what was counted, once it is; the connections are closed."""
        found: dict[str, Any] = json.loads(self._hear())
        self.close()
        return found

    def close(self) -> None:
        """Close all connections."""
        self._process.terminate()
        self._process.communicate(timeout=START_TIMEOUT_S)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None, "it is a pipe"
        return self._process.stdout.readline()


def first_frame(channels: list[str], token: str = "") -> str:
    """Return the frame that connects and subscribes to channels."""
    commands: list[dict[str, Any]] = [{"id": 1, "connect": {"token": token} if token else {}}]
    commands += [{"id": 2 + number, "subscribe": {"channel": channel}} for number, channel in enumerate(channels)]
    return "\n".join(json.dumps(command) for command in commands)


def plan_of(port: int, commands: list[str], ready: str = '"subscribe"', **more: Any) -> Plan:
    """Return a plan of connections that are there once they are subscribed, or have whatever makes them `ready`."""
    return Plan(HOST, port, commands, ready, **more)


def socket_tokens(world: World, secret: str, accounts: list[str]) -> list[str]:
    """Return a token for the socket for each of some accounts."""
    tokens, until_s = SocketTokens(secret, Clock(), world.log_id), int(Clock().now().timestamp()) + 3_600
    return [tokens.connection(Session(account, "bench", "EUR", ("bettor",), until_s, "", 0))[0] for account in accounts]
