"""Applies stretches of the log to builds: to all of them at once, and where one breaks, to each by itself."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from commands.ports import LogReader
from domain.fact import Recorded
from infra.readmodels.log_mark import mark_of_read
from infra.readmodels.port import Batch, BuildBroken, BuildGone, Models, PositionsMoved
from infra.readmodels.tracked_builds import CannotProject, TrackedBuild, batches_of, note_applied
from infra.readmodels.views_set_aside import ViewsSetAside
from projections.ports import ReadModelsAway

STRETCHES_MAX = 32
"""Stretches taken in a row by one group of views that is far behind, before the others have their turn."""

ELSEWHERE = (ReadModelsAway, PositionsMoved, BuildGone)
"""What is no view's fault: the caller finds out where everything stands and begins again."""


class Applier:
    """Applies facts to builds that stand at one position. For one thread. Raises what the models raise, but for what a view breaks."""

    def __init__(self, reader: LogReader, models: Models, aside: ViewsSetAside) -> None:
        self._reader = reader
        self._models = models
        self._aside = aside

    def apply(self, builds: Sequence[TrackedBuild], facts: Sequence[Recorded]) -> None:
        """Apply a stretch. A view that breaks on a fact is brought up to right before it and set aside."""
        try:
            self._apply(builds, facts)
        except ELSEWHERE:
            raise
        except Exception as error:  # noqa: BLE001  (each build by itself finds out whose it is)
            self._note_broken(builds, error)
            for each in builds:
                if not each.broken:
                    self._apply_to_one(each, facts)
        for each in builds:
            self._aside.note_progress(each)

    def stream(self, builds: Sequence[TrackedBuild], facts: Sequence[Recorded]) -> None:
        """Have one whole stretch applied while the next is read and turned into changes; the first that is not whole ends it."""
        chunk_facts = len(facts)
        under_way: Sequence[Recorded] = ()
        batches: list[Batch] = []
        with ThreadPoolExecutor(1, "apply") as beside:
            applying: Future[None] = beside.submit(lambda: None)
            for _ in range(STRETCHES_MAX):
                try:
                    following = self._batches(builds, facts)
                except CannotProject:
                    break
                if not self._landed(applying, builds, batches):
                    break
                batches = [batch.standing(each.positions) for each, batch in zip(builds, following, strict=True)]
                applying, under_way = beside.submit(self._models.apply, batches), facts
                facts = self._reader.read(batches[0].upto, chunk_facts)
                if len(facts) < chunk_facts:
                    break
            if not self._landed(applying, builds, batches):
                facts = under_way
        whole = [each for each in builds if not each.broken]
        if facts and whole:
            self.apply(whole, facts)

    def _landed(self, applying: Future[None], builds: Sequence[TrackedBuild], batches: Sequence[Batch]) -> bool:
        """Wait for what is under way; False where a view broke it, and it has to be applied again with care."""
        try:
            applying.result()
        except ELSEWHERE:
            raise
        except Exception as error:  # noqa: BLE001  (applied again, each build by itself, where it is told)
            self._note_broken(builds, error)
            return False
        if batches and builds[0].positions.view < batches[0].upto:
            note_applied(builds, batches)
        return True

    def _batches(self, builds: Sequence[TrackedBuild], facts: Sequence[Recorded]) -> list[Batch]:
        return batches_of(builds, facts, mark_of_read(self._reader, facts[-1].position))

    def _apply(self, builds: Sequence[TrackedBuild], facts: Sequence[Recorded]) -> None:
        batches = self._batches(builds, facts)
        self._models.apply(batches)
        note_applied(builds, batches)

    def _apply_to_one(self, tracked: TrackedBuild, facts: Sequence[Recorded]) -> None:
        """Apply a stretch to one build, up to the fact that its view breaks on."""
        try:
            try:
                self._apply([tracked], facts)
            except CannotProject as error:
                if before := [fact for fact in facts if fact.position < error.position]:
                    self._apply([tracked], before)
                raise
        except ELSEWHERE:
            raise
        except Exception as error:  # noqa: BLE001  (what one view breaks on is no other's trouble)
            self._note_broken([tracked], error)
            if not tracked.broken:
                self._aside.put(tracked, error)

    def _note_broken(self, builds: Sequence[TrackedBuild], error: Exception) -> None:
        """Set the view aside whose build the server calls broken."""
        for each in builds:
            if isinstance(error, BuildBroken) and error.build == each.build and not each.broken:
                each.broken = True
                self._aside.put(each, error)
