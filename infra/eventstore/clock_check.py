"""Refuses to begin where this machine's clock is too far from the database's: facts would carry wrong times."""

from dataclasses import dataclass, field

import psycopg

from infra.clock import Clock
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.operator_errors import Failure


@dataclass(eq=False)
class ClocksApart(Failure):
    """The clock here is {apart} the database's, and may be {skew_s_max:g} s from it at most: set one of them right."""

    skew_s: float
    skew_s_max: float
    apart: str = field(init=False)

    def __post_init__(self) -> None:
        self.apart = f"{abs(self.skew_s):.1f} s {'ahead of' if self.skew_s > 0 else 'behind'}"


def refuse_skewed_clock(url: str, clock: Clock, skew_s_max: float) -> None:
    """Refuse to go on where the clocks are too far apart.

    Raises:
        ClocksApart: by how much. psycopg.OperationalError: when the database is unavailable.

    """
    with psycopg.connect(url, **CONNECTION_TIMEOUTS) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None, "a clock shows something"
    skew_s = (clock.now() - row[0]).total_seconds()
    if abs(skew_s) > skew_s_max:
        raise ClocksApart(skew_s, skew_s_max)
