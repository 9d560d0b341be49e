"""Deliveries a second on one hot channel: the gateway, each push its own write or gathered for 2 ms, beside bare loops in the same run.

The loops are on picows and on websockets. The load client is `pushload` where `PUSHLOAD` names its program or the path has one, else
`bench.hot_load`, for all of them. Publishers wait for their answers; rates are what the machine gives to server and client together, so
servers are compared by their own core too.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from bench.harness import Figure, at_least, at_most
from bench.hot_channel import CHANNEL
from bench.hot_load import STAMP, HotPlan
from bench.socket_servers import allow_many_files, first_frame, plan_of, running
from infra.embedded.server import HOST, free_port

CONNECTIONS, PUBLISHERS, SECONDS, BYTES = 1_000, 4, 8.0, 100
SAMPLED_EACH = 20
OWN_WRITES_RATIO = 0.8
CENTRIFUGO_PER_CORE, CENTRIFUGO_P99_MS = 162_000, 60.0
"""What a Centrifugo 6.9.1 did with the same client and load: deliveries a second by core of the server, and their p99."""
CROWD = 10_000
ROUND_S_MAX = 60.0
KINDS = ("picows", "websockets", "gateway", "gathered")
PUSHLOAD_SAID = re.compile(
    r"deliveries \d+ = (?P<per_s>\d+)/s in window; total (?P<total>\d+) of (?P<wanted>\d+).*?"
    r"p50 (?P<p50_ms>[\d.]+) p95 [\d.]+ p99 (?P<p99_ms>[\d.]+) max [\d.]+; "
    r"CPU cores: server (?P<server_core>[\d.]+) client (?P<generator_core>[\d.]+)",
    re.DOTALL,
)


def measure_deliveries(*, connections: int = CONNECTIONS, seconds: float = SECONDS) -> list[Figure]:
    """Load each server in turn."""
    allow_many_files()
    found = {kind: deliveries_of(kind, connections, seconds) for kind in KINDS}
    on_picows, on_websockets, own, gathered = (found[kind] for kind in KINDS)
    per_core = gathered["per_server_core"]
    return [
        at_least(
            "push.deliveries", own["per_server_core"], "per core", on_picows["per_server_core"], "bare picows", OWN_WRITES_RATIO, **own
        ),
        at_least("push.deliveries_picows", own["per_s"], "deliveries/s", on_picows["per_s"], "bare picows", OWN_WRITES_RATIO, **on_picows),
        at_least("push.deliveries_websockets", own["per_s"], "deliveries/s", on_websockets["per_s"], "websockets", 1.0, **on_websockets),
        at_least("push.gathered", per_core, "per core", CENTRIFUGO_PER_CORE, "a Centrifugo elsewhere", 1.0, **gathered),
        at_most("push.gathered_p99", gathered["p99_ms"], "ms", CENTRIFUGO_P99_MS, "a Centrifugo elsewhere"),
    ]


def measure_crowd(*, connections: int = CROWD, seconds: float = SECONDS) -> list[Figure]:
    """Hold the library that was taken against the one that was not, with as many connections as a process is to have."""
    allow_many_files()
    on_picows, on_websockets = (deliveries_of(kind, connections, seconds) for kind in ("picows", "websockets"))
    return [
        at_least("push.crowd", on_picows["per_s"], "deliveries/s", on_websockets["per_s"], "bare websockets", 1.0, **on_picows),
        at_least(
            "push.crowd_core",
            on_picows["per_server_core"],
            "per core",
            on_websockets["per_server_core"],
            "bare websockets",
            1.0,
            **on_websockets,
        ),
    ]


def deliveries_of(kind: str, connections: int, seconds: float) -> dict[str, Any]:
    """Return what one server delivers, in figures that a person reads."""
    with hot_channel(kind) as (port, api_port, pid):
        program = pushload()
        found = (
            by_pushload(program, port, api_port, pid, connections, seconds)
            if program
            else by_own(port, api_port, pid, connections, seconds)
        )
    assert not found["missing"], f"{kind}: {found['missing']} deliveries did not come"
    return {
        "per_s": round(found["per_s"]),
        "per_server_core": round(found["per_s"] / found["server_core"]),
        "server_core": round(found["server_core"], 2),
        "p50_ms": round(found["p50_ms"], 1),
        "p99_ms": round(found["p99_ms"], 1),
        "generator": "pushload" if program else "bench.hot_load",
        "generator_core": round(found["generator_core"], 2),
    }


@contextmanager
def hot_channel(kind: str) -> Iterator[tuple[int, int, int]]:
    """Run a server of `bench.hot_channel`; give its port, that of its API, and its process id."""
    port, api_port = free_port(), free_port()
    words = [sys.executable, "-m", "bench.hot_channel", kind, str(port), str(api_port)]
    with running(words, api_port, dict(os.environ)) as process:
        yield port, api_port, process.pid


def pushload() -> str:
    """Return where the program `pushload` is, nothing where there is none."""
    return os.environ.get("PUSHLOAD") or shutil.which("pushload") or ""


def by_pushload(program: str, port: int, api_port: int, pid: int, connections: int, seconds: float) -> dict[str, float]:
    """Load a server with `pushload`."""
    words = {
        "url": f"ws://{HOST}:{port}/connection/websocket",
        "api": f"http://{HOST}:{api_port}/api",
        "n": connections,
        "channel": CHANNEL,
        "rate": 0,
        "pubs": PUBLISHERS,
        "dur": f"{seconds}s",
        "size": BYTES,
        "pid": pid,
    }
    line = [program, *(word for name, value in words.items() for word in (f"-{name}", str(value)))]
    said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=ROUND_S_MAX).stdout
    found = PUSHLOAD_SAID.search(said)
    assert found is not None, said
    told = {name: float(value) for name, value in found.groupdict().items()}
    return {**told, "missing": told["wanted"] - told["total"]}


def by_own(port: int, api_port: int, pid: int, connections: int, seconds: float) -> dict[str, float]:
    """Load a server with the client of this project."""
    sockets = plan_of(port, [first_frame([CHANNEL])] * connections, counted=STAMP.decode(), sampled_each=SAMPLED_EACH)
    plan = msgspec.json.encode(HotPlan(sockets, api_port, CHANNEL, PUBLISHERS, seconds, BYTES, pid))
    words = [sys.executable, "-m", "bench.hot_load"]
    done = subprocess.run(words, input=plan + b"\n", stdout=subprocess.PIPE, check=True, timeout=ROUND_S_MAX)
    found: dict[str, float] = msgspec.json.decode(done.stdout)
    return found
