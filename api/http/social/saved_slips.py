"""Reading the slips that one saved; nobody else sees them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import problems
from api.http.request_parameters import After, Cursor, signed_in
from api.http.social.feed import PAGED, Slips
from api.http.social.opened_texts import opened_slips
from api.http.social.promotion import is_promoted_to
from api.http.social.read_answers import SlipPage
from api.http.view_reader import HttpViewReader
from domain.fact import micros
from projections.social import engagement, slip_lists


def saved_slips(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists what the caller saved."""
    router = APIRouter(prefix="/v1", tags=["slips"])
    session, reads = Depends(signed_in(deps)), view_reader.reads

    @router.get("/saved-slips", operation_id="listSavedSlips", response_model=SlipPage, responses=problems(*PAGED))
    async def saved(who: Annotated[Session, session], cursor: Cursor = None, limit: Slips = 20, after: After = None) -> Response:
        """List the slips that the caller saved, the one saved last first, as far as the caller may see them now.

        A slip whose author blocked the caller, or was blocked or muted, is not shown as long as that holds. Who is in a time-out or
        excluded itself sees those of whom it follows.
        """
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())
        open_to_all = await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            page = await slip_lists.saved(reads, who.account_id, begin, limit, now_us, of_strangers=open_to_all)
            return await opened_slips(deps.texts, page)

        return await view_reader.answer(engagement.VIEW, after, ask, log_has_facts=True)

    return router
