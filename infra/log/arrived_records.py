"""What has come of partitions of the topic and was not taken yet, so many records at most, and what holds up whoever waits for more.

A record is taken only where it continues what was seen of its partition: where the fact before it was seen, and it was not. So repeats,
what a relay wrote too late and records of another copy change nothing; where something is missing, nothing is passed over.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from infra.log.topic_records import TopicRecord, read_record

RECORDS_MAX = 100_000
"""Records kept for whoever reads; beyond that only those are fetched that somebody has to have before anything can be taken."""


class PartitionSeen:
    """What was seen of a partition: up to where, the facts that nobody took yet, and whether what came does not continue that."""

    def __init__(self, seen: int) -> None:
        self.seen = seen
        self.facts: deque[TopicRecord] = deque()
        self.has_hole = False

    def take(self, record: TopicRecord) -> bool:
        """Take a record if it continues what was seen; return whether it does."""
        if not record.before <= self.seen < record.position:
            self.has_hole = self.has_hole or record.before > self.seen
            return False
        self.seen, self.has_hole = record.position, False
        if not record.is_watermark:
            self.facts.append(record)
        return True


class ArrivedRecords:
    """What has come from a position on, by partition. Not for several threads at once: its owner has a lock."""

    def __init__(self, records_max: int = RECORDS_MAX) -> None:
        self._records_max = records_max
        self._partitions: dict[int, PartitionSeen] = {}
        self._epoch = self._waiting = self._taken = 0

    def begin_at(self, position: int, epoch: int, partitions: Collection[int]) -> None:
        """Take these partitions of one copy of the log from a position on; drop what came before."""
        self._partitions = {number: PartitionSeen(position) for number in partitions}
        self._epoch, self._waiting, self._taken = epoch, 0, position

    def forget(self) -> None:
        """Drop everything, and take nothing more."""
        self._partitions, self._waiting, self._taken = {}, 0, 0

    def add(self, number: int, records: Iterable[Any]) -> None:
        """Take what of a consumer's records of a partition continues it."""
        partition, epoch = self._partitions.get(number), self._epoch
        if partition is None:
            return
        kept = len(partition.facts)
        for record in records:
            told = read_record(record.value, record.headers)
            if told is not None and told.epoch == epoch:
                partition.take(told)
        self._waiting += len(partition.facts) - kept

    def take(self, after: int, limit: int) -> tuple[Sequence[TopicRecord], int]:
        """Return the facts after a position, each once and in order, and where these end: at most `limit` positions further."""
        self._taken = upto = max(after, min(self.seen(), after + limit))
        found: dict[int, TopicRecord] = {}
        for each in self._partitions.values():
            facts = each.facts
            while facts and facts[0].position <= upto:
                record = facts.popleft()
                self._waiting -= 1
                if record.position > after:
                    found[record.position] = record
        return [found[position] for position in sorted(found)], upto

    def seen(self) -> int:
        """Return up to where all partitions were seen."""
        return min((each.seen for each in self._partitions.values()), default=0)

    def seen_of(self) -> Mapping[int, int]:
        """Return up to where each partition was seen."""
        return {number: each.seen for number, each in self._partitions.items()}

    @property
    def are_many(self) -> bool:
        """Whether as many are kept as shall be, and some of them can be taken: what was seen of all partitions, and nobody took yet."""
        return self._waiting >= self._records_max and self.seen() > self._taken

    def to_fetch(self) -> Collection[int]:
        """Return the partitions that more is asked of: all while there is room, then those alone that hold up whoever takes."""
        if self._waiting < self._records_max:
            return self._partitions
        return () if self.are_many else self.behind(self.seen() + 1)

    def behind(self, position: int) -> Collection[int]:
        """Return the partitions that were not seen up to a position."""
        return [number for number, each in self._partitions.items() if each.seen < position]

    def has_hole(self, number: int) -> bool:
        """Whether the last record that came of a partition does not continue it."""
        partition = self._partitions.get(number)
        return partition is not None and partition.has_hole
