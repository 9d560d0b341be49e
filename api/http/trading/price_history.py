"""How the prices of a market went, as traders see it: read from its stream, at most so many of its newest facts."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.http.dependencies import Auditing, RouteDependencies
from api.http.field_types import Id
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, acting_as, checked_id
from api.http.view_reader import HttpViewReader
from api.refusals import IdMalformed, RoleMissing, StoreAway
from domain.fact import micros
from domain.market.state import MarketUnknown
from projections.betting import board, board_queries
from projections.trading.price_history import ENTRIES_MAX, history_of

Limit = Annotated[int, Query(ge=1, le=ENTRIES_MAX, description="Versions at most, the newest.")]


class PriceEntryShape(BaseModel):
    """A version of a market: `offered` are the odds from then on, none where it took no bets."""

    version: int
    at: datetime
    status: str
    offered: dict[str, str] = Field(examples=[{"over": "1.95", "under": "1.85"}])
    by: str = Field(examples=["trader"], description="Trader where an account did it, else the process or producer.")
    reason: str | None = Field(examples=[None])
    cause: str | None = Field(
        examples=["liability"], description="Why prices were given: goal, clock, liability, trader or feed; null where that is not known."
    )


class PriceHistoryShape(BaseModel):
    """The newest versions of a market, oldest first, from `from_version` on."""

    market_id: Id
    from_version: int = Field(examples=[1])
    items: list[PriceEntryShape]


def price_histories(deps: RouteDependencies, auditing: Auditing, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that tells how prices went."""
    router = APIRouter(prefix="/v1/trading", tags=["trading"], dependencies=[Depends(acting_as(deps, "trader"))])

    @router.get(
        "/markets/{market_id}/prices",
        operation_id="readPriceHistory",
        response_model=PriceHistoryShape,
        responses=problems(*SIGNED_IN, *VIEWED, RoleMissing, MarketUnknown, IdMalformed, StoreAway),
    )
    async def prices(market_id: str, limit: Limit = 200, after: After = None) -> Response:
        """Tell how the prices of a market went, and when it took no bets: its newest versions, oldest first."""
        checked_id(market_id, "market_id")

        async def ask() -> Any:
            shown = await board_queries.market(view_reader.reads, market_id, micros(deps.clock.now()))
            if shown is None:
                raise MarketUnknown(market_id)
            return history_of(market_id, await auditing.facts_of(market_id, max(0, shown.version - limit)), limit)

        return await view_reader.answer(board.VIEW, after, ask)

    return router
