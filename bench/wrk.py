"""A compiled load generator, `wrk`, where the machine has it: it costs little, so that it is the server that is measured."""

import json
import math
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.embedded.server import HOST

SCRIPT = Path(__file__).parent / "load.lua"
PARTED_BY = "\n--next--\n"
KEY = "<key>"
"""Where a request says this, each sending of it has a key of its own: a UUIDv7."""


def is_there() -> bool:
    """Tell whether the machine has wrk."""
    return shutil.which("wrk") is not None


def load(
    port: int, requests: Sequence[str], *, connections: int, seconds: float, first_key: str, pause_ms: float = 0.0, retries: bool = False
) -> dict[str, Any]:
    """Send requests in turn for a while; return answers a second, p50 and p99, what was refused, and the generator's own share of a core.

    With a pause, every connection waits for up to twice as long before each request; with `retries` for as long as a refusal says.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        file.write(PARTED_BY.join(requests))
        file.flush()
        words = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{math.ceil(seconds)}s",
            "--timeout",
            "10s",
            "-s",
            str(SCRIPT),
            f"http://{HOST}:{port}/",
            "--",
        ]
        words += [file.name, PARTED_BY, first_key, str(pause_ms), "retry" if retries else ""]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found | {"generator_core": round(used_s / math.ceil(seconds), 2)}
