"""What one log takes on larger machines and slower disks, from what `bench.writers` measured; for docs/scale.md.

Two things bound it. Cores: a process with what PostgreSQL does for it takes some, and so many processes fit. The head: one lock, held for
some microseconds a bet by one process after the other, whatever the cores are. A slow flush does not hold it (the head is released before),
it only makes a batch of a process take longer; so what one process takes on such a disk was measured on such a disk.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bench.writers import COUNTS, DELAYS_US, name_of

CORES = (8, 16, 32)
USED = tuple(name_of(count, delay_us) for delay_us in DELAYS_US for count in COUNTS)
NOT_MEASURED = "Not measured yet: `slipstream bench writers`, then `python -m bench.capacity take`."


class Ceiling(NamedTuple):
    """What one log takes on a machine: bets a second, API processes, and which of the two bounds it."""

    bets_per_s: float
    processes: int
    bound: str


def ceiling(alone: Mapping[str, Any], cores: int) -> Ceiling:
    """Return what a number of cores takes, from the figure of one writer."""
    processes = max(1, int(cores / (alone["cores_of_writers"] + alone["cores_of_postgres"])))
    of_cores, of_head = processes * alone["value"], 1e6 / alone["head_held_us_per_bet"]
    return Ceiling(min(of_cores, of_head), processes, "cores" if of_cores < of_head else "head")


def told(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the part of the page: what was measured, and what follows from it."""
    if any(name not in figures for name in USED):
        return NOT_MEASURED
    measured = [_measured(figures[name_of(count, delay_us)], count) for delay_us in DELAYS_US for count in COUNTS]
    follows = [_follows(figures[name_of(1, delay_us)]) for delay_us in DELAYS_US]
    head = [
        "a flush",
        "writers",
        "bets/s",
        "head held",
        "us a bet",
        "cores of writers",
        "of PostgreSQL",
        "its backends",
        "WAL, bytes a bet",
    ]
    return "\n".join(
        [
            *_table(head, measured),
            "",
            "What the same code gives on more cores, as many API processes as fit, with what bounds it:",
            "",
            *_table(["a flush", *(f"{cores} cores" for cores in CORES)], follows),
        ]
    )


def _measured(figure: Mapping[str, Any], count: int) -> list[str]:
    backends = ", ".join(f"{what} {share:.0%}" for what, share in figure["backends"].items())
    return [
        f"{figure['flush_us']:,} us",
        str(count),
        f"{figure['value']:,.0f}",
        f"{figure['head_held']:.0%}",
        f"{figure['head_held_us_per_bet']:.1f}",
        f"{figure['cores_of_writers']:.2f}",
        f"{figure['cores_of_postgres']:.2f}",
        backends,
        f"{figure['wal_bytes_per_bet']:,}",
    ]


def _follows(alone: Mapping[str, Any]) -> list[str]:
    found = [ceiling(alone, cores) for cores in CORES]
    return [f"{alone['flush_us']:,} us", *(f"{one.bets_per_s:,.0f} ({one.processes} processes, {one.bound})" for one in found)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
