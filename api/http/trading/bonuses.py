"""Bonuses are credited by traders, each for a reason and on terms within the book's, to accounts that may bet."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.request_parameters import IdempotencyKey, acting_as, checked_id
from api.http.trading.answers import CreditedBonusShape
from api.http.trading.bodies import BonusBody
from api.http.trading.documented import gift_answered, told_or_proposed
from api.idempotency import checked_key
from domain.account.decider import ActorWithoutRole
from domain.account_gate import state as account_gate
from domain.bonus import decider as bonus
from domain.bonus.commands import CreditBonus
from domain.ids import bonus_of
from domain.odds import OddsMalformed, OddsOutOfRange, OddsTooFine, parse
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from domain.wallet.decider import CurrencyMismatch

REFUSED = (
    http_refusals.KeyMissing,
    http_refusals.KeyMalformed,
    OddsMalformed,
    OddsTooFine,
    ActorWithoutRole,
    AccountUnknown,
    CurrencyMismatch,
    account_gate.TimedOutNow,
    account_gate.SelfExcludedNow,
    account_gate.AccountIsClosed,
    account_gate.StaffDoNotBet,
    bonus.BonusIdReused,
    bonus.BonusAmountOutOfRange,
    bonus.BonusTimesOutOfRange,
    OddsOutOfRange,
    bonus.BonusStakeLimitOutOfRange,
    bonus.BonusExpiryOutOfRange,
    ReasonMalformed,
)


def credited_bonuses(deps: RouteDependencies) -> APIRouter:
    """Return the route by which bonuses are credited."""
    router = APIRouter(prefix="/v1", tags=["trading"])
    trader = Depends(acting_as(deps, "trader"))

    @router.post(
        "/trading/accounts/{account_id}/bonuses",
        status_code=201,
        operation_id="creditBonus",
        **told_or_proposed(CreditedBonusShape, *REFUSED),
    )
    async def credit(account_id: str, body: BonusBody, who: Annotated[Session, trader], idempotency_key: IdempotencyKey = None) -> Response:
        """Credit an account with a bonus, which becomes cash once `amount_minor` was staked so many `times` over from it in time.

        The `Idempotency-Key` names it: a retry with the same body gets the first answer, whoever asks. More than one may give an account
        alone within a day waits for another trader: 202.
        """
        checked_id(account_id, "account_id")
        if idempotency_key is None:
            raise http_refusals.KeyMissing
        ask = CreditBonus(
            bonus_id=bonus_of(account_id, checked_key(idempotency_key)),
            account_id=account_id,
            amount_minor=body.amount_minor,
            currency=body.currency,
            times=body.times,
            odds_min=parse(body.odds_min),
            stake_minor_max=body.stake_minor_max,
            expires_at=body.expires_at,
            reason=body.reason,
            actor=who.account_id,
            at=deps.clock.now(),
        )
        answer = await deps.queue.submit(ask)
        return gift_answered(answer)

    return router
