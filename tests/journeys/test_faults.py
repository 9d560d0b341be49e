"""Under load every kind of fault strikes once, some at once: what was acknowledged exists once, histories are consistent, views are whole.

`SLIPSTREAM_SEED` repeats a run; `make sim SECONDS=3600` goes on for an hour.
"""

import os
import secrets
from pathlib import Path

from tests.journeys.faults.play import Round
from tests.journeys.faults.product import product


def test_whatever_dies_stands_still_refuses_or_misreads_time_every_promise_holds(tmp_path: Path):
    seed = int(os.environ.get("SLIPSTREAM_SEED", secrets.randbelow(1_000_000)))
    print(f"the same faults again: SLIPSTREAM_SEED={seed}")  # noqa: T201  (shown where it failed)
    with product(tmp_path) as running:
        traders = running.bettor("trader", role="trader"), running.bettor("second_trader", role="trader")
        Round(running, traders, seed).play(None)
