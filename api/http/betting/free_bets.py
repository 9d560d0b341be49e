"""The free bets of an account: what may be used in place of a stake, and what became of the others."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.betting.promotion_answers import FreeBetList
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, signed_in
from api.http.view_reader import HttpViewReader
from projections.betting import portfolio
from projections.betting.free_bets import FreeBetViews, free_bets_of_rows, free_bets_page


def own_free_bets(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists the account's free bets."""
    router = APIRouter(prefix="/v1", tags=["bets"])
    session = Depends(signed_in(deps))

    @router.get("/free-bets", operation_id="listFreeBets", response_model=FreeBetList, responses=problems(*SIGNED_IN, *VIEWED))
    async def free_bets(who: Annotated[Session, session], after: After = None) -> Response:
        """List the account's newest free bets, at most 200, newest first.

        A bet uses one that is available with `free_bet_id`, as its whole stake. The stake is not returned.
        """

        async def ask() -> FreeBetViews:
            (entries,) = await view_reader.reads.many(portfolio.VIEW, [free_bets_page(who.account_id)])
            return free_bets_of_rows(entries, deps.clock.now())

        return await view_reader.answer(portfolio.VIEW, after, ask, log_has_facts=True)

    return router
