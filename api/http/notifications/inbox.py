"""Reading one's inbox, one's preferences, and why something is told or not. All of it is one's own."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import InboxPage, PreferenceList
from api.http.notifications.explanation_bodies import ExplanationShape
from api.http.openapi.document import problems
from api.http.request_parameters import After, Cursor, signed_in
from api.http.social.feed import PAGED, READ, Slips
from api.http.social.opened_texts import opener_of
from api.http.social.promotion import is_promoted_to
from api.http.view_reader import HttpViewReader
from domain.fact import micros
from projections.notifications import explanations, inbox, inbox_page

Group = Annotated[Literal["bets", "people", "account"] | None, Query(description="Only these; none lists all.")]
Cause = Annotated[str, Query(max_length=100, description="The `notice_id` of a notice, or what it would be: `slip_shared:<slip>`.")]


def inboxes(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that show an inbox."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"])
    session, reads, open_texts = Depends(signed_in(deps)), view_reader.reads, opener_of(deps.texts)

    @router.get("", operation_id="readInbox", response_model=InboxPage, responses=problems(*PAGED))
    async def read(
        who: Annotated[Session, session], group: Group = None, cursor: Cursor = None, limit: Slips = 20, after: After = None
    ) -> Response:
        """Show what the caller was told, newest first, as it is true now: what was taken back is not there, nor counted.

        Likes, reposts, tails and follows are grouped; a notice that grows comes first again, unread. Who is in a time-out or excluded
        itself is told of no slip.
        """
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())
        promoted = await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            return await inbox_page.page(reads, who.account_id, group, begin, limit, now_us, open_texts, promoted=promoted)

        return await view_reader.answer(inbox.VIEW, after, ask, log_has_facts=True)

    @router.get("/preferences", operation_id="listPreferences", response_model=PreferenceList, responses=problems(*READ))
    async def preferences(who: Annotated[Session, session], after: After = None) -> Response:
        """List what the caller set, its quiet hours and digests, with the kinds, channels, products and languages that there are."""
        return await view_reader.answer(inbox.VIEW, after, lambda: inbox_page.preferences(reads, who.account_id), log_has_facts=True)

    @router.get("/explain", operation_id="explainNotice", response_model=ExplanationShape, responses=problems(*READ))
    async def explain(cause: Cause, who: Annotated[Session, session], after: After = None) -> Response:
        """Explain whether the caller was told of something, and by which rule: each step of the decision, in order, as of when it happened.

        It is computed again from the facts of then, up to the position that `as_of` names; `now` is the same as of now, `otherwise_now`
        the channels that would decide otherwise. Where it cannot be computed as of then, `as_of` is null, `unknown_then` says why, and all
        is as of now. `told` and `steps` are of the inbox; of each channel outside the page the same stands in `channels`, with when it
        would be sent; `sendings` has what was decided again at the moment of sending. `deliveries` tells what became of it at each
        address; where the ledger of them cannot be read, `ledger` says so.
        """
        now_us, promoted = micros(deps.clock.now()), await is_promoted_to(deps.queue, who.account_id)
        ledger = await deps.explaining.deliveries.of(who.account_id, cause)
        off = explanations.channels_off(deps.pushes.phones.providers)
        asker = explanations.Asker(who.account_id, open_texts, off, promoted=promoted)

        async def ask() -> Any:
            return await explanations.explain(reads, deps.explaining.past, asker, cause, now_us, ledger)

        return await view_reader.answer(inbox.VIEW, after, ask, log_has_facts=True)

    return router
