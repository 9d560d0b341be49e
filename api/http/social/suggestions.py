"""Suggesting accounts to follow."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.tokens import Session
from api.circuit_breakers import Feature
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import problems
from api.http.request_parameters import After, position_of, signed_in
from api.http.social import feed
from api.http.social.leaderboards import Asked, Leaderboards
from api.http.social.promotion import is_promoted_to
from api.http.social.read_answers import SuggestionList
from api.http.view_reader import HttpViewReader
from api.refusals import FeatureOff
from domain.fact import micros
from projections.social import follows, suggestions
from projections.social.record_sums import day_of

Suggested = Annotated[int, Query(ge=1, le=suggestions.SUGGESTED_MAX, description="Accounts.")]


def suggesting(deps: RouteDependencies, view_reader: HttpViewReader, boards: Leaderboards) -> APIRouter:
    """Return the route that suggests accounts."""
    router = APIRouter(prefix="/v1", tags=["people"])
    reads = view_reader.reads

    @router.get(
        "/suggestions",
        operation_id="suggestAccounts",
        response_model=SuggestionList,
        responses=problems(*feed.READ, FeatureOff),
    )
    async def suggested(who: Annotated[Session, Depends(signed_in(deps))], limit: Suggested = 10, after: After = None) -> Response:
        """Suggest public accounts to follow: of friends of friends, on the same matches, with a strong record of the last 30 days.

        None to who is in a time-out or excluded itself.
        """
        deps.breakers.check(Feature.SUGGESTIONS)
        now_us, wanted = micros(deps.clock.now()), position_of(after)
        open_to_all = await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            standings = (await boards.of(Asked("30d", deps.currency, None, day_of(now_us)), wanted)).standings
            strong = [each.account_id for each in standings if each.order[0] < 0]
            return await suggestions.suggestions(reads, who.account_id, strong, limit, now_us, of_strangers=open_to_all)

        return await view_reader.answer(follows.VIEW, after, ask, log_has_facts=True)

    return router
