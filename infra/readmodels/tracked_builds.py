"""The builds that a projector keeps, and what facts change in them; a view that breaks on a fact is told from those that do not."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.fact import Recorded, UnknownFact, stored_name
from infra.readmodels.merge import merged
from infra.readmodels.port import Batch, Operation, Positions
from projections.ports import View


@dataclass
class TrackedBuild:
    """A build that this projector feeds; `instead_of` is the build that readers see until this one has caught up.

    It is `broken` where a batch failed half way on the server: its view needs another one.
    """

    view: View
    build: str
    positions: Positions
    beside: bool = False
    instead_of: str | None = None
    broken: bool = False


class CannotProject(Exception):  # noqa: N818  (named for what happened)
    """A view breaks on a fact, or must understand one that this process does not know: it can go no further than right before it."""

    def __init__(self, view: View, fact: Recorded, reason: str) -> None:
        self.view, self.position, self.stream_id, self.reason = view.name, fact.position, fact.stream_id, reason
        self.fact = fact.body.name if isinstance(fact.body, UnknownFact) else stored_name(type(fact.body))
        super().__init__(f"{self.view} at position {self.position}: {self.fact} of {self.stream_id}: {reason}")


def batches_of(builds: Sequence[TrackedBuild], facts: Sequence[Recorded], mark: str = "") -> list[Batch]:
    """Return what facts change in each build, to be applied where the builds stand now; `mark` is the log's at the last of them.

    Raises:
        CannotProject: when a view breaks on a fact, with the first such view and fact.

    """
    upto, unknown = facts[-1].position, unknown_of(facts)
    return [
        Batch(each.build, each.positions.view, upto, _changes(each.view, facts, unknown, each.build), each.positions.partitions, mark)
        for each in builds
    ]


def changes_of(view: View, facts: Sequence[Recorded], build: str) -> dict[int, list[Operation]]:
    """Return what facts change in a build of a view, by partition.

    Raises:
        CannotProject: when the view breaks on a fact, or must understand one that is unknown.

    """
    return _changes(view, facts, unknown_of(facts), build)


def unknown_of(facts: Sequence[Recorded]) -> list[Recorded[Any]]:
    """Return the facts that this process cannot decode."""
    return [fact for fact in facts if type(fact.body) is UnknownFact]


def _changes(view: View, facts: Sequence[Recorded], unknown: Sequence[Recorded[Any]], build: str) -> dict[int, list[Operation]]:
    for fact in unknown:
        if view.must_understand(fact.body):
            raise CannotProject(view, fact, f"this process does not know it: {fact.body.why}")
    try:
        return merged(view.project, facts, build)
    except Exception as error:
        first = bisect_left(range(1, len(facts)), x=True, key=lambda count: _breaks(view, facts[:count], build))
        raise CannotProject(view, facts[first], f"{type(error).__name__}: {error}") from error


def _breaks(view: View, facts: Sequence[Recorded], build: str) -> bool:
    try:
        merged(view.project, facts, build)
    except Exception:  # noqa: BLE001  (whatever it is, one of these facts is where it comes from)
        return True
    return False


def note_applied(builds: Sequence[TrackedBuild], batches: Sequence[Batch]) -> None:
    """Note where the builds stand now."""
    for each, batch in zip(builds, batches, strict=True):
        partitions = list(each.positions.partitions)
        for partition in batch.operations:
            partitions[partition] = max(batch.upto, partitions[partition])
        each.positions = Positions(batch.upto, partitions, batch.mark)
