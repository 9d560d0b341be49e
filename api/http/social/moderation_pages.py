"""What waits for moderators, and what an author is told of what was decided."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from msgspec.structs import replace
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, Cursor, acting_as, signed_in
from api.http.social.moderation_answers import OwnCasePage, QueuedCasePage
from api.http.view_reader import HttpViewReader
from api.sealed_text import SealedText
from domain.fact import micros
from projections.social import moderation_queue
from projections.social.moderation import VIEW
from projections.social.moderation_queue import QueuedCases

PAGED = (*SIGNED_IN, *VIEWED, http_refusals.CursorMalformed, http_refusals.CursorOfAnotherLog)

Limit = Annotated[int, Query(ge=1, le=100, description="Cases a page.")]


def cases(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that show moderators what waits, and authors what was decided."""
    router = APIRouter(prefix="/v1", tags=["moderation"])
    moderator, session, reads = Depends(acting_as(deps, "moderator")), Depends(signed_in(deps)), view_reader.reads

    @router.get(
        "/moderation/queue",
        operation_id="listModerationQueue",
        response_model=QueuedCasePage,
        responses=problems(*PAGED, http_refusals.RoleMissing),
    )
    async def queue(_who: Annotated[Session, moderator], cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List what was reported or appealed and waits for a decision, oldest first."""
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())

        async def ask() -> Any:
            return await _opened(deps, await moderation_queue.queue(reads, begin, limit, now_us))

        return await view_reader.answer(VIEW, after, ask, log_has_facts=True)

    @router.get("/account/moderation", operation_id="listOwnModeration", response_model=OwnCasePage, responses=problems(*PAGED))
    async def own(who: Annotated[Session, session], cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List what of one's own was held, removed or released, by which rule and why, newest decision first."""
        begin = view_reader.positions.cursor(cursor)

        async def ask() -> Any:
            return await moderation_queue.of_author(reads, who.account_id, begin, limit)

        return await view_reader.answer(VIEW, after, ask, log_has_facts=True)

    return router


async def _opened(deps: RouteDependencies, page: QueuedCases) -> QueuedCases:
    """Return the queue with its texts, None for each that cannot be opened any more."""
    sealed = [SealedText(each.author.account_id, text or "") for each in page.items for text in (each.text, each.appeal_text)]
    opened = await deps.texts.open_many(sealed)
    items = [
        replace(each, text=opened[2 * number] or None, appeal_text=opened[2 * number + 1] or None) for number, each in enumerate(page.items)
    ]
    return replace(page, items=items)
