"""Routes of traders for bets that were struck in a window of time: they are void, or not any more, once another trader approves."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.request_parameters import acting_as, checked_id
from api.http.trading.answers import MarketReceiptShape
from api.http.trading.bodies import VoidWindowBody
from api.http.trading.documented import told_or_proposed
from api.http.trading.markets import ask_or_propose
from domain import text
from domain.market import void_windows
from domain.market.commands import RestoreBets, VoidBets
from domain.market.facts import VoidWindow
from domain.market.state import MarketUnknown

VOIDING = (MarketUnknown, void_windows.WindowMalformed, void_windows.TooManyWindows, text.ReasonMalformed)
RESTORING = (MarketUnknown, void_windows.WindowUnknown, text.ReasonMalformed)


def void_bets(deps: RouteDependencies) -> APIRouter:
    """Return the routes."""
    trader = Depends(acting_as(deps, "trader"))
    router = APIRouter(prefix="/v1/trading/markets/{market_id}", tags=["trading"])

    @router.put("/void-window", operation_id="voidBets", **told_or_proposed(MarketReceiptShape, *VOIDING))
    async def void(market_id: str, body: VoidWindowBody, who: Annotated[Session, trader]) -> Response:
        """Propose that bets on the market that were struck in a window of time are void; another trader approves: 202.

        Other bets stand. The window counts when the market comes out, or at once where it has: bets are settled anew.
        """
        checked_id(market_id, "market_id")
        window = VoidWindow(body.start, body.end)
        return await ask_or_propose(deps, VoidBets(market_id, window, body.reason, deps.clock.now(), who.account_id))

    @router.put("/void-window/reversal", operation_id="restoreBets", **told_or_proposed(MarketReceiptShape, *RESTORING))
    async def restore(market_id: str, body: VoidWindowBody, who: Annotated[Session, trader]) -> Response:
        """Propose that the bets of such a window are not void; another trader approves: 202."""
        checked_id(market_id, "market_id")
        window = VoidWindow(body.start, body.end)
        return await ask_or_propose(deps, RestoreBets(market_id, window, body.reason, deps.clock.now(), who.account_id))

    return router
