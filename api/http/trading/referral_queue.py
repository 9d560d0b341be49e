"""The bets over their limit that wait for a trader."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, Cursor, acting_as
from api.http.trading.answers import ReferralPage
from api.http.view_reader import HttpViewReader
from api.refusals import CursorMalformed, CursorOfAnotherLog, RoleMissing
from domain.fact import micros
from projections.trading import referrals

Limit = Annotated[int, Query(ge=1, le=100, description="Bets a page.")]


def referral_queue(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists bets that wait for a trader."""
    router = APIRouter(prefix="/v1/trading/referrals", tags=["trading"], dependencies=[Depends(acting_as(deps, "trader"))])

    @router.get(
        "",
        operation_id="listReferrals",
        response_model=ReferralPage,
        responses=problems(*SIGNED_IN, *VIEWED, RoleMissing, CursorMalformed, CursorOfAnotherLog),
    )
    async def listed(*, cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List the bets that wait for a trader, those whose time is up first on top."""
        begin = view_reader.positions.cursor(cursor)

        async def ask() -> Any:
            return await referrals.referrals(view_reader.reads, micros(deps.clock.now()), cursor=begin, limit=limit)

        return await view_reader.answer(referrals.VIEW, after, ask)

    return router
