"""Cash-out: what a bet would be closed for now, and closing it for that."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.cash_out_messages import cash_out_id_of, offer_shown, receipt_shown
from api.http.betting.answers import CashOutOfferShape, CashOutShape
from api.http.betting.bodies import CashOutBody
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import IdempotencyKey, answered, checked_id, signed_in
from commands.betting.cash_out import (
    CashOut,
    CashOutBookIncomplete,
    CashOutLegVoid,
    CashOutMarketUnsupported,
    CashOutPricedByHand,
    CashOutPriceWrong,
    CashOutWouldWait,
    QuoteCashOut,
)
from domain.account_gate import state as account_gate
from domain.bet import cash_out
from domain.bet.state import BetIsPending, BetIsRefused, BetUnknown
from domain.gate import decider as gate
from domain.market import state as market

UNAVAILABLE = (
    BetUnknown,
    account_gate.StaffDoNotBet,
    cash_out.BetIsSettled,
    cash_out.BetIsCashedOut,
    cash_out.CashOutNotOffered,
    cash_out.CashOutRelatedLegs,
    cash_out.FreeBetNotCashedOut,
    cash_out.CashOutShareMalformed,
    cash_out.CashOutWorthless,
    BetIsPending,
    BetIsRefused,
    cash_out.TooManyCashOuts,
    CashOutMarketUnsupported,
    CashOutPricedByHand,
    CashOutBookIncomplete,
    CashOutWouldWait,
    CashOutLegVoid,
    CashOutPriceWrong,
    market.MarketUnknown,
    market.SelectionUnknown,
    market.MarketSuspendedNow,
    market.MarketNotOpen,
    market.SelectionWithdrawn,
    market.PricesAwaited,
    gate.BettingSuspended,
    gate.BettingOver,
    http_refusals.IdMalformed,
)
"""Why there is no offer."""

REFUSED = (
    cash_out.CashOutMoved,
    cash_out.CashOutExpired,
    cash_out.CashOutVersionMalformed,
    cash_out.CashOutKeyReused,
    http_refusals.KeyMissing,
    http_refusals.KeyMalformed,
)

Share = Annotated[int, Query(description="Percent of the open stake, 1 to 100.", examples=[100])]


def cash_outs(deps: RouteDependencies) -> APIRouter:
    """Return the routes of cash-out. Both ask the streams that decide, no view: what is offered is what would be paid."""
    router = APIRouter(prefix="/v1", tags=["bets"])
    session = Depends(signed_in(deps))

    @router.get(
        "/bets/{bet_id}/cash-out",
        operation_id="quoteCashOut",
        response_model=CashOutOfferShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *UNAVAILABLE),
    )
    async def offer(bet_id: str, who: Annotated[Session, session], share: Share = 100) -> Response:
        """Tell what a share of the bet's open stake may be closed for now, or by a problem of which type there is no offer.

        The offer may be accepted by its `version` until `expires_at`. What is paid is never less than was named.
        """
        checked_id(bet_id, "bet_id")
        answer = await deps.queue.submit(QuoteCashOut(bet_id, who.account_id, share, deps.clock.now()))
        return answered(offer_shown(answer.receipt), answer.position)

    @router.post(
        "/bets/{bet_id}/cash-out",
        status_code=201,
        operation_id="cashOut",
        response_model=CashOutShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *UNAVAILABLE, *REFUSED),
    )
    async def accept(bet_id: str, body: CashOutBody, who: Annotated[Session, session], idempotency_key: IdempotencyKey = None) -> Response:
        """Accept an offer: close the share for at least `offer_minor`. It is accepted once this is answered, and not before.

        Where the offer is less by now, or over, 409 `cash-out-moved` or `cash-out-expired` carries the one that stands. A retry with the
        same `Idempotency-Key` gets the first answer.
        """
        checked_id(bet_id, "bet_id")
        cash_out_id = cash_out_id_of(bet_id, idempotency_key)
        ask = CashOut(bet_id, who.account_id, cash_out_id, body.share, body.offer_minor, body.version, deps.clock.now())
        answer = await deps.queue.submit(ask)
        return answered(receipt_shown(answer.receipt), answer.position, 201)

    return router
