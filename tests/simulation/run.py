"""Runs histories for as long as it is told, `make sim SECONDS=600 SEED=1`; ends at a broken promise, and says how to replay it."""

import argparse
import secrets
import sys
import time
from collections import Counter

from tests.simulation.history import Lived, live
from tests.simulation.judge.record import Violation

SHOWN_S = 10.0


class Totals:
    """What all histories together had."""

    def __init__(self) -> None:
        self.histories = self.facts = self.checks = 0
        self.faults: Counter[str] = Counter()

    def add(self, lived: Lived) -> None:
        """Count a history."""
        self.histories += 1
        self.facts += lived.facts
        self.checks += lived.checks
        self.faults += lived.faults

    def __str__(self) -> str:
        return f"{self.histories} histories, {self.facts} facts, {self.faults.total()} faults, {self.checks} checks"


def main() -> int:
    """Return 1 where a promise did not hold."""
    parser = argparse.ArgumentParser(description="Live through histories, one a seed, and check every promise after every step.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on")
    parser.add_argument("--seed", type=int, default=None, help="the first seed; without one, any")
    parser.add_argument("--histories", type=int, default=None, help="end after so many histories")
    told = parser.parse_args()
    seed = secrets.randbelow(1_000_000_000) if told.seed is None else told.seed
    print(f"first seed {seed}", flush=True)  # noqa: T201  (this is its output)
    totals, begun_s = Totals(), time.monotonic()
    shown_s = begun_s
    while time.monotonic() - begun_s < told.seconds and totals.histories != told.histories:
        try:
            totals.add(live(seed + totals.histories))
        except Exception as error:
            print(f"{totals}, then seed {seed + totals.histories}: {type(error).__name__}: {error}")  # noqa: T201
            print(f"replay with: make sim HISTORIES=1 SEED={seed + totals.histories}")  # noqa: T201
            if not isinstance(error, Violation):
                raise
            return 1
        if time.monotonic() - shown_s > SHOWN_S:
            shown_s = time.monotonic()
            print(totals, flush=True)  # noqa: T201
    print(totals)  # noqa: T201
    for what, count in sorted(totals.faults.items()):
        print(f"  {count:9}  {what}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
