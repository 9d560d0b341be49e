"""What open bets put at risk, as traders see it: matches by their worst case, and one match market by market."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.http.dependencies import RouteDependencies
from api.http.field_types import Name
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, acting_as, checked_id
from api.http.trading.exposure_answers import ExposureListShape, ExposureOfFixtureShape
from api.http.view_reader import HttpViewReader
from api.refusals import IdMalformed, RoleMissing
from domain.fact import micros
from domain.fixture.decider import FixtureUnknown
from projections.trading import exposure, exposure_queries

Sport = Annotated[Name | None, Query(description="Only matches of this sport.", examples=["football"])]
Competition = Annotated[Name | None, Query(description="Only matches of this competition.", examples=["Nations League"])]
Limit = Annotated[int, Query(ge=1, le=exposure_queries.LISTED_MAX, description="Matches at most: those where most may be paid.")]


def exposures(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that tell what is at risk."""
    router = APIRouter(prefix="/v1/trading", tags=["trading"], dependencies=[Depends(acting_as(deps, "trader"))])

    @router.get(
        "/exposure",
        operation_id="listExposure",
        response_model=ExposureListShape,
        responses=problems(*SIGNED_IN, *VIEWED, RoleMissing),
    )
    async def listed(*, sport: Sport = None, competition: Competition = None, limit: Limit = 50, after: After = None) -> Response:
        """List matches with open bets by their worst case, and their competitions: what the book stakes and pays if the dearest wins.

        Bets of several legs count on each of their markets by their marginal maximum loss: every other leg is taken to win. A match's worst
        case adds up its markets', each stake counted once; so it is never better than the truth.
        """

        async def ask() -> Any:
            return await exposure_queries.exposures(view_reader.reads, sport=sport, competition=competition, limit=limit)

        return await view_reader.answer(exposure.VIEW, after, ask)

    @router.get(
        "/exposure/{fixture_id}",
        operation_id="readExposure",
        response_model=ExposureOfFixtureShape,
        responses=problems(*SIGNED_IN, *VIEWED, RoleMissing, FixtureUnknown, IdMalformed),
    )
    async def of_fixture(fixture_id: str, after: After = None) -> Response:
        """Tell what is at risk on a match: by market the stakes, and the book's result if each selection wins."""
        checked_id(fixture_id, "fixture_id")

        async def ask() -> Any:
            found = await exposure_queries.exposure_of(view_reader.reads, fixture_id, micros(deps.clock.now()))
            if found is None:
                raise FixtureUnknown(fixture_id)
            return found

        return await view_reader.answer(exposure.VIEW, after, ask)

    return router
