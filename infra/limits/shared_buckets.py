"""Token buckets in a file that the API processes of one machine have mapped into memory.

A take locks the set of its key alone (a lock on one byte of the file): processes seldom wait for each other, and one that dies holds
nothing. A key has one of the eight places of its set; where all are taken, the bucket that was used longest ago makes room.
"""

import fcntl
import mmap
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from struct import Struct

from api.auth.rate_limits import refused_until_one
from infra.made_once import make_once

KEYS_MAX = 65_536
WAYS = 8
HEADER_BYTES = 16
RESTARTED_S = 60
BUCKET = Struct("=Qdd")
"""A key's hash, its tokens, and when these were counted: monotonic seconds of the machine."""
SET = Struct("=" + "Qdd" * WAYS)


class SharedBuckets:
    """Token buckets by key: `per_s` come in, at most `burst` are kept, whichever process takes them. For one thread of each process."""

    def __init__(self, path: Path, per_s: float, burst: float, *, keys_max: int = KEYS_MAX) -> None:
        self._per_s = per_s
        self._burst = burst
        self._sets = keys_max // WAYS
        self._file = os.open(_made(path, HEADER_BYTES + self._sets * SET.size), os.O_RDWR | os.O_CLOEXEC)
        self._memory = mmap.mmap(self._file, HEADER_BYTES + self._sets * SET.size)
        self._salt = self._memory[:HEADER_BYTES]

    def take(self, key: str, now_s: float) -> None:
        """Take one token of a key at a monotonic time.

        Raises:
            TooManyRequests: when there is none, with the whole seconds until there is.

        """
        with self._bucket(key, now_s) as (place, name, left):
            enough = left >= 1
            BUCKET.pack_into(self._memory, place, name, left - 1 if enough else left, now_s)
        if not enough:
            raise refused_until_one(left, self._per_s)

    def give_back(self, key: str, now_s: float) -> None:
        """Put a token back: what it was taken for turned out not to count."""
        with self._bucket(key, now_s) as (place, name, left):
            BUCKET.pack_into(self._memory, place, name, min(self._burst, left + 1), now_s)

    def empty(self, key: str, now_s: float) -> None:
        """Leave nothing in the bucket of a key."""
        with self._bucket(key, now_s) as (place, name, _):
            BUCKET.pack_into(self._memory, place, name, 0.0, now_s)

    def is_empty(self, key: str) -> bool:
        """Tell whether the bucket of a key, which nothing comes into, was emptied."""
        number, name = self._place_of(key)
        found = SET.unpack_from(self._memory, HEADER_BYTES + number * SET.size)
        return name in found[::3] and found[3 * found[::3].index(name) + 1] < 1

    def close(self) -> None:
        """Give the file up."""
        self._memory.close()
        os.close(self._file)

    @contextmanager
    def _bucket(self, key: str, now_s: float) -> Iterator[tuple[int, int, float]]:
        """Give where the bucket of a key is, its name and what is left in it, while nobody else has it."""
        number, name = self._place_of(key)
        start = HEADER_BYTES + number * SET.size
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, number)
        try:
            found = SET.unpack_from(self._memory, start)
            names, times = found[::3], found[2::3]
            if name in names:
                way = names.index(name)
                left = self._left(found[3 * way + 1], now_s - times[way])
            else:
                way, left = times.index(min(times)), self._burst
            yield start + way * BUCKET.size, name, left
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)

    def _place_of(self, key: str) -> tuple[int, int]:
        hashed = int.from_bytes(blake2b(key.encode(), digest_size=8, key=self._salt).digest(), "big")
        return hashed % self._sets, hashed or 1

    def _left(self, tokens: float, passed_s: float) -> float:
        """Return what is left of tokens after a while; a moment that lies far ahead is from before the machine restarted."""
        if passed_s < -RESTARTED_S:
            return self._burst
        return min(self._burst, tokens + max(0.0, passed_s) * self._per_s)


class SharedKeys:
    """Keys that any process has seen, in a file of the same kind."""

    def __init__(self, path: Path, *, keys_max: int = KEYS_MAX) -> None:
        self._buckets = SharedBuckets(path, 0.0, 1.0, keys_max=keys_max)

    def add(self, key: str, now_s: float) -> None:
        """Remember a key at a monotonic time."""
        self._buckets.empty(key, now_s)

    def __contains__(self, key: str) -> bool:
        return self._buckets.is_empty(key)

    def close(self) -> None:
        """Give the file up."""
        self._buckets.close()


def _made(path: Path, size: int) -> Path:
    """Return the file, made at the first call: it appears whole or not at all, and the first process wins."""
    path = path.with_name(f"{path.name}.{size}")
    if not path.exists():
        make_once(path, secrets.token_bytes(HEADER_BYTES), size_bytes=size)
    return path
