"""Builds the views from the log: reads a stretch, lets every view turn it into changes, has them applied with their position.

Any number of projectors may run; each partition takes a batch once. When one finds the positions moved, it reads them again and goes on
from there. A view whose rows are gone or broken, or whose version was raised, is built beside what there is, then readers are switched.
"""

import threading
from collections.abc import Iterable, Sequence

import structlog

from commands.ports import LogReader, StoreUnavailable
from infra.readmodels.applying import Applier
from infra.readmodels.compare import Compared, compare
from infra.readmodels.log_mark import UNMARKED, ViewEstranged, why_estranged
from infra.readmodels.port import BuildGone, Models, Positions, PositionsMoved, blank
from infra.readmodels.tracked_builds import TrackedBuild
from infra.readmodels.views_set_aside import ViewsSetAside
from projections.ports import ReadModelsAway, View

CHUNK_FACTS = 4_000
"""Facts taken at once at most: few enough to keep memory and the server's pauses small, many enough to merge hot rows."""

WAIT_MS = 200
"""How long the reader waits for a wake-up before it looks by itself."""

PAUSE_S_MIN, PAUSE_S_MAX = 0.05, 2.0
"""The pause after a failure, doubled at each further one."""

log = structlog.get_logger()


class Projector:
    """Keeps views up with the log. For one thread, which owns the reader and the models.

    A view that breaks on a fact stays before it, is told by an alarm and retried with growing pauses; the others go on without it.
    """

    def __init__(self, reader: LogReader, models: Models, views: Sequence[View], *, chunk_facts: int = CHUNK_FACTS) -> None:
        self._reader = reader
        self._models = models
        self._views = tuple(views)
        self._chunk_facts = chunk_facts
        self._builds: list[TrackedBuild] = []
        self._aside = ViewsSetAside()
        self._applier = Applier(reader, models, self._aside)

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop. Whatever is away or breaks is tried again, with a line in the log; nothing is skipped."""
        pause_s = PAUSE_S_MIN
        while not stop.is_set():
            try:
                self._adopt()
                self._aside.tell_all(self._models.tell, [view.name for view in self._views])
                while not stop.is_set():
                    if not self._step():
                        self._look()
                        self._reader.wait(WAIT_MS)
                    pause_s = PAUSE_S_MIN
            except StoreUnavailable as error:
                log.warning("the log is away; views wait for it", error=str(error)[:200], pause_s=pause_s)
            except ReadModelsAway as error:
                log.warning("the read models are away; views wait for them", error=str(error)[:200], pause_s=pause_s)
            except (PositionsMoved, BuildGone) as error:
                log.warning("a view is not where it was left; going on from where it is", reason=type(error).__name__)
            except Exception:
                log.exception("the views broke and begin again", positions=[each.positions.view for each in self._builds], pause_s=pause_s)
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)

    def catch_up(self) -> int:
        """Bring every view to where the log ends now, at least, and return the position reached.

        Raises:
            StoreUnavailable, ReadModelsAway: when something is away.
            CannotProject: when a view breaks on a fact; the others have caught up then.

        """
        head = self._reader.head()
        while True:
            try:
                self._adopt()
                while any((each.beside or each.positions.view < head) and each.view.name not in self._aside for each in self._builds):
                    self._step()
            except (PositionsMoved, BuildGone) as error:
                log.info("another projector is at work", reason=type(error).__name__)
                continue
            self._aside.raise_first()
            return min(each.positions.view for each in self._builds)

    def rebuild(self, name: str) -> str:
        """Build a view anew beside the old one, switch readers to it, delete the old one; return the new build's name.

        A projector that runs meanwhile is told that the old build is gone and goes on with the new one.

        Raises:
            KeyError: when there is no such view.
            BuildGone: when another rebuild of the same view took over.
            CannotProject: when the view breaks on a fact; the old build stays.
            StoreUnavailable, ReadModelsAway: when something is away; the old build stays and is still fed.

        """
        view = self._view(name)
        tracked = self._beside(view, self._models.live(name))
        while True:
            self._advance([tracked], self._chunk_facts)
            self._aside.raise_first()
            if not tracked.beside:
                return tracked.build

    def compare(self, name: str) -> Compared:
        """Compare a view with the log, byte by byte; see `infra.readmodels.compare`. It is brought up to the log where need be.

        Raises:
            KeyError: when there is no such view.
            ViewEstranged: when it is of another log, or newer than this one.
            BuildGone: when it was rebuilt meanwhile; ask again.
            CannotProject: when the view breaks on a fact.
            StoreUnavailable, ReadModelsAway: when something is away.

        """
        view = self._view(name)
        live = self._models.live(name)
        positions = self._models.positions(live) if live is not None else None
        if positions is not None and (why := why_estranged(self._reader, positions)) and why != UNMARKED:
            raise ViewEstranged(name, positions.view, positions.mark, why)
        only = Projector(self._reader, self._models, [view], chunk_facts=self._chunk_facts)
        return compare(self._reader, self._models, view, only.catch_up)

    def _view(self, name: str) -> View:
        return next((view for view in self._views if view.name == name), None) or _unknown(name, self._views)

    def _adopt(self) -> None:
        """Find the build of each view that readers see, begin what is missing, and read how far each is."""
        self._models.check()
        self._builds = [self._build_of(view) for view in self._views]

    def _build_of(self, view: View) -> TrackedBuild:
        models, first = self._models, f"{view.name}.{view.version}"
        live = models.live(view.name)
        if live is None:
            models.begin(view.name, first)
            models.switch(view.name, None, first)
            live = models.live(view.name) or first
        positions = models.positions(live)
        if positions is not None and (why := why_estranged(self._reader, positions)):
            return self._instead(view, live, positions, why)
        if positions is not None and (live == first or live.startswith(f"{first}.")):
            return TrackedBuild(view, live, positions)
        begun = next((each for each in self._builds if each.view is view and each.beside and each.instead_of == live), None)
        resumed = models.positions(begun.build) if begun is not None else None
        if begun is not None and resumed is not None and not why_estranged(self._reader, resumed):
            return TrackedBuild(view, begun.build, resumed, beside=True, instead_of=live)
        return self._beside(view, live)

    def _instead(self, view: View, live: str, positions: Positions, why: str) -> TrackedBuild:
        """Begin another build and let readers see it at once, empty: what they saw is not of this log."""
        build = self._models.fresh(view.name, view.version)
        self._models.begin(view.name, build)
        if not self._models.switch(view.name, live, build):
            raise BuildGone(live)
        self._models.retire(view.name, live)
        self._aside.forget(view.name)
        log.error("a view is not of this log and is built anew", view=view.name, why=why, position=positions.view, build=build)
        return TrackedBuild(view, build, blank())

    def _beside(self, view: View, live: str | None) -> TrackedBuild:
        """Begin another build. What earlier ones left unfinished is deleted; whoever still feeds it is told that it is gone."""
        begun = self._models.builds(view.name)
        seen = self._models.live(view.name)  # after the list, and nothing is deleted without it: the first build is begun, then shown
        for build in begun if seen is not None else ():
            if build != seen:
                self._models.retire(view.name, build)
        build = self._models.fresh(view.name, view.version)
        self._models.begin(view.name, build)
        positions = self._models.positions(build)
        if positions is None:
            raise BuildGone(build)
        log.info("building a view anew", view=view.name, build=build, instead_of=live)
        return TrackedBuild(view, build, positions, beside=True, instead_of=live)

    def _look(self) -> None:
        """Notice, also while nothing happens, that the server lost what it had, or the log. Raises BuildGone or PositionsMoved."""
        for each in self._builds:
            if each.broken:
                continue
            found = self._models.positions(each.build)
            if found is None:
                raise BuildGone(each.build)
            if found.view < each.positions.view:
                raise PositionsMoved(each.build)
        self._hold_against_log([each for each in self._builds if not each.broken])

    def _hold_against_log(self, builds: Sequence[TrackedBuild]) -> None:
        """Notice that the log is another one than the one that views were built from. Raises PositionsMoved."""
        for positions in {each.positions.mark: each.positions for each in builds}.values():
            if why := why_estranged(self._reader, positions):
                raise PositionsMoved(why)

    def _step(self) -> bool:
        """Give each group of views that stand at one position its next stretch; return whether any of them moved."""
        groups: dict[int, list[TrackedBuild]] = {}
        for number, tracked in enumerate(self._builds):
            if self._aside.is_due(tracked.view.name):
                each = self._builds[number] = self._build_of(tracked.view) if tracked.broken else tracked
                groups.setdefault(each.positions.view, []).append(each)
        ahead = sorted(groups)
        progress = False
        for after, builds in groups.items():
            limit = min([self._chunk_facts, *[other - after for other in ahead if other > after]])
            progress = self._advance(builds, limit) or progress
        return progress

    def _advance(self, builds: Sequence[TrackedBuild], limit: int) -> bool:
        """Bring views that stand at one position one stretch on; return whether any of them moved.

        After a crash partitions may be ahead of their view. Then the stretch ends where the next one stands: no partition sees part of
        one, so a partition that has it can skip it whole.
        """
        after = builds[0].positions.view
        ends = [position for each in builds for position in each.positions.partitions if position > after]
        limit = min(limit, min(ends) - after) if ends else limit
        facts = self._reader.read(after, limit)
        if facts:
            self._hold_against_log(builds)
        if len(facts) == self._chunk_facts and not ends:
            self._applier.stream(builds, facts)
        elif facts:
            self._applier.apply(builds, facts)
        for each in builds:
            if each.beside and len(facts) < limit and each.view.name not in self._aside:
                self._take_over(each)
        return any(each.positions.view > after for each in builds)

    def _take_over(self, tracked: TrackedBuild) -> None:
        """Let readers see a build that has caught up, unless the one they see is still ahead; then delete the others."""
        models, name = self._models, tracked.view.name
        if models.positions(tracked.build) is None:
            raise BuildGone(tracked.build)
        seen = models.positions(tracked.instead_of) if tracked.instead_of is not None else None
        if seen is not None and seen.view > tracked.positions.view:
            return
        if not models.switch(name, tracked.instead_of, tracked.build):
            tracked.instead_of = models.live(name)
            return
        tracked.beside = False
        log.info("readers see the new build", view=name, build=tracked.build, position=tracked.positions.view)
        for build in models.builds(name):
            if build != tracked.build:
                models.retire(name, build)


def _unknown(name: str, views: Iterable[View]) -> View:
    raise KeyError(f"{name}: the views are {', '.join(view.name for view in views)}")
