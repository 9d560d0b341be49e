"""The metrics of a dispatcher, counted as plain numbers by its thread."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from commands.dispatch.batch import DecidedCommand, QueuedCommand
from commands.dispatch.lanes import Lane
from commands.ports import Verdict
from domain.refused import Refused

WAIT_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
COMMIT_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
BATCH_BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


class Distribution:
    """How often values fell at or below each of some bounds, and above the last; with their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def cumulated(self) -> list[tuple[str, float]]:
        """Return for each bound, and for all, how many values were at or below it."""
        reached, found = 0, []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            reached += count
            found.append((bound, float(reached)))
        return found


class CacheFigures(NamedTuple):
    """The cache of states: streams in memory, snapshots that did not fit their stream, snapshots that could not be saved."""

    streams: int
    snapshots_dropped: int
    snapshots_unsaved: int


class DispatcherFigures:
    """What became of commands. `verdicts` counts by lane and outcome, `refusals` by problem.

    An outcome is accepted, repeated (it had been done before), refused, failed (a bug), conflicted (the store refused the append: a
    conflict, the time span or the clock), or unavailable. A conflicted command is decided again, up to a limit of attempts.
    `shed` counts those that were not taken, by lane. `held_s` is for how long batches held the lock on the head of the log, which
    all processes share.
    `waited_for_streams` counts each wait for a load, including the first of `load_first` commands.
    """

    def __init__(self) -> None:
        self.wait_s = {lane: Distribution(WAIT_BOUNDS_S) for lane in Lane}
        self.commit_s = Distribution(COMMIT_BOUNDS_S)
        self.batch_commands = Distribution(BATCH_BOUNDS)
        self.verdicts: dict[tuple[Lane, str], int] = {}
        self.refusals: dict[str, int] = {}
        self.shed = dict.fromkeys(Lane, 0)
        self.held_s = 0.0
        self.decided = 0
        self.waited_for_streams = 0

    def note_taken(self, commands: Iterable[QueuedCommand], now_s: float) -> None:
        """Count how long the first command of each lane in a batch has waited: it has waited longest."""
        seen: set[Lane] = set()
        for queued in commands:
            if queued.lane not in seen:
                seen.add(queued.lane)
                self.wait_s[queued.lane].add(max(0.0, now_s - queued.queued_s))

    def note_batch(self, decided: Sequence[DecidedCommand], verdicts: Sequence[Verdict], seconds: float, held_us: int) -> None:
        """Count a batch that was committed in so many seconds, and held the head for so many microseconds of these."""
        self.commit_s.add(seconds)
        self.held_s += held_us / 1e6
        self.batch_commands.add(len(decided))
        counts = self.verdicts
        for one, verdict in zip(decided, verdicts, strict=True):
            if not verdict.accepted:
                outcome = "conflicted"
            elif one.outcome is not None:
                outcome = "accepted" if verdict.position else "repeated"
            elif isinstance(one.error, Refused):
                outcome = "refused"
                slug = one.error.slug
                self.refusals[slug] = self.refusals.get(slug, 0) + 1
            else:
                outcome = "failed"
            key = (one.queued.lane, outcome)
            counts[key] = counts.get(key, 0) + 1

    def note_unavailable(self, decided: Sequence[DecidedCommand]) -> None:
        """Count commands that could not be committed."""
        for one in decided:
            key = (one.queued.lane, "unavailable")
            self.verdicts[key] = self.verdicts.get(key, 0) + 1
