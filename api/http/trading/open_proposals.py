"""The open proposals, as traders see them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, Cursor, acting_as
from api.http.trading.answers import ProposalPage
from api.http.view_reader import HttpViewReader
from api.refusals import CursorMalformed, CursorOfAnotherLog, RoleMissing
from domain.fact import micros
from projections.trading import proposals

Limit = Annotated[int, Query(ge=1, le=100, description="Proposals a page.")]


def open_proposals(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists open proposals."""
    router = APIRouter(prefix="/v1/trading", tags=["trading"], dependencies=[Depends(acting_as(deps, "trader"))])

    @router.get(
        "/proposals",
        operation_id="listProposals",
        response_model=ProposalPage,
        responses=problems(*SIGNED_IN, *VIEWED, RoleMissing, CursorMalformed, CursorOfAnotherLog),
    )
    async def listed(*, cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List the proposals that wait for a second trader, oldest first, with their age and the time they expire."""
        begin = view_reader.positions.cursor(cursor)

        async def ask() -> Any:
            return await proposals.open_proposals(view_reader.reads, micros(deps.clock.now()), cursor=begin, limit=limit)

        return await view_reader.answer(proposals.VIEW, after, ask)

    return router
