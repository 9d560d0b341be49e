"""Sheds load: when one turn of the event loop takes too long, what is left of that turn's requests is refused instead of queued.

A turn reads the requests of every connection that has one. Its own length is how long the last of them waits, and the next turn's as well.
So a turn that is over its time answers the rest with 503 and Retry-After, which costs a fraction of serving them: those that are served
are served in time. Reads are shed before bets; what stops betting, and commands that go through the framework, are never shed. A few slow
requests are no overload, nor is one client that sends many: that takes many clients in one turn.
"""

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache

from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Count

from api.http.direct.routes import Answer, DirectRequest, Handler, Reply, problem_reply
from api.refusals import ServerBusy
from infra.httpserver.limits import Limits

PATHS_KEPT = 256
SHED_READS, SHED_BETS = "read", "bet"
NEVER_SHED = (b"/v1/trading/", b"/healthz", b"/readyz", b"/metrics")
"""Where requests begin that stop betting, or ask whether the process is well."""

READING = frozenset((b"GET", b"HEAD"))


class LoadShedder:
    """Decides for each request whether its turn of the loop is over its time. For one event loop."""

    def __init__(self, limits: Limits, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        self._reads_s, self._bets_s, self._few = limits.turn_reads_s, limits.turn_bets_s, limits.turn_clients_min
        self._clock = clock
        self._began_s = 0.0
        self._clients = 0
        self._last: object = None
        shed = Count(
            "slipstream_http_requests_shed",
            "Requests refused because there were more than could be answered in time.",
            ["what"],
            registry=registry,
        )
        self._shed = {what: shed.labels(what) for what in (SHED_READS, SHED_BETS)}

    def handler_instead(self, method: bytes, path: bytes, connection: object, loop: asyncio.AbstractEventLoop) -> Handler | None:
        """Return who refuses this request, None where it is to be served. Requests in a row of one connection count as one client's."""
        if connection is not self._last:
            if not self._clients:
                self._began_s = self._clock()
                loop.call_soon(self._end_turn)
            self._last = connection
            self._clients += 1
        if self._clients <= self._few:
            return None
        late_s = self._clock() - self._began_s
        if late_s <= self._reads_s or path.startswith(NEVER_SHED):
            return None
        what = SHED_READS if method in READING else SHED_BETS
        if what == SHED_BETS and late_s <= self._bets_s:
            return None
        self._shed[what].inc()
        return refuse_busy

    def _end_turn(self) -> None:
        """Begin to count anew: what was called for soon is called before the loop looks for further requests."""
        self._clients, self._last = 0, None


def refuse_busy(request: DirectRequest, answer: Answer) -> None:
    """Answer that the server is busy."""
    answer(_busy(request.path))


@lru_cache(PATHS_KEPT)
def _busy(path: bytes) -> Reply:
    return problem_reply(ServerBusy(), path)
