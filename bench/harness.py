"""Writes figures as JSON lines, each beside its limit or peer, with the machine and the commit they were measured on."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil

RESULTS = Path(__file__).parent / "results.jsonl"


class Figure(msgspec.Struct, frozen=True):
    """One measured figure. `ratio` is value over limit; `target` is the ratio or the value that the project wants to reach."""

    name: str
    value: float
    unit: str
    limit: float
    limit_name: str
    target: str
    reached: bool
    extra: dict[str, Any] = {}

    @property
    def ratio(self) -> float:
        """Return the value over its limit."""
        return self.value / self.limit if self.limit else 0.0


def at_least(name: str, value: float, unit: str, limit: float, limit_name: str, ratio: float, **extra: Any) -> Figure:
    """Return a figure that should reach `ratio` of its limit."""
    return Figure(name, value, unit, limit, limit_name, f">= {ratio:g} of {limit_name}", value >= ratio * limit, extra)


def at_most(name: str, value: float, unit: str, limit: float, limit_name: str, **extra: Any) -> Figure:
    """Return a figure that should stay under its limit."""
    return Figure(name, value, unit, limit, limit_name, f"<= {limit:g} {unit}", value <= limit, extra)


def stay_on_one_core() -> None:
    """Keep this thread and those it starts on one core, as `taskset` does for a role: an interpreter uses one at a time anyway.

    Left to the system, a command that one thread decoded is decided by another on the other core, whose caches know nothing of it.
    """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


MEMORY_MIB_MAX = 400
"""The most that a role may hold."""

GROWTH_MIB_MAX = 32
"""The most that a role may grow by once it is warm; what never stops growing passes this in any round long enough."""


def rss_mib(pid: int | None = None) -> float:
    """Return how much memory a process holds, this one if none is named, in MiB."""
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def memory(name: str, samples_mib: Sequence[float]) -> list[Figure]:
    """Return a role's memory at its largest, and by how much the second half of the samples was above the first."""
    half = len(samples_mib) // 2
    growth_mib = max(samples_mib[half:]) - max(samples_mib[:half])
    return [
        at_most(f"{name}.memory", max(samples_mib), "MiB", MEMORY_MIB_MAX, "the most a role may hold"),
        at_most(f"{name}.growth", growth_mib, "MiB", GROWTH_MIB_MAX, "flat over time"),
    ]


def write(figures: Iterable[Figure], results: Path = RESULTS) -> None:
    """Append figures to the results file."""
    where = {"machine": machine(), "commit": commit()}
    with results.open("a") as out:
        for figure in figures:
            line = {key: value for key, value in msgspec.to_builtins(figure).items() if key != "extra"}
            line |= {"ratio": round(figure.ratio, 3)} | figure.extra | where
            out.write(json.dumps(line) + "\n")


def read(results: Path = RESULTS) -> list[Figure]:
    """Return the figures of the results file, in the order in which they were measured."""
    lines = results.read_bytes().splitlines() if results.exists() else []
    return [msgspec.json.decode(line, type=Figure) for line in lines]


def machine() -> str:
    """Name the machine: processor, cores, system."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """Return the commit measured, with a plus sign where the tree has changes; empty outside a checkout."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False)  # noqa: S607  (git is on the path or there is no commit to name)
    return done.stdout.strip()


def seconds(work: Callable[[], Any]) -> float:
    """Return how long a piece of work took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
