"""The board: fixtures with clock and score, their markets with the odds on the screen. No session is needed to look."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth.tokens import ProcessClock
from api.http.betting.answers import FixturePage, FixtureShape, MarketShape
from api.http.field_types import Name
from api.http.openapi.document import VIEWED, problems
from api.http.request_parameters import After, Cursor, checked_id
from api.http.view_reader import HttpViewReader
from api.refusals import CursorMalformed, CursorOfAnotherLog, IdMalformed
from domain.fact import micros
from domain.fixture.decider import FixtureUnknown
from domain.market.state import MarketUnknown
from projections.betting import board, board_queries

Status = Annotated[Literal["scheduled", "live", "ended", "abandoned"] | None, Query(description="Only these; none lists all.")]
Sport = Annotated[Name | None, Query(examples=["football"])]
Limit = Annotated[int, Query(ge=1, le=100, description="Fixtures a page.")]
Include = Annotated[
    Literal["markets"] | None, Query(description="`markets` adds each fixture's markets, as GET /v1/fixtures/{id} has them.")
]


def boards(view_reader: HttpViewReader, clock: ProcessClock) -> APIRouter:
    """Return the routes of fixtures and markets."""
    router = APIRouter(prefix="/v1")
    _lists(router, view_reader, clock)
    _fixtures(router, view_reader, clock)
    _markets(router, view_reader, clock)
    return router


def _lists(router: APIRouter, view_reader: HttpViewReader, clock: ProcessClock) -> None:
    @router.get(
        "/fixtures",
        operation_id="listFixtures",
        tags=["fixtures"],
        response_model=FixturePage,
        responses=problems(*VIEWED, CursorMalformed, CursorOfAnotherLog),
    )
    async def fixtures(
        *,
        status: Status = None,
        sport: Sport = None,
        include: Include = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """List fixtures: scheduled and live ones by kick-off, those that are over newest first."""
        begin = view_reader.positions.cursor(cursor)

        async def ask() -> Any:
            page = await board_queries.fixtures(view_reader.reads, status=status, sport=sport, cursor=begin, limit=limit)
            if include is None:
                return page
            now_us = micros(clock.now())
            found = await asyncio.gather(*(board_queries.fixture(view_reader.reads, item.fixture_id, now_us) for item in page.items))
            return {"items": [fixture for fixture in found if fixture is not None], "next_cursor": page.next_cursor}

        return await view_reader.answer(board.VIEW, after, ask)


def _fixtures(router: APIRouter, view_reader: HttpViewReader, clock: ProcessClock) -> None:
    @router.get(
        "/fixtures/{fixture_id}",
        operation_id="readFixture",
        tags=["fixtures"],
        response_model=FixtureShape,
        responses=problems(*VIEWED, FixtureUnknown, IdMalformed),
    )
    async def fixture(fixture_id: str, after: After = None) -> Response:
        """Show a fixture with its markets and the odds on the screen."""
        checked_id(fixture_id, "fixture_id")

        async def ask() -> Any:
            found = await board_queries.fixture(view_reader.reads, fixture_id, micros(clock.now()))
            if found is None:
                raise FixtureUnknown(fixture_id)
            return found

        return await view_reader.answer(board.VIEW, after, ask)


def _markets(router: APIRouter, view_reader: HttpViewReader, clock: ProcessClock) -> None:
    @router.get(
        "/markets/{market_id}",
        operation_id="readMarket",
        tags=["markets"],
        response_model=MarketShape,
        responses=problems(*VIEWED, MarketUnknown, IdMalformed),
    )
    async def market(market_id: str, after: After = None) -> Response:
        """Show a market; a bet sends its `version`, a `selection` and its `odds` back."""
        checked_id(market_id, "market_id")

        async def ask() -> Any:
            found = await board_queries.market(view_reader.reads, market_id, micros(clock.now()))
            if found is None:
                raise MarketUnknown(market_id)
            return found

        return await view_reader.answer(board.VIEW, after, ask)
