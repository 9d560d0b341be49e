"""Stores of the log that break a promise of theirs. Each must be noticed by what comes of it."""

from collections.abc import Sequence

import msgspec

from commands.ports import FOREVER_US, Append, Appended, StreamSnapshot, Verdict
from domain.fact import Recorded
from infra.eventstore.memory import MemoryEventStore


class IgnoresReads(MemoryEventStore):
    """Commits bets on markets that moved meanwhile."""

    def _judged(self, append: Append, refused_versions: dict[str, int], now_us: int, *, clock_lags: bool) -> Verdict | None:
        blind = msgspec.structs.replace(append, reads=(), shared=())
        return super()._judged(blind, refused_versions, now_us, clock_lags=clock_lags)


class WritesTwice(MemoryEventStore):
    """Tries a batch again whose first try had succeeded, under the next versions."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        appended = super().append_many(appends)
        for append, verdict in zip(appends, appended.verdicts, strict=True):
            if verdict.accepted and append.facts:
                for fact in append.facts:
                    version = self._version(fact.stream_id) + 1
                    again = Recorded(len(self._log) + 1, fact.stream_id, version, fact.body, appended.committed_us)
                    self._log.append(again)
                    self._streams[fact.stream_id].append(again)
        return appended


class ForgetsTheLast(MemoryEventStore):
    """Acknowledges a batch before it is durable, and sometimes loses its end."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        if len(appends) > 1 and appends[-1].facts and self.head() % 3 == 0:
            lost = Verdict(accepted=True, position=self.head() + 1)
            return Appended([*super().append_many(appends[:-1]).verdicts, lost])
        return super().append_many(appends)


class BelievesPhantoms(MemoryEventStore):
    """Checks versions and nothing else: what was decided on a refused append passes where another filled the same version."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        return Appended([super(BelievesPhantoms, self).append_many([append]).verdicts[0] for append in appends], self._committed_us)


class RefusesNothing(MemoryEventStore):
    """Last writer wins: takes whatever version comes next for the one that was meant."""

    def _follows(self, *_: object) -> bool:
        return True


class WritesHalf(MemoryEventStore):
    """Loses the last fact of an append of several: it is not all or none."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        is_time = self.head() >= 60 and self.head() % 7 == 0
        return super().append_many([_half(append) if is_time and len(append.facts) > 1 else append for append in appends])


def _half(append: Append) -> Append:
    return msgspec.structs.replace(append, facts=append.facts[1:])


class TimeGoesBack(MemoryEventStore):
    """Writes what the database's clock shows, whatever the log's time was."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        self._committed_us = 0
        return super().append_many(appends)


class JudgesByAnotherClock(MemoryEventStore):
    """Judges spans by a clock that lags: the one of a process, and not the database's."""

    def _judged(self, append: Append, refused_versions: dict[str, int], now_us: int, *, clock_lags: bool) -> Verdict | None:
        return super()._judged(append, refused_versions, now_us - 4_000_000, clock_lags=clock_lags)


class JudgesNoSpans(MemoryEventStore):
    """Takes a decision that held for a while for one that holds for ever."""

    def _judged(self, append: Append, refused_versions: dict[str, int], now_us: int, *, clock_lags: bool) -> Verdict | None:
        for_ever = msgspec.structs.replace(append, not_before_us=0, not_after_us=FOREVER_US)
        return super()._judged(for_ever, refused_versions, now_us, clock_lags=clock_lags)


class SnapshotsLie(MemoryEventStore):
    """Gives a wallet's snapshot back with a cent too much."""

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        super().save_snapshots([_with_a_cent(snapshot) for snapshot in snapshots])


def _with_a_cent(snapshot: StreamSnapshot) -> StreamSnapshot:
    state = msgspec.msgpack.decode(snapshot.state)
    if not snapshot.schema.startswith("wallet"):
        return snapshot
    state["available_minor"] += 1
    return msgspec.structs.replace(snapshot, state=msgspec.msgpack.encode(state))


class SnapshotsOfAnotherVersion(MemoryEventStore):
    """Gives a snapshot back as of the version before, so that a fact is folded twice."""

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        super().save_snapshots([msgspec.structs.replace(snapshot, version=snapshot.version - 1) for snapshot in snapshots])


class ChangesTheLog(MemoryEventStore):
    """Changes a fact that was written long ago."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        if len(self._log) > 100:
            self._log[50] = Recorded(51, self._log[50].stream_id, self._log[50].version, self._log[49].body, self._log[50].committed_us)
        return super().append_many(appends)


BROKEN_STORES = (
    IgnoresReads,
    WritesTwice,
    ForgetsTheLast,
    BelievesPhantoms,
    RefusesNothing,
    WritesHalf,
    TimeGoesBack,
    JudgesByAnotherClock,
    JudgesNoSpans,
    SnapshotsLie,
    SnapshotsOfAnotherVersion,
    ChangesTheLog,
)
