"""What happens after a commit: callers are answered, accepted states are confirmed, refused ones are rolled back."""

from collections.abc import Collection, Sequence

import structlog

from commands.dispatch.batch import Answer, Contended, DecidedCommand, LogClockBehind, QueuedCommand
from commands.dispatch.cached_stream import CachedStream, snapshot_due, snapshot_of
from commands.dispatch.state_cache import StateCache
from commands.dispatch.use_case import Outcome
from commands.ports import Appended, Verdict
from domain.refused import Refused

ATTEMPTS_MAX = 8
"""How often a command is decided at most: once, and seven more times on fresh state. On a market whose price another process moves twice a
second, one in a thousand bets lost four times on a slow machine."""

logger = structlog.get_logger()


class BatchCompletion:
    """Gives answers, and keeps the states true to what was committed. For the dispatcher's thread."""

    def __init__(self, states: StateCache) -> None:
        self._states = states

    def give(self, decided: Sequence[DecidedCommand], appended: Appended, retries: list[QueuedCommand]) -> set[str]:
        """Answer the accepted, add the refused to `retries`, to be decided again; return the streams that the refused did not write."""
        refused_streams: set[str] = set()
        last = next((verdict.position for verdict in reversed(appended.verdicts) if verdict.position), 0)
        self._states.head = max(self._states.head, last)
        for one, verdict in zip(decided, appended.verdicts, strict=True):
            if not verdict.accepted:
                refused_streams.update(self.take_back(one, _doubted(verdict)))
                _decide_again(one.queued, verdict, retries)
            elif one.outcome is None:
                assert one.error is not None, "what has no outcome was refused"
                if not isinstance(one.error, Refused):
                    logger.error("a use case failed", command=type(one.queued.command).__name__, exc_info=one.error)
                else:
                    one.error.log_position = self._states.head  # not of what was seen: that would tell apart what is hidden and missing
                one.queued.answer(one.error)
            elif verdict.position:
                self._confirm(one, verdict.position, appended.committed_us)
                began = one.outcome.creates and one.outcome.key.version == 0
                position = one.outcome.key.entry.first if began else verdict.position  # as its repeat is told
                one.queued.answer(Answer(one.outcome.receipt, position))
            else:
                one.queued.answer(Answer(one.outcome.receipt, self._position_of(one.outcome)))
        return refused_streams

    def _position_of(self, outcome: Outcome) -> int:
        """Return the position of an answer for which nothing was appended."""
        if outcome.at_head:
            return self._states.head
        entry = outcome.key.entry
        return entry.first if outcome.creates else entry.last

    def take_back(self, one: DecidedCommand, doubted: Collection[str] | None) -> set[str]:
        """Roll back what a command staged, and mark of what it saw the `doubted` as possibly outdated (None: all of it).

        Return the streams that it did not write. What it saw besides is most often shared with other commands, which would all have to
        wait for it: gates, and the producer of prices. Should it be outdated too, the next attempt says so. What has been brought up to
        the log since the decision is not outdated.
        """
        written = {stream.stream_id for stream in one.streams.touched if stream.facts} if one.append.facts else set()
        entries: list[CachedStream] = one.streams.entries()
        self._states.reset(entry for entry in entries if entry.stream_id in written)
        versions = {read.stream_id: read.version for read in one.append.all_reads}
        versions.update((stream.stream_id, stream.version) for stream in one.streams.touched)
        self._states.doubt(
            entry
            for entry in entries
            if (doubted is None or entry.stream_id in doubted) and entry.base_version <= versions.get(entry.stream_id, entry.base_version)
        )
        return written

    def _confirm(self, one: DecidedCommand, position: int, committed_us: int) -> None:
        """Take what was committed for what the log holds, and keep the snapshots that are due."""
        assert one.outcome is not None, "what was appended has an outcome"
        key, due = one.outcome.key, []
        if key.version == 0:
            key.entry.first = position - len(key.facts) + 1
        for stream in one.streams.touched:
            facts = len(stream.facts)
            if facts:
                version, aggregate = stream.version + facts, stream.aggregate
                self._states.confirm(stream.entry, stream.state, version, committed_us, position)
                if aggregate.snapshot is not None and snapshot_due(stream.version, version):
                    due.append(snapshot_of(aggregate, stream.entry, stream.state, version))
        if due:
            self._states.save(due)


def _doubted(verdict: Verdict) -> Collection[str] | None:
    """Return which streams a refused command may have been decided on in the state of before; None for any of them."""
    if verdict.why == "conflict":
        return (verdict.conflict,) if verdict.conflict else None
    return ()  # its span was judged after its versions, which all stood


def _decide_again(queued: QueuedCommand, verdict: Verdict, retries: list[QueuedCommand]) -> None:
    if verdict.why == "clock":
        queued.answer(LogClockBehind())
        return
    queued.attempts += 1
    if queued.attempts < ATTEMPTS_MAX:
        retries.append(queued)
    else:
        queued.answer(Contended(queued.attempts))
