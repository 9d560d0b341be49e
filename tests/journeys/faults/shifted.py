"""A role whose clock is set from outside: `python -m tests.journeys.faults.shifted FILE api`. FILE holds seconds to be added, as text."""

import os
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace

from infra import clock
from infra.__main__ import main

TEXT_MAX = 16


def shift(path: Path) -> None:
    """Have the process read the time of day as many seconds off as the file says at that moment; time that passes stays right."""
    right = clock.datetime.now
    file = os.open(path, os.O_RDONLY)

    def offset_s() -> int:
        return int(os.pread(file, TEXT_MAX, 0) or 0)

    def now(zone: tzinfo) -> datetime:
        return right(zone) + timedelta(seconds=offset_s())

    clock.datetime = SimpleNamespace(now=now)  # type: ignore[misc,assignment]
    time_ns = lambda: time.time_ns() + offset_s() * 1_000_000_000  # noqa: E731
    clock.time = SimpleNamespace(time_ns=time_ns, monotonic=time.monotonic)  # type: ignore[assignment]


if __name__ == "__main__":
    shift(Path(sys.argv.pop(1)))
    main()
