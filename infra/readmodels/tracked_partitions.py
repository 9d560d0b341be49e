"""What a projector keeps, partition by partition, and what facts change in it; a view that breaks on a fact is told from the others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from operator import attrgetter
from typing import Any, NamedTuple

from domain.fact import Fact, Recorded, UnknownFact, stored_name
from domain.partitions import home_of
from infra.readmodels.merge import Merge
from infra.readmodels.port import Models, Operation, Section
from infra.readmodels.seeing import fold_seen
from projections.ports import View

MarkAt = Callable[[int], str]
"""The log's mark at a position that was just read."""

UNTOLD_FACTS_MAX = 16_000
"""A view that a batch does not change in a partition is told the position there once it is so far behind, at the latest. Mostly a watermark
comes first; but none is written while many stretches are taken in a row."""


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
        self.home, self.is_unknown = home_of(fact), isinstance(fact.body, UnknownFact)
        self.fact = fact.body.name if isinstance(fact.body, UnknownFact) else stored_name(type(fact.body))
        super().__init__(f"{self.view} at position {self.position}: {self.fact} of {self.stream_id}: {reason}")


class Projected(NamedTuple):
    """What facts up to a position change in a view, by partition."""

    upto: int
    operations: Mapping[int, Sequence[Operation]]


_body = attrgetter("body")


def kinds_of(facts: Sequence[Recorded]) -> Sequence[type[Any]]:
    """Return the kind of each fact: found once, it tells every view which of them to look at."""
    return list(map(type, map(_body, facts)))


def projected(view: View, facts: Sequence[Recorded], kinds: Sequence[type[Any]]) -> Projected:
    """Return what facts, with the kind of each, change in a view that sees nothing but the fact.

    Raises:
        CannotProject: when the view breaks on a fact, or must understand one that is unknown.

    """
    mine = _concerning(view, facts, kinds)
    merge, project = Merge(), view.project
    take = merge.take
    fact = facts[0]
    try:
        for fact in mine:
            if changes := project(fact):
                take(changes, fact.position)
    except Exception as error:
        raise CannotProject(view, fact, f"{type(error).__name__}: {error}") from error
    return Projected(facts[-1].position, merge.operations())


def projected_seeing(models: Models, tracked: TrackedView, facts: Sequence[Recorded], kinds: Sequence[type[Any]]) -> Projected:
    """Return what facts change in a view that sees rows, as these partitions have them; it may end before the last fact.

    Raises:
        CannotProject: as `projected` does. BuildGone, PositionsMoved: when a partition is not where it was left. ReadModelsUnavailable.

    """
    mine = _concerning(tracked.view, facts, kinds)
    if not mine:
        return Projected(facts[-1].position, {})

    def load(wanted: Mapping[int, Sequence[Any]]) -> Mapping[Any, bytes | None]:
        partitions = tracked.partitions
        return models.rows({each: (partitions[each].build, partitions[each].stored, rows) for each, rows in wanted.items()})

    merge = Merge()
    stopped_at = fold_seen(tracked.view, mine, tracked.partitions, load, merge, lambda fact, why: CannotProject(tracked.view, fact, why))
    return Projected(facts[-1].position if stopped_at is None else stopped_at, merge.operations())


def _concerning(view: View, facts: Sequence[Recorded[Any]], kinds: Sequence[type[Any]]) -> Sequence[Recorded[Any]]:
    """Return the facts that a view has to look at: those of the kinds that it consumes; all, where it does not say.

    Raises:
        CannotProject: when there is one that it must understand and this process does not know.

    """
    mine = list(compress(facts, map(_looked_at(view.consumes).__contains__, kinds))) if view.consumes else facts
    unknown = [fact for fact in mine if type(fact.body) is UnknownFact]
    for fact in unknown:
        if view.must_understand(fact.body):
            raise CannotProject(view, fact, f"this process does not know it: {fact.body.why}")
    return [fact for fact in mine if type(fact.body) is not UnknownFact] if unknown else mine


@lru_cache(maxsize=256)
def _looked_at(consumes: frozenset[type[Fact]]) -> frozenset[type[Any]]:
    return frozenset({*consumes, UnknownFact})


class End(NamedTuple):
    """Where a view stands after a step, and the partitions that the step tells so."""

    tracked: TrackedView
    upto: int
    mark: str
    told: Collection[int]


class Step(NamedTuple):
    """What is sent to the partitions that are touched, and where each view stands after it."""

    calls: Mapping[int, Sequence[Section]]
    ends: Sequence[End]

    def note_applied(self) -> None:
        """Note where everything stands now; what nothing changes stands there without being told."""
        for tracked, upto, mark, told in self.ends:
            for number, each in tracked.partitions.items():
                each.reached, each.mark = upto, mark
                if number in told:
                    each.stored = upto


def step_of(changes: Sequence[tuple[TrackedView, Projected]], mark_at: MarkAt) -> Step:
    """Return one step: every partition that is touched takes what the views have for it.

    A view that has nothing for a partition is left out there, as most are in most batches. Its position follows with the next watermark, or
    with a step that touches the partition once it is `UNTOLD_FACTS_MAX` behind.
    """
    touched = sorted({number for tracked, each in changes for number in each.operations if number in tracked.partitions})
    marks = {upto: mark_at(upto) for upto in {each.upto for _, each in changes}}
    calls: dict[int, list[Section]] = {number: [] for number in touched}
    ends = []
    for tracked, (upto, operations) in changes:
        mark, told = marks[upto], []
        for number in touched:
            each = tracked.partitions.get(number)
            if each is not None and (number in operations or upto - each.stored >= UNTOLD_FACTS_MAX):
                calls[number].append(Section(tracked.view.name, each.build, each.stored, upto, mark, operations.get(number, ())))
                told.append(number)
        ends.append(End(tracked, upto, mark, frozenset(told)))
    return Step(calls, ends)


def watermarks_of(tracked: Sequence[TrackedPartition]) -> Step:
    """Return the step that tells quiet partitions how far the log is."""
    calls: dict[int, list[Section]] = {}
    behind = [each for each in tracked if each.stored < each.reached and not each.broken]
    for each in behind:
        section = Section(each.view.name, each.build, each.stored, each.reached, each.mark)
        calls.setdefault(each.partition, []).append(section)
    return Step(calls, [End(TrackedView(each.view, {each.partition: each}), each.reached, each.mark, {each.partition}) for each in behind])
