"""Builds the views from the log: reads a stretch, lets every view turn it into changes, has them applied with their position.

Each partition of a view has a position of its own. A projector keeps some partitions, or all; any number may run, also of the same
partitions: each takes a batch once, and who finds a position moved reads it again and goes on from there. Only partitions that a batch
touches are written to; the others are told how far the log is by a watermark. What is gone or broken, or whose version was raised, is built
beside what there is, then readers are switched, partition by partition.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence

import structlog

from api.cli.operations import Tick
from api.cli.reports import DeadLetter
from commands.log_reader import EVERYTHING, LogReader, LogStretch
from commands.ports import StoreUnavailable
from domain.partitions import PARTITIONS
from infra.clock import Clock
from infra.readmodels.adopting import Adopter
from infra.readmodels.applying import Applier
from infra.readmodels.compare import ROWS_MAX, Compared, compare
from infra.readmodels.held_facts import HeldBack
from infra.readmodels.lags import ProjectedLags
from infra.readmodels.log_mark import UNMARKED, ViewEstranged, why_estranged
from infra.readmodels.port import BuildGone, Models, PositionsMoved, Standing
from infra.readmodels.tracked_partitions import TrackedPartition, views_of, watermarks_of
from infra.readmodels.views_set_aside import ViewsSetAside
from projections.ports import ReadModelsUnavailable, View

CHUNK_FACTS = 4_000
"""At most so many facts are applied at once: few enough to keep memory and the server's pauses small, enough to merge hot rows."""

WAIT_MS, LOOK_S = 200, 1.0
"""How long the reader waits for a notification before it polls, and how often it checks that positions and the log are as it left them:
every view of every partition is read for that."""

WATERMARK_MS = 100
"""How far apart the watermarks of quiet partitions are at least; after a pause one is written at once."""

REST_S_MAX = 0.05
"""After a short stretch the projector rests for as long as it took, at most so long: what is written meanwhile is one batch, and a fact
costs half as much among 400 as among 25. After a pause the first facts are applied at once, and a long way is gone without rests."""

PAUSE_S_MIN, PAUSE_S_MAX = 0.05, 2.0
"""The pause after a failure, doubled at each further one."""

logger = structlog.get_logger()


