"""What the routes of traders have in common: the refusals that any of them may answer, and how a proposal is told."""

from typing import Any

import msgspec
from starlette.responses import Response

from api import refusals as http_refusals
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered
from api.http.trading.answers import ProposalReceiptShape
from commands.dispatch.batch import Answer
from commands.trading.authority import TraderUnknown
from commands.trading.proposing import ProposalReceipt
from domain.proposal import decider as proposal

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.RoleMissing, TraderUnknown, http_refusals.IdMalformed)
CREATING = (http_refusals.KeyMissing, http_refusals.KeyMalformed)
PROPOSING = (proposal.ProposalTooLarge, proposal.ProposalClosed)
PROPOSED = "It needs another trader: the proposal that was made of it."


def told(model: Any, *refusals: Any) -> dict[str, Any]:
    """Return what the document says of a trader's route: its answer and its refusals."""
    return {"response_model": model, "responses": problems(*refusals, *EVERYWHERE)}


def told_or_proposed(model: Any, *refusals: Any) -> dict[str, Any]:
    """Return what the document says of a route that may answer 202 with a proposal."""
    proposed = {202: {"model": ProposalReceiptShape, "description": PROPOSED}}
    return {"response_model": model, "responses": {**problems(*refusals, *PROPOSING, *EVERYWHERE), **proposed}}


def gift_answered(answer: Answer) -> Response:
    """Answer 201 with the free bet or bonus that was given, or 202 with the proposal that was made of it."""
    if isinstance(answer.receipt, ProposalReceipt):
        return answered(proposal_body(answer.receipt, answer.position), answer.position, 202)
    return answered({**msgspec.to_builtins(answer.receipt), "position": answer.position}, answer.position, 201)


def proposal_body(receipt: ProposalReceipt, position: int) -> dict[str, Any]:
    """Return what is told of a proposal."""
    market = receipt.market
    return {
        "proposal_id": receipt.proposal_id,
        "status": receipt.status,
        "action": receipt.action,
        "market_id": receipt.market_id or None,
        "fixture_id": receipt.fixture_id or None,
        "account_id": receipt.account_id or None,
        "expires_at": receipt.expires_at,
        "market_status": None if market is None else market.status,
        "market_version": None if market is None else market.version,
        "fixture_status": None if receipt.fixture is None else receipt.fixture.status,
        "position": position,
    }
