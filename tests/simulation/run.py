"""Runs histories for as long as it is told, `make sim SECONDS=600 SEED=1`; ends at a broken promise, and says how to replay it."""

import argparse
import logging
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from infra.embedded.postgres import EmbeddedPostgres
from tests.servers import fresh_database, server_folder
from tests.simulation.database import Database
from tests.simulation.history import Lived, live
from tests.simulation.judge.record import Violation

SHOWN_S = 10.0
SOCIAL_EVERY = 3
"""Which seeds have people who follow, share, comment and tail."""


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
    parser.add_argument("--managed-every", type=int, default=8, help="which seeds have process managers on a PostgreSQL; 0: none")
    parser.add_argument("--histories", type=int, default=None, help="end after so many histories")
    told = parser.parse_args()
    seed = secrets.randbelow(1_000_000_000) if told.seed is None else told.seed
    print(f"first seed {seed}", flush=True)  # noqa: T201  (this is its output)
    with ExitStack() as stack:
        database = stack.enter_context(_database()) if told.managed_every else None
        totals = Totals()
        failed = _run(totals, seed, told, database)
    print(totals)  # noqa: T201
    for what, count in sorted(totals.faults.items()):
        print(f"  {count:9}  {what}")  # noqa: T201
    return failed


def _run(totals: Totals, seed: int, told: argparse.Namespace, database: Database | None) -> int:
    """Live through one seed after the other; return 1 at the first that breaks a promise."""
    begun_s = shown_s = time.monotonic()
    while time.monotonic() - begun_s < told.seconds and totals.histories != told.histories:
        now = seed + totals.histories
        try:
            is_managed = bool(told.managed_every) and now % told.managed_every == 0
            totals.add(live(now, database=database if is_managed else None, social=not is_managed and now % SOCIAL_EVERY == 1))
        except Exception as error:
            print(f"seed {now}: {type(error).__name__}: {error}")  # noqa: T201
            print(f"replay with: make sim HISTORIES=1 SEED={now}")  # noqa: T201
            if not isinstance(error, Violation):
                raise
            return 1
        if time.monotonic() - shown_s > SHOWN_S:
            shown_s = time.monotonic()
            print(totals, flush=True)  # noqa: T201
    return 0


@contextmanager
def _database() -> Iterator[Database]:
    with server_folder() as folder, EmbeddedPostgres(folder / "postgres") as server, fresh_database(server.start()) as url:
        database = Database(url)
        try:
            yield database
        finally:
            database.close()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.exit(main())
