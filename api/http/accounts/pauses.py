"""Pauses from betting: one's own time-out and exclusion, and accounts that staff close."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.accounts.answers import AccountGateShape
from api.http.accounts.bodies import ExclusionBody, TimeOutBody
from api.http.dependencies import RouteDependencies
from api.http.field_types import ReasonBody
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import acting_as, answered, checked_id, signed_in
from domain.account.decider import ActorWithoutRole
from domain.account_gate import decider as gate
from domain.account_gate.commands import CloseAccount, ExcludeSelf, PersonCommand, ReopenAccount, RequestReturn, StaffCommand, TimeOut
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, AccountUnknown, ActorWithoutRole)


def account_gates(deps: RouteDependencies) -> APIRouter:
    """Return the routes that keep accounts from betting, and let them return."""
    router = APIRouter(prefix="/v1", tags=["accounts"])
    _own(router, deps)
    _of_staff(router, deps)
    return router


async def _guarded(deps: RouteDependencies, command: PersonCommand | StaffCommand) -> Response:
    answer = await deps.queue.submit(command)
    return answered({**msgspec.structs.asdict(answer.receipt), "position": answer.position}, answer.position)


def _own(router: APIRouter, deps: RouteDependencies) -> None:
    session = Depends(signed_in(deps))

    @router.put(
        "/account/time-out",
        operation_id="timeOut",
        response_model=AccountGateShape,
        responses=problems(*EVERYWHERE, gate.TimeOutOutOfRange, gate.TimeOutNotShortened),
    )
    async def time_out(body: TimeOutBody, who: Annotated[Session, session]) -> Response:
        """Take a pause from betting and depositing, from now on; it can be lengthened, not shortened. Withdrawals go on."""
        return await _guarded(deps, TimeOut(who.account_id, body.until, who.account_id, deps.clock.now()))

    @router.put(
        "/account/exclusion",
        operation_id="excludeSelf",
        response_model=AccountGateShape,
        responses=problems(*EVERYWHERE, gate.ExclusionTooShort, gate.ExclusionNotShortened),
    )
    async def exclude(body: ExclusionBody, who: Annotated[Session, session]) -> Response:
        """Shut oneself out from betting and depositing, for at least six months or for ever, from now on. Withdrawals go on."""
        return await _guarded(deps, ExcludeSelf(who.account_id, body.until, who.account_id, deps.clock.now()))

    @router.put(
        "/account/return",
        operation_id="requestReturn",
        response_model=AccountGateShape,
        responses=problems(*EVERYWHERE, gate.NotSelfExcluded, gate.ExclusionNotOver),
    )
    async def come_back(who: Annotated[Session, session]) -> Response:
        """Ask to come back after an exclusion that has ended; betting goes on a day later."""
        return await _guarded(deps, RequestReturn(who.account_id, who.account_id, deps.clock.now()))


def _of_staff(router: APIRouter, deps: RouteDependencies) -> None:
    support = Depends(acting_as(deps, "support"))
    everywhere = (*EVERYWHERE, http_refusals.RoleMissing, http_refusals.IdMalformed)

    @router.put(
        "/accounts/{account_id}/closure",
        operation_id="closeAccount",
        response_model=AccountGateShape,
        responses=problems(*everywhere, gate.AlreadyClosed, ReasonMalformed),
    )
    async def close(account_id: str, body: ReasonBody, who: Annotated[Session, support]) -> Response:
        """Close an account: it neither bets nor deposits any more, what it holds can be withdrawn. Needs the role support."""
        checked_id(account_id, "account_id")
        return await _guarded(deps, CloseAccount(account_id, body.reason, who.account_id, deps.clock.now()))

    @router.delete(
        "/accounts/{account_id}/closure", operation_id="reopenAccount", response_model=AccountGateShape, responses=problems(*everywhere)
    )
    async def reopen(account_id: str, who: Annotated[Session, support]) -> Response:
        """Open a closed account again; a time-out or an exclusion goes on. Needs the role support."""
        checked_id(account_id, "account_id")
        return await _guarded(deps, ReopenAccount(account_id, who.account_id, deps.clock.now()))
