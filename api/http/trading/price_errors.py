"""Routes of traders for prices that were obvious errors: their bets pay the right odds, or not any more, once another trader approves."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.request_parameters import acting_as, checked_id
from api.http.trading.answers import MarketReceiptShape
from api.http.trading.bodies import PriceErrorBody
from api.http.trading.documented import told_or_proposed
from api.http.trading.markets import ask_or_propose
from domain import odds, text
from domain.market import price_errors
from domain.market.commands import CorrectPrice, RestorePrice
from domain.market.facts import PriceError
from domain.market.state import MarketUnknown, SelectionUnknown

MALFORMED = (MarketUnknown, odds.OddsMalformed, odds.OddsTooFine, odds.OddsOutOfRange, text.ReasonMalformed)
REPRICING = (
    *MALFORMED,
    SelectionUnknown,
    price_errors.PriceErrorMalformed,
    price_errors.PriceNotObvious,
    price_errors.PriceStillOffered,
    price_errors.PriceCorrectedAlready,
    price_errors.TooManyPriceErrors,
)
RESTORING = (*MALFORMED, price_errors.PriceErrorUnknown)


def price_error_routes(deps: RouteDependencies) -> APIRouter:
    """Return the routes."""
    trader = Depends(acting_as(deps, "trader"))
    router = APIRouter(prefix="/v1/trading/markets/{market_id}", tags=["trading"])

    @router.put("/price-error", operation_id="correctPrice", **told_or_proposed(MarketReceiptShape, *REPRICING))
    async def correct(market_id: str, body: PriceErrorBody, who: Annotated[Session, trader]) -> Response:
        """Propose that a price was an obvious error, so that legs struck at it pay the right odds; another trader approves: 202.

        A market that takes bets at it is suspended at once. It counts when the market comes out, or at once where it has: bets are settled
        anew. What was cashed out stays.
        """
        ask = CorrectPrice(checked_id(market_id, "market_id"), _error_of(body), body.reason, deps.clock.now(), who.account_id)
        return await ask_or_propose(deps, ask)

    @router.put("/price-error/reversal", operation_id="restorePrice", **told_or_proposed(MarketReceiptShape, *RESTORING))
    async def restore(market_id: str, body: PriceErrorBody, who: Annotated[Session, trader]) -> Response:
        """Propose that such a price was no error: its legs pay what they were struck at; another trader approves: 202."""
        ask = RestorePrice(checked_id(market_id, "market_id"), _error_of(body), body.reason, deps.clock.now(), who.account_id)
        return await ask_or_propose(deps, ask)

    return router


def _error_of(body: PriceErrorBody) -> PriceError:
    last = body.last_version or body.first_version
    return PriceError(body.selection, body.first_version, last, odds.parse(body.odds), odds.parse(body.right_odds))
