"""Finds the builds that a projector updates, and creates new ones where there are none, or where they belong to another log or version."""

from collections.abc import Iterable, Mapping, Sequence

import structlog

from api.cli.reports import DeadLetter
from commands.log_reader import LogReader
from infra.readmodels.held_facts import HeldBack
from infra.readmodels.key_names import view_of
from infra.readmodels.log_mark import LogMarks
from infra.readmodels.port import BuildGone, Models, PartitionState, Standing
from infra.readmodels.tracked_partitions import TrackedPartition
from infra.readmodels.views_set_aside import ViewsSetAside
from projections.ports import View

logger = structlog.get_logger()

Strange = Mapping[int, tuple[str, Standing, str]]
"""By partition: the build that readers see, where it stands, and why it is not of this log."""


class Adopter:
    """For one thread. Every method raises ReadModelsUnavailable, StoreUnavailable, and BuildGone where another projector was quicker."""

    def __init__(self, reader: LogReader, models: Models, aside: ViewsSetAside, partitions: Sequence[int], held: HeldBack | None) -> None:
        self._reader = reader
        self._models = models
        self._aside = aside
        self._partitions = tuple(partitions)
        self._held = held

    def adopt(self, views: Sequence[View], begun: Sequence[TrackedPartition]) -> list[TrackedPartition]:
        """Return where each partition of views stands; what was `begun` beside what readers see is gone on with."""
        self._models.check()
        state = self._begin_missing(views)
        marks = LogMarks(self._reader)
        beside = {(each.view.name, each.partition): each for each in begun if each.beside}
        adopted: list[TrackedPartition] = []
        for view in views:
            strange: dict[int, tuple[str, Standing, str]] = {}
            outdated: list[int] = []
            for partition in self._partitions:
                live, builds = state[partition].live[view.name], state[partition].builds
                standing = builds.get(live)
                if standing is not None and (why := marks.why_estranged(standing)):
                    strange[partition] = live, standing, why
                elif standing is not None and is_of_version(live, view):
                    adopted.append(_tracked(view, partition, live, standing))
                else:
                    earlier = beside.get((view.name, partition))
                    resumed = builds.get(earlier.build) if earlier is not None and earlier.instead_of == live else None
                    if earlier is not None and resumed is not None and not marks.why_estranged(resumed):
                        adopted.append(_tracked(view, partition, earlier.build, resumed, instead_of=live))
                    else:
                        outdated.append(partition)
            adopted += self._instead(view, strange) if strange else ()
            adopted += self.begin_beside(view, {partition: state[partition] for partition in outdated}) if outdated else ()
        if self._held is not None:
            self._held.load(adopted, views, self._aside)
        return adopted

    def _begin_missing(self, views: Sequence[View]) -> dict[int, PartitionState]:
        state = self._models.state(self._partitions)
        begun = False
        for view in views:
            first = f"{view.name}.{view.version}"
            if missing := [partition for partition in self._partitions if view.name not in state[partition].live]:
                self._models.begin(view.name, first, missing)
                self._models.switch(view.name, dict.fromkeys(missing, (None, first)))
                begun = True
        if not begun:
            return state
        state = self._models.state(self._partitions)
        for view in views:
            if any(view.name not in each.live for each in state.values()):
                raise BuildGone(view.name)
        return state

    def _instead(self, view: View, strange: Strange) -> list[TrackedPartition]:
        """Begin other builds and let readers see them at once, empty: what they saw is not of this log."""
        made = self._models.begin_another(view.name, view.version, list(strange))
        switched = self._models.switch(view.name, {partition: (strange[partition][0], build) for partition, build in made.items()})
        if switched != set(made):
            raise BuildGone(view.name)
        self._models.retire(view.name, {partition: [live] for partition, (live, _, _) in strange.items()})
        self._aside.forget(view.name)
        for why in sorted({why for _, _, why in strange.values()}):
            position = max(standing.position for _, standing, each in strange.values() if each == why)
            count = sum(each == why for _, _, each in strange.values())
            logger.error(
                "a view belongs to another log and is rebuilt", view=view.name, why=f"the view {why}", position=position, partitions=count
            )
        return [_tracked(view, partition, build, Standing(0)) for partition, build in made.items()]

    def begin_beside(self, view: View, state: Mapping[int, PartitionState], without: Sequence[DeadLetter] = ()) -> list[TrackedPartition]:
        """Begin builds beside what readers see, `without` what letters hold back.

        What was left unfinished is deleted; who still feeds it is told that it is gone.
        """
        partitions = list(state)
        seen = self._models.state(partitions)  # after the builds were listed: the first one is begun, then shown
        self._models.retire(
            view.name,
            {
                partition: [build for build in _builds_of(view, each) if build != seen[partition].live[view.name]]
                for partition, each in state.items()
                if view.name in seen[partition].live
            },
        )
        made = self._models.begin_another(view.name, view.version, partitions)
        logger.info("rebuilding a view", view=view.name, build=f"{view.name}.{view.version}", partitions=len(partitions))
        tracked = [
            _tracked(view, partition, build, Standing(0), instead_of=seen[partition].live.get(view.name), beside=True)
            for partition, build in made.items()
        ]
        if without and self._held is not None:
            self._held.carry_over(without, set(made.values()))
            self._held.load(tracked, [view], self._aside)
        return tracked

    def take_over(self, tracked: Sequence[TrackedPartition]) -> None:
        """Let readers see builds that have caught up, unless what they see is still ahead; then delete the others."""
        view = tracked[0].view
        state = self._models.state([each.partition for each in tracked])
        wanted: dict[int, tuple[str | None, str]] = {}
        for each in tracked:
            builds = state[each.partition].builds
            if builds.get(each.build) is None:
                raise BuildGone(each.build)
            seen = builds.get(each.instead_of) if each.instead_of is not None else None
            if seen is None or seen.position <= each.reached:
                wanted[each.partition] = (each.instead_of, each.build)
        switched = self._models.switch(view.name, wanted)
        for each in tracked:
            if each.partition in switched:
                each.beside = False
            elif each.partition in wanted:
                each.instead_of = self._models.state([each.partition])[each.partition].live.get(view.name)
        if switched:
            logger.info(
                "readers were switched to the new build",
                view=view.name,
                partitions=len(switched),
                position=min(each.reached for each in tracked),
            )
            ours = {each.partition: each.build for each in tracked}
            others = {number: [build for build in _builds_of(view, state[number]) if build != ours[number]] for number in switched}
            self._models.retire(view.name, others)


def is_of_version(build: str, view: View) -> bool:
    """Whether a build is of the view's version: `portfolio.2` or `portfolio.2.7` of version 2."""
    first = f"{view.name}.{view.version}"
    return build == first or build.startswith(f"{first}.")


def _builds_of(view: View, state: PartitionState) -> Iterable[str]:
    return [build for build in state.builds if view_of(build) == view.name]


def _tracked(
    view: View, partition: int, build: str, standing: Standing, *, instead_of: str | None = None, beside: bool = False
) -> TrackedPartition:
    return TrackedPartition(
        view,
        partition,
        build,
        standing.position,
        standing.position,
        standing.mark,
        beside=beside or instead_of is not None,
        instead_of=instead_of,
    )
