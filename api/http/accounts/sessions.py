"""Sessions: sign in, sign out here or everywhere, change the password."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.client_address import address_of
from api.http.accounts.answers import SessionShape
from api.http.accounts.bodies import PasswordBody, SignInBody
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import POSITION_HEADER, answered, own_token, signed_in
from commands.accounts.open_account import Credentials, FindCredentials
from commands.accounts.sessions import AccountAccess
from commands.dispatch.batch import Answer
from domain.account.commands import ChangePassword, EndSession, EndSessions, SignIn
from domain.account.sessions import SignInOutdated
from domain.unknown import AccountUnknown

OPENING = (
    http_refusals.SecondFactorNeeded,
    http_refusals.SecondFactorWrong,
    http_refusals.CredentialsWrong,
    SignInOutdated,
    http_refusals.TooManyRequests,
    http_refusals.SignInsWaiting,
)
ENDING = (*SIGNED_IN, *COMMANDED, AccountUnknown)


def sessions(deps: RouteDependencies) -> APIRouter:
    """Return the routes of sessions."""
    router = APIRouter(prefix="/v1", tags=["accounts"])
    _openings(router, deps)
    _endings(router, deps)
    _passwords(router, deps)
    return router


def session_of_answer(deps: RouteDependencies, answer: Answer, *, second_factor: bool) -> dict[str, Any]:
    """Open a new session of the account that an answer tells of, and return it with its token."""
    access: AccountAccess = answer.receipt
    token, session = deps.tokens.issue(access, second_factor=second_factor)
    lacking = "required" if deps.sessions.lacks_second_factor(session, access) else "none"
    return {
        "token": token,
        "expires_at": datetime.fromtimestamp(session.expires_at_s, UTC),
        "account_id": access.account_id,
        "handle": access.handle,
        "currency": access.currency,
        "roles": access.roles,
        "second_factor": "given" if second_factor else lacking,
    }


def _openings(router: APIRouter, deps: RouteDependencies) -> None:
    @router.post(
        "/sessions",
        status_code=201,
        operation_id="signIn",
        response_model=SessionShape,
        responses=problems(*OPENING, *COMMANDED),
    )
    async def sign_in(body: SignInBody, request: Request) -> Response:
        """Open a session. An unknown handle and a wrong password look the same and take as long; too many of them are told to wait.

        An account that signs in from a place (a network and a kind of browser) that it has not signed in from lately is told.
        Where the account has a second factor, `second-factor-needed` asks for its `code`, or for a recovery code; each is used once.
        """
        host = request.client.host if request.client else None
        address = address_of(host)
        deps.sign_ins.begin(address, body.handle, deps.clock.monotonic_s())
        found: Credentials = (await deps.queue.submit(FindCredentials(body.handle))).receipt
        if not await deps.passwords.matches(found.password_hash, body.password):
            raise http_refusals.CredentialsWrong
        deps.sign_ins.succeeded(address, body.handle, deps.clock.monotonic_s())
        now = deps.clock.now()
        if found.factor_id:
            if not body.code:
                raise http_refusals.SecondFactorNeeded
            await deps.second_factors.check(found.account_id, found.factor_id, body.code, now)
        place = deps.places.of(found.account_id, host, request.headers.get("user-agent", ""))
        answer = await deps.queue.submit(SignIn(found.account_id, found.password_hash, found.factor_id, now, place))
        return answered(session_of_answer(deps, answer, second_factor=bool(found.factor_id)), answer.position, 201)


def _endings(router: APIRouter, deps: RouteDependencies) -> None:
    token = Depends(own_token(deps))

    @router.delete("/sessions/current", status_code=204, operation_id="signOut", responses=problems(*ENDING))
    async def sign_out(who: Annotated[Session, token]) -> Response:
        """End this session: its token counts no more, anywhere, within a second. A repeat is answered alike."""
        expires_at = datetime.fromtimestamp(who.expires_at_s, UTC)
        ask = EndSession(who.account_id, who.session_id, who.version, expires_at, deps.clock.now())
        answer = await deps.queue.submit(ask)
        deps.sessions.forget(who.account_id)
        return Response(status_code=204, headers={POSITION_HEADER: str(answer.position)})

    @router.delete("/sessions", status_code=204, operation_id="signOutEverywhere", responses=problems(*ENDING))
    async def sign_out_everywhere(who: Annotated[Session, token]) -> Response:
        """End every session of the account, this one too, within a second. A repeat is answered alike."""
        answer = await deps.queue.submit(EndSessions(who.account_id, who.session_id, who.version, who.account_id, deps.clock.now()))
        deps.sessions.forget(who.account_id)
        return Response(status_code=204, headers={POSITION_HEADER: str(answer.position)})


def _passwords(router: APIRouter, deps: RouteDependencies) -> None:
    @router.put(
        "/account/password",
        operation_id="changePassword",
        response_model=SessionShape,
        responses=problems(
            *ENDING,
            http_refusals.OldPasswordWrong,
            http_refusals.PasswordMalformed,
            http_refusals.SignInsWaiting,
            SignInOutdated,
            http_refusals.TooManyRequests,
        ),
    )
    async def change_password(body: PasswordBody, request: Request, who: Annotated[Session, Depends(signed_in(deps))]) -> Response:
        """Change the password. Every session ends, this one too; the answer is a new one. A repeat is answered alike."""
        address = address_of(request.client.host if request.client else None)
        deps.sign_ins.begin(address, who.handle, deps.clock.monotonic_s())
        found: Credentials = (await deps.queue.submit(FindCredentials(who.handle))).receipt
        is_repeat = False
        if not await deps.passwords.matches(found.password_hash, body.old):
            is_repeat = await deps.passwords.matches(found.password_hash, body.new)
            if not is_repeat:
                raise http_refusals.OldPasswordWrong
        deps.sign_ins.succeeded(address, who.handle, deps.clock.monotonic_s())
        password_hash = found.password_hash if is_repeat else await deps.passwords.hash(body.new)
        answer = await deps.queue.submit(ChangePassword(who.account_id, found.password_hash, password_hash, deps.clock.now()))
        deps.sessions.forget(who.account_id)
        return answered(session_of_answer(deps, answer, second_factor=who.second_factor), answer.position)
