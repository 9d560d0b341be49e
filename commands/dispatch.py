"""The one door: every command goes through a queue to one thread, which decides batches and commits them in groups.

    many callers --submit--> queue --> decide (states in memory) --> ONE append_many --> answer every caller
                               |                ^
                               +--> load what is missing, in one question

The next batch is decided while the last one commits: between the beginning of a commit and its outcome the thread has nothing to wait
for. So it is with streams that are not in memory: whoever needs them steps aside until the next turn, which decides them first. What
was decided on a state that then failed to commit is decided again on fresh state, at most `ATTEMPTS_MAX` times in all. A refusal and a
repeat are answered only after a commit has confirmed that everything they saw still stands: nobody is told a "no" on a stale state.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from commands.calls import Calls
from commands.ports import Appended, EventStore, StoreUnavailable, Verdict
from commands.states import STATES_MAX, States, snapshot_due
from commands.streams import NotHere, Streams
from commands.use_case import UseCase
from commands.work import Answer, Contended, Done, Loading, Overloaded, Stopping, Ticket, Underway, Work
from domain.aggregate import Aggregate
from domain.refused import Refused

ATTEMPTS_MAX = 4
"""How often an append may be refused: the first decision and three more on fresh state."""

COMMANDS_PER_NUDGE = 64

log = structlog.get_logger()


class Dispatcher(Calls):
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
        self._retries: list[Work] = []
        self._moved: set[str] = set()
        self._underway: Underway | None = None
        self._loading: Loading | None = None
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

    def submit(self, command: Any, done: Done, *, patience_s: float | None = None) -> None:
        """Queue a command; `done` gets its `Answer`, a `Refused`, or the error that befell it.

        A command that waited longer than its patience is not decided any more but answered `Overloaded`: its world has moved on.

        Raises:
            Overloaded: when the queue is full. Stopping: when the dispatcher is.

        """
        queue = self._queue
        if len(queue) >= self._queue_max:
            raise Overloaded(len(queue))
        if self._stopping:
            raise Stopping
        queue.append(Ticket(command, done, None if patience_s is None else time.monotonic() + patience_s))
        if not self._arrived.is_set():
            self._arrived.set()

    # The thread, owner of everything below.

    def _run(self) -> None:
        while self.turn() or not self._stopping:
            if not (self.busy or self._stopping):
                self._arrived.wait()

    @property
    def busy(self) -> bool:
        """Tell whether anything is left to do."""
        return bool(self._underway or self._loading or self._retries or self._queue)

    def turn(self) -> bool:
        """Take a batch and decide it while the last one commits, take that one's outcome, begin to commit this one.

        Return whether anything is left to do. This is the whole loop: the thread calls it for ever, a simulation step by step.
        """
        if self._retries:
            return self._turn(self._take_retries())
        self._arrived.clear()
        queue = self._queue
        if 0 < len(queue) < self._per_batch_max and not (self._underway or self._loading or self._stopping):
            time.sleep(self._batch_wait_s)
        return self._turn([queue.popleft() for _ in range(min(len(queue), self._per_batch_max))])

    def _turn(self, tickets: list[Ticket]) -> bool:
        works = self._decide_all(tickets) if tickets or self._loading else []
        underway, self._underway = self._underway, None
        if underway is not None:
            works = self._finish(underway, works)
        if works:
            self._underway = Underway(works, self._begin(works))
        return self.busy

    def _begin(self, works: list[Work]) -> Callable[[], Appended]:
        """Begin a commit; what goes wrong already now is for whoever takes its outcome."""
        try:
            return self._store.begin([work.append for work in works]).outcome
        except Exception as error:  # noqa: BLE001  (raised again where the batch's callers are told)
            trouble = error

        def fail() -> Appended:
            raise trouble

        return fail

    def _decide_all(self, tickets: list[Ticket]) -> list[Work]:
        """Decide a batch. A bug of ours here is told to its callers, and the thread that all others depend on goes on."""
        now_s = time.monotonic()
        for ticket in tickets:
            if ticket.expires_s is not None and ticket.expires_s < now_s:
                ticket.answer(Overloaded(len(self._queue)))
        tickets = [ticket for ticket in tickets if ticket.expires_s is None or ticket.expires_s >= now_s]
        waited = self._loading.tickets if self._loading else []
        try:
            return self._decide(tickets)
        except Exception as error:
            log.exception("a batch could not be decided")
            self._states.clear()
            self._loading = None
            for ticket in waited + tickets:
                ticket.answer(error)
            return []

    def _take_retries(self) -> list[Ticket]:
        """Return what must be decided again, its states forgotten, save those that are ahead of the log by what is under way."""
        works, self._retries = self._retries, []
        underway = self._underway.works if self._underway is not None else []
        ahead = {fact.stream_id for work in underway for fact in work.append.facts}
        for work in works:
            self._states.drop(stream_id for stream_id in work.streams.stream_ids() if stream_id not in ahead)
        return [work.ticket for work in works]

    def _decide(self, tickets: list[Ticket]) -> list[Work]:
        """Decide what waited for its streams, then a batch; what misses streams steps aside while all of them are loaded in one go."""
        if self._moved:
            self._states.drop(self._moved)
            self._moved.clear()
        works: list[Work] = []
        loading, self._loading = self._loading, None
        if loading is not None:
            self._decide_loaded(loading, works)
        missing: list[Ticket] = []
        self._decide_each(tickets, works, missing)
        if missing:
            self._loading = self._load(missing)
        return works

    def _decide_loaded(self, loading: Loading, works: list[Work]) -> None:
        """Wait for the streams under way, and decide those who waited for them."""
        tickets, arrive = loading
        try:
            arrive()
        except StoreUnavailable as error:
            for ticket in tickets:
                ticket.answer(error)
            return
        except Exception:
            log.warning("streams could not be loaded together", commands=len(tickets), exc_info=True)
        self._decide_each(tickets, works, None)

    def _decide_each(self, tickets: list[Ticket], works: list[Work], missing: list[Ticket] | None) -> None:
        for number, ticket in enumerate(tickets):
            if not number % COMMANDS_PER_NUDGE:
                self._store.nudge()
            self._decide_one(ticket, works, missing)

    def _decide_one(self, ticket: Ticket, works: list[Work], missing: list[Ticket] | None) -> None:
        """Decide one command; where there is a list of those who miss streams, it goes there rather than wait."""
        streams = Streams(self._states, missing is not None)
        try:
            use_case = self._use_cases[type(ticket.command)]
            if missing is not None and (use_case.cold or ticket.attempts):
                raise NotHere  # noqa: TRY301  (the one way to wait for streams)
            outcome = use_case.handle(ticket.command, streams)
        except NotHere:
            assert missing is not None, "only the patient are told that something is not here"
            missing.append(ticket)
        except Refused as refusal:
            refusal.__traceback__ = None  # it holds this frame, and with it the batch, for the garbage collector to find
            works.append(Work(ticket, streams.conditions(), streams, None, refusal))
        except StoreUnavailable as error:
            ticket.answer(error)
        except Exception as error:  # noqa: BLE001  (it may come of states of different age: told only if what it saw stands)
            works.append(Work(ticket, streams.conditions(), streams, None, error))
        else:
            works.append(Work(ticket, streams.append(outcome.key), streams, outcome, None))

    def _load(self, tickets: list[Ticket]) -> Loading:
        """Ask for every stream that these commands name and that is not in memory, in one question."""
        wanted: dict[str, Aggregate[Any]] = {}
        for ticket in tickets:
            for aggregate, stream_id in self._use_cases[type(ticket.command)].touches(ticket.command):
                if stream_id not in wanted and self._states.find(stream_id) is None:
                    wanted[stream_id] = aggregate
        return Loading(tickets, self._states.begin_load(wanted) if wanted else dict)

    def _finish(self, underway: "Underway", next_works: list[Work]) -> list[Work]:
        """Take a batch's outcome and answer it. Return of the next batch, decided meanwhile, what does not build on anything that failed.

        Versions alone would not tell: another writer may have filled the same version with another fact.
        """
        try:
            appended = underway.outcome()
        except Exception as error:
            if not isinstance(error, StoreUnavailable):
                log.exception("a batch failed")
            self._retries += next_works
            self._states.clear()
            for work in underway.works:
                work.ticket.answer(error)
            return []
        phantoms = self._answer_all(underway.works, appended.verdicts)
        if not phantoms:
            return next_works
        sound: list[Work] = []
        for work in next_works:
            if phantoms.isdisjoint(work.streams.stream_ids()):
                sound.append(work)
            else:
                phantoms.update(fact.stream_id for fact in work.append.facts)
                self._retries.append(work)
        return sound

    def _answer_all(self, works: list[Work], verdicts: Sequence[Verdict]) -> set[str]:
        """Answer the accepted, put the refused back to be decided again; return the streams that the refused did not write."""
        phantoms: set[str] = set()
        due: list[tuple[str, str, msgspec.Struct, int]] = []
        snapshotted = self._snapshotted
        for work, verdict in zip(works, verdicts, strict=True):
            if not verdict.accepted:
                phantoms.update(fact.stream_id for fact in work.append.facts)
                work.ticket.attempts += 1
                if work.ticket.attempts < ATTEMPTS_MAX:
                    self._retries.append(work)
                else:
                    self._states.drop(work.streams.stream_ids())
                    work.ticket.answer(Contended(work.ticket.attempts))
                continue
            outcome = work.outcome
            if outcome is None:
                assert work.refusal is not None, "what has no outcome was refused"
                if not isinstance(work.refusal, Refused):
                    log.error("a use case failed", command=type(work.ticket.command).__name__, exc_info=work.refusal)
                work.ticket.answer(work.refusal)
                continue
            key, position = outcome.key, verdict.position
            if position:
                if key.version == 0:
                    key.entry.first = position - len(key.facts) + 1
                for stream in work.streams.touched:
                    stream.entry.last = position
                    name, version = stream.aggregate.name, stream.version + len(stream.facts)
                    if name in snapshotted and snapshot_due(stream.version, version):
                        due.append((name, stream.stream_id, stream.state, version))
            else:
                position = key.entry.first if outcome.creates else key.entry.last
            work.ticket.answer(Answer(outcome.receipt, position))
        if due:
            self._states.save(due)
        return phantoms
