"""Reads the log from the topic that a relay copies it to; from the log itself what the topic does not have."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg
import structlog

from commands.log_reader import LogFilter, LogStretch
from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.clock import Clock
from infra.log.relay_cursor import Copied, copied_of
from infra.log.tail import Tail
from infra.log.topic_feed import ALL, TopicFeed

BEGIN_TIMEOUT_S = 10.0
"""How long to wait for connections and offsets."""

FETCH_TIMEOUT_S = 2.0
"""How long to wait for what the relay has copied, before it is asked whether the topic has it: what was lost there holds nobody up."""

ANSWER_TIMEOUT_S = 5.0
SILENCE_S_MAX = 20.0
"""How long to wait where the topic has it and nothing comes, before the log is read."""

FROM_LOG_S = 5.0
"""How long the log is read after that, before the topic is tried again: a hole may be long."""

NOTHING_YET_S = 0.01
NEVER = -1


class KafkaReader(Tail):
    """A `LogReader` of partitions that a feed has. For one thread.

    The facts come from the topic, in stretches that end where all of these partitions were seen. `read` gives only facts at home in them:
    where they are not all, it has gaps, and `read_filtered` tells where it ends. What the log says of itself (its identity, its head, its
    marks) comes from the log; so do facts from before the copy began, or for views whose homes the relay does not know, and those that
    somebody who is behind the others asks for. So does everything once other partitions are assigned to the feed: whoever asks still keeps
    those of before, and nothing of them is passed over.
    """

    def __init__(
        self,
        dsn: str,
        feed: TopicFeed,
        topic: str,
        homes: str,
        *,
        partitions: Collection[int] = ALL,
        fetch_timeout_s: float = FETCH_TIMEOUT_S,
    ) -> None:
        """Read partitions of a topic whose facts have the homes of that name; see `projections.homes.Homes`."""
        super().__init__(dsn)
        self._partitions = frozenset(partitions)
        self._reading: int | None = None
        self._feed = feed
        self._topic = topic
        self._homes = homes
        self._fetch_timeout_s = fetch_timeout_s
        self._copied: Copied | None = None
        self._base = NEVER
        self._said = ""
        self._clock = Clock()
        self._from_log_until_s = 0.0
        self.from_topic = self.from_log = self.given_up = 0

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts of the partitions among the `limit` positions after a position; see `commands.log_reader.LogReader`.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        return self._stretch(after, limit)[0]

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        """Return what is wanted of these, and where the stretch ends.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        facts, upto = self._stretch(after, limit)
        return LogStretch([fact for fact in facts if wanted.wants(fact)], upto)

    def begin_at(self, position: int) -> None:
        """Have the topic be read on from a position. What is before it is read from the log until then."""
        if self._copied is None or (self._base == position and not self._is_over):
            return
        at_ms = 0
        if position:
            (fact,) = super().read(position - 1, 1)
            at_ms = fact.committed_us // 1_000
        self._reading = self._feed.begin_at(position, at_ms, self._copied.epoch, self._partitions)
        self._base = position if self._reading is not None else NEVER

    def seen_of(self) -> Mapping[int, int]:
        """Return up to where each partition of the topic was read."""
        return self._feed.seen_of()

    @property
    def rebalances(self) -> int:
        """How often the group assigned partitions to its feed."""
        return self._feed.rebalances

    def wait(self, timeout_ms: int) -> None:
        """Return when something new has come, or after the timeout."""
        if self._base == NEVER or self._is_over:
            super().wait(min(timeout_ms, 50))
        else:
            self._feed.wait_seen(self._base + 1, timeout_ms / 1_000)

    def close(self) -> None:
        """Give up the connection. The feed is its owner's."""
        self._base = NEVER
        super().close()

    def _stretch(self, after: int, limit: int) -> tuple[Sequence[Recorded[Any]], int]:
        feed = self._feed
        if self._base != after or self._is_over or feed.seen() <= after:
            known, self._copied = self._copied, self._look()
            copied = self._copied
            if self._is_over or known is None or copied is None or known.epoch != copied.epoch:
                self._base = NEVER
            if copied is None or copied.homes != self._homes:
                self._say("no relay copies the log for these views; it is read from the log itself")
                return self._from_log(after, limit)
            if after < copied.since:
                return self._from_log(after, min(limit, copied.since - after))
            if after < self._base:
                return self._from_log(after, min(limit, self._base - after))
            if self._clock.monotonic_s() < self._from_log_until_s:
                return self._from_log(after, limit)
            if copied.position <= after:
                if not self._is_over:
                    feed.wait_seen(after + 1, NOTHING_YET_S)
                return (), after
            if self._base != after:
                self.begin_at(after)
            if self._reading is None:
                return self._from_log(after, limit)
            if not self._comes(after, min(copied.position, after + limit)):
                self.given_up += 1
                self._base, self._from_log_until_s = NEVER, self._clock.monotonic_s() + FROM_LOG_S
                self._say("the topic does not have what was copied to it, or cannot be read; the log is read itself")
                return self._from_log(after, limit)
            self._say("")
        facts, self._base = feed.take(self._reading or 0, after, limit)
        self.from_topic += len(facts)
        return facts, self._base

    @property
    def _is_over(self) -> bool:
        """Whether what the feed reads is not what this reader had it read: other partitions are assigned, or somebody began elsewhere."""
        return self._feed.reading != self._reading

    def _comes(self, after: int, upto: int) -> bool:
        """Wait for what the topic has up to a position; return whether anything has come after another one. A slow topic is waited for."""
        feed = self._feed
        if not feed.wait_begun(BEGIN_TIMEOUT_S):
            return False
        silent_until_s = self._clock.monotonic_s() + SILENCE_S_MAX
        while not feed.wait_seen(upto, self._fetch_timeout_s) and feed.seen() <= after:
            is_over = self._is_over or self._clock.monotonic_s() > silent_until_s
            if is_over or feed.lacks(after + 1, ANSWER_TIMEOUT_S):
                return False
        return True

    def _from_log(self, after: int, limit: int) -> tuple[Sequence[Recorded[Any]], int]:
        facts = super().read(after, limit)
        self.from_log += len(facts)
        return facts, facts[-1].position if facts else after

    def _look(self) -> Copied | None:
        try:
            return copied_of(self._connect(), self._topic)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            super().close()
            raise StoreUnavailable(str(error).strip()) from error

    def _say(self, what: str) -> None:
        """Say something once."""
        if what and what != self._said:
            structlog.get_logger().warning(what, topic=self._topic)
        self._said = what
