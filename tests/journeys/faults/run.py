"""Faults for as long as it is told, round after round on one product; `make sim SECONDS=3600` ends with an hour of them.

Each round has accounts of its own, and a seed: that of the first and the round's number. It ends at the first promise that does not hold.
A history for which the checker had no time is counted, and kept.
"""

import argparse
import logging
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

from tests.journeys.faults.play import Round
from tests.journeys.faults.product import product
from tests.journeys.histories.checking import NotDecided

ROUND_S = 60.0
BROKERS = 3


def main() -> int:
    """Return 1 where a promise did not hold."""
    parser = argparse.ArgumentParser(
        description="Let faults strike the whole product under load, and check every promise after each round."
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on")
    parser.add_argument("--seed", type=int, default=None, help="the first seed; without one, any")
    told = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if told.seed is None else told.seed
    print(f"faults: first seed {seed}", flush=True)  # noqa: T201  (this is its output)
    folder, rounds, undecided, faults, calls = Path(tempfile.mkdtemp(prefix="slipstream-faults-")), 0, 0, Counter[str](), Counter[str]()
    stop_s = time.monotonic() + told.seconds
    with product(folder, BROKERS) as running:
        traders = running.bettor("trader", role="trader"), running.bettor("second_trader", role="trader")
        while not rounds or time.monotonic() < stop_s:
            now = Round(running, traders, seed + rounds)
            try:
                now.play(min(ROUND_S, max(10.0, stop_s - time.monotonic())))
            except NotDecided as error:
                print(f"seed {now.seed}: {error}; all else holds")  # noqa: T201
                undecided += 1
            except AssertionError as error:
                print(f"seed {now.seed}: {error}\nlogs and histories are kept in {folder}")  # noqa: T201
                return 1
            rounds += 1
            faults += now.struck
            calls += Counter(now.load.history.counts())
            print(f"{rounds} rounds, {faults.total()} faults, {calls.total()} calls, {undecided} undecided", flush=True)  # noqa: T201
    for what, count in sorted((faults + calls).items()):
        print(f"  {count:9}  {what}")  # noqa: T201
    return 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sys.exit(main())
