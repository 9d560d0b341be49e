"""The reads that most people ask for most of the time, answered without the framework: the board, a fixture, a portfolio.

What the OpenAPI document says of them is in `fixtures.py` and `portfolio.py`, whose routes answer what is not plain: an address that names
something in a way of its own, a request that waits to be told to go on.
"""

import asyncio
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from prometheus_client.core import CounterMetricFamily, Metric

from api.auth.rate_limits import RateLimiter
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.direct.cached_reads import CachedReads, WaitingRequest
from api.http.direct.routes import Answer, DirectRequest, Reply, Routes, problem_reply
from api.http.direct.sessions import PERSONAL_JSON, refusal_of, token_in
from api.http.request_parameters import CURSOR_CHARACTERS_MAX
from api.http.view_reader import HttpViewReader
from api.refusals import IdMalformed
from api.view_reader import ViewAnswer
from domain.fact import micros
from domain.fixture.decider import FixtureUnknown
from domain.ids import ID_REGEX
from domain.refused import Refused
from projections.betting import board, board_queries, portfolio

FIXTURES, PORTFOLIO = "/v1/fixtures", "/v1/portfolio"
SPORT_CHARACTERS_MAX = 120
LIMIT_MAX = 100
LOADS_PER_S, LOADS_BURST = 200.0, 1_000.0
"""Answers that one address may have loaded: each is a few milliseconds of a reader; those that are kept do not count."""


class BoardQuestion(NamedTuple):
    """What is asked of the board, as the route in `fixtures.py` takes it."""

    status: str | None = None
    sport: str | None = None
    include: str | None = None
    cursor: str | None = None
    limit: int = 50


@lru_cache(maxsize=4_096)
def board_question(query: bytes) -> BoardQuestion | None:
    """Return what a query asks; None for what the framework has to refuse."""
    try:
        asked = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20))
        limit = int(asked.get("limit", "50"))
    except ValueError:
        return None
    question = BoardQuestion(asked.get("status"), asked.get("sport"), asked.get("include"), asked.get("cursor"), limit)
    is_right = (
        question.status in (None, *board_queries.STATUSES)
        and question.include in (None, "markets")
        and len(question.sport or "") <= SPORT_CHARACTERS_MAX
        and len(question.cursor or "") <= CURSOR_CHARACTERS_MAX
        and 1 <= limit <= LIMIT_MAX
    )
    return question if is_right else None


class HotReads:
    """Answers hot reads."""

    def __init__(self, deps: RouteDependencies, view_reader: HttpViewReader) -> None:
        self._deps = deps
        self._view_reader = view_reader
        self.boards = CachedReads(board.VIEW, view_reader, RateLimiter(LOADS_PER_S, LOADS_BURST))

    def install(self, routes: Routes) -> None:
        """Take the requests; a HEAD is a GET without its body."""
        for method in ("GET", "HEAD"):
            routes.add(method, FIXTURES, self.board, lambda query: board_question(query) is not None)
            routes.add(method, FIXTURES + "/", self.fixture, lambda _query: True)
        routes.add("GET", PORTFOLIO, self.portfolio, lambda _query: True)

    def families(self) -> Iterable[Metric]:
        """Return the figures: how many answers came from memory, and how many had to be loaded."""
        answers = CounterMetricFamily(
            "slipstream_http_board_answers", "Answers about fixtures, by where they came from.", labels=["source"]
        )
        answers.add_metric(["memory"], self.boards.hits)
        answers.add_metric(["view"], self.boards.misses)
        return (answers,)

    def board(self, request: DirectRequest, answer: Answer) -> None:
        """Show a page of the board."""
        question = board_question(request.query)
        assert question is not None, "the route takes no other"
        try:
            question = question._replace(cursor=self._view_reader.positions.cursor(question.cursor))
        except Refused as refusal:
            answer(problem_reply(refusal, request.path))
            return
        self._kept(("board", *map(str, question)), request, answer, partial(self._board, question))

    def fixture(self, request: DirectRequest, answer: Answer) -> None:
        """Show a fixture with its markets."""
        fixture_id = request.path[len(FIXTURES) + 1 :].decode("latin-1")
        if not ID_REGEX.fullmatch(fixture_id):
            answer(problem_reply(IdMalformed("fixture_id"), request.path))
            return
        self._kept(("fixture", fixture_id), request, answer, partial(self._fixture, fixture_id))

    def portfolio(self, request: DirectRequest, answer: Answer) -> None:
        """Show what the account has."""
        admission = self._deps.admission

        def refuse(error: BaseException) -> None:
            answer(problem_reply(refusal_of(error, request), request.path))

        try:
            session = admission.session_of(token_in(request.fields.get(b"authorization")), self._deps.clock.now(), request.client)
            admission.let_in(session, lambda: self._portfolio(session, request, answer), refuse)
        except Exception as error:  # noqa: BLE001  (whatever it was, the client is told by name)
            refuse(error)

    def _portfolio(self, session: Session, request: DirectRequest, answer: Answer) -> None:
        wanted = self._wanted(request)
        read = partial(portfolio.portfolio, self._view_reader.reads, session.account_id)
        self._view_reader.reader.call(
            lambda: self._view_reader.show(portfolio.VIEW, wanted, lambda: self._view_reader.read_existing(read), log_has_facts=True),
            lambda found: answer(self._personal(found, request)),
        )

    def _kept(self, question: tuple[str, ...], request: DirectRequest, answer: Answer, ask: Any) -> None:
        try:
            self.boards.answer(question, WaitingRequest(request, answer, self._wanted(request), ask))
        except Exception as error:  # noqa: BLE001  (whatever it was, the client is told by name)
            answer(problem_reply(refusal_of(error, request), request.path))

    async def _board(self, question: BoardQuestion) -> Any:
        reads, (status, sport, include, cursor, limit) = self._view_reader.reads, question
        page = await board_queries.fixtures(reads, status=status, sport=sport, cursor=cursor, limit=limit)
        if include is None:
            return page
        now_us = micros(self._deps.clock.now())
        found = await asyncio.gather(*(board_queries.fixture(reads, item.fixture_id, now_us) for item in page.items))
        return {"items": [fixture for fixture in found if fixture is not None], "next_cursor": page.next_cursor}

    async def _fixture(self, fixture_id: str) -> Any:
        found = await board_queries.fixture(self._view_reader.reads, fixture_id, micros(self._deps.clock.now()))
        if found is None:
            raise FixtureUnknown(fixture_id)
        return found

    def _wanted(self, request: DirectRequest) -> int:
        after = request.fields.get(b"slipstream-after")
        return self._view_reader.positions.read(after.decode("latin-1") if after is not None else None)

    def _personal(self, found: Any, request: DirectRequest) -> Reply:
        if isinstance(found, ViewAnswer):
            return Reply(200, PERSONAL_JSON + self._view_reader.positions.header(found.position), found.body)
        return problem_reply(refusal_of(found, request), request.path, self._view_reader.positions)
