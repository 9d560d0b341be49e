"""Builds the views from the log: reads a stretch, lets every view turn it into changes, has them applied with their position.

Any number of projectors may run; each partition takes a batch once. When one finds the positions moved, it reads them again and goes on
from there. A view whose rows are gone or broken, or whose version was raised, is built beside what there is, then readers are switched.
"""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from commands.ports import LogReader, StoreUnavailable
from domain.fact import Recorded
from infra.readmodels.compare import Compared, compare
from infra.readmodels.merge import merged
from infra.readmodels.port import Batch, BuildGone, Models, Operation, Positions, PositionsMoved
from projections.ports import ReadModelsAway, View

CHUNK_FACTS = 4_000
"""Facts taken at once at most: few enough to keep memory and the server's pauses small, many enough to merge hot rows."""

STRETCHES_MAX = 32
"""Stretches taken in a row by one group of views that is far behind, before the others have their turn."""

WAIT_MS = 200
"""How long the reader waits for a wake-up before it looks by itself."""

PAUSE_S_MIN, PAUSE_S_MAX = 0.05, 2.0
"""The pause after a failure, doubled at each further one."""

log = structlog.get_logger()


@dataclass
class Feed:
    """A build that this projector feeds; `instead_of` is the build that readers see until this one has caught up."""

    view: View
    build: str
    positions: Positions
    beside: bool = False
    instead_of: str | None = None


class CannotProject(Exception):  # noqa: N818  (named for what happened)
    """A view broke on a fact: it stands right before it, and so do the views beside it."""

    def __init__(self, view: View, fact: Recorded) -> None:
        self.position, self.stream_id = fact.position, fact.stream_id
        self.view, self.fact = view.name, type(fact.body).__name__
        super().__init__(f"{self.view} at position {self.position}: {self.fact} of {self.stream_id}")


