"""Reality checks: how often one chose to be told how long the session lasts and what it cost, and that it was read."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.accounts.answers import RealityCheckShape
from api.http.accounts.bodies import AcknowledgementBody, RealityCheckBody
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import POSITION_HEADER, answered, signed_in
from commands.accounts.reality import FindRealityChecks, RealityChecksReceipt
from domain.account.commands import AcknowledgeRealityCheck, SetRealityCheck
from domain.account.reality_checks import INTERVALS_MINUTES, RealityCheckIntervalUnknown, due_at
from domain.fact import moment
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, AccountUnknown)


def reality_checks(deps: RouteDependencies) -> APIRouter:
    """Return the routes that choose and acknowledge one's own reality checks; `betting.session_costs` tells what the session came to."""
    router = APIRouter(prefix="/v1/account/reality-check", tags=["accounts"])
    session = Depends(signed_in(deps))

    @router.get("", operation_id="realityCheck", response_model=RealityCheckShape, responses=problems(*EVERYWHERE))
    async def told(who: Annotated[Session, session]) -> Response:
        """Tell how often a reality check comes, and when the next one of this session is due."""
        answer = await deps.queue.submit(FindRealityChecks(who.account_id))
        due = _due(deps, answer.receipt, datetime.fromtimestamp(who.issued_at_s, UTC))
        return answered({**due, "position": answer.position}, answer.position)

    @router.put("", status_code=204, operation_id="setRealityCheck", responses=problems(*EVERYWHERE, RealityCheckIntervalUnknown))
    async def choose(body: RealityCheckBody, who: Annotated[Session, session]) -> Response:
        """Choose how often a reality check comes, from now on: every 15, 30, 60, 120 or 240 minutes, or never (0)."""
        return await _done(deps, SetRealityCheck(who.account_id, body.interval_minutes, who.account_id, deps.clock.now()))

    @router.put("/acknowledgement", status_code=204, operation_id="acknowledgeRealityCheck", responses=problems(*EVERYWHERE))
    async def acknowledge(body: AcknowledgementBody, who: Annotated[Session, session]) -> Response:
        """Say that a reality check was read; the next one counts from now, on all devices. A repeat changes nothing."""
        return await _done(deps, AcknowledgeRealityCheck(who.account_id, body.counted_from, who.account_id, deps.clock.now()))

    return router


async def _done(deps: RouteDependencies, ask: SetRealityCheck | AcknowledgeRealityCheck) -> Response:
    answer = await deps.queue.submit(ask)
    return Response(status_code=204, headers={POSITION_HEADER: str(answer.position)})


def _due(deps: RouteDependencies, receipt: RealityChecksReceipt, began_at: datetime) -> dict[str, Any]:
    checks, default = receipt.checks, deps.reality_check_minutes
    return {
        "account_id": receipt.account_id,
        "currency": receipt.currency,
        "interval_minutes": default if checks.interval_minutes is None else checks.interval_minutes,
        "intervals_minutes": INTERVALS_MINUTES,
        "chosen": checks.interval_minutes is not None,
        "now": deps.clock.now(),
        "session_began_at": began_at,
        "counted_from": max(began_at, moment(checks.acknowledged_us)),
        "due_at": due_at(checks, default, began_at),
    }
