"""Price alerts: be told once when a selection is offered at a price, or at a better one. What is repeated answers as the first did."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.price_alert_bodies import PriceAlertBody, PriceAlertList, PriceAlertShape, RemovedPriceAlertShape
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, signed_in
from commands.notifications.price_alerts import FindPriceAlerts
from domain.account_gate import state as gate
from domain.market import state as markets
from domain.notification import price_alerts as rules
from domain.notification.commands import RemovePriceAlert, SetPriceAlert
from domain.odds import OddsMalformed, OddsOutOfRange, OddsTooFine, parse

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.IdMalformed)
BARRED = (gate.StaffDoNotBet, gate.AccountIsClosed, gate.SelfExcludedNow, gate.TimedOutNow)
OF_MARKETS = (markets.MarketUnknown, markets.SelectionUnknown, markets.MarketNotOpen)
OF_ODDS = (OddsMalformed, OddsTooFine, OddsOutOfRange)
REFUSED = (*EVERYWHERE, *BARRED, *OF_MARKETS, *OF_ODDS, rules.PriceReachedAlready, rules.TooManyPriceAlerts)


def price_alerts(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people wait for prices."""
    router = APIRouter(prefix="/v1/notifications/price-alerts", tags=["notifications"])
    session = Depends(signed_in(deps))

    @router.get("", operation_id="listPriceAlerts", response_model=PriceAlertList, responses=problems(*SIGNED_IN, *COMMANDED))
    async def list_price_alerts(who: Annotated[Session, session]) -> Response:
        """List the price alerts that stand, the newest first. One that was reached, or whose market is over, is gone."""
        answer = await deps.queue.submit(FindPriceAlerts(who.account_id))
        return answered(answer.receipt, answer.position)

    @router.put("/{market_id}/{selection}", operation_id="setPriceAlert", response_model=PriceAlertShape, responses=problems(*REFUSED))
    async def set_price_alert(market_id: str, selection: str, body: PriceAlertBody, who: Annotated[Session, session]) -> Response:
        """Be told once when the selection is offered at these odds or better, until its market closes. At most 100 at a time."""
        what = (who.account_id, checked_id(market_id, "market_id"), selection, parse(body.odds))
        answer = await deps.queue.submit(SetPriceAlert(*what, deps.clock.now()))
        return answered(answer.receipt, answer.position)

    @router.delete(
        "/{market_id}/{selection}", operation_id="removePriceAlert", response_model=RemovedPriceAlertShape, responses=problems(*EVERYWHERE)
    )
    async def remove_price_alert(market_id: str, selection: str, who: Annotated[Session, session]) -> Response:
        """Take a price alert back; answered alike where there is none."""
        what = (who.account_id, checked_id(market_id, "market_id"), selection)
        answer = await deps.queue.submit(RemovePriceAlert(*what, deps.clock.now()))
        return answered(answer.receipt, answer.position)

    return router