class Projector:
    """Keeps views up with the log. For one thread, which owns the reader and the models.

    A view that fails on a fact is set aside before it, raises an alarm and is retried with growing pauses; the other views continue.
    """

    def __init__(
        self,
        reader: LogReader,
        models: Models,
        views: Sequence[View],
        *,
        chunk_facts: int = CHUNK_FACTS,
        partitions: Sequence[int] = range(PARTITIONS),
        watermark_ms: int = WATERMARK_MS,
        has_gaps: bool = False,
        held: HeldBack | None = None,
    ) -> None:
        """Keep some partitions; a reader that brings facts at home in these alone `has_gaps`. With `held` views go on without facts."""
        self._reader = reader
        self._models = models
        self._views = tuple(views)
        self._partitions = tuple(partitions)
        self._chunk_facts = chunk_facts
        self._has_gaps = has_gaps
        self._watermark_s = watermark_ms / 1000
        self._tracked: list[TrackedPartition] = []
        self._aside = ViewsSetAside()
        self.facts_by_kind: Counter[type] = Counter()
        self.lags = ProjectedLags()
        self._applier = Applier(reader, models, self._aside)
        self.held = held
        self._adopter = Adopter(reader, models, self._aside, self._partitions, held)
        self._clock = Clock()
        self._watermark_due_s = self._look_due_s = 0.0
        self._follows_closely = False

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop. Errors are logged and retried; nothing is skipped."""
        pause_s = PAUSE_S_MIN
        while not stop.is_set():
            try:
                self._adopt()
                self._aside.tell_all(self._tell, [view.name for view in self._views])
                while not stop.is_set():
                    began_s = self._clock.monotonic_s()
                    moved = self._step()
                    wait_ms = self._write_watermarks_if_due()
                    if moved and self._follows_closely:
                        stop.wait(min(REST_S_MAX, self._clock.monotonic_s() - began_s))
                    elif not moved:
                        self._look_if_due()
                        self._reader.wait(wait_ms)
                    pause_s = PAUSE_S_MIN
            except StoreUnavailable as error:
                logger.warning("the log is unavailable; views wait for it", error=str(error)[:200], pause_s=pause_s)
            except ReadModelsUnavailable as error:
                logger.warning("the read models are unavailable; views wait for them", error=str(error)[:200], pause_s=pause_s)
            except (PositionsMoved, BuildGone) as error:
                logger.warning("the position of a view changed; continuing from its stored position", reason=type(error).__name__)
            except Exception:
                logger.exception("the projector failed and starts again", reached=self._reached(), pause_s=pause_s)
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)

    def catch_up(self) -> int:
        """Bring every view to where the log ends now, at least, and return the position reached.

        Raises:
            StoreUnavailable, ReadModelsUnavailable: when something is unavailable.
            CannotProject: when a view breaks on a fact; the others have caught up then.

        """
        head = self._reader.head()
        while True:
            try:
                self._adopt()
                while any((each.beside or each.reached < head) and each.view.name not in self._aside for each in self._tracked):
                    self._step()
                self._write_watermarks(self._tracked)
            except (PositionsMoved, BuildGone) as error:
                logger.info("another projector updates these partitions", reason=type(error).__name__)
                continue
            self._aside.raise_first()
            return self._reached()

    def rebuild(self, name: str, tick: Tick = lambda _done, _total: None, without: Sequence[DeadLetter] = ()) -> None:
        """Build a view anew beside the old one, `without` what some letters hold back; switch readers to it, delete the old one.

        `tick` is called with the position reached and the end of the log. A projector that runs meanwhile
        is told that the old build is gone and goes on with the new one.

        Raises:
            KeyError: when there is no such view.
            BuildGone: when another rebuild of the same view took over.
            CannotProject: when the view breaks on a fact; the old build stays.
            StoreUnavailable, ReadModelsUnavailable: when something is unavailable; the old build stays and is still fed.

        """
        view = self._view(name)
        tracked = self._adopter.begin_beside(view, self._models.state(self._partitions), without)
        while any(each.beside for each in tracked):
            tick(min(each.reached for each in tracked), self._reader.head())
            self._advance_all(tracked)
            self._aside.raise_first()

    def compare(self, name: str, *, rows_max: int = ROWS_MAX) -> Compared:
        """Compare a view with the log, byte by byte; see `infra.readmodels.compare`. It is brought up to the log where need be.

        Raises:
            KeyError: when there is no such view.
            ViewEstranged: when a partition of it is of another log, or newer than this one.
            BuildGone: when it was rebuilt meanwhile; ask again.
            CannotProject: when the view breaks on a fact.
            StoreUnavailable, ReadModelsUnavailable: when something is unavailable.

        """
        view = self._view(name)
        state = self._models.state(range(PARTITIONS))
        standing = {each.builds.get(each.live.get(name, "")) for each in state.values()}
        for each in sorted(found for found in standing if found is not None):
            if (why := why_estranged(self._reader, each)) and why != UNMARKED:
                raise ViewEstranged(name, each.position, each.mark, why)
        only = Projector(self._reader, self._models, [view], chunk_facts=self._chunk_facts)
        return compare(self._reader, self._models, view, only.catch_up, rows_max=rows_max)

    def parts_of(self, name: str) -> tuple[LogReader, Models, View]:
        """Return the log, the models and a view, for whoever looks at its rows; raises KeyError when there is no such view."""
        return self._reader, self._models, self._view(name)

    def _view(self, name: str) -> View:
        return next((view for view in self._views if view.name == name), None) or _unknown(name, self._views)

    def _tell(self, view: str, trouble: str) -> None:
        """Tell what a view stands before, with the partitions where this projector keeps some only: another one tells of the others."""
        kept = "" if len(self._partitions) == PARTITIONS else f" {self._partitions[0]}-{self._partitions[-1]}"
        self._models.tell(f"{view}{kept}", trouble)

    def _reached(self) -> int:
        return min((each.reached for each in self._tracked), default=0)

    def _adopt(self) -> None:
        """Find the builds that readers see, begin what is missing, and read how far each partition is."""
        self._tracked = self._adopter.adopt(self._views, self._tracked)

    def _step(self) -> bool:
        """Apply the next stretch to the partitions that are furthest behind; return whether any position moved."""
        due = [view for view in self._views if self._aside.is_due(view.name)]
        names = {view.name for view in due}
        if broken := {each.view.name for each in self._tracked if each.broken and each.view.name in names}:
            views = [view for view in due if view.name in broken]
            others = [each for each in self._tracked if each.view.name not in broken]
            self._tracked = others + self._adopter.adopt(views, [each for each in self._tracked if each.view.name in broken])
        moved = self._advance_all([each for each in self._tracked if each.view.name in names])
        for view in due:
            if view.name in self._aside:
                self._aside.note_progress(view.name, min(each.reached for each in self._tracked if each.view.name == view.name))
        if self.held is not None:
            self.held.give_up(self._aside, self._tracked, due)
        return moved

    def _advance_all(self, tracked: Sequence[TrackedPartition]) -> bool:
        """Bring partitions a stretch on, from the furthest behind; it ends where others stand, and goes on with them."""
        groups: dict[int, list[TrackedPartition]] = {}
        for each in tracked:
            groups.setdefault(each.reached, []).append(each)
        ahead = sorted(groups)
        arrived: list[TrackedPartition] = []
        moved = False
        for after, following in zip(ahead, [*ahead[1:], None], strict=True):
            limit = self._chunk_facts if following is None else min(self._chunk_facts, following - after)
            group = [*arrived, *groups[after]]
            moved = self._advance(group, after, limit) or moved
            arrived = [each for each in group if each.reached == following and not each.broken]
            self._write_watermarks(arrived)  # whatever happens next, they need not come from so far behind again
        return moved

    def _advance(self, tracked: Sequence[TrackedPartition], after: int, limit: int) -> bool:
        """Bring partitions that stand at one position one stretch on; return whether any of them moved."""
        facts, upto = self._read(after, limit)
        self._follows_closely = 0 < upto - after < self._chunk_facts // 4
        if upto > after:
            self._hold_against_log(tracked)
            self.facts_by_kind.update(type(fact.body) for fact in facts)
        views = views_of(tracked)
        if len(facts) == self._chunk_facts and not self._has_gaps:
            self._applier.stream(views, facts)
            self._write_watermarks(tracked)
        else:
            if facts:
                self._applier.apply(views, facts)
                self.lags.note(facts)
            self._applier.pass_over(tracked, facts[-1].position if facts else after, upto)
        if upto < after + limit:
            for view in views:
                beside = [each for each in view.partitions.values() if each.beside and not each.broken]
                if beside and view.view.name not in self._aside:
                    self._write_watermarks(beside)
                    self._adopter.take_over(beside)
        return any(each.reached > after for each in tracked)

    def _read(self, after: int, limit: int) -> LogStretch:
        if self._has_gaps:
            return self._reader.read_filtered(EVERYTHING, after, limit)
        return LogStretch.of(EVERYTHING, self._reader.read(after, limit), after)

    def _write_watermarks_if_due(self) -> int:
        """Tell quiet partitions how far the log is, where that is due; return how long to wait for news at most, in milliseconds."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._watermark_due_s:
            if self._write_watermarks(self._tracked):
                self._watermark_due_s = now_s + self._watermark_s
            return WAIT_MS
        behind = any(each.stored < each.reached for each in self._tracked)
        return min(WAIT_MS, max(1, int(1000 * (self._watermark_due_s - now_s)))) if behind else WAIT_MS

    def _write_watermarks(self, tracked: Sequence[TrackedPartition]) -> bool:
        step = watermarks_of(tracked)
        if step.calls:
            self._models.apply(step.calls)
            step.note_applied()
        return bool(step.calls)

    def _look_if_due(self) -> None:
        """Check, also while nothing happens, whether a server or the log lost data. Raises BuildGone or PositionsMoved."""
        now_s = self._clock.monotonic_s()
        if now_s < self._look_due_s:
            return
        self._look_due_s = now_s + LOOK_S
        whole = [each for each in self._tracked if not each.broken]
        state = self._models.state(self._partitions)
        for each in whole:
            found = state[each.partition].builds.get(each.build)
            if found is None:
                raise BuildGone(each.build)
            if found.position < each.stored:
                raise PositionsMoved(each.build)
        self._hold_against_log(whole)

    def _hold_against_log(self, tracked: Sequence[TrackedPartition]) -> None:
        """Check whether the log is another one than views were built from. Raises PositionsMoved."""
        for standing in {Standing(each.reached, each.mark) for each in tracked}:
            if why := why_estranged(self._reader, standing):
                raise PositionsMoved(f"the view {why}")


def _unknown(name: str, views: Iterable[View]) -> View:
    raise KeyError(f"{name}: the views are {', '.join(view.name for view in views)}")
