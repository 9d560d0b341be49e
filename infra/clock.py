"""The only place that reads clocks, mints ids and draws by chance; everywhere else these arrive as parameters."""

import os
import threading
import time
from datetime import UTC, datetime

_COUNTER_BITS = 42
_TAIL_BITS = 32
_COUNTER_FRESH_MASK = (1 << (_COUNTER_BITS - 1)) - 1
_COUNTER_MAX = (1 << _COUNTER_BITS) - 1


class Clock:
    """The machine's clocks, and ids made from them. One instance may serve many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC, to the microsecond. It may step back when the machine's clock is set."""
        return datetime.now(UTC)  # noqa: TID251  (this is the one place)

    def monotonic_s(self) -> float:
        """Return seconds from an arbitrary start which never go back: for measuring and for deadlines."""
        return time.monotonic()

    def draw(self, among: int) -> int:
        """Return a whole number from 0 up to `among`, without it, by chance."""
        return int.from_bytes(os.urandom(8)) % among

    def new_id(self) -> str:
        """Mint a UUIDv7 (RFC 9562, section 5.7) as 36 lowercase characters, greater than every id this clock gave before.

        48 bits of Unix milliseconds, then a 42-bit counter split around version and variant (section 6.2, method 1: started at random
        with its top bit clear in each new millisecond), then 32 random bits. A clock that steps back keeps the last millisecond; a
        counter that runs out borrows the next one.
        """
        entropy = int.from_bytes(os.urandom(10))
        tail = entropy & ((1 << _TAIL_BITS) - 1)
        with self._lock:
            now_ms = time.time_ns() // 1_000_000
            if now_ms > self._last_ms:
                self._last_ms, self._counter = now_ms, (entropy >> _TAIL_BITS) & _COUNTER_FRESH_MASK
            elif self._counter < _COUNTER_MAX:
                self._counter += 1
            else:
                self._last_ms, self._counter = self._last_ms + 1, 0
            unix_ms, counter = self._last_ms, self._counter
        return _uuid7_text(unix_ms, counter, tail)


def _uuid7_text(unix_ms: int, counter: int, tail: int) -> str:
    """Lay out the fields: ms (48) | version 7 (4) | counter high (12) | variant 2 (2) | counter low (30) | tail (32)."""
    high = 0x7000 | (counter >> 30)
    low = (0b10 << 62) | ((counter & 0x3FFF_FFFF) << _TAIL_BITS) | tail
    digits = f"{unix_ms:012x}{high:04x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
