"""A process that keeps those partitions of the managers which a consumer group of Kafka assigns to it, and reads them from the topic."""

from collections.abc import Callable, Collection, Sequence
from threading import Event
from typing import NamedTuple, Protocol

import structlog

from commands.process_manager import ProcessManager
from infra.log.tail import Tail
from infra.process_managers.case_projector import CaseProjector

ASSIGNED_WAIT_S = 0.5

logger = structlog.get_logger()


class AssignedFeed(Protocol):
    """What tells a member of the group which partitions it has; `infra.log.topic_feed.TopicFeed` is one."""

    moved: Event

    def wait_assigned(self, timeout_s: float) -> Collection[int]:
        """Return the partitions that this member has, none where it has none within the time; from now on `moved` tells of changes."""
        ...


class TopicReaders(NamedTuple):
    """The feed of a member of the group, and what opens a reader of the log that reads these partitions from it."""

    feed: AssignedFeed
    reader_of: Callable[[str, Collection[int]], Tail]


class GroupMember:
    """Keeps the partitions that are assigned to this process, as long as they are. For one thread; the feed is its owner's.

    The group only says who should keep which partition. Whoever keeps one that was assigned to another meanwhile finds its position moved,
    and writes nothing.
    """

    def __init__(self, dsn: str, readers: TopicReaders, managers: Sequence[ProcessManager]) -> None:
        self._dsn = dsn
        self._feed, self._reader_of = readers
        self._managers = managers
        self._projector: CaseProjector | None = None

    def step(self) -> None:
        """Let the assigned partitions go on a little, or wait for some; come back within about half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable.

        """
        if self._projector is None or self._feed.moved.is_set():
            self.close()
            partitions = self._feed.wait_assigned(ASSIGNED_WAIT_S)
            if not partitions:
                return
            logger.info("partitions are assigned", count=len(partitions))
            self._projector = CaseProjector(self._dsn, self._reader_of(self._dsn, partitions), self._managers, partitions=partitions)
        self._projector.step()

    def close(self) -> None:
        """Give up the connections; the partitions stay assigned to this process until its feed is stopped."""
        if self._projector is not None:
            self._projector.close()
        self._projector = None
