"""Holds on withdrawals, and the closing of alerts, by who has the role compliance. The list of alerts is in `trading/alert_queue.py`."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.accounts.answers import AlertsShape, WithdrawalsShape
from api.http.dependencies import RouteDependencies
from api.http.field_types import ReasonBody
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import acting_as, answered, checked_id
from commands.accounts.hold_withdrawals import FindWithdrawals
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import HoldCommand, HoldWithdrawals, ReleaseWithdrawals
from domain.account_gate.withdrawals import HeldForAnotherReason
from domain.monitoring.commands import CloseAlerts
from domain.monitoring.decider import AlertUnknown, TooManyAlerts
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown

Number = Annotated[int, Path(ge=1, le=10**9, description="The number of the alert, as the list tells it.")]
EVERYWHERE = (*SIGNED_IN, *COMMANDED, AccountUnknown, http_refusals.RoleMissing, http_refusals.IdMalformed)


def compliance(deps: RouteDependencies) -> APIRouter:
    """Return the routes of compliance."""
    router = APIRouter(prefix="/v1/compliance", tags=["compliance"])
    officer = Depends(acting_as(deps, "compliance"))
    path = "/accounts/{account_id}/withdrawal-hold"

    @router.get(path, operation_id="readWithdrawalHold", response_model=WithdrawalsShape, responses=problems(*EVERYWHERE))
    async def read(account_id: str, _who: Annotated[Session, officer]) -> Response:
        """Tell whether withdrawals from an account are held, since when and why. Needs the role compliance."""
        return await _answered(deps, FindWithdrawals(checked_id(account_id, "account_id")))

    @router.put(
        path,
        operation_id="holdWithdrawals",
        response_model=WithdrawalsShape,
        responses=problems(*EVERYWHERE, ActorWithoutRole, HeldForAnotherReason, ReasonMalformed),
    )
    async def hold(account_id: str, body: ReasonBody, who: Annotated[Session, officer]) -> Response:
        """Hold withdrawals from an account: no money goes out from now on; bets and deposits go on. Needs the role compliance.

        The holder is told that, and is shown the reason: it is no place for a suspicion.
        """
        ask = HoldWithdrawals(checked_id(account_id, "account_id"), body.reason, who.account_id, deps.clock.now())
        return await _answered(deps, ask)

    @router.delete(
        path, operation_id="releaseWithdrawals", response_model=WithdrawalsShape, responses=problems(*EVERYWHERE, ActorWithoutRole)
    )
    async def release(account_id: str, who: Annotated[Session, officer]) -> Response:
        """Hold withdrawals no more; the holder is told. Where nothing is held, nothing changes. Needs the role compliance."""
        return await _answered(deps, ReleaseWithdrawals(checked_id(account_id, "account_id"), who.account_id, deps.clock.now()))

    @router.put(
        "/accounts/{account_id}/alerts/{number}/closure",
        operation_id="closeAlerts",
        response_model=AlertsShape,
        responses=problems(*EVERYWHERE, ActorWithoutRole, AlertUnknown, TooManyAlerts, ReasonMalformed),
    )
    async def close(account_id: str, number: Number, body: ReasonBody, who: Annotated[Session, officer]) -> Response:
        """Close the account's alerts up to that number, for a reason that its holder is not told. Needs the role compliance.

        One that was raised since stays open. Where they are closed already, nothing changes.
        """
        ask = CloseAlerts(checked_id(account_id, "account_id"), number, body.reason, who.account_id, deps.clock.now())
        return await _answered(deps, ask)

    return router


async def _answered(deps: RouteDependencies, ask: HoldCommand | FindWithdrawals | CloseAlerts) -> Response:
    answer = await deps.queue.submit(ask)
    return answered({**msgspec.to_builtins(answer.receipt), "position": answer.position}, answer.position)
