"""The second factor of an account: enrol, confirm with a first code, remove with another."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.accounts.answers import ConfirmedSecondFactorShape, SecondFactorShape, SessionShape
from api.http.accounts.bodies import CodeBody, ConfirmationBody
from api.http.accounts.sessions import session_of_answer
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, own_token
from commands.accounts.sessions import AccountAccess
from domain.account.commands import ConfirmSecondFactor, RemoveSecondFactor
from domain.account.sessions import SecondFactorStands, SecondFactorUnknown
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, AccountUnknown)


def second_factor(deps: RouteDependencies) -> APIRouter:
    """Return the routes of the second factor, which staff reaches without having one."""
    router = APIRouter(prefix="/v1/account/second-factor", tags=["accounts"])
    token = Depends(own_token(deps))

    async def required(who: Session) -> AccountAccess:
        return await deps.admission.require(who, while_enrolling=True)

    @router.put(
        "",
        operation_id="enrolSecondFactor",
        response_model=SecondFactorShape,
        responses=problems(*EVERYWHERE, SecondFactorStands),
    )
    async def enrol(who: Annotated[Session, token]) -> Response:
        """Offer a new secret for an app that makes one-time codes; it is shown this once, and stands once a code of it is confirmed."""
        access = await required(who)
        if access.sessions.factor_id:
            raise SecondFactorStands
        offered = await deps.second_factors.enrol(who.account_id, deps.clock.new_id(), who.handle)
        return answered(offered._asdict(), 0)

    @router.put(
        "/confirmation",
        operation_id="confirmSecondFactor",
        response_model=ConfirmedSecondFactorShape,
        responses=problems(*EVERYWHERE, http_refusals.SecondFactorWrong, http_refusals.IdMalformed, SecondFactorStands),
    )
    async def confirm(body: ConfirmationBody, who: Annotated[Session, token]) -> Response:
        """Confirm the secret that was offered, with its first code: from now on a sign-in needs one.

        Every session ends, this one too; the answer is a new one, with ten recovery codes that are shown this once. Each opens one session
        where the app is lost.
        """
        access = await required(who)
        checked_id(body.factor_id, "factor_id")
        if access.sessions.factor_id:
            raise SecondFactorStands
        now = deps.clock.now()
        await deps.second_factors.check(who.account_id, body.factor_id, body.code, now)
        codes = await deps.second_factors.new_recovery_codes(body.factor_id)
        answer = await deps.queue.submit(ConfirmSecondFactor(who.account_id, body.factor_id, now))
        deps.sessions.forget(who.account_id)
        await deps.second_factors.forget_others(who.account_id, body.factor_id)
        told = session_of_answer(deps, answer, second_factor=True)
        return answered({**told, "recovery_codes": codes}, answer.position)

    @router.put(
        "/removal",
        operation_id="removeSecondFactor",
        response_model=SessionShape,
        responses=problems(*EVERYWHERE, http_refusals.SecondFactorWrong, SecondFactorUnknown),
    )
    async def remove(body: CodeBody, who: Annotated[Session, token]) -> Response:
        """Remove the second factor, with a code or a recovery code. Every session ends, this one too; the answer is a new one."""
        factor_id = (await required(who)).sessions.factor_id
        if not factor_id:
            raise SecondFactorUnknown
        now = deps.clock.now()
        await deps.second_factors.check(who.account_id, factor_id, body.code, now)
        answer = await deps.queue.submit(RemoveSecondFactor(who.account_id, factor_id, who.account_id, now))
        deps.sessions.forget(who.account_id)
        return answered(session_of_answer(deps, answer, second_factor=False), answer.position)

    return router
