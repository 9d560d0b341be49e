"""The version index: a bounded cache of the last versions of streams, true as of one position of the log.

Asking Postgres for the last version of a stream costs about 6 microseconds of its time, a dictionary 0.1 of ours. What it says is
used only under the lock on the head, after it was brought up to the head by what others wrote, so it is never behind.
"""

from collections.abc import Iterable, Mapping, Sequence

from commands.ports import Append
from infra.eventstore.shared_reads import SharedReadsIndex

VERSIONS_MAX = 400_000
ABSENT_MAX = 50_000
"""How many streams are remembered that do not exist; beyond that all of them are forgotten."""

FOREIGN_FACTS_MAX = 20_000
"""When others wrote more than this since, forgetting everything is cheaper than catching up."""


class VersionIndex:
    """Stream id -> last version, in two generations that hold `versions_max` together, and what one batch adds to them.

    Streams that were looked up under the lock and did not exist are remembered too, until they are begun. A batch looks its streams
    up into a dictionary of its own, so that nothing it relies on can be evicted under it.
    """

    def __init__(self, versions_max: int = VERSIONS_MAX) -> None:
        self._generation_max = max(1, versions_max // 2)
        self._young: dict[str, int] = {}
        self._old: dict[str, int] = {}
        self._absent: set[str] = set()
        self.position = self._old_since = self._young_since = -1
        self.shared = SharedReadsIndex()

    def look_up(self, appends: Sequence[Append]) -> tuple[dict[str, int], list[str], list[str]]:
        """Return the versions of all streams named, 0 where they are not known here, and which those are.

        The unknown come in two lists: those that the batch creates, which are not looked up since the log refuses to create a stream
        twice, and all others; one that is also read is in both. What is known of a stream counts where an append creates it, too: that
        one may be refused, and then nothing is written that the log could refuse, although others in the batch rest on the stream.
        """
        young, older, absent = self._young.get, self._old.get, self._absent
        versions: dict[str, int] = {}
        new: list[str] = []
        old: dict[str, None] = {}
        written: list[str] = []
        for append in appends:
            for fact in append.facts:
                stream_id = fact.stream_id
                written.append(stream_id)
                if stream_id in versions:
                    continue
                if fact.version == 1:
                    new.append(stream_id)
                    versions[stream_id] = 0
                    continue
                version = young(stream_id) or older(stream_id)
                if not version and stream_id not in absent:
                    old[stream_id] = None
                versions[stream_id] = version or 0
            for read in append.reads:
                stream_id = read.stream_id
                if stream_id not in versions:
                    versions[stream_id] = young(stream_id) or older(stream_id) or 0
                if not versions[stream_id] and stream_id not in absent:
                    old[stream_id] = None
        unproved, unknown = self.shared.look_up(appends, written, self.version_of)
        return {**versions, **unproved} if unproved else versions, new, [*old, *unknown]

    def version_of(self, stream_id: str) -> int | None:
        """Return the last version of a stream, 0 where it is known not to exist; None where that is not known here."""
        return self._young.get(stream_id) or self._old.get(stream_id) or (0 if stream_id in self._absent else None)

    def advance_to(self, versions: Mapping[str, int], position: int) -> None:
        """Take in the last versions of streams at a position: the index is true as of that position from now on.

        A stream may be left out only if it did not change, or is not in the index. Streams that were created meanwhile are named with
        `begun`, and are better left out here: most are bets, which are hardly ever written again by the same process, and a small index
        stays in the processor's caches. Version 0 is a stream that does not exist.
        """
        absent = [stream_id for stream_id, version in versions.items() if not version]
        if absent:
            versions = {stream_id: version for stream_id, version in versions.items() if version}
            if len(self._absent) + len(absent) > ABSENT_MAX:
                self._absent = set()
            self._absent.update(absent)
        if self._absent:
            self._absent.difference_update(versions)
        self._young.update(versions)
        self.position = position
        if len(self._young) >= self._generation_max:
            self._old, self._young = self._young, {}
            self._old_since, self._young_since = self._young_since, position

    def begun(self, streams: Iterable[str]) -> None:
        """Stop treating streams as absent that were created, or may have been."""
        if self._absent:
            self._absent.difference_update(streams)

    def add_loaded(self, versions: Mapping[str, int], position: int) -> None:
        """Take in versions that were read at another position than where the index is true now.

        Streams that are indexed already are skipped. Any other stream has not changed between the two positions: whatever was written
        since the older generation began is still in the index (except new streams, which have no earlier version to be read). Versions that
        were read before the older generation began may be outdated and are dropped.
        """
        if 0 <= self._old_since <= position:
            young, old = self._young, self._old
            young.update({stream_id: version for stream_id, version in versions.items() if stream_id not in young and stream_id not in old})

    def forget(self, position: int) -> None:
        """Empty the index; it is true as of `position` from now on, of none where that is -1."""
        self._young, self._old, self.position = {}, {}, position
        self._absent = set()
        self._old_since = self._young_since = position
        self.shared.forget()

    def __len__(self) -> int:
        return len(self._young) + len(self._old) + len(self._absent)
