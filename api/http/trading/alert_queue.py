"""The open alerts of monitoring, for compliance."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.http.accounts.answers import AlertPage
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, Cursor, acting_as
from api.http.view_reader import HttpViewReader
from api.refusals import CursorMalformed, CursorOfAnotherLog, RoleMissing
from projections.accounts import alerts

Limit = Annotated[int, Query(ge=1, le=100, description="Alerts a page.")]


def alert_queue(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists open alerts."""
    router = APIRouter(prefix="/v1/compliance/alerts", tags=["compliance"], dependencies=[Depends(acting_as(deps, "compliance"))])

    @router.get(
        "",
        operation_id="listAlerts",
        response_model=AlertPage,
        responses=problems(*SIGNED_IN, *VIEWED, RoleMissing, CursorMalformed, CursorOfAnotherLog),
    )
    async def listed(*, cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List the transfers that met a rule of monitoring and that nobody has closed, oldest first. Needs the role compliance.

        Their holders may not be told of it.
        """
        begin = view_reader.positions.cursor(cursor)

        async def ask() -> Any:
            return await alerts.alerts(view_reader.reads, cursor=begin, limit=limit)

        return await view_reader.answer(alerts.VIEW, after, ask)

    return router
