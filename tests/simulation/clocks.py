"""The clocks of a history: the true time that nobody sees, the database's, which is set now and then, and one a process, which lies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

NOON_US = 1_772_366_400_000_000
"""2026-03-01 12:00 UTC, where every history begins."""

STEPS_US = (0, 1_000, 20_000, 50_000, 150_000, 400_000)
LONG_US = 4_000_000
JUMPS_US = (0, 0, 0, 400_000, -300_000, -900_000, 2_000_000, -4_000_000)
LIES_US = (0, 0, -4_000_000, 2_500_000, 60_000_000)
DRIFTS_PPM = (0, 200, -200)


def moment(us: int) -> datetime:
    """Return microseconds since 1970 as an aware moment."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)


class Clocks:
    """Moved by the world alone, from its own generator."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.true_us = NOON_US
        self.database_off_us = 0

    def go_on(self) -> None:
        """Let a little time pass, now and then so much that whoever was to be heard from is late."""
        self.true_us += LONG_US if self._rng.randrange(50) == 0 else self._rng.choice(STEPS_US)

    def set_database(self) -> bool:
        """Set the database's clock right or wrong; return whether it moved."""
        before, self.database_off_us = self.database_off_us, self._rng.choice(JUMPS_US)
        return before != self.database_off_us

    def database_us(self) -> int:
        """What the database's clock shows."""
        return self.true_us + self.database_off_us

    def database_catches_up(self, log_us: int) -> None:
        """Let time pass until the database's clock is right and past the log's time."""
        self.database_off_us = 0
        self.true_us = max(self.true_us, log_us) + 1

    def monotonic_ns(self, drift_ppm: int) -> Callable[[], int]:
        """Return a process's monotonic clock, which runs a little fast or slow."""
        return lambda: (self.true_us - NOON_US) * (1_000_000 + drift_ppm) // 1_000
