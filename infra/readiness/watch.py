"""Checks readiness once a second in its own thread, so that an answer is given at once, also while the log or the views are unavailable."""

import threading
from collections.abc import Callable, Iterable, Sequence

import structlog
from msgspec.structs import replace
from prometheus_client import Metric

from api.circuit_breakers import CircuitBreakers, ProcessLoad
from api.readiness import Ready, Report
from api.refusals import ClockSkewed
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from commands.process_manager import ProcessManager
from infra.clock import Clock
from infra.readiness.checks import Bounds, report_of
from infra.readiness.log_look import LogLook
from infra.readiness.metrics import gauges_of
from infra.readiness.sample import GATEWAY, SEARCH, BehindSample, LogSample, ManagerSample, Sample, ViewPartition, ViewsSample
from infra.readiness.views_look import ViewsLook
from projections.ports import ReadModelsUnavailable, View

LOOK_EVERY_S = 1.0
STALE_S = 3.0
"""An older sample is not used: the checking thread hangs on a server that does not answer."""

logger = structlog.get_logger()


class Readiness(Ready):
    """Says whether things move; see `api.readiness.Ready`. `start` it before it is asked."""

    def __init__(
        self,
        dsn: str,
        redis_url: str | None,
        views: Sequence[View],
        managers: Sequence[ProcessManager],
        dispatcher: Dispatcher | None,
        bounds: Bounds,
        *,
        relay_topic: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take where to look; a role without views, without a dispatcher or without a topic that is to have the log leaves that out."""
        self._clock = clock or Clock()
        self._dispatcher = dispatcher
        self._bounds = bounds
        self._log = LogLook(dsn, self._clock, managers, relay_topic=relay_topic)
        self._views = ViewsLook(redis_url, views) if redis_url is not None else None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="readiness", daemon=True)
        self._accounts_s: Callable[[], float] | None = None
        self._breakers: CircuitBreakers | None = None
        self._gateway: Callable[[], int] | None = None
        self._last = self._nothing_seen("nobody has looked yet")
        self._skew_s: float | None = None

    def start(self) -> "Readiness":
        """Look once, then go on looking in a thread of its own; return this."""
        self._look()
        self._thread.start()
        return self

    def follow_accounts(self, age_s: Callable[[], float]) -> None:
        """Tell from now on how old what this process knows of changed accounts is, in seconds."""
        self._accounts_s = age_s

    def follow_gateway(self, position: Callable[[], int]) -> None:
        """Tell from now on how far clients of this process' sockets were told the log."""
        self._gateway = position

    def follow_breakers(self, breakers: CircuitBreakers) -> CircuitBreakers:
        """Tell from now on which features are switched off; return the breakers."""
        self._breakers = breakers
        return breakers

    def load(self, loop_late_s: float) -> ProcessLoad:
        """Return what the circuit breakers go by; of views that cannot be looked at nothing is known."""
        sample = self.last()
        views_late_s = [behind.age_s for view, behind in sample.behind.items() if view not in (SEARCH, GATEWAY)]
        return ProcessLoad(sample.undecided_s, loop_late_s, min(views_late_s, default=0.0))

    def stop(self) -> None:
        """Stop looking and give up the connections."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._log.close()
        if self._views is not None:
            self._views.close()

    def collect(self) -> Iterable[Metric]:
        """Return the figures of the last look."""
        depths = self._dispatcher.queue_depths if self._dispatcher is not None else {}
        off = self._breakers.off if self._breakers is not None else None
        return gauges_of(self.last(), {lane.name.lower(): depth for lane, depth in depths.items()}, off)

    async def report(self) -> Report:
        """Return how things stand."""
        report = report_of(self.last(), self._bounds)
        return report if self._breakers is None else replace(report, alarms=[*report.alarms, *self._breakers.alarms])

    def refusal(self) -> ClockSkewed | None:
        """Return that this process' clock is too far from the database's, None where it is not, or not known."""
        return None if self._skew_s is None else ClockSkewed(round(self._skew_s, 3), self._bounds.clock_skew_s)

    def last(self) -> Sample:
        """Return the last sample with what this process knows itself at this moment."""
        sample = self._last
        if self._clock.monotonic_s() - sample.taken_s > STALE_S:
            sample = self._nothing_seen("it does not answer in time")
        return sample._replace(
            undecided_s=self._dispatcher.oldest_wait_s if self._dispatcher is not None else 0.0,
            queue_filled=self._dispatcher.queue_filled if self._dispatcher is not None else 0.0,
            accounts_s=self._accounts_s() if self._accounts_s is not None else None,
        )

    def _nothing_seen(self, why: str) -> Sample:
        return Sample(self._clock.monotonic_s(), log=why, views=why, behind={}, managers={}, silence_s={}, undecided_s=0.0)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self._look()
            except Exception as error:
                logger.exception("readiness could not be checked")
                self._last = self._nothing_seen(f"{type(error).__name__}: {error}")

    def _look(self) -> None:
        views = self._seen_views()
        log, found, managers, silence_s = self._seen_log(views)
        self._last = Sample(
            self._clock.monotonic_s(),
            log=log,
            views=views,
            behind={view: sample for view, sample in found.items() if isinstance(view, str)} | _of_search(log),
            managers=managers,
            silence_s=silence_s,
            undecided_s=0.0,
            behind_by_partition={view: sample for view, sample in found.items() if not isinstance(view, str)},
        )
        self._note_skew(log.skew_s if isinstance(log, LogSample) else 0.0)

    def _note_skew(self, skew_s: float) -> None:
        before, self._skew_s = self._skew_s, skew_s if abs(skew_s) > self._bounds.clock_skew_s else None
        if self._skew_s is not None and before is None:
            logger.error("this process' clock is too far from the database's: nothing is served until they agree", skew_s=round(skew_s, 3))
        if self._skew_s is None and before is not None:
            logger.warning("this process' clock agrees with the database's again, and serves")

    def _seen_views(self) -> ViewsSample | str:
        if self._views is None:
            return "not looked at"
        try:
            return self._views.look()
        except ReadModelsUnavailable as away:
            return str(away)[:200]

    def _seen_log(
        self, views: ViewsSample | str
    ) -> tuple[LogSample | str, dict[str | ViewPartition, BehindSample], dict[str, ManagerSample], dict[str, float]]:
        positions: dict[str | ViewPartition, int] = {}
        if isinstance(views, ViewsSample):
            positions.update({view: position for view, position in views.positions.items()})  # noqa: C416  (the keys are of a wider type)
            positions.update({each: position for each, position in views.partitions.items()})  # noqa: C416
        if self._gateway is not None:
            positions[GATEWAY] = self._gateway()
        producers = views.producers if isinstance(views, ViewsSample) else ()
        try:
            return self._log.look(positions, producers)
        except StoreUnavailable as away:
            return str(away)[:200], {}, {}, {}


def _of_search(log: LogSample | str) -> dict[str, BehindSample]:
    """Return how far the search index is behind, by its name among the views; nothing where nobody fills one."""
    return {SEARCH: log.searched} if isinstance(log, LogSample) and log.searched is not None else {}
