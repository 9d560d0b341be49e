"""One seed, one history: people, feeds and settlement at several processes on one log, while everything fails that may fail."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import Any

import msgspec

from commands.dispatch.batch import Answer, Contended, LogClockBehind
from commands.ports import StoreUnavailable
from domain.ids import derived
from domain.refused import Refused
from infra.eventstore.memory import MemoryEventStore
from tests.simulation.clocks import Clocks, moment
from tests.simulation.database import Database
from tests.simulation.faults import Faults
from tests.simulation.judge.answers import Answers, Told
from tests.simulation.judge.judge import Judge
from tests.simulation.judge.record import Violation, claim, entry_of
from tests.simulation.managing import Managing
from tests.simulation.messages import Message
from tests.simulation.people import People
from tests.simulation.postgres_log import PostgresLog
from tests.simulation.processes import Process, Surroundings
from tests.simulation.social_views import check_social_views
from tests.simulation.society import Society
from tests.simulation.viewers import Viewers

PROCESSES, RUSH_PERCENT = 3, 25
ROUNDS_MAX = 1_000
"""So often everybody is delivered to before it counts as never; it takes some dozens."""
NOT_NOW = (StoreUnavailable, Contended, LogClockBehind)
"""What a client is told that was not done, or that nobody knows: it asks again under the same key."""


class World:
    """Everything there is, stepped by one generator."""

    def __init__(
        self, seed: int, store: type[MemoryEventStore] = MemoryEventStore, database: Database | None = None, *, social: bool = False
    ) -> None:
        self.rng = Random(seed)  # noqa: S311  (one seed replays one history)
        self.clocks = Clocks(self.rng)
        self.faults = Faults(self.rng)
        self.log = self._log_of(seed, store, database)
        self.judge = Judge()
        self.answers = Answers(self.judge)
        self.network: list[Message] = []
        self.unanswered: dict[str, Message] = {}
        self.refused: Counter[str] = Counter()
        self._told: list[tuple[Told, bool]] = []
        self._misheard: list[Exception] = []
        self._commits: list[tuple[int, int]] = []
        self._delivered: set[str] = set()
        self._in_doubt: dict[str, int] = {}
        self._answered: list[Message] = []
        self._heard = sha256()
        around = Surroundings(self.log, self.rng, self.faults, self.clocks, self._committed, self._meanwhile)
        self.processes = [Process(around) for _ in range(PROCESSES)]
        self.people = People(self.rng, self.judge, self._send, self.log)
        self.society = Society(self.rng, self.judge, self._send) if social else None
        self.viewers = Viewers(self.log, self.rng, self.faults, self.judge.entries)
        self.managing: Managing | None = None
        if database is not None:
            self.managing = Managing(database, self.log, self.rng, self.faults, self.clocks, self.processes)
        self._set_up()

    def _log_of(self, seed: int, store: type[MemoryEventStore], database: Database | None) -> Any:
        """Give the log: in memory, or every other time in the database where there is one."""
        if database is not None:
            database.empty()
            if self.rng.randrange(2):
                return PostgresLog(database, self.clocks.database_us)
        return store(clock_us=self.clocks.database_us, log_id=derived("sim log", str(seed)))

    def close(self) -> None:
        """Give up what is open in the database."""
        if self.managing is not None:
            self.managing.close()
        if isinstance(self.log, PostgresLog):
            self.log.close()

    def run(self, steps: int) -> None:
        """Live through a history, let everything come out, correct results while things go wrong, and look at what is left."""
        percent = self.rng.choice([0, 3, 10, 25] if self.managing is None else [5, 15, 25])
        self._rough(steps, percent)
        self._calm_down()
        self._one_after_the_other(self.people.end(is_managed=self.managing is not None))
        self._settle_bets()
        self.people.is_afterwards = True
        self._rough(steps // 3, percent)
        self._calm_down()
        self._settle_bets()
        self._one_after_the_other(self.people.corrections())
        self._settle_bets()
        self._one_after_the_other([self.people.bring_money_in])
        self._look_back()

    def _rough(self, steps: int, percent: int) -> None:
        """Let everybody do something for so many steps, while so much of it goes wrong."""
        self.faults.percent = percent
        for _ in range(steps):
            self._step()
        self.faults.percent = 0

    @property
    def checks(self) -> int:
        """How many facts, answers, pages and states were judged."""
        managed = self.managing.checks if self.managing is not None else 0
        return self.judge.checks + self.answers.checks + self.viewers.checks + managed

    @property
    def digest(self) -> str:
        """What tells this history from any other: its facts, its answers in their order, and what went wrong."""
        return sha256(f"{self.judge.digest} {self._heard.hexdigest()} {sorted(self.faults.counts.items())}".encode()).hexdigest()

    # What happens, one thing at a time.

    def _step(self) -> None:
        rng, process = self.rng, self.rng.choice(self.processes)
        self.clocks.go_on()
        match rng.randrange(24):
            case 0 | 1 | 2 | 3 | 4:
                for _ in range(rng.choice([1, 2, 4])):
                    self.people.ask()
                    if self.society is not None:
                        self.society.ask()
            case 5 | 6 | 7 | 8 | 9:
                for _ in range(rng.choice([1, 3, 6])):
                    self._deliver(process)
            case 10 if self.managing is None:
                self.people.settle()
            case 10 | 16 | 17 if self.managing is not None:
                self.managing.step()
            case 11 | 12:
                self.viewers.step()
            case 13 if rng.randrange(8) == 0:
                self.faults.counts["restarted while busy"] += process.busy
                process.restart()
            case 14 if rng.randrange(2) == 0:
                process.lie()
            case 15 if rng.randrange(4) == 0:
                self.faults.counts["database's clock was set"] += self.clocks.set_database()
            case _:
                process.turn()
        self._look()

    def _meanwhile(self, process: Process) -> None:
        """While a process waits for its commit, the others go on."""
        for _ in range(self.rng.choice([0, 0, 1, 3])):
            self._deliver(process)
            other = self.rng.choice(self.processes)
            self._deliver(other)
            other.turn()

    def _deliver(self, process: Process) -> None:
        """Deliver any message that is on its way, sometimes twice; whoever has no answer asks again, and now and then who has one."""
        if not self.network and self.unanswered:
            self.network.extend(self.rng.sample(sorted(self.unanswered.values()), 1))
        if self._answered and self.faults.percent and self.rng.randrange(12) == 0:
            self.network.append(self.rng.choice(self._answered))
        if not self.network:
            return
        place = self.rng.randrange(len(self.network))
        message = self.network.pop(place)
        if self.rng.randrange(5) == 0:
            self.faults.counts["doubled on its way"] += 1
            self.network.append(message)
        was_done = self.answers.found(message.key) is not None
        self._note_delivery(message, process, place, was_done=was_done)
        command, since = message.make(moment(process.local_us())), int(self.log.head())

        def hear(answer: Answer | BaseException) -> None:
            """Take an answer. What is wrong with it is said at the next look, since here the dispatcher would catch it."""
            try:
                self._hear(message, command, answer, since, was_done=was_done)
            except Exception as error:  # noqa: BLE001  (raised again at the next look)
                self._misheard.append(error)

        process.submit(command, hear)

    def _note_delivery(self, message: Message, process: Process, place: int, *, was_done: bool) -> None:
        counts = self.faults.counts
        counts["overtook an older message"] += place > 0
        counts["delivered again"] += message.key in self._delivered
        counts["asked again after it was done"] += was_done
        counts["decided by a wrong clock"] += process.lie_us != 0
        self._delivered.add(message.key)

    def _hear(self, message: Message, command: Any, answer: Answer | BaseException, since: int, *, was_done: bool) -> None:
        """Note an answer, to be judged once the judge has seen the log up to there."""
        key, head = message.key, int(self.log.head())
        self._heard.update(f"{key} {answer!r}\n".encode())
        if isinstance(answer, Answer):
            if self.unanswered.pop(key, None) and not key.startswith("once "):
                self._answered.append(message)
            self.faults.counts["in doubt, and found in the log"] += answer.position <= self._in_doubt.pop(key, -1)
            self._told.append((Told(key, since, head, repr(answer.receipt), answer.position), was_done))
            return
        name = type(answer).__name__
        self.refused[name] += 1
        if isinstance(answer, NOT_NOW):
            self._in_doubt[key] = head
            return
        self.unanswered.pop(key, None)
        evidence = msgspec.to_builtins(answer.evidence()) if isinstance(answer, Refused) else {"error": repr(answer)}
        evidence["asked_by"] = getattr(command, "account_id", "")
        self._told.append((Told(key, since, head, refusal=name if isinstance(answer, Refused) else "a bug", evidence=evidence), was_done))

    def _committed(self, before: int) -> None:
        """Note what the database's clock showed when something was written."""
        if (head := int(self.log.head())) > before:
            self._commits.append((head, self.clocks.database_us()))

    def _look(self) -> None:
        """Let the judge see what is new in the log, then what was told."""
        judge = self.judge
        if self._misheard:
            raise self._misheard[0]
        if self.log.head() > judge.position:
            encode = msgspec.json.encode
            facts = self.log.read(judge.position, 1_000_000)
            entries = [entry_of(each.position, each.stream_id, each.version, encode(each.body), each.committed_us) for each in facts]
            before_us = judge.committed_us
            for entry in entries:
                judge.take(entry)
            judge.check_times(self._commits, before_us, entries)
            self._commits.clear()
            judge.at_rest()
        told, self._told = self._told, []
        for each, was_done in told:
            claim(each.refusal != "a bug", "nothing else goes wrong", each)
            self.answers.check(each, was_done=was_done)

    def _send(self, key: str, make: Callable[[datetime], Any]) -> None:
        message = Message(key, make)
        self.unanswered[key] = message
        self.network.append(message)

    # The beginning and the end.

    def _set_up(self) -> None:
        self._one_after_the_other(self.people.beginning())
        if self.society is not None:
            self._one_after_the_other([self.society.open_accounts, self.society.take_office])

    def _settle_down(self) -> None:
        """Deliver everything and let everybody finish."""
        for _ in range(ROUNDS_MAX):
            if not (self.network or self.unanswered or any(process.busy for process in self.processes)):
                self._look()
                return
            for process in self.processes:
                self._deliver(process)
                process.turn()
        raise Violation("everybody gets an answer in the end", self.unanswered)

    def _calm_down(self) -> None:
        """With nothing failing any more, and all clocks right, everyone is answered."""
        for process in self.processes:
            process.lie_us = 0
        self.clocks.database_catches_up(self.judge.committed_us)
        self._settle_down()

    def _look_back(self) -> None:
        """Every market came out, every bet stands settled by that, every view shows it, and whoever asks again gets the first answer."""
        self.network.extend(self._answered)
        self._settle_down()
        self.judge.at_the_end()
        self._read_again()
        self.viewers.finish()
        if self.society is not None:
            check_social_views(self.log, self.rng, self.judge.social)

    def _one_after_the_other(self, asks: Sequence[Callable[[], None]]) -> None:
        for ask in asks:
            ask()
            self._settle_down()

    def _settle_bets(self) -> None:
        """Bring every bet to the results as they stand."""
        if self.managing is None:
            self.people.settle()
            self._settle_down()
        else:
            self.faults.percent = RUSH_PERCENT
            self.managing.rush()
            self.faults.percent = 0
            self.managing.finish(self._settle_down, lambda: not self.judge.bets.settlements.unsettled())

    def _read_again(self) -> None:
        """The log as it stands is the one that was seen being written."""
        if isinstance(self.log, PostgresLog):
            self.log.forget()
        again = Judge()
        for each in self.log.read(0, 1_000_000):
            again.take(entry_of(each.position, each.stream_id, each.version, msgspec.json.encode(each.body), each.committed_us))
        claim(again.digest == self.judge.digest, "the log never changes")
