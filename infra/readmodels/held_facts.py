"""Facts that a view goes on without: those it could not apply, and whatever comes later of the same stream, account or market.

The rows of these stay as they were right before; all others go on. Where a replay has applied the facts, the view is what the log says.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
import structlog

from api.cli.reports import DeadLetter
from domain.fact import Recorded
from domain.partitions import home_of
from infra.clock import Clock
from infra.log.dead_letters import DeadLetters
from infra.readmodels.tracked_partitions import CannotProject, TrackedPartition
from infra.readmodels.views_set_aside import ViewsSetAside
from projections.changes import Change
from projections.ports import Row, View

TRIES_MAX = 6
"""A fact that a view broke on so often, in about three seconds, is one that it goes on without."""

logger = structlog.get_logger()


class HeldFacts:
    """What one view goes on without."""

    def __init__(self, letters: Collection[DeadLetter]) -> None:
        self.positions = frozenset(letter.position for letter in letters)
        self._since: dict[str, int] = {}
        for letter in letters:
            for key in (letter.stream_id, letter.home):
                self._since[key] = min(letter.position, self._since.get(key, letter.position))

    @property
    def told(self) -> str:
        """What is held back, in a line; empty where nothing is."""
        if not self.positions:
            return ""
        first = min(self.positions)
        return f"{len(self.positions)} facts and what depends on them, the first at position {first}: see slipstream deadletters list"

    def holds(self, fact: Recorded[Any]) -> bool:
        """Whether a fact is one of these, or depends on one."""
        since = self._since
        return any(key in since and fact.position >= since[key] for key in (fact.stream_id, home_of(fact)))

    def spare(self, view: View) -> View:
        """Return the view as it is without these facts."""
        project, sees = view.project, view.sees

        def project_others(fact: Recorded[Any], *rows: Any) -> Sequence[Change]:
            return () if self.holds(fact) else project(fact, *rows)

        def sees_others(fact: Recorded[Any]) -> Sequence[Row]:
            return () if sees is None or self.holds(fact) else sees(fact)

        return view._replace(project=project_others, sees=None if sees is None else sees_others)


class HeldBack:
    """What the views of a projector go on without, by view. For one thread. Methods raise StoreUnavailable."""

    def __init__(self, letters: DeadLetters, *, tries_max: int = TRIES_MAX) -> None:
        """Have a view go on without a fact that it broke on so often; 0: it stays before it for ever."""
        self._letters = letters
        self._tries_max = tries_max
        self._clock = Clock()
        self.by_view: dict[str, HeldFacts] = {}

    def load(self, tracked: Sequence[TrackedPartition], views: Sequence[View], aside: ViewsSetAside) -> None:
        """Have partitions of views go on without what the letters of their builds say, and tell it."""
        builds = {each.build for each in tracked}
        found = [letter for letter in self._letters.open() if letter.build in builds]
        fed: dict[str, View] = {}
        for view in views:
            of_view = [letter for letter in found if letter.view == view.name]
            held = self.by_view[view.name] = HeldFacts(of_view)
            fed[view.name] = held.spare(view) if of_view else view
            aside.tell(f"{view.name}, in part", held.told)
        for each in tracked:
            each.view = fed[each.view.name]

    def give_up(self, aside: ViewsSetAside, tracked: Sequence[TrackedPartition], views: Sequence[View]) -> None:
        """Have views go on without what they broke on often enough."""
        names = {view.name for view in views}
        for error in aside.tried_often(self._tries_max) if self._tries_max else ():
            of_view = [each for each in tracked if each.view.name == error.view]
            builds = {each.build for each in of_view if each.reached < error.position and not each.broken}
            if error.view in names and builds and self._are_kept(error, builds):
                self.load(of_view, [view for view in views if view.name == error.view], aside)
                aside.try_now(error.view)

    def carry_over(self, letters: Sequence[DeadLetter], builds: Collection[str]) -> None:
        """Have builds that are begun go on without what other builds of the view did."""
        for letter in letters:
            for build in builds:
                self._letters.put(msgspec.structs.replace(letter, build=build))

    def _are_kept(self, error: CannotProject, builds: Iterable[str]) -> bool:
        """Keep letters of a fact that these builds cannot apply; return False where a build has too many already."""
        at = self._clock.now()
        letters = [
            DeadLetter(build, error.position, error.view, error.fact, error.stream_id, error.home, error.reason, at)
            for build in sorted(builds)
        ]
        kept = [self._letters.put(letter) for letter in letters]
        if not all(kept):
            return False
        logger.error(
            "a view goes on without a fact that it cannot apply, and without what depends on it; see slipstream deadletters",
            view=error.view,
            position=error.position,
            fact=error.fact,
            stream_id=error.stream_id,
            reason=error.reason[:300],
        )
        return True
