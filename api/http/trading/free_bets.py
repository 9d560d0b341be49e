"""Free bets are granted by traders, each for a reason, to accounts that may bet."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.request_parameters import IdempotencyKey, acting_as, checked_id
from api.http.trading.answers import GrantedFreeBetShape
from api.http.trading.bodies import FreeBetBody
from api.http.trading.documented import gift_answered, told_or_proposed
from api.idempotency import checked_key
from domain.account.decider import ActorWithoutRole
from domain.account_gate import state as account_gate
from domain.free_bet import decider as free_bet
from domain.free_bet.commands import GrantFreeBet
from domain.ids import free_bet_of
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from domain.wallet.decider import CurrencyMismatch

REFUSED = (
    http_refusals.KeyMissing,
    http_refusals.KeyMalformed,
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

    @router.post(
        "/trading/accounts/{account_id}/free-bets",
        status_code=201,
        operation_id="grantFreeBet",
        **told_or_proposed(GrantedFreeBetShape, *REFUSED),
    )
    async def grant(
        account_id: str, body: FreeBetBody, who: Annotated[Session, trader], idempotency_key: IdempotencyKey = None
    ) -> Response:
        """Give an account a free bet, to be used whole in one bet before it expires.

        The `Idempotency-Key` names it: a retry with the same body gets the first answer, whoever asks. More than one may give an account
        alone within a day waits for another trader: 202.
        """
        checked_id(account_id, "account_id")
        if idempotency_key is None:
            raise http_refusals.KeyMissing
        ask = GrantFreeBet(
            free_bet_id=free_bet_of(account_id, checked_key(idempotency_key)),
            account_id=account_id,
            amount_minor=body.amount_minor,
            currency=body.currency,
            expires_at=body.expires_at,
            reason=body.reason,
            actor=who.account_id,
            at=deps.clock.now(),
        )
        answer = await deps.queue.submit(ask)
        return gift_answered(answer)

    return router
