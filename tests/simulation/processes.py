"""A process of the simulation: the real dispatcher, stepped by one thread over a store that fails on request."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, Protocol

import msgspec

from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.log_reader import LogReader
from commands.ports import Append, Appended, EventStore, Loaded, NewFact, StoreUnavailable, StreamSnapshot, Wanted
from commands.registry import USE_CASES
from domain.catalogue import FOLLOWED
from domain.fact import Recorded, stored_name
from tests.simulation.clocks import DRIFTS_PPM, LIES_US, Clocks
from tests.simulation.faults import Crashed, Faults

Done = Callable[[Answer | BaseException], None]


class Log(EventStore, LogReader, Protocol):
    """The log that all processes share."""


STATES_MAX = (2, 64, 1_000)
"""How many streams a process keeps in memory: now fewer than almost any command needs together, now few, now many."""


class Surroundings(NamedTuple):
    """What a process shares with the others. `committed` is told after every write, from where the log ended before."""

    log: Any
    rng: Random
    faults: Faults
    clocks: Clocks
    committed: Callable[[int], None]
    meanwhile: Callable[["Process"], None]


class FailingStore:
    """One process's connection to the log: it loses acknowledgements, refuses to work, or takes its process down with it.

    A batch is written when it is begun, or only when its outcome is asked for; `meanwhile` is what others do just before that.
    """

    def __init__(self, around: Surroundings, meanwhile: Callable[[], None], local_us: Callable[[], int]) -> None:
        self._around, self._log, self._rng, self._faults = around, around.log, around.rng, around.faults
        self._meanwhile = meanwhile
        self.local_us = local_us
        self._seen = self._log.head()

    def encode(self, facts: Sequence[NewFact]) -> Sequence[bytes] | None:
        return self._log.encode(facts)

    def begin(self, appends: Sequence[Append]) -> "SimulatedBatch":
        fate = self._faults.choose("crash at once", *BEFORE, *AFTER)
        if fate == "crash at once":
            self._faults.counts[fate] += 1
            raise Crashed
        moved, followed = self._moved()
        written = [self._write(appends)] if fate not in BEFORE and self._rng.random() < 0.5 else []

        def outcome() -> Appended:
            self._meanwhile()
            if fate in BEFORE:
                self._faults.counts[fate] += 1
                raise BEFORE[fate]
            appended = written[0] if written else self._write(appends)
            if fate in AFTER:
                self._faults.counts[fate] += any(verdict.position for verdict in appended.verdicts)
                raise AFTER[fate]
            return appended

        return SimulatedBatch(outcome, moved, followed, lambda: self._rng.random() < 0.5)

    def nudge(self) -> None:
        pass

    def append_many(self, appends: Sequence[Append]) -> Appended:
        return self.begin(appends).outcome()

    def _moved(self) -> tuple[Mapping[str, int] | None, Sequence[Recorded]]:
        """Tell what others wrote since this process last wrote, and some of what is followed; a fifth of the time it is not known."""
        facts = self._log.read(self._seen, 1_000_000)
        self._seen = self._log.head()
        if self._rng.random() < 0.2:
            return None, ()
        followed = [recorded for recorded in facts if stored_name(type(recorded.body)) in FOLLOWED]
        told = len(followed) if self._rng.random() < 0.7 else self._rng.randrange(len(followed) + 1)
        self._faults.counts["followed facts left out"] += told < len(followed)
        return {recorded.stream_id: recorded.version for recorded in facts}, followed[:told]

    def _write(self, appends: Sequence[Append]) -> Appended:
        before = self._log.head()
        appended: Appended = self._log.append_many(appends)
        self._around.committed(before)
        counts = self._faults.counts
        for verdict in appended.verdicts:
            counts["append refused"] += not verdict.accepted
            counts["span missed"] += verdict.why == "span"
            counts["log's clock behind"] += verdict.why == "clock"
        self._seen = self._log.head()
        return appended

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        if self._faults.strikes("question unanswered", 250):
            raise StoreUnavailable("the log is unavailable")
        found: Mapping[str, Sequence[Recorded]] = self._log.load(streams)
        return found

    def begin_load(self, streams: Mapping[str, Wanted]) -> "SimulatedLoad":
        away = self._faults.strikes("question unanswered", 250)
        looked = self._log.begin_load(streams).outcome() if self._rng.random() < 0.5 else None

        def look() -> Loaded:
            if away:
                raise StoreUnavailable("the log is unavailable")
            return self._damaged(looked or self._log.begin_load(streams).outcome())

        return SimulatedLoad(look, self._rng)

    def _damaged(self, loaded: Loaded) -> Loaded:
        """Give snapshots back that cannot be decoded; that they are of their streams' versions is the store's own promise."""
        self._faults.counts["snapshot used"] += len(loaded.snapshots)
        if not loaded.snapshots or not self._faults.strikes("snapshot damaged", 2_000):
            return loaded
        snapshots = {key: msgspec.structs.replace(snapshot, state=snapshot.state[:-1]) for key, snapshot in loaded.snapshots.items()}
        return msgspec.structs.replace(loaded, snapshots=snapshots)

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        kept = [snapshot for snapshot in snapshots if not self._faults.strikes("snapshot dropped")]
        if self._faults.strikes("snapshots not saved", 200):
            raise OSError("the snapshots' table is unavailable")
        self._log.save_snapshots(kept)


class SimulatedBatch(NamedTuple):
    """A batch on its way."""

    outcome: Callable[[], Appended]
    changed_elsewhere: Mapping[str, int] | None
    facts_elsewhere: Sequence[Recorded]
    ready: Callable[[], bool]


class SimulatedLoad:
    """A question on its way; the answer may take a few turns."""

    def __init__(self, look: Callable[[], Loaded], rng: Random) -> None:
        self.outcome = look
        self._rng = rng

    def wait(self, timeout_s: float) -> bool:  # noqa: ARG002  (time does not pass between two steps)
        return self._rng.random() < 0.5


BEFORE: dict[str, BaseException] = {"crash before": Crashed(), "away": StoreUnavailable("the log is unavailable")}
AFTER: dict[str, BaseException] = {"crash after": Crashed(), "acknowledgement lost": StoreUnavailable("the acknowledgement was lost")}


class Process:
    """A dispatcher whose loop is turned by hand; `lie_us` is how wrong its clock is."""

    def __init__(self, around: Surroundings) -> None:
        self._around, self._rng = around, around.rng
        self.lie_us = 0
        self.turning = False
        self.lives = 0
        self.restart()

    def restart(self) -> None:
        """Lose all memory, and every command that was not answered."""
        self.lives += 1
        self.store = FailingStore(self._around, lambda: self._around.meanwhile(self), self.local_us)
        self._dispatcher = Dispatcher(
            self.store,
            USE_CASES,
            commands_per_batch_max=self._rng.choice([1, 3, 8]),
            batch_wait_ms=0,
            monotonic_ns=self._around.clocks.monotonic_ns(self._rng.choice(DRIFTS_PPM)),
            states_max=self._rng.choice(STATES_MAX),
        )

    def local_us(self) -> int:
        """What the process's own clock shows."""
        return self._around.clocks.true_us + self.lie_us

    def lie(self) -> None:
        """Set the process's clock right or wrong."""
        self.lie_us = self._rng.choice(LIES_US)

    def submit(self, command: Any, done: Done) -> None:
        self._dispatcher.submit(command, done)

    @property
    def busy(self) -> bool:
        return self._dispatcher.busy

    def turn(self) -> None:
        """Decide a batch, take the last one's outcome, begin the next commit; the process may not survive it."""
        if self.turning:
            return
        self.turning = True
        try:
            self._dispatcher.turn()
        except Crashed:
            self.restart()
        finally:
            self.turning = False
