"""The views of a history: two projectors that crash, race and lag over read models that lose what they had; the judge compares them."""

import copy
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import Random
from typing import Any

import msgspec

from commands.log_reader import LogFilter, LogReader, LogStretch
from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.port import Section
from infra.readmodels.projector import Projector
from projections.accounts import statement
from projections.betting import board, board_queries, portfolio
from projections.ports import ReadModelsUnavailable
from tests.simulation.faults import Crashed, Faults
from tests.simulation.judge import screens
from tests.simulation.judge.judge import Judge
from tests.simulation.judge.record import JudgedFact

VIEWS = (board.VIEW, portfolio.VIEW, statement.VIEW)
CHUNKS = (1, 3, 10, 1_000)
UNTOUCHED = ("_lock", "_faults", "_rng", "_meanwhile")


class FailingModels(MemoryModels):
    """Read models whose server goes away before or after it has applied a batch, or half way, and that lose what they had."""

    def __init__(self, rng: Random, faults: Faults, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._rng, self._faults, self._meanwhile = rng, faults, meanwhile

    def apply(self, calls: Mapping[int, Sequence[Section]]) -> None:
        self._meanwhile()
        if self._faults.strikes("projector crashed before a batch"):
            raise Crashed
        if self._faults.strikes("projector crashed in the middle of a batch"):
            super().apply({partition: sections for partition, sections in calls.items() if self._rng.randrange(2)})
            raise Crashed
        super().apply(calls)
        if self._faults.strikes("views applied, and nobody was told"):
            raise ReadModelsUnavailable("the answer was lost")
        if self._faults.strikes("projector crashed after a batch"):
            raise Crashed

    def kept(self) -> dict[str, Any]:
        """Return a copy of everything, as a server saves it."""
        return copy.deepcopy({name: value for name, value in vars(self).items() if name not in UNTOUCHED})

    def go_back_to(self, kept: dict[str, Any]) -> None:
        """Be what was saved, as a server is that lost power."""
        vars(self).update(copy.deepcopy(kept))


class SlowReader:
    """The log as a projector sees it that is told of its end only up to somewhere."""

    def __init__(self, log: LogReader, rng: Random) -> None:
        self._log, self._rng = log, rng
        self.is_slow = True
        self._shown = 0

    def head(self) -> int:
        head = self._log.head()
        self._shown = min(head, self._shown + self._rng.choice([1, 5, 40])) if self.is_slow else head
        return self._shown

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        return self._log.read(after, limit)

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        return self._log.read_filtered(wanted, after, limit)

    def identity(self) -> str:
        return self._log.identity()

    def wait(self, timeout_ms: int) -> None:
        del timeout_ms

    def mark_at(self, position: int) -> str | None:
        return self._log.mark_at(position)


class Viewers:
    """Two projectors over one store of views, and what is shown by it."""

    def __init__(self, log: LogReader, rng: Random, faults: Faults, entries: Sequence[JudgedFact]) -> None:
        self._log, self._rng, self._faults, self._entries = log, rng, faults, entries
        self._models = FailingModels(rng, faults, self._meanwhile)
        self._saved = self._models.kept()
        self._judge = Judge()
        self._readers = [SlowReader(log, rng) for _ in range(2)]
        self._projectors = [self._projector(reader) for reader in self._readers]
        self._running = 0
        self.checks = 0

    def _projector(self, reader: SlowReader) -> Projector:
        return Projector(reader, self._models, VIEWS, chunk_facts=self._rng.choice(CHUNKS))

    def step(self) -> None:
        """Let a projector do something, or lose something; then look at what people see."""
        rng = self._rng
        if self._faults.strikes("views saved", 300):
            self._saved = self._models.kept()
        if self._faults.strikes("views went back to what was saved", 100):
            self._models.go_back_to(self._saved)
        if self._faults.strikes("views lost", 50):
            self._models.go_back_to(FailingModels(rng, self._faults, self._meanwhile).kept())
        if self._faults.strikes("view built anew", 50):
            self._guarded(lambda projector: projector.rebuild(rng.choice(VIEWS).name), rng.randrange(2))
        self._catch_up(rng.randrange(2))
        self.look()

    def _catch_up(self, number: int) -> None:
        self._guarded(lambda projector: projector.catch_up(), number)

    def _guarded(self, work: Callable[[Projector], object], number: int) -> None:
        """Let a projector work; where it dies another takes its place."""
        if self._running & 1 << number:
            return
        self._running |= 1 << number
        try:
            work(self._projectors[number])
        except ReadModelsUnavailable:
            pass
        except Crashed:
            self._projectors[number] = self._projector(self._readers[number])
        finally:
            self._running &= ~(1 << number)

    def _meanwhile(self) -> None:
        """While one projector's batch is on its way, the other goes on."""
        if self._faults.percent and self._rng.randrange(4) == 0:
            free = [number for number in range(2) if not self._running & 1 << number]
            if free:
                self._faults.counts["projectors raced"] += 1
                self._catch_up(free[0])

    def finish(self) -> None:
        """Bring every view to the end of the log, and look at everything."""
        for reader in self._readers:
            reader.is_slow = False
        self._catch_up(0)
        self.look(everything=True)

    def look(self, *, everything: bool = False) -> None:
        """Compare what some account and some market are shown with the judge's own picture at the position of the views."""
        position = self._position()
        if position is None:
            return
        if position < self._judge.position:
            self._judge = Judge()
        for entry in self._entries[self._judge.position : position]:
            self._judge.take(entry)
        accounts, markets, fixtures = (
            sorted(self._judge.money.available),
            sorted(self._judge.trading.markets),
            sorted(self._judge.trading.fixtures),
        )
        if not everything:
            accounts, markets, fixtures = (self._rng.sample(ids, min(len(ids), 1)) for ids in (accounts, markets, fixtures))
        reads = MemoryReads(self._models)
        for account_id in accounts:
            lines = _now(statement.statement(reads, account_id, limit=200))
            screens.check_statement(self._judge, account_id, lines["items"])
            screens.check_portfolio(self._judge, account_id, _now(portfolio.portfolio(reads, account_id)))
        for market_id in markets:
            screens.check_market(self._judge, market_id, _now(board_queries.market(reads, market_id, 0)))
        for fixture_id in fixtures:
            screens.check_fixture(self._judge, fixture_id, _now(board_queries.fixture(reads, fixture_id, 0)))
        self.checks += len(accounts) * 2 + len(markets) + len(fixtures)

    def _position(self) -> int | None:
        """Return the position that all views stand at, every partition of theirs; None where they differ."""
        state = self._models.state(range(PARTITIONS)).values()
        standing = {each.builds.get(each.live.get(view.name, "")) for each in state for view in VIEWS}
        positions = {each.position if each is not None else None for each in standing}
        return positions.pop() if len(positions) == 1 else None


def _now(question: Coroutine[Any, Any, Any]) -> Any:
    """Return what a question answers that waits for nothing, as plain data."""
    try:
        question.send(None)
    except StopIteration as answered:
        return msgspec.to_builtins(answered.value)
    raise AssertionError("what is in memory is answered at once")
