"""Which shared reads are known to hold, so that a batch need not look up their streams again.

They name streams that seldom change: gates of fixtures, competitions, sports and accounts. What was checked under the head's lock holds
until one of those streams changes, and every change passes here first: batches of this process, and what others wrote since its last one.
Any change to a watched stream invalidates all cached checks; the next batch checks again what it needs. So a check costs a comparison, not
a look-up for every stream of every bet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from commands.ports import Append, SharedReads

WATCHED_MAX = 200_000
"""How many streams are watched; beyond that all cached checks are dropped, and those still needed are made again."""


class SharedReadsIndex:
    """The streams that shared reads name, and a counter that invalidates cached checks.

    `moves` grows whenever one of these streams may have changed; a check that succeeded is stored as the counter's value then
    (`SharedReads.proved`), and holds while the two are equal. `moving` says that the current batch writes one of these streams: then no
    cached check counts, and each append is compared with the versions as the appends before it in the batch left them.
    """

    def __init__(self) -> None:
        self.moves = 1
        self.moving = False
        self._watched: set[str] = set()
        self._doubted: dict[int, SharedReads] = {}

    def look_up(self, appends: Sequence[Append], written: Iterable[str], version_of: Callable[[str], int | None]) -> "Unproved":
        """Begin a batch that writes streams; return the versions of all streams to check for it, and those whose version is not known."""
        if len(self._watched) > WATCHED_MAX:
            self._watched = set()
            self.moves += 1
        unproved = self.unproved(appends, version_of)
        self.moving = not self._watched.isdisjoint(written)
        if self.moving:
            self.moves += 1
            return self.unproved(appends, version_of)
        return unproved

    def moved_elsewhere(self, moved: Mapping[str, int] | None) -> bool:
        """Note the streams that other writers changed (None: any); return whether `unproved` has to be asked again."""
        if moved is not None and self._watched.isdisjoint(moved):
            return False
        self.moves += 1
        return True

    def forget(self) -> None:
        """Invalidate all cached checks."""
        self.moves += 1

    def prove(self, versions: Mapping[str, int]) -> None:
        """Check shared reads against the versions under the head's lock, and cache the checks that succeed."""
        if not self.moving:
            for shared in self._doubted.values():
                if stand(shared, versions):
                    shared.proved = self.moves
        self._doubted = {}

    def unproved(self, appends: Sequence[Append], version_of: Callable[[str], int | None]) -> "Unproved":
        """Return the versions of all streams that must be checked for appends now, and those whose version is not known."""
        moves, doubted = self.moves, self._doubted
        doubted.clear()
        for append in appends:
            for shared in append.shared:
                if shared.proved != moves:
                    doubted[id(shared)] = shared
        versions: dict[str, int] = {}
        unknown: list[str] = []
        for shared in doubted.values():
            for read in shared.reads:
                if read.stream_id not in versions:
                    version = version_of(read.stream_id)
                    versions[read.stream_id] = version or 0
                    if version is None:
                        unknown.append(read.stream_id)
        self._watched.update(versions)
        return versions, unknown


Unproved = tuple[dict[str, int], list[str]]


def stand(shared: SharedReads, versions: Mapping[str, int]) -> bool:
    """Return whether every one of these reads is still at its stream's version."""
    return all(versions[read.stream_id] == read.version for read in shared.reads)
