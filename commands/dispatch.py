"""The one door: every command goes through a queue to one thread, which decides batches that another thread commits.

    many callers --submit--> queue --> decide (states in memory) --> ONE append_many --> answer every caller

The next batch is decided while the last one commits. What was decided on a state that then failed to commit is refused by the
versions it names, and decided again on fresh state, at most `ATTEMPTS_MAX` times. A refusal and a repeat are answered only after the
commit has confirmed that everything they saw still stands: nobody is told a "no" that was based on a stale or uncommitted state.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog

from commands.ports import Append, Appended, EventStore, StoreUnavailable, StreamSnapshot
from commands.states import SNAPSHOT_EVERY_FACTS, STATES_MAX, States, snapshot_due, snapshot_of
from commands.streams import NotHere, Stream, Streams
from domain.aggregate import Aggregate
from domain.refused import Refused

ATTEMPTS_MAX = 4
"""The first decision and three more on fresh state. What is set aside before it reached the log is another attempt, not a refusal."""

log = structlog.get_logger()


class Contended(Refused):
    """Others changed the same things again and again while this was decided; nothing happened, ask again."""

    attempts: int


class Overloaded(Refused):
    """More is waiting than can be answered in time; nothing happened, ask again later."""

    commands_waiting: int


class Stopping(Refused):
    """The service is stopping; nothing happened, ask again."""


class Outcome(msgspec.Struct, frozen=True):
    """What a use case made of a command: what to tell its caller, and the stream that it is about.

    A repeat, which appends nothing, is answered with the position that the first answer had: where the key stream began.
    """

    receipt: Any
    key: Stream[Any]


class Answer(msgspec.Struct, frozen=True):
    """A receipt, and the position in the log at which it became true."""

    receipt: Any
    position: int


class Touch(NamedTuple):
    """A stream that a command will touch."""

    aggregate: Aggregate[Any]
    stream_id: str


class UseCase(NamedTuple):
    """How a kind of command is handled; `touches` names its streams, so that a batch loads all that it misses in one question."""

    handle: Callable[[Any, Streams], Outcome]
    touches: Callable[[Any], Sequence[Touch]]


Done = Callable[[Answer | BaseException], None]


class Ticket:
    """A command and whoever waits for its answer; `done` is called once, on the committing thread, and must not block."""

    __slots__ = ("attempts", "command", "done")

    def __init__(self, command: Any, done: Done) -> None:
        self.command = command
        self.done = done
        self.attempts = 0


class Work(msgspec.Struct, frozen=True):
    """A decided command on its way to the commit: what to append, and what to answer if that holds."""

    ticket: Ticket
    append: Append
    streams: Streams
    outcome: Outcome | None
    refusal: Refused | None


class Dispatcher:
    """Decides and commits the commands of one process."""

    def __init__(
        self,
        store: EventStore,
        use_cases: Mapping[type, UseCase],
        *,
        snapshotted: Mapping[str, type[msgspec.Struct]] | None = None,
        commands_per_batch_max: int = 512,
        queue_commands_max: int = 20_000,
        batch_wait_ms: float = 2.0,
        states_max: int = STATES_MAX,
    ) -> None:
        self._store = store
        self._use_cases = dict(use_cases)
        self._snapshotted = dict(snapshotted or {})
        self._states = States(store, states_max=states_max, snapshotted=self._snapshotted)
        self._per_batch_max = commands_per_batch_max
        self._queue_max = queue_commands_max
        self._batch_wait_s = batch_wait_ms / 1000
        self._queue: deque[Ticket] = deque()
        self._arrived = threading.Event()
        self._retries: deque[Work] = deque()
        self._moved: deque[Iterable[str]] = deque()
        self._distrust = threading.Event()
        self._slot: deque[list[Work] | None] = deque()
        self._slot_filled = threading.Semaphore(0)
        self._phantoms: set[str] | None = set()
        self._idle = threading.Event()
        self._idle.set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._decide_for_ever, name="dispatcher-decide", daemon=True),
            threading.Thread(target=self._commit_for_ever, name="dispatcher-commit", daemon=True),
        ]

    def start(self) -> "Dispatcher":
        """Start both threads; return the dispatcher."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Answer what is waiting, then stop both threads."""
        self._stopping = True
        self._arrived.set()
        for thread in self._threads:
            thread.join()

    def submit(self, command: Any, done: Done) -> None:
        """Queue a command; `done` gets its `Answer`, a `Refused`, or the error that befell it.

        Raises:
            Overloaded: when the queue is full. Stopping: when the dispatcher is.

        """
        queue = self._queue
        if len(queue) >= self._queue_max:
            raise Overloaded(len(queue))
        if self._stopping:
            raise Stopping
        queue.append(Ticket(command, done))
        if not self._arrived.is_set():
            self._arrived.set()

    def call(self, command: Any, timeout_s: float = 30.0) -> Answer:
        """Submit a command and wait for its answer.

        Raises:
            Refused: what the rules say. StoreUnavailable: when the log is away. TimeoutError: when no answer came in time.

        """
        return self.call_many([command], timeout_s)[0]

    def call_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer]:
        """Submit commands together and wait for all their answers, in order.

        Raises:
            Refused: the first refusal among them; the others were still decided. Else as `call`.

        """
        answers = self.try_many(commands, timeout_s)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if isinstance(answer, Answer)]

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        """Submit commands together and return for each its answer or what stood in its way, in order.

        Raises:
            TimeoutError: when not all were answered in time.

        """
        answers: list[Answer | BaseException] = [Stopping()] * len(commands)
        left = threading.Semaphore(0)

        def done_at(index: int) -> Done:
            def done(answer: Answer | BaseException) -> None:
                answers[index] = answer
                left.release()

            return done

        for index, command in enumerate(commands):
            self.submit(command, done_at(index))
        deadline_s = time.monotonic() + timeout_s
        for _ in commands:
            if not left.acquire(timeout=max(0.0, deadline_s - time.monotonic())):
                raise TimeoutError(f"no answer within {timeout_s} s")
        return answers

    # Deciding: one thread, owner of the states.

    def _decide_for_ever(self) -> None:
        while True:
            tickets = self._take()
            if not tickets:
                break
            works = self._decide(tickets)
            if works:
                self._hand_over(works)
        self._slot.append(None)
        self._slot_filled.release()

    def _take(self) -> list[Ticket]:
        """Return the next batch: retries first, then what is waiting; none when stopping and all is answered."""
        queue = self._queue
        while True:
            if self._retries or self._distrust.is_set():
                self._idle.wait()
            if self._retries:
                return self._take_retries()
            if queue:
                if len(queue) < self._per_batch_max and self._batch_wait_s and not self._stopping:
                    self._linger()
                return [queue.popleft() for _ in range(min(len(queue), self._per_batch_max))]
            self._arrived.clear()
            if queue or self._retries:
                continue
            if self._stopping:
                self._idle.wait()
                if not self._retries and not queue:
                    return []
                continue
            self._arrived.wait()

    def _linger(self) -> None:
        """Give others a moment to join the batch: one commit for many costs little more than one for one."""
        time.sleep(self._batch_wait_s)

    def _take_retries(self) -> list[Ticket]:
        tickets: list[Ticket] = []
        while self._retries:
            work = self._retries.popleft()
            self._states.drop(work.streams.stream_ids())
            tickets.append(work.ticket)
        return tickets

    def _decide(self, tickets: list[Ticket]) -> list[Work]:
        states = self._states
        if self._distrust.is_set():
            self._distrust.clear()
            states.clear()
        while self._moved:
            states.drop(self._moved.popleft())
        works: list[Work] = []
        postponed: list[Ticket] = []
        for ticket in tickets:
            self._decide_one(ticket, works, postponed if not ticket.attempts else None)
        if postponed:
            self._load(postponed)
            for ticket in postponed:
                self._decide_one(ticket, works, None)
        return works

    def _decide_one(self, ticket: Ticket, works: list[Work], postponed: list[Ticket] | None) -> None:
        """Decide one command; where there is a list to postpone it to, it waits there for streams that are not in memory."""
        streams = Streams(self._states, patient=postponed is not None)
        try:
            outcome = self._use_cases[type(ticket.command)].handle(ticket.command, streams)
        except NotHere:
            assert postponed is not None, "only the patient are told that something is not here"
            postponed.append(ticket)
        except Refused as refusal:
            ticket.attempts += 1
            works.append(Work(ticket, streams.conditions(), streams, None, refusal))
        except StoreUnavailable as error:
            _answer(ticket, error)
        except Exception as error:  # noqa: BLE001  (a bug in one use case must not take its neighbours down; its caller gets it)
            log.exception("a use case failed", command=type(ticket.command).__name__)
            _answer(ticket, error)
        else:
            ticket.attempts += 1
            works.append(Work(ticket, streams.append(outcome.key), streams, outcome, None))

    def _load(self, tickets: list[Ticket]) -> None:
        """Bring every stream that these commands name into the cache, with one question per kind of aggregate."""
        missing: dict[str, tuple[Aggregate[Any], dict[str, None]]] = {}
        for ticket in tickets:
            for aggregate, stream_id in self._use_cases[type(ticket.command)].touches(ticket.command):
                if self._states.find(stream_id) is None:
                    missing.setdefault(aggregate.name, (aggregate, {}))[1][stream_id] = None
        for aggregate, stream_ids in missing.values():
            try:
                self._states.load(aggregate, list(stream_ids))
            except Exception:  # noqa: BLE001  (each command now loads its own and gets what befalls it, its neighbours go on)
                log.warning("streams could not be loaded together", aggregate=aggregate.name, streams=len(stream_ids), exc_info=True)

    def _hand_over(self, works: list[Work]) -> None:
        """Give the batch to the committing thread, once it is done with the last one."""
        self._idle.wait()
        self._idle.clear()
        self._slot.append(works)
        self._slot_filled.release()

    # Committing: the other thread.

    def _commit_for_ever(self) -> None:
        while True:
            self._slot_filled.acquire()
            works = self._slot.popleft()
            if works is None:
                return
            self._commit(works)
            self._arrived.set()

    def _commit(self, works: list[Work]) -> None:
        """Commit a batch and answer it; what was decided on something that failed in the batch before is decided again instead."""
        works = self._set_haunted_aside(works)
        try:
            appended = self._store.append_many([work.append for work in works]) if works else Appended(())
        except Exception as error:  # noqa: BLE001  (whatever happened, callers must hear it and the states are not to be trusted)
            if not isinstance(error, StoreUnavailable):
                log.exception("a batch failed")
            self._phantoms = None
            self._distrust.set()
            self._idle.set()
            for work in works:
                _answer(work.ticket, error)
        else:
            self._finish(works, appended)

    def _set_haunted_aside(self, works: list[Work]) -> list[Work]:
        """Send back what touches a stream that the last batch failed to write: it was decided while that batch was under way.

        Versions alone would not tell, where another writer has filled the same version with another fact.
        """
        phantoms = self._phantoms
        if phantoms is None:
            self._phantoms = set()
            self._retries.extend(works)
            return []
        if not phantoms:
            return works
        sound: list[Work] = []
        for work in works:
            if phantoms.isdisjoint(work.streams.stream_ids()):
                sound.append(work)
            else:
                phantoms.update(fact.stream_id for fact in work.append.facts)
                self._retries.append(work)
        return sound

    def _finish(self, works: list[Work], appended: Appended) -> None:
        """Note where the accepted came to stand, send back the refused, and only then answer."""
        answers: list[tuple[Ticket, Answer | BaseException]] = []
        due: list[StreamSnapshot] = []
        phantoms: set[str] = set()
        for work, verdict in zip(works, appended.verdicts, strict=True):
            if not verdict.accepted:
                phantoms.update(fact.stream_id for fact in work.append.facts)
                if work.ticket.attempts < ATTEMPTS_MAX:
                    self._retries.append(work)
                else:
                    self._distrust.set()
                    answers.append((work.ticket, Contended(work.ticket.attempts)))
                continue
            outcome = work.outcome
            if outcome is None:
                assert work.refusal is not None, "what has no outcome was refused"
                answers.append((work.ticket, work.refusal))
                continue
            key = outcome.key
            if verdict.position and key.version == 0:
                key.entry.first = verdict.position - len(key.facts) + 1
            answers.append((work.ticket, Answer(outcome.receipt, verdict.position or key.entry.first)))
            for stream in work.streams.touched:
                version = stream.version + len(stream.facts)
                if version >= SNAPSHOT_EVERY_FACTS and stream.aggregate.name in self._snapshotted and snapshot_due(stream.version, version):
                    due.append(snapshot_of(stream.aggregate.name, stream.stream_id, stream.state, version))
        self._phantoms = phantoms
        if appended.moved:
            self._moved.append(appended.moved)
        self._idle.set()
        for ticket, answer in answers:
            _answer(ticket, answer)
        if due:
            self._save(due)

    def _save(self, due: list[StreamSnapshot]) -> None:
        try:
            self._store.save_snapshots(due)
        except StoreUnavailable:
            log.warning("snapshots were not saved; the log has everything", snapshots=len(due))


def _answer(ticket: Ticket, answer: Answer | BaseException) -> None:
    try:
        ticket.done(answer)
    except Exception:
        log.exception("an answer could not be delivered", command=type(ticket.command).__name__)
