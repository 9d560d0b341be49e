"""Reading drafts: one's own, and whatever a code opens, at the prices of the moment."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import problems
from api.http.request_parameters import After, Cursor, signed_in, social_writer
from api.http.social.draft_bodies import DraftPage, OpenedDraftShape
from api.http.social.drafts import checked_code
from api.http.social.feed import PAGED, READ, Limit
from api.http.view_reader import HttpViewReader
from domain.draft.decider import DraftUnknown
from domain.fact import micros
from projections.social import drafts


def opened_drafts(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that show drafts. Opening codes counts as writing does, so that nobody tries many."""
    router = APIRouter(prefix="/v1", tags=["drafts"])
    reads = view_reader.reads

    @router.get("/drafts", operation_id="listDrafts", response_model=DraftPage, responses=problems(*PAGED))
    async def own(
        who: Annotated[Session, Depends(signed_in(deps))], cursor: Cursor = None, limit: Limit = 50, after: After = None
    ) -> Response:
        """List one's own drafts, newest first."""
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())
        return await view_reader.answer(
            drafts.VIEW, after, lambda: drafts.own(reads, who.account_id, begin, limit, now_us), log_has_facts=True
        )

    @router.get("/codes/{code}", operation_id="openCode", response_model=OpenedDraftShape, responses=problems(*READ, DraftUnknown))
    async def opened(code: str, who: Annotated[Session, Depends(social_writer(deps))], after: After = None) -> Response:
        """Open a code at the prices of this moment, in whatever case and with dashes or blanks. Legs that have started are marked."""
        kept, now_us = checked_code(code), micros(deps.clock.now())

        async def ask() -> Any:
            found = await drafts.opened(reads, who.account_id, kept, now_us)
            if found is None:
                raise DraftUnknown(kept)
            return found

        return await view_reader.answer(drafts.VIEW, after, ask, log_has_facts=True)

    return router
