"""The addresses at which an account is told beside the page: as the caller reads them. Each channel adds its own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import AddressList
from api.http.openapi.document import problems
from api.http.request_parameters import After, signed_in
from api.http.social.feed import READ
from api.http.view_reader import HttpViewReader
from api.sealed_text import SealedText
from projections.notifications import inbox
from projections.notifications.addresses import address_views, addresses_of


def addresses(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists addresses."""
    router = APIRouter(prefix="/v1/notifications/addresses", tags=["notifications"])
    session, reads = Depends(signed_in(deps)), view_reader.reads

    @router.get("", operation_id="listAddresses", response_model=AddressList, responses=problems(*READ))
    async def listed(who: Annotated[Session, session], after: After = None) -> Response:
        """List where the caller is told beside the page, the newest first; an e-mail address only once it was `confirmed`."""

        async def ask() -> Any:
            rows = await addresses_of(reads, who.account_id)
            return address_views(rows, await deps.texts.open_many([SealedText(who.account_id, row.sealed) for row in rows]))

        return await view_reader.answer(inbox.VIEW, after, ask, log_has_facts=True)

    return router
