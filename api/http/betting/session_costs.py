"""What a session came to so far, which a reality check shows."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.betting.answers import SessionCostsShape
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, signed_in
from api.http.view_reader import HttpViewReader
from projections.accounts import statement


def session_costs(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that tells what one's own session came to."""
    router = APIRouter(prefix="/v1", tags=["portfolio"])

    @router.get(
        "/sessions/current/costs", operation_id="sessionCosts", response_model=SessionCostsShape, responses=problems(*SIGNED_IN, *VIEWED)
    )
    async def told(who: Annotated[Session, Depends(signed_in(deps))], after: After = None) -> Response:
        """Tell what was staked and returned since this session began."""
        began_at = datetime.fromtimestamp(who.issued_at_s, UTC)

        async def ask() -> dict[str, Any]:
            spent = await statement.spent_since(view_reader.reads, who.account_id, began_at)
            return {
                "session_began_at": began_at,
                "staked_minor": spent.staked_minor,
                "returned_minor": spent.returned_minor,
                "net_minor": spent.returned_minor - spent.staked_minor,
                "complete": spent.complete,
            }

        return await view_reader.answer(statement.VIEW, after, ask, log_has_facts=True)

    return router
