"""Approvals: a trader looks at what another one's proposal would do, and approves or rejects it. Open ones are in `open_proposals.py`."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import Auditing, RouteDependencies
from api.http.field_types import ReasonBody
from api.http.request_parameters import acting_as, answered, checked_id
from api.http.trading.answers import ProposalPreviewShape, ProposalReceiptShape
from api.http.trading.bodies import ApprovalBody, PreviewBody
from api.http.trading.documented import proposal_body, told
from api.http.trading.markets import CORRECTING, ON_A_MARKET, OPENING, PRICING, RESULTING
from api.http.trading.price_errors import REPRICING
from api.http.trading.void_bets import VOIDING
from commands.trading import four_eyes
from commands.trading.four_eyes import ApproveProposal, RejectProposal
from domain import text
from domain.account_gate import state as account_gate
from domain.bonus import decider as bonus
from domain.fixture import decider as fixture
from domain.free_bet import decider as free_bet
from domain.market import decider as market
from domain.market import price_errors, taking_back, void_windows
from domain.proposal import decider as proposal
from domain.proposal import preview as previews
from domain.proposal.preview import Preview

DECIDING = (proposal.ProposalUnknown, proposal.ProposalClosed, four_eyes.ProposalExpired)
REPRICED = (*REPRICING, price_errors.PriceErrorUnknown)
ANEW = (*CORRECTING, taking_back.NothingToTakeBack, *VOIDING, void_windows.WindowUnknown, *REPRICED)
PREVIEWED = (*RESULTING, *ANEW, fixture.FixtureNotLive, fixture.AlreadyAbandoned)
APPROVED = (*ON_A_MARKET, *OPENING, *PRICING, *PREVIEWED, market.MarketNotSuspended, four_eyes.BetsStillTaken)
GIVING = (
    account_gate.TimedOutNow,
    account_gate.SelfExcludedNow,
    account_gate.AccountIsClosed,
    account_gate.StaffDoNotBet,
    free_bet.FreeBetIdReused,
    free_bet.FreeBetExpiryOutOfRange,
    bonus.BonusIdReused,
    bonus.BonusExpiryOutOfRange,
)
BOUND = (previews.PreviewMissing, previews.PreviewOutdated)


def proposal_decisions(deps: RouteDependencies, auditing: Auditing) -> APIRouter:
    """Return the routes that show what a proposal would do, and close it."""
    trader = Depends(acting_as(deps, "trader"))
    router = APIRouter(prefix="/v1/trading/proposals", tags=["trading"])
    _preview(router, auditing, trader)

    @router.put(
        "/{proposal_id}/approval",
        operation_id="approveProposal",
        **told(
            ProposalReceiptShape,
            *DECIDING,
            proposal.ApprovalByProposer,
            four_eyes.ProposerWithoutRole,
            four_eyes.ProposalOvertaken,
            *BOUND,
            *APPROVED,
            *GIVING,
        ),
    )
    async def approve(proposal_id: str, who: Annotated[Session, trader], body: ApprovalBody | None = None) -> Response:
        """Agree to what another trader proposed; it happens with that, or is refused if it can no longer happen.

        What moves money is approved with the preview that was shown. Where it would do something else by now, the answer has what.
        """
        checked_id(proposal_id, "proposal_id")
        shown = None if body is None or body.preview is None else _shown(body.preview)
        ask = ApproveProposal(proposal_id, who.account_id, deps.clock.now(), shown, await auditing.preview(proposal_id))
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


def _preview(router: APIRouter, auditing: Auditing, trader: Any) -> None:
    @router.get(
        "/{proposal_id}/preview",
        operation_id="previewProposal",
        dependencies=[trader],
        **told(ProposalPreviewShape, proposal.ProposalUnknown, four_eyes.ProposalOvertaken, *PREVIEWED),
    )
    async def preview(proposal_id: str) -> Response:
        """Count what a proposal would do to bets and wallets, from the log: its approval has to name that."""
        checked_id(proposal_id, "proposal_id")
        counted = await auditing.preview(proposal_id)
        told = None if counted is None else previews.plain(counted)
        return answered({"proposal_id": proposal_id, "preview": told}, 0 if counted is None else counted.upto)


def _shown(body: PreviewBody) -> Preview:
    return msgspec.convert(body.model_dump(), Preview)
