"""Looks at the load of the API processes of `slipstream up`, and says how many are wanted."""

import threading
from collections.abc import Mapping
from contextlib import suppress

import httpx
import structlog
from prometheus_client.parser import text_string_to_metric_families

from infra.clock import Clock
from infra.processes.scaling import ApiLoad, Scaling

LOOK_EVERY_S = 1.0
TIMEOUT_S = 1.0
LANE = "bets"
SERVED = ("accepted", "repeated", "refused")
"""What became of a command that was decided for good."""

logger = structlog.get_logger()

Counted = tuple[float, float, float]
"""Of one process since it began: commands of the lane, seconds that the oldest of each batch waited, batches with such commands."""


class LoadWatch:
    """Asks each process for its figures about once a second, in a thread of its own, as Prometheus does."""

    def __init__(self, scaling: Scaling, metrics_addresses: Mapping[str, str]) -> None:
        """Decide by the figures at these addresses, by the name of the process, the first process first."""
        self._scaling = scaling
        self._addresses = dict(metrics_addresses)
        self._before: dict[str, Counted] = {}
        self._stop = threading.Event()
        self._clock = Clock()
        self._looked_at_s = self._clock.monotonic_s()
        self._thread = threading.Thread(target=self._run, name="api load", daemon=True)

    @property
    def wanted(self) -> int:
        """How many processes should run now."""
        return self._scaling.wanted

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            while not self._stop.wait(LOOK_EVERY_S):
                load = self._look(client)
                before = self._scaling.wanted
                wanted = self._scaling.note(load, self._clock.monotonic_s())
                if wanted != before:
                    told = {"bets_per_s": round(load.bets_per_s), "queue_wait_ms": round(load.queue_wait_ms, 1)}
                    logger.info("the number of API processes changes", wanted=wanted, before=before, **told)

    def _look(self, client: httpx.Client) -> ApiLoad:
        now_s, before_s = self._clock.monotonic_s(), self._looked_at_s
        self._looked_at_s = now_s
        bets = waited_s = batches = 0.0
        for name, address in list(self._addresses.items())[: self._scaling.wanted]:  # those beyond rest, and would not answer
            with suppress(httpx.HTTPError, ValueError):  # it starts or dies: it has no load then
                now = _counted(client.get(address).text)
                then = self._before.get(name, now)
                if now[0] >= then[0] and now[2] >= then[2]:  # else another process than the one before
                    bets, waited_s, batches = bets + now[0] - then[0], waited_s + now[1] - then[1], batches + now[2] - then[2]
                self._before[name] = now
        return ApiLoad(bets / max(now_s - before_s, 1e-3), 1000 * waited_s / batches if batches else 0.0)


def _counted(page: str) -> Counted:
    bets = waited_s = batches = 0.0
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.labels.get("lane") != LANE:
                continue
            if sample.name == "slipstream_verdicts_total" and sample.labels["verdict"] in SERVED:
                bets += sample.value
            elif sample.name == "slipstream_queue_wait_seconds_sum":
                waited_s += sample.value
            elif sample.name == "slipstream_queue_wait_seconds_count":
                batches += sample.value
    return bets, waited_s, batches
