"""Free bets are granted by traders, each for a reason, to accounts that may bet."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import acting_as, answered, checked_id
from api.http.trading.answers import GrantedFreeBetShape
from api.http.trading.bodies import FreeBetBody
from domain.account.decider import ActorWithoutRole
from domain.account_gate import state as account_gate
from domain.free_bet import decider as free_bet
from domain.free_bet.commands import GrantFreeBet
from domain.ids import is_uuid7
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from domain.wallet.decider import CurrencyMismatch

REFUSED = (
    http_refusals.RoleMissing,
    http_refusals.IdMalformed,
    ActorWithoutRole,
    AccountUnknown,
    CurrencyMismatch,
    account_gate.TimedOutNow,
    account_gate.SelfExcludedNow,
    account_gate.AccountIsClosed,
    account_gate.StaffDoNotBet,
    free_bet.FreeBetIdReused,
    free_bet.FreeBetAmountOutOfRange,
    free_bet.FreeBetExpiryOutOfRange,
    ReasonMalformed,
)


def granted_free_bets(deps: RouteDependencies) -> APIRouter:
    """Return the route by which free bets are granted."""
    router = APIRouter(prefix="/v1", tags=["trading"])
    trader = Depends(acting_as(deps, "trader"))

    @router.put(
        "/trading/accounts/{account_id}/free-bets/{free_bet_id}",
        operation_id="grantFreeBet",
        response_model=GrantedFreeBetShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *REFUSED),
    )
    async def put(account_id: str, free_bet_id: str, body: FreeBetBody, who: Annotated[Session, trader]) -> Response:
        """Give an account a free bet, to be used whole in one bet before it expires. Its id, a UUIDv7, is the idempotency key."""
        if not is_uuid7(free_bet_id):
            raise http_refusals.IdMalformed("free_bet_id")
        ask = GrantFreeBet(
            free_bet_id=free_bet_id,
            account_id=checked_id(account_id, "account_id"),
            amount_minor=body.amount_minor,
            currency=body.currency,
            expires_at=body.expires_at,
            reason=body.reason,
            actor=who.account_id,
            at=deps.clock.now(),
        )
        answer = await deps.queue.submit(ask)
        return answered({**msgspec.to_builtins(answer.receipt), "position": answer.position}, answer.position)

    return router
