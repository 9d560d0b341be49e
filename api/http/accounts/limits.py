"""One's own limits on deposits, stakes and losses."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.accounts.answers import LimitsShape
from api.http.accounts.bodies import DeclineBody, LimitBody
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, signed_in
from commands.accounts.limit_account import FindLimits
from domain.account_gate import limits as gate
from domain.account_gate.commands import DeclineDepositLimit, LimitCommand, RemoveLimit, SetLimit
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, AccountUnknown)


def limits(deps: RouteDependencies) -> APIRouter:
    """Return the routes of one's own limits."""
    router = APIRouter(prefix="/v1/account/limits", tags=["accounts"])
    session = Depends(signed_in(deps))

    @router.get("", operation_id="ownLimits", response_model=LimitsShape, responses=problems(*EVERYWHERE))
    async def own(who: Annotated[Session, session]) -> Response:
        """Tell one's own limits, what is used and left of them, when they reset, and what becomes of them."""
        return await _answered(deps, FindLimits(who.account_id))

    @router.put(
        "/{kind}/{period}",
        operation_id="setLimit",
        response_model=LimitsShape,
        responses=problems(*EVERYWHERE, gate.LimitUnknown, gate.LimitOutOfRange),
    )
    async def put(kind: str, period: str, body: LimitBody, who: Annotated[Session, session]) -> Response:
        """Limit what is deposited, staked or lost in a day, a week or a month.

        The first limit and a lower one count at once, a higher one a day later. Until then setting one no higher than the one that counts
        takes the higher one back.
        """
        return await _answered(deps, SetLimit(who.account_id, kind, period, body.amount_minor, who.account_id, deps.clock.now()))

    @router.delete(
        "/{kind}/{period}",
        operation_id="removeLimit",
        response_model=LimitsShape,
        responses=problems(*EVERYWHERE, gate.LimitUnknown, gate.LimitNotSet),
    )
    async def remove(kind: str, period: str, who: Annotated[Session, session]) -> Response:
        """Remove a limit. It counts for another day; until then setting it again takes the removal back."""
        return await _answered(deps, RemoveLimit(who.account_id, kind, period, who.account_id, deps.clock.now()))

    @router.post(
        "/deposit/decline",
        operation_id="declineDepositLimit",
        response_model=LimitsShape,
        responses=problems(*EVERYWHERE, gate.DeclineNotConfirmed),
    )
    async def decline(body: DeclineBody, who: Annotated[Session, session]) -> Response:
        """Want no limit on deposits, which is asked before the first one; it has to be `confirmed`. Where it was answered, nothing changes.

        A limit can be set at any time afterwards.
        """
        return await _answered(deps, DeclineDepositLimit(who.account_id, body.confirmed, who.account_id, deps.clock.now()))

    return router


async def _answered(deps: RouteDependencies, ask: LimitCommand | DeclineDepositLimit | FindLimits) -> Response:
    answer = await deps.queue.submit(ask)
    return answered({**msgspec.to_builtins(answer.receipt), "position": answer.position}, answer.position)
