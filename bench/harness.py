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


def write(figures: Iterable[Figure], results: Path = RESULTS) -> None:
    """Append figures to the results file."""
    where = {"machine": machine(), "commit": commit()}
    with results.open("a") as out:
        for figure in figures:
            line = {key: value for key, value in msgspec.to_builtins(figure).items() if key != "extra"}
            line |= {"ratio": round(figure.ratio, 3)} | figure.extra | where
            out.write(json.dumps(line) + "\n")


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
