"""Approvals: a trader approves or rejects what another one proposed. The list of what is open is in `open_proposals.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.field_types import ReasonBody
from api.http.request_parameters import acting_as, answered, checked_id
from api.http.trading.answers import ProposalReceiptShape
from api.http.trading.documented import proposal_body, told
from api.http.trading.markets import CORRECTING, ON_A_MARKET, OPENING, PRICING, RESULTING
from commands.trading import four_eyes
from commands.trading.four_eyes import ApproveProposal, RejectProposal
from domain import text
from domain.fixture import decider as fixture
from domain.market import decider as market
from domain.proposal import decider as proposal

DECIDING = (proposal.ProposalUnknown, proposal.ProposalClosed, four_eyes.ProposalExpired)
APPROVED = (*ON_A_MARKET, *OPENING, *PRICING, *RESULTING, *CORRECTING, market.MarketNotSuspended, fixture.AlreadyAbandoned)


def proposal_decisions(deps: RouteDependencies) -> APIRouter:
    """Return the routes that close a proposal."""
    trader = Depends(acting_as(deps, "trader"))
    router = APIRouter(prefix="/v1/trading/proposals", tags=["trading"])

    @router.put(
        "/{proposal_id}/approval",
        operation_id="approveProposal",
        **told(
            ProposalReceiptShape,
            *DECIDING,
            proposal.ApprovalByProposer,
            four_eyes.ProposerWithoutRole,
            four_eyes.ProposalOvertaken,
            *APPROVED,
        ),
    )
    async def approve(proposal_id: str, who: Annotated[Session, trader]) -> Response:
        """Agree to what another trader proposed; it happens with that, or is refused if it can no longer happen."""
        ask = ApproveProposal(checked_id(proposal_id, "proposal_id"), who.account_id, deps.clock.now())
        answer = await deps.queue.submit(ask)
        return answered(proposal_body(answer.receipt, answer.position), answer.position)

    @router.put(
        "/{proposal_id}/rejection",
        operation_id="rejectProposal",
        **told(ProposalReceiptShape, *DECIDING, text.ReasonMalformed),
    )
    async def reject(proposal_id: str, body: ReasonBody, who: Annotated[Session, trader]) -> Response:
        """Say no to what another trader proposed, or take one's own proposal back."""
        ask = RejectProposal(checked_id(proposal_id, "proposal_id"), who.account_id, body.reason, deps.clock.now())
        answer = await deps.queue.submit(ask)
        return answered(proposal_body(answer.receipt, answer.position), answer.position)

    return router
