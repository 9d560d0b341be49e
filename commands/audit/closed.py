"""Streams whose story is over, remembered in 8 bytes each, so that nothing can be added to them unnoticed.

What is kept is 64 bits of Python's keyed hash of the id. Nothing is ever missed; that an innocent new id is taken for a known one has a
chance below one in 100,000 over ten million streams, and another run of the audit, whose key is another, would not repeat it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.fact import Recorded

RECENT_MAX = 65_536


class ClosedStreams:
    """A set of stream ids: the recent ones as they are, the rest as sorted runs of hashes, each run more than half its predecessor."""

    def __init__(self) -> None:
        self.recent: set[str] = set()
        self._runs: list[NDArray[np.int64]] = []

    def among(self, facts: Sequence[Recorded[Any]]) -> Collection[str]:
        """Return the ids that begin a stream in a stretch of the log although they are here, the recent ones left out."""
        if len(self.recent) > RECENT_MAX:
            self._pack()
        if not self._runs:
            return ()
        return self._found([fact.stream_id for fact in facts if fact.version == 1])

    def __contains__(self, stream_id: str) -> bool:
        return stream_id in self.recent or bool(self._found([stream_id]))

    def __len__(self) -> int:
        return len(self.recent) + sum(map(len, self._runs))

    def _found(self, stream_ids: Sequence[str]) -> set[str]:
        hashes = np.fromiter(map(hash, stream_ids), np.int64, len(stream_ids))
        found: set[str] = set()
        for run in self._runs:
            places = np.searchsorted(run, hashes)
            places[places == len(run)] = 0
            found.update(stream_ids[index] for index in np.flatnonzero(run[places] == hashes).tolist())
        return found

    def _pack(self) -> None:
        run = _sorted(self.recent)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)
        self.recent.clear()


def _sorted(stream_ids: Iterable[str]) -> NDArray[np.int64]:
    return np.sort(np.fromiter(map(hash, stream_ids), np.int64))
