"""Set of ended stream ids, stored as 64-bit keyed hashes; detects facts appended to an ended stream.

No such fact is missed. That a new id is taken for an ended one has a chance below one in 100,000 over ten million streams, and another run
of the audit, whose key is another, would not repeat it. Nobody outside knows the key, so nobody can choose ids with the same hash.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.fact import Recorded

RECENT_MAX = 65_536
STREAM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_MIX = tuple(np.uint64(number) for number in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15))
_SHIFTS = tuple(np.uint64(number) for number in (30, 27, 31))

Hashes = NDArray[np.uint64]


class EndedStreams:
    """A set of stream ids: the recent ones as they are, the rest as sorted runs of hashes, each run more than half its predecessor."""

    def __init__(self, key: tuple[int, int] | None = None) -> None:
        self.key = key or (hash("closed streams: the upper half of an id"), hash("closed streams: the lower half of an id"))
        self.recent: set[str] = set()
        self._runs: list[Hashes] = []

    def among(self, facts: Sequence[Recorded[Any]]) -> Collection[str]:
        """Return the ids that begin a stream in a stretch of the log although they are here, the recent ones left out.

        Raises:
            ValueError: when one of them is no id.

        """
        if len(self.recent) > RECENT_MAX:
            self._pack()
        begun = [fact.stream_id for fact in facts if fact.version == 1]
        if not begun:
            return ()
        numbers = _numbers(begun)
        return self._found(begun, self._hashes(numbers)) if self._runs else ()

    def packed(self) -> bytes:
        """Return all of them, to be saved."""
        self._pack()
        return np.sort(np.concatenate(self._runs), kind="stable").tobytes()

    @classmethod
    def unpacked(cls, packed: bytes, key: tuple[int, int]) -> "EndedStreams":
        """Return what was saved under that key."""
        closed = cls(key)
        closed._runs = [np.frombuffer(packed, np.uint64)]
        return closed

    def __contains__(self, stream_id: str) -> bool:
        if STREAM_ID.fullmatch(stream_id) is None:
            return False
        return stream_id in self.recent or bool(self._found([stream_id], self._hashes(_numbers([stream_id]))))

    def __len__(self) -> int:
        return len(self.recent) + sum(map(len, self._runs))

    def _found(self, stream_ids: Sequence[str], hashes: Hashes) -> set[str]:
        found: set[str] = set()
        for run in self._runs:
            if len(run):
                places = np.searchsorted(run, hashes)
                places[places == len(run)] = 0
                found.update(stream_ids[index] for index in np.flatnonzero(run[places] == hashes).tolist())
        return found

    def _pack(self) -> None:
        run = np.sort(self._hashes(_numbers(list(self.recent))), kind="stable")
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)
        self.recent.clear()

    def _hashes(self, numbers: bytes) -> Hashes:
        halves = np.frombuffer(numbers, ">u8").astype(np.uint64).reshape(-1, 2)
        upper, lower = (np.uint64(key & 0xFFFF_FFFF_FFFF_FFFF) for key in self.key)
        return _mixed(_mixed(halves[:, 0] ^ upper) * _MIX[2] + _mixed(halves[:, 1] ^ lower))


def _numbers(stream_ids: Sequence[str]) -> bytes:
    """Return ids as the numbers that they are, 16 bytes each.

    Raises:
        ValueError: when one of them is no id.

    """
    numbers = bytes.fromhex("".join(stream_ids).replace("-", ""))
    if len(numbers) != 16 * len(stream_ids):
        raise ValueError(stream_ids)
    return numbers


def _mixed(numbers: Hashes) -> Hashes:
    """Spread each bit of a number over all of its bits (the last step of SplitMix64)."""
    numbers = (numbers ^ (numbers >> _SHIFTS[0])) * _MIX[0]
    numbers = (numbers ^ (numbers >> _SHIFTS[1])) * _MIX[1]
    mixed: Hashes = numbers ^ (numbers >> _SHIFTS[2])
    return mixed
