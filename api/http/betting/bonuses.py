"""The bonuses of an account: what they hold, and what is done of what makes them cash."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.betting.promotion_answers import BonusList
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, signed_in
from api.http.view_reader import HttpViewReader
from projections.betting import portfolio
from projections.betting.bonuses import BonusViews, bonuses_of_rows, bonuses_page


def own_bonuses(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists the account's bonuses."""
    router = APIRouter(prefix="/v1", tags=["bets"])
    session = Depends(signed_in(deps))

    @router.get("/bonuses", operation_id="listBonuses", response_model=BonusList, responses=problems(*SIGNED_IN, *VIEWED))
    async def bonuses(who: Annotated[Session, session], after: After = None) -> Response:
        """List the account's newest bonuses, at most 200, newest first.

        A bet is staked from one that is active with `bonus_id`. Cash may be withdrawn whatever becomes of a bonus.
        """

        async def ask() -> BonusViews:
            (entries,) = await view_reader.reads.many(portfolio.VIEW, [bonuses_page(who.account_id)])
            return bonuses_of_rows(entries)

        return await view_reader.answer(portfolio.VIEW, after, ask, log_has_facts=True)

    return router
