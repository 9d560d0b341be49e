"""Applies stretches of the log to views: to all at once, and where one fails, to each separately."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from commands.log_reader import LogReader
from domain.fact import Recorded
from infra.readmodels.log_mark import marks_of_read
from infra.readmodels.port import BuildBroken, BuildGone, Models, PositionsMoved
from infra.readmodels.tracked_partitions import (
    CannotProject,
    MarkAt,
    Projected,
    Step,
    TrackedPartition,
    TrackedView,
    kinds_of,
    projected,
    projected_seeing,
    step_of,
)
from infra.readmodels.views_set_aside import ViewsSetAside
from projections.ports import ReadModelsUnavailable

STRETCHES_MAX = 32
"""Stretches taken in a row by what is far behind, before the others have their turn."""

ELSEWHERE = (ReadModelsUnavailable, PositionsMoved, BuildGone)
"""Errors that are not a view's own: the caller reads all positions again and starts over."""


def apply_stretch(models: Models, views: Sequence[TrackedView], facts: Sequence[Recorded], mark_at: MarkAt) -> None:
    """Apply a stretch to views that stand right before it. A view that sees rows may stand before the end of it afterwards.

    Raises:
        CannotProject: when a view breaks on a fact; nothing is applied then. And what the models raise.

    """
    kinds = kinds_of(facts)
    step = step_of([(each, _changes(models, each, facts, kinds)) for each in views], mark_at)
    _send(models, step)
    step.note_applied()


def _send(models: Models, step: Step) -> None:
    if step.calls:
        models.apply(step.calls)


def _changes(models: Models, tracked: TrackedView, facts: Sequence[Recorded], kinds: Sequence[type[Any]]) -> Projected:
    if tracked.view.sees is None:
        return projected(tracked.view, facts, kinds)
    return projected_seeing(models, tracked, facts, kinds)


class Applier:
    """Applies facts to views that stand at one position. For one thread. Raises what the models raise, but for what a view breaks."""

    def __init__(self, reader: LogReader, models: Models, aside: ViewsSetAside) -> None:
        self._reader = reader
        self._models = models
        self._aside = aside
        self._mark_at = marks_of_read(reader)

    def apply(self, views: Sequence[TrackedView], facts: Sequence[Recorded]) -> None:
        """Apply a stretch. A view that breaks on a fact is brought up to right before it and set aside."""
        try:
            apply_stretch(self._models, views, facts, self._mark_at)
        except ELSEWHERE:
            raise
        except Exception as error:  # noqa: BLE001  (each view by itself finds out whose it is)
            self._note_broken(views, error)
            for each in views:
                if (whole := each.whole).partitions:
                    self._apply_to_one(whole, facts)

    def stream(self, views: Sequence[TrackedView], facts: Sequence[Recorded]) -> None:
        """Have one whole stretch applied while the next is read and turned into changes; the first that is not whole ends it."""
        chunk_facts = len(facts)
        under_way: Sequence[Recorded] = ()
        step: Step | None = None
        with ThreadPoolExecutor(1, "apply") as beside:
            applying: Future[None] = beside.submit(lambda: None)
            for _ in range(STRETCHES_MAX):
                try:
                    kinds = kinds_of(facts)
                    blind = {each.view.name: projected(each.view, facts, kinds) for each in views if each.view.sees is None}
                    if not self._landed(applying, views, step):
                        break
                    step = None
                    changes = [(each, blind.get(each.view.name) or projected_seeing(self._models, each, facts, kinds)) for each in views]
                except CannotProject:
                    break
                if any(each.upto != facts[-1].position for _, each in changes):
                    break
                step = step_of(changes, self._mark_at)
                applying, under_way = beside.submit(_send, self._models, step), facts
                facts = self._reader.read(facts[-1].position, chunk_facts)
                if len(facts) < chunk_facts:
                    break
            if not self._landed(applying, views, step):
                facts = under_way
        if facts and (whole := [each.whole for each in views if each.whole.partitions]):
            self.apply(whole, facts)

    def pass_over(self, tracked: Sequence[TrackedPartition], after: int, upto: int) -> None:
        """Note that nothing up to a position concerns partitions that stand at another one: without being written to they stand there."""
        passing = [each for each in tracked if each.reached == after and not each.broken and each.view.name not in self._aside]
        if passing and upto > after:
            mark = self._mark_at(upto)
            for each in passing:
                each.reached, each.mark = upto, mark

    def _landed(self, applying: Future[None], views: Sequence[TrackedView], step: Step | None) -> bool:
        """Wait for what is under way; False where a view broke it, and it has to be applied again with care."""
        try:
            applying.result()
        except ELSEWHERE:
            raise
        except Exception as error:  # noqa: BLE001  (applied again, each view by itself, where it is told)
            self._note_broken(views, error)
            return False
        if step is not None:
            step.note_applied()
        return True

    def _apply_to_one(self, tracked: TrackedView, facts: Sequence[Recorded]) -> None:
        """Apply a stretch to one view, up to the fact that it breaks on."""
        try:
            try:
                apply_stretch(self._models, [tracked], facts, self._mark_at)
            except CannotProject as error:
                if before := [fact for fact in facts if tracked.reached < fact.position < error.position]:
                    apply_stretch(self._models, [tracked], before, self._mark_at)
                raise
        except ELSEWHERE:
            raise
        except Exception as error:  # noqa: BLE001  (what one view breaks on is no other's trouble)
            if not self._note_broken([tracked], error):
                self._aside.put(tracked.view, tracked.reached, error)

    def _note_broken(self, views: Sequence[TrackedView], error: Exception) -> bool:
        """Set the view aside whose build is broken in a partition; return whether there is one."""
        if not isinstance(error, BuildBroken):
            return False
        found = False
        for tracked in views:
            each = tracked.partitions.get(error.partition)
            if each is not None and each.build == error.build:
                found = True
                if not each.broken:
                    each.broken = True
                    self._aside.put(tracked.view, tracked.reached, error)
        return found
