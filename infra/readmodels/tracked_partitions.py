"""What a projector keeps, partition by partition, and what facts change in it; a view that breaks on a fact is told from the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.fact import Recorded, UnknownFact, stored_name
from infra.readmodels.merge import Merge
from infra.readmodels.port import Models, Operation, Section
from infra.readmodels.seeing import fold_seen
from projections.ports import View

MarkAt = Callable[[int], str]
"""The log's mark at a position that was just read."""


@dataclass
class TrackedPartition:
    """A partition of a view that this projector feeds; `instead_of` is the build that readers see until this one has caught up.

    What keeps the views has it at `stored`, and no fact after that up to `reached` changes it; `mark` is the log's at `reached`. It is
    `broken` where a batch failed half way there: it needs another build.
    """

    view: View
    partition: int
    build: str
    stored: int
    reached: int
    mark: str = ""
    beside: bool = False
    instead_of: str | None = None
    broken: bool = False


class TrackedView(NamedTuple):
    """The partitions of a view that stand at one position."""

    view: View
    partitions: Mapping[int, TrackedPartition]

    @property
    def reached(self) -> int:
        """Where they stand."""
        return min(each.reached for each in self.partitions.values())

    @property
    def whole(self) -> "TrackedView":
        """The same without what is broken."""
        return TrackedView(self.view, {number: each for number, each in self.partitions.items() if not each.broken})


def views_of(tracked: Sequence[TrackedPartition]) -> list[TrackedView]:
    """Return partitions by view."""
    by_view: dict[str, dict[int, TrackedPartition]] = {}
    views = {each.view.name: each.view for each in tracked}
    for each in tracked:
        by_view.setdefault(each.view.name, {})[each.partition] = each
    return [TrackedView(views[name], partitions) for name, partitions in by_view.items()]


class CannotProject(Exception):  # noqa: N818  (named for what happened)
    """A view breaks on a fact, or must understand one that this process does not know: it can go no further than right before it."""

    def __init__(self, view: View, fact: Recorded, reason: str) -> None:
        self.view, self.position, self.stream_id, self.reason = view.name, fact.position, fact.stream_id, reason
        self.fact = fact.body.name if isinstance(fact.body, UnknownFact) else stored_name(type(fact.body))
        super().__init__(f"{self.view} at position {self.position}: {self.fact} of {self.stream_id}: {reason}")


class Projected(NamedTuple):
    """What facts up to a position change in a view, by partition."""

    upto: int
    operations: Mapping[int, Sequence[Operation]]


def projected(view: View, facts: Sequence[Recorded]) -> Projected:
    """Return what facts change in a view that sees nothing but the fact.

    Raises:
        CannotProject: when the view breaks on a fact, or must understand one that is unknown.

    """
    _refuse_unknown(view, facts)
    merge, project = Merge(), view.project
    take = merge.take
    fact = facts[0]
    try:
        for fact in facts:
            if changes := project(fact):
                take(changes, fact.position)
    except Exception as error:
        raise CannotProject(view, fact, f"{type(error).__name__}: {error}") from error
    return Projected(facts[-1].position, merge.operations())


def projected_seeing(models: Models, tracked: TrackedView, facts: Sequence[Recorded]) -> Projected:
    """Return what facts change in a view that sees rows, as these partitions have them; it may end before the last fact.

    Raises:
        CannotProject: as `projected` does. BuildGone, PositionsMoved: when a partition is not where it was left. ReadModelsUnavailable.

    """
    _refuse_unknown(tracked.view, facts)

    def load(wanted: Mapping[int, Sequence[Any]]) -> Mapping[Any, bytes | None]:
        partitions = tracked.partitions
        return models.rows({each: (partitions[each].build, partitions[each].stored, rows) for each, rows in wanted.items()})

    merge = Merge()
    upto = fold_seen(tracked.view, facts, tracked.partitions, load, merge, lambda fact, why: CannotProject(tracked.view, fact, why))
    return Projected(upto, merge.operations())


def _refuse_unknown(view: View, facts: Sequence[Recorded[Any]]) -> None:
    for fact in facts:
        if type(fact.body) is UnknownFact and view.must_understand(fact.body):
            raise CannotProject(view, fact, f"this process does not know it: {fact.body.why}")


class Step(NamedTuple):
    """What is sent to the partitions that are touched, and where each view stands after it."""

    calls: Mapping[int, Sequence[Section]]
    ends: Sequence[tuple[TrackedView, int, str]]

    def note_applied(self) -> None:
        """Note where everything stands now; partitions that nothing touched stand there without being told."""
        for tracked, upto, mark in self.ends:
            for number, each in tracked.partitions.items():
                each.reached, each.mark = upto, mark
                if number in self.calls:
                    each.stored = upto


def step_of(changes: Sequence[tuple[TrackedView, Projected]], mark_at: MarkAt) -> Step:
    """Return one step: every partition that is touched takes what all views that stand there have for it."""
    touched = sorted({number for tracked, each in changes for number in each.operations if number in tracked.partitions})
    marks = {upto: mark_at(upto) for upto in {each.upto for _, each in changes}}
    calls: dict[int, list[Section]] = {number: [] for number in touched}
    for tracked, (upto, operations) in changes:
        for number in touched:
            if (each := tracked.partitions.get(number)) is not None:
                calls[number].append(Section(tracked.view.name, each.build, each.stored, upto, marks[upto], operations.get(number, ())))
    return Step(calls, [(tracked, each.upto, marks[each.upto]) for tracked, each in changes])


def watermarks_of(tracked: Sequence[TrackedPartition]) -> Step:
    """Return the step that tells quiet partitions how far the log is."""
    calls: dict[int, list[Section]] = {}
    behind = [each for each in tracked if each.stored < each.reached and not each.broken]
    for each in behind:
        section = Section(each.view.name, each.build, each.stored, each.reached, each.mark)
        calls.setdefault(each.partition, []).append(section)
    return Step(calls, [(TrackedView(each.view, {each.partition: each}), each.reached, each.mark) for each in behind])
