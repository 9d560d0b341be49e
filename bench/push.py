"""The gateway: deliveries on a hot channel, memory of idle connections, how soon a price is at a client, a step, a gateway that dies.

Each row runs on a gateway of its own, on one world; `slipstream bench push --rows idle,odds` runs some of them.
"""

from collections.abc import Callable, Sequence

from bench.harness import Figure
from bench.push_deliveries import measure_crowd, measure_deliveries
from bench.push_idle import measure_idle
from bench.push_odds import measure_odds, measure_suspensions
from bench.push_reconnect import measure_reconnect
from bench.push_step import measure_step
from bench.push_world import PushWorld, push_world

ALONE: dict[str, Callable[[], list[Figure]]] = {"deliveries": measure_deliveries, "crowd": measure_crowd}
"""The rows that need no world."""
ON_A_WORLD: dict[str, Callable[[PushWorld], list[Figure]]] = {
    "idle": measure_idle,
    "odds": measure_odds,
    "suspensions": measure_suspensions,
    "step": measure_step,
    "reconnect": measure_reconnect,
}
ROWS = (*ALONE, *ON_A_WORLD)


def measure(dsn: str, redis_url: str, rows: Sequence[str] = ROWS) -> list[Figure]:
    """Measure the rows that are asked for, in the order of `ROWS`."""
    figures = [figure for name, row in ALONE.items() if name in rows for figure in row()]
    if ON_A_WORLD.keys() & set(rows):
        with push_world(dsn, redis_url) as made:
            for name, row in ON_A_WORLD.items():
                figures += row(made) if name in rows else []
    return figures
