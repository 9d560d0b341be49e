"""A trader's answer to a bet over its limit. The list of those that wait is in `referral_queue.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.request_parameters import acting_as, answered, checked_id
from api.http.trading.answers import ReferralReceiptShape
from api.http.trading.bodies import ReferralApprovalBody
from api.http.trading.documented import told
from commands.betting import waiting
from domain.bet import decider as bet
from domain.bet import referral
from domain.bet.commands import AnswerReferral
from domain.bet.state import BetUnknown


def referral_answers(deps: RouteDependencies) -> APIRouter:
    """Return the routes that answer a bet that waits for a trader."""
    router = APIRouter(prefix="/v1/trading/referrals", tags=["trading"])
    trader = Depends(acting_as(deps, "trader"))

    @router.put(
        "/{bet_id}/approval",
        operation_id="approveReferral",
        **told(
            ReferralReceiptShape,
            BetUnknown,
            referral.ReferralOver,
            referral.StakeOverAsked,
            bet.StakeOutOfRange,
            bet.StakeUneven,
            waiting.BetDelayNotOver,
        ),
    )
    async def approve(bet_id: str, body: ReferralApprovalBody, who: Annotated[Session, trader]) -> Response:
        """Take a bet for all of its stake or a part. It is struck at what holds now, as its bettor agreed to, or else refused.

        In play it is taken only once it has waited for as long as any bet on its markets does. The rest of the stake is released.
        """
        return await _answered(bet_id, body.stake_minor, who)

    @router.put("/{bet_id}/refusal", operation_id="refuseReferral", **told(ReferralReceiptShape, BetUnknown, referral.ReferralOver))
    async def refuse(bet_id: str, who: Annotated[Session, trader]) -> Response:
        """Take nothing of a bet; its stake is released."""
        return await _answered(bet_id, 0, who)

    async def _answered(bet_id: str, stake_minor: int | None, who: Session) -> Response:
        ask = AnswerReferral(checked_id(bet_id, "bet_id"), stake_minor, who.account_id, deps.clock.now())
        answer = await deps.queue.submit(ask)
        receipt = answer.receipt
        became = {"bet_id": receipt.bet_id, "status": receipt.status, "stake_minor": receipt.stake_minor, "reason": receipt.reason or None}
        return answered({**became, "position": answer.position}, answer.position)

    return router