class Projector:
    """Keeps views up with the log. For one thread, which owns the reader and the models."""

    def __init__(self, reader: LogReader, models: Models, views: Sequence[View], *, chunk_facts: int = CHUNK_FACTS) -> None:
        self._reader = reader
        self._models = models
        self._views = tuple(views)
        self._chunk_facts = chunk_facts
        self._feeds: list[Feed] = []

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop. Whatever is away or breaks is tried again, with a line in the log; nothing is skipped."""
        pause_s = PAUSE_S_MIN
        while not stop.is_set():
            try:
                self._adopt()
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
            except CannotProject as error:
                named = {"view": error.view, "position": error.position, "stream_id": error.stream_id, "fact": error.fact}
                log.exception("a view breaks on a fact and stays before it", **named, pause_s=pause_s)
            except Exception:
                log.exception("the views broke and begin again", positions=[feed.positions.view for feed in self._feeds], pause_s=pause_s)
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)

    def catch_up(self) -> int:
        """Bring every view to where the log ends now, at least, and return the position reached.

        Raises:
            StoreUnavailable, ReadModelsAway: when something is away.

        """
        head = self._reader.head()
        while True:
            try:
                self._adopt()
                while any(feed.beside or feed.positions.view < head for feed in self._feeds):
                    self._step()
            except (PositionsMoved, BuildGone) as error:
                log.info("another projector is at work", reason=type(error).__name__)
                continue
            return min(feed.positions.view for feed in self._feeds)

    def rebuild(self, name: str) -> str:
        """Build a view anew beside the old one, switch readers to it, delete the old one; return the new build's name.

        A projector that runs meanwhile is told that the old build is gone and goes on with the new one.

        Raises:
            KeyError: when there is no such view.
            BuildGone: when another rebuild of the same view took over.
            StoreUnavailable, ReadModelsAway: when something is away; the old build stays and is still fed.

        """
        view = self._view(name)
        feed = self._beside(view, self._models.live(name))
        while True:
            self._advance([feed], self._chunk_facts)
            if not feed.beside:
                return feed.build

    def compare(self, name: str) -> Compared:
        """Compare a view with the log, byte by byte; see `infra.readmodels.compare`. It is brought up to the log where need be.

        Raises:
            KeyError: when there is no such view.
            BuildGone: when it was rebuilt meanwhile; ask again.
            StoreUnavailable, ReadModelsAway: when something is away.

        """
        view = self._view(name)
        only = Projector(self._reader, self._models, [view], chunk_facts=self._chunk_facts)
        return compare(self._reader, self._models, view, only.catch_up)

    def _view(self, name: str) -> View:
        return next((view for view in self._views if view.name == name), None) or _unknown(name, self._views)

    def _adopt(self) -> None:
        """Find the build of each view that readers see, begin what is missing, and read how far each is."""
        self._feeds = [self._feed(view) for view in self._views]

    def _feed(self, view: View) -> Feed:
        models, first = self._models, f"{view.name}.{view.version}"
        live = models.live(view.name)
        if live is None:
            models.begin(view.name, first)
            models.switch(view.name, None, first)
            live = models.live(view.name) or first
        positions = models.positions(live)
        if positions is not None and (live == first or live.startswith(f"{first}.")):
            return Feed(view, live, positions)
        begun = next((feed for feed in self._feeds if feed.view is view and feed.beside and feed.instead_of == live), None)
        resumed = models.positions(begun.build) if begun is not None else None
        if begun is not None and resumed is not None:
            return Feed(view, begun.build, resumed, beside=True, instead_of=live)
        return self._beside(view, live)

    def _beside(self, view: View, live: str | None) -> Feed:
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
        return Feed(view, build, positions, beside=True, instead_of=live)

    def _look(self) -> None:
        """Notice, also while nothing happens, that the server lost what it had. Raises BuildGone or PositionsMoved."""
        for feed in self._feeds:
            found = self._models.positions(feed.build)
            if found is None:
                raise BuildGone(feed.build)
            if found.view < feed.positions.view:
                raise PositionsMoved(feed.build)

    def _step(self) -> bool:
        """Give each group of views that stand at one position its next stretch; return whether there was any."""
        groups: dict[int, list[Feed]] = {}
        for feed in self._feeds:
            groups.setdefault(feed.positions.view, []).append(feed)
        ahead = sorted(groups)
        progress = False
        for after, feeds in groups.items():
            limit = min([self._chunk_facts, *[other - after for other in ahead if other > after]])
            progress = self._advance(feeds, limit) or progress
        return progress

    def _advance(self, feeds: Sequence[Feed], limit: int) -> bool:
        """Bring views that stand at one position one stretch on.

        After a crash partitions may be ahead of their view. Then the stretch ends where the next one stands: no partition sees part of
        one, so a partition that has it can skip it whole.
        """
        after = feeds[0].positions.view
        ends = [position for feed in feeds for position in feed.positions.partitions if position > after]
        limit = min(limit, min(ends) - after) if ends else limit
        facts = self._reader.read(after, limit)
        if len(facts) == self._chunk_facts and not ends:
            self._stream(feeds, facts)
        elif facts:
            batches = batches_of(feeds, facts)
            self._models.apply(batches)
            _applied(feeds, batches)
        if len(facts) < limit:
            for feed in feeds:
                if feed.beside:
                    self._take_over(feed)
        return bool(facts)

    def _stream(self, feeds: Sequence[Feed], facts: Sequence[Recorded]) -> None:
        """Far behind: have one stretch applied while the next is read and turned into changes. The first that is not whole ends it."""
        with ThreadPoolExecutor(1, "apply") as beside:
            applying: Future[None] | None = None
            batches: list[Batch] = []
            for _ in range(STRETCHES_MAX):
                following = batches_of(feeds, facts)
                if applying is not None:
                    applying.result()
                    _applied(feeds, batches)
                batches = [batch.standing(feed.positions) for feed, batch in zip(feeds, following, strict=True)]
                applying = beside.submit(self._models.apply, batches)
                facts = self._reader.read(batches[0].upto, self._chunk_facts)
                if len(facts) < self._chunk_facts:
                    break
            if applying is not None:
                applying.result()
                _applied(feeds, batches)

    def _take_over(self, feed: Feed) -> None:
        """Let readers see a build that has caught up, unless the one they see is still ahead; then delete the others."""
        models, name = self._models, feed.view.name
        if models.positions(feed.build) is None:
            raise BuildGone(feed.build)
        seen = models.positions(feed.instead_of) if feed.instead_of is not None else None
        if seen is not None and seen.view > feed.positions.view:
            return
        if not models.switch(name, feed.instead_of, feed.build):
            feed.instead_of = models.live(name)
            return
        feed.beside = False
        log.info("readers see the new build", view=feed.view.name, build=feed.build, position=feed.positions.view)
        for build in self._models.builds(feed.view.name):
            if build != feed.build:
                self._models.retire(feed.view.name, build)


def batches_of(feeds: Sequence[Feed], facts: Sequence[Recorded]) -> list[Batch]:
    """Return what facts change in each build, to be applied where the feeds stand now.

    Raises:
        CannotProject: when a view breaks on a fact.

    """
    upto = facts[-1].position
    return [Batch(feed.build, feed.positions.view, upto, _merged(feed, facts), feed.positions.partitions) for feed in feeds]


def _merged(feed: Feed, facts: Sequence[Recorded]) -> dict[int, list[Operation]]:
    try:
        return merged(feed.view.project, facts, feed.build)
    except Exception as error:
        for fact in facts:
            try:
                merged(feed.view.project, [fact], feed.build)
            except Exception:  # noqa: BLE001  (whatever it is, this is the fact it comes from)
                raise CannotProject(feed.view, fact) from error
        raise


def _applied(feeds: Sequence[Feed], batches: Sequence[Batch]) -> None:
    """Note where the feeds stand now."""
    for feed, batch in zip(feeds, batches, strict=True):
        partitions = list(feed.positions.partitions)
        for partition in batch.operations:
            partitions[partition] = max(batch.upto, partitions[partition])
        feed.positions = Positions(batch.upto, partitions)


def _unknown(name: str, views: Iterable[View]) -> View:
    raise KeyError(f"{name}: the views are {', '.join(view.name for view in views)}")
