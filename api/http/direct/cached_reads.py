"""A cache of reads that are the same for everybody: kept for a short time, and loaded once however many ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from api.auth.rate_limits import RateLimiter
from api.client_address import address_of
from api.http.direct.cached_response import CachedResponse
from api.http.direct.routes import Answer, DirectRequest, Reply, problem_reply
from api.http.direct.sessions import refusal_of
from api.http.view_reader import HttpViewReader
from projections.ports import View

TICK_S = 0.05
"""How long an answer is used without checking the position of the view."""
STANDS_S = 1.0
"""How long an answer is used while its partitions do not change: a price may expire without a fact."""
KEPT_BYTES_MAX = 64 * 1024 * 1024
JSON_TYPE = b"application/json"

Question = tuple[str, ...]
Ask = Callable[[], Awaitable[Any]]


class CachedAnswer(NamedTuple):
    """An answer, the position it is true at, until when it needs no look, since when it stands, and where it was read from."""

    answer: CachedResponse
    position: int
    fresh_until_s: float
    loaded_s: float
    positions: Mapping[int, int]


class WaitingRequest(NamedTuple):
    """A request that waits for an answer, and the position it wants to see."""

    request: DirectRequest
    answer: Answer
    wanted: int
    ask: Ask


class CachedReads:
    """Keeps the answers of one view, by question. A client that has seen a position is never shown an older one. For one event loop."""

    def __init__(self, view: View, view_reader: HttpViewReader, loads: RateLimiter) -> None:
        self._view = view
        self._view_reader = view_reader
        self._loads = loads
        self._kept: dict[Question, CachedAnswer] = {}
        self._kept_bytes = 0
        self._loading: dict[tuple[Question, int], list[WaitingRequest]] = {}
        self.hits = self.misses = 0

    def answer(self, question: Question, waiting: WaitingRequest) -> None:
        """Answer from the cache where it is fresh and late enough; else load the answer, or join a load that is under way.

        Raises:
            TooManyRequests: when the address had too many answers loaded.

        """
        kept = self._kept.get(question)
        now_s = asyncio.get_running_loop().time()
        if kept is not None and kept.fresh_until_s > now_s and kept.position >= waiting.wanted:
            self.hits += 1
            waiting.answer(self._reply(kept, waiting.request))
            return
        self._join(question, 0, waiting, now_s)

    def _join(self, question: Question, wanted: int, waiting: WaitingRequest, now_s: float) -> None:
        """Wait for a load that does not wait for the view, or (`wanted`) for one that does."""
        loading = self._loading.get((question, wanted))
        if loading is not None:
            self.hits += 1
            loading.append(waiting)
            return
        self._loads.take(address_of(waiting.request.client), now_s)
        self.misses += 1
        before = self._kept.get(question)
        self._view_reader.reader.call(
            lambda: self._load(before, wanted, waiting.ask), lambda found: self._loaded(question, wanted, found), for_many=True
        )
        self._loading[question, wanted] = [waiting]

    async def _load(self, before: CachedAnswer | None, wanted: int, ask: Ask) -> CachedAnswer:
        """Load an answer on the reader's loop; where no partition of it has moved since the last one, that one stands."""
        clock = asyncio.get_running_loop().time
        may_stand = before is not None and before.position and not wanted and clock() - before.loaded_s < STANDS_S
        if before is not None and may_stand and await self._has_not_moved(before):
            return before._replace(fresh_until_s=clock() + TICK_S)
        begun_s = clock()
        shown = await self._view_reader.show(self._view, wanted, ask)
        if before is not None and before.answer.body == shown.body:
            return CachedAnswer(before.answer, shown.position, begun_s + TICK_S, begun_s, shown.positions)
        return CachedAnswer(CachedResponse(shown.body, JSON_TYPE), shown.position, begun_s + TICK_S, begun_s, shown.positions)

    async def _has_not_moved(self, kept: CachedAnswer) -> bool:
        return await self._view_reader.reads.positions(self._view, kept.positions) == kept.positions

    def _loaded(self, question: Question, wanted: int, found: Any) -> None:
        """Answer the requests that waited; those that want a later position go on waiting."""
        for waiting in self._loading.pop((question, wanted)):
            try:
                if not wanted and _position_of(found) < waiting.wanted:
                    self._join(question, waiting.wanted, waiting, asyncio.get_running_loop().time())
                elif isinstance(found, CachedAnswer):
                    waiting.answer(self._reply(found, waiting.request))
                else:
                    self._refuse(waiting, found)
            except Exception as error:  # noqa: BLE001  (each of them is answered, whatever befalls another)
                self._refuse(waiting, error)
        if isinstance(found, CachedAnswer):
            self._keep(question, found)

    def _reply(self, kept: CachedAnswer, request: DirectRequest) -> Reply:
        return kept.answer.reply(request.fields, self._view_reader.positions.header(kept.position))

    def _keep(self, question: Question, kept: CachedAnswer) -> None:
        before = self._kept.pop(question, None)
        if before is not None:
            self._kept_bytes -= len(before.answer.body)
            if before.position > kept.position:
                kept = before
        self._kept[question] = kept
        self._kept_bytes += len(kept.answer.body)
        while self._kept_bytes > KEPT_BYTES_MAX:
            oldest = self._kept.pop(next(iter(self._kept)))
            self._kept_bytes -= len(oldest.answer.body)

    def _refuse(self, waiting: WaitingRequest, error: BaseException) -> None:
        refusal = refusal_of(error, waiting.request)
        waiting.answer(problem_reply(refusal, waiting.request.path, self._view_reader.positions))


def _position_of(found: Any) -> int:
    """Return the position that an answer, or a refusal, is true at."""
    return found.position if isinstance(found, CachedAnswer) else getattr(found, "log_position", 0)
