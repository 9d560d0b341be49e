"""The dispatcher: one thread takes commands from a bounded queue, decides them in batches and commits each batch in one transaction.

    many callers --submit--> queue by lanes --> decide (states in memory) --> ONE append --> answer every caller
                               |                   ^
                               +--> load what is missing or behind the log, in one question

The next batch is decided while the last one commits: between the beginning of a commit and its outcome the thread has nothing to wait
for. The same holds for streams that are not in memory, or that other processes changed: commands that need them wait until they are
loaded, and others are decided meanwhile. What was decided on a state that then failed to commit is decided again on fresh state, at most
`ATTEMPTS_MAX` times in all. A refusal and a repeat are answered only after a commit has confirmed that everything they saw still stands:
no refusal rests on a stale state.

A safety command ends the batch that is being decided. The size of batches is limited by how long one may hold the lock on the head.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from commands.dispatch.batch import CommittingBatch, DecidedCommand, Done, Overloaded, QueuedCommand, Stopping
from commands.dispatch.batch_size import BatchSize
from commands.dispatch.blocking_client import BlockingClient
from commands.dispatch.cached_stream import StreamUnreadable
from commands.dispatch.command_queue import CommandQueue
from commands.dispatch.completion import BatchCompletion
from commands.dispatch.figures import CacheFigures, DispatcherFigures
from commands.dispatch.lanes import Lane
from commands.dispatch.loading import StreamLoader
from commands.dispatch.log_clock import LogClock
from commands.dispatch.state_cache import STATES_MAX, StateCache
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.dispatch.use_case import UseCase
from commands.ports import Appended, EventStore, StoreUnavailable
from domain.refused import Refused

COMMANDS_PER_NUDGE, COMMANDS_PER_LOOK = 64, 16
"""How many commands are decided before the commit under way is looked at, and how many before the safety lane is."""

LOAD_WAIT_S = 0.005
"""For how long a thread that has nothing to decide waits for streams at once, before it looks for commands again."""

logger = structlog.get_logger()


class Dispatcher(BlockingClient):
    """Decides and commits the commands of one process."""

    def __init__(
        self,
        store: EventStore,
        use_cases: Mapping[type, UseCase],
        *,
        commands_per_batch_max: int = 512,
        queue_commands_max: int = 20_000,
        batch_wait_ms: float = 2.0,
        states_max: int = STATES_MAX,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._store = store
        self._use_cases = dict(use_cases)
        self._states = StateCache(store, states_max=states_max)
        self._answers = BatchCompletion(self._states)
        self._size = BatchSize(commands_per_batch_max)
        self._batch_wait_s = batch_wait_ms / 1000
        self._queue = CommandQueue(queue_commands_max)
        self._clock = LogClock(monotonic_ns)
        self._loading = StreamLoader(self._states, self._use_cases, self._clock.see, lane_commands_max=queue_commands_max)
        self.figures = DispatcherFigures()
        self._arrived = threading.Event()
        self._retries: list[QueuedCommand] = []
        self._committing: CommittingBatch | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> "Dispatcher":
        """Start the thread; return the dispatcher."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer what is waiting, then stop the thread."""
        self._stopping = True
        self._arrived.set()
        if self._thread.ident is not None:
            self._thread.join()

    def submit(self, command: Any, done: Done, *, wait_s_max: float | None = None) -> None:
        """Queue a command; `done` gets its `Answer`, a `Refused`, or the error that occurred.

        A command that waited longer than its timeout is answered `Overloaded` without being decided: its prices are outdated.

        Raises:
            Overloaded: when the command's class is shed, or its lane is full. Stopping: when the dispatcher is.

        """
        if self._stopping:
            raise Stopping
        use_case = self._use_cases.get(type(command))
        now_s = time.monotonic()
        expires_s = None if wait_s_max is None else now_s + wait_s_max
        lane = use_case.lane if use_case is not None else Lane.ACCOUNTS
        try:
            self._queue.admit(QueuedCommand(command, done, lane, now_s, expires_s))
        except Overloaded:
            self.figures.shed[lane] += 1
            raise
        if not self._arrived.is_set():
            self._arrived.set()

    @property
    def queue_depths(self) -> Mapping[Lane, int]:
        """How many commands wait in each lane."""
        return self._queue.depths()

    @property
    def queue_filled(self) -> float:
        """How many commands wait, as part of the bound."""
        return self._queue.filled

    @property
    def oldest_wait_s(self) -> float:
        """How long the oldest command has waited to be decided, in seconds."""
        oldest_s = self._queue.oldest_s()
        return 0.0 if oldest_s is None else max(0.0, time.monotonic() - oldest_s)

    @property
    def cache_figures(self) -> CacheFigures:
        """What the cache of states holds, and what it dropped."""
        return CacheFigures(len(self._states), self._states.snapshots_dropped, self._states.snapshots_unsaved)

    # The thread, owner of everything below.

    def _run(self) -> None:
        while self.turn() or not self._stopping:
            if not (self.busy or self._stopping):
                self._arrived.wait()

    @property
    def busy(self) -> bool:
        """Tell whether anything is left to do."""
        return bool(self._committing or self._loading or self._retries or self._queue)

    def turn(self) -> bool:
        """Take a batch and decide it while the last one commits, take that one's outcome, begin to commit this one.

        Return whether anything is left to do. This is the whole loop: the thread calls it for ever, a simulation step by step.
        """
        queue, commands_max = self._queue, self._size.commands_max
        if self._retries:
            retries, self._retries = self._retries, []
            return self._turn(queue.take_safety(commands_max) + retries)
        self._arrived.clear()
        if 0 < len(queue) < commands_max and not (self._committing or self._loading or self._stopping or queue.safety_waits):
            time.sleep(self._batch_wait_s)
        taken = queue.take(commands_max)
        self.figures.note_taken(taken, time.monotonic())
        return self._turn(taken)

    def _turn(self, commands: list[QueuedCommand]) -> bool:
        decided = self._decide_all(commands)
        committing, self._committing = self._committing, None
        if committing is not None:
            decided = self._finish(committing, decided)
        if decided:
            self._begin(decided)
        self._loading.ask()
        return self.busy

    def _decide_all(self, commands: list[QueuedCommand]) -> list[DecidedCommand]:
        """Decide a batch. A bug here is reported to the callers, and the thread, on which all others depend, goes on."""
        try:
            if self._loading.wait(0.0 if commands or self._committing is not None else LOAD_WAIT_S):
                commands = self._loading.take() + commands
            return self._decide_each(self._unexpired(commands))
        except Exception as error:
            logger.exception("a batch could not be decided")
            self._states.clear()
            for queued in [*commands, *self._loading.clear()]:
                queued.answer(error)
            return []

    def _unexpired(self, commands: list[QueuedCommand]) -> list[QueuedCommand]:
        now_s = time.monotonic()
        kept = [queued for queued in commands if queued.expires_s is None or queued.expires_s >= now_s]
        if len(kept) < len(commands):
            for queued in commands:
                if queued.expires_s is not None and queued.expires_s < now_s:
                    queued.answer(Overloaded(len(self._queue)))
        return kept

    def _decide_each(self, commands: list[QueuedCommand]) -> list[DecidedCommand]:
        """Decide commands in order. When a safety command arrives, what is not decided yet goes back to the queue, and that one is next.

        So it does when a safety command was committed: whoever waits for that is answered first.
        """
        decided: list[DecidedCommand] = []
        self.figures.decided += len(commands)
        now_us = self._clock.now_us()
        for number, queued in enumerate(commands):
            if not number % COMMANDS_PER_NUDGE:
                self._store.nudge()
            if not number % COMMANDS_PER_LOOK:
                if self._queue.safety_waits and queued.lane != Lane.SAFETY:
                    self._queue.put_back(commands[number:])
                    for urgent in self._queue.take_safety(self._size.commands_max):
                        self._decide_one(urgent, decided, now_us)
                    break
                if number and self._committing is not None and self._committing.urgent and self._committing.ready():
                    self._queue.put_back(commands[number:])
                    break
            self._decide_one(queued, decided, now_us)
        return decided

    def _decide_one(self, queued: QueuedCommand, decided: list[DecidedCommand], now_us: int) -> None:
        """Decide one command; where it misses streams it waits for them."""
        streams = UnitOfWork(self._states, now_us)
        try:
            use_case = self._use_cases[type(queued.command)]
            if use_case.load_first and not queued.rounds:
                self.figures.waited_for_streams += 1
                self._loading.wait_for(queued)
                return
            outcome = use_case.handle(queued.command, streams)
            append = streams.append(outcome.key, self._store.encode)
        except StreamsNotCached as missing:
            self.figures.waited_for_streams += 1
            queued.missed = {**queued.missed, **missing.missed}
            self._loading.wait_for(queued)
        except Refused as refusal:
            refusal.__traceback__ = None  # it refers to this frame, and so to the batch: a cycle that only the garbage collector frees
            decided.append(DecidedCommand(queued, streams.conditions(), streams, None, refusal))
        except (StoreUnavailable, StreamUnreadable) as error:
            queued.answer(error)
        except Exception as error:  # noqa: BLE001  (it may come of states of different age: told only if what it saw stands)
            decided.append(DecidedCommand(queued, streams.conditions(), streams, None, error))
        else:
            decided.append(DecidedCommand(queued, append, streams, outcome, None))

    def _begin(self, decided: list[DecidedCommand]) -> None:
        """Begin a commit; errors at this point are raised when its outcome is taken."""
        for one in decided:
            if one.streams.holds:
                one.streams.resolve(one.append)
        try:
            batch = self._store.begin([one.append for one in decided])
        except Exception as error:  # noqa: BLE001  (raised again where the batch's callers are told)
            trouble = error

            def fail() -> Appended:
                raise trouble

            self._committing = CommittingBatch(decided, fail, time.monotonic())
            return
        urgent = any(one.queued.lane == Lane.SAFETY for one in decided)
        self._committing = CommittingBatch(decided, batch.outcome, time.monotonic(), batch.ready, urgent)
        self._states.fold_elsewhere(batch.facts_elsewhere)
        if batch.changed_elsewhere:
            self._loading.follow(self._states.note_moved(batch.changed_elsewhere))

    def _finish(self, committing: CommittingBatch, following: list[DecidedCommand]) -> list[DecidedCommand]:
        """Take a batch's outcome and answer it. Return of the next batch, decided meanwhile, what does not build on anything that failed.

        Versions alone would not tell: another writer may have filled the same version with another fact.
        """
        try:
            appended = committing.outcome()
        except Exception as error:
            if not isinstance(error, StoreUnavailable):
                logger.exception("a batch failed")
            self._retries += [one.queued for one in following]
            self._states.clear()
            self.figures.note_unavailable(committing.decided)
            for one in committing.decided:
                one.queued.answer(error)
            return []
        if appended.committed_us:
            self._clock.judged(appended.committed_us)
        self._size.learn(appended.held_us, urgent=committing.urgent)
        self.figures.note_batch(committing.decided, appended.verdicts, time.monotonic() - committing.begun_s, appended.held_us)
        refused_streams = self._answers.give(committing.decided, appended, self._retries)
        if not refused_streams:
            return following
        sound: list[DecidedCommand] = []
        for one in following:
            if one.streams.builds_on(refused_streams):
                refused_streams.update(self._answers.take_back(one, ()))
                self._retries.append(one.queued)
            else:
                sound.append(one)
        return sound
