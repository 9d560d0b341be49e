"""A process of the simulation: the real dispatcher, stepped by one thread over a store that fails on request."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, Appended, EventStore, Loaded, LogReader, NewFact, StoreUnavailable, StreamSnapshot, Wanted
from commands.registry import USE_CASES
from domain.fact import Recorded

Done = Callable[[Answer | BaseException], None]


class Log(EventStore, LogReader):
    """The log that all processes share."""


class Crashed(BaseException):
    """The process is gone, in the middle of whatever it did."""


class FailingStore:
    """One process's connection to the log: it loses acknowledgements, refuses to work, or takes its process down with it.

    A batch is written when it is begun, or only when its outcome is asked for; `meanwhile` is what others do just before that. `happened`
    counts what it did to its process.
    """

    def __init__(self, log: Log, rng: Random, meanwhile: Callable[[], None], happened: Counter[str]) -> None:
        self._log = log
        self._rng = rng
        self._meanwhile = meanwhile
        self._happened = happened
        self._seen = log.head()
        self.failures_percent = 0

    def encode(self, facts: Sequence[NewFact]) -> None:
        del facts

    def begin(self, appends: Sequence[Append]) -> "SimulatedBatch":
        fate = self._fate()
        if fate == "crash at once":
            self._happened[fate] += 1
            raise Crashed
        moved = self._moved()
        written = [self._write(appends)] if fate not in BEFORE and self._rng.random() < 0.5 else []

        def outcome() -> Appended:
            self._meanwhile()
            if fate in BEFORE:
                self._happened[fate] += 1
                raise BEFORE[fate]
            appended = written[0] if written else self._write(appends)
            if fate in AFTER:
                self._happened[fate] += any(verdict.position for verdict in appended.verdicts)
                raise AFTER[fate]
            return appended

        return SimulatedBatch(outcome, moved)

    def nudge(self) -> None:
        pass

    def append_many(self, appends: Sequence[Append]) -> Appended:
        return self.begin(appends).outcome()

    def _moved(self) -> Mapping[str, int] | None:
        """Tell what others wrote since this process last wrote; a fifth of the time it is not known."""
        moved = {recorded.stream_id: recorded.version for recorded in self._log.read(self._seen, 1_000_000)}
        self._seen = self._log.head()
        return moved if self._rng.random() < 0.8 else None

    def _write(self, appends: Sequence[Append]) -> Appended:
        appended = self._log.append_many(appends)
        for verdict in appended.verdicts:
            self._happened["append refused"] += not verdict.accepted
            self._happened["span missed"] += verdict.why == "span"
        self._seen = self._log.head()
        return appended

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        if self._rng.randrange(400) < self.failures_percent:
            raise StoreUnavailable("the log is away")
        return self._log.load(streams)

    def begin_load(self, streams: Mapping[str, Wanted]) -> "SimulatedLoad":
        away = self._rng.randrange(400) < self.failures_percent
        looked = self._log.begin_load(streams) if self._rng.random() < 0.5 else None
        return SimulatedLoad(looked.outcome if looked else self._late(streams), self._rng, away=away)

    def _late(self, streams: Mapping[str, Wanted]) -> Callable[[], Loaded]:
        """Look only when the answer is wanted."""

        def look() -> Loaded:
            return self._log.begin_load(streams).outcome()

        return look

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        self._log.save_snapshots(snapshots)

    def _fate(self) -> str:
        if self._rng.randrange(100) >= self.failures_percent:
            return "written"
        return self._rng.choice(["crash at once", *BEFORE, *AFTER])


class SimulatedBatch(NamedTuple):
    """A batch on its way."""

    outcome: Callable[[], Appended]
    changed_elsewhere: Mapping[str, int] | None


class SimulatedLoad:
    """A question on its way; the answer may take a few turns."""

    def __init__(self, answer: Callable[[], Loaded], rng: Random, *, away: bool) -> None:
        self._answer = answer
        self._rng = rng
        self._away = away

    def ready(self) -> bool:
        return self._rng.random() < 0.5

    def outcome(self) -> Loaded:
        if self._away:
            raise StoreUnavailable("the log is away")
        return self._answer()


BEFORE: dict[str, BaseException] = {"crash before": Crashed(), "away": StoreUnavailable("the log is away")}
AFTER: dict[str, BaseException] = {"crash after": Crashed(), "acknowledgement lost": StoreUnavailable("the acknowledgement was lost")}


class Process:
    """A dispatcher whose loop is turned by hand; `lie_ms` is how wrong its clock is."""

    def __init__(self, log: Log, rng: Random, meanwhile: Callable[["Process"], None], monotonic_ns: Callable[[], int]) -> None:
        self._monotonic_ns = monotonic_ns
        self._log, self._rng, self._meanwhile = log, rng, meanwhile
        self.happened: Counter[str] = Counter()
        self.failures_percent = 0
        self.lie_ms = 0
        self.turning = False
        self.restart()

    def restart(self) -> None:
        """Lose all memory, and every command that was not answered."""
        self.store = FailingStore(self._log, self._rng, lambda: self._meanwhile(self), self.happened)
        self.store.failures_percent = self.failures_percent
        self._dispatcher = Dispatcher(
            self.store,
            USE_CASES,
            commands_per_batch_max=self._rng.choice([1, 3, 8]),
            batch_wait_ms=0,
            monotonic_ns=self._monotonic_ns,
            states_max=self._rng.choice([32, 1_000]),
        )

    def fail(self, percent: int) -> None:
        self.failures_percent = self.store.failures_percent = percent

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
