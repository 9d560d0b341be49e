"""Sessions: sign in, sign out here or everywhere, change the password."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api import refusals as refused
from api.auth.tokens import Session
from api.http.accounts.answers import SessionShape
from api.http.client_address import address_of
from api.http.dependencies import Desk
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import POSITION_HEADER, answered, own_token, signed_in
from api.http.shapes import PasswordBody, SignInBody
from commands.accounts.open_account import Credentials, FindCredentials
from commands.accounts.sessions import AccountAccess
from commands.dispatch.batch import Answer
from domain.account.commands import ChangePassword, EndSession, EndSessions, SignIn
from domain.account.decider import AccountUnknown
from domain.account.sessions import SignInOutdated

OPENING = (
    refused.SecondFactorNeeded,
    refused.SecondFactorWrong,
    refused.CredentialsWrong,
    SignInOutdated,
    refused.TooManyRequests,
    refused.SignInsWaiting,
)
ENDING = (*SIGNED_IN, *COMMANDED, AccountUnknown)


def sessions(desk: Desk) -> APIRouter:
    """Return the routes of sessions."""
    router = APIRouter(prefix="/v1", tags=["accounts"])
    _openings(router, desk)
    _endings(router, desk)
    _passwords(router, desk)
    return router


def session_of_answer(desk: Desk, answer: Answer, *, second_factor: bool) -> dict[str, Any]:
    """Open a new session of the account that an answer tells of, and return it with its token."""
    access: AccountAccess = answer.receipt
    token, session = desk.tokens.issue(access, second_factor=second_factor)
    lacking = "required" if desk.sessions.lacks_second_factor(session, access) else "none"
    return {
        "token": token,
        "expires_at": datetime.fromtimestamp(session.expires_at_s, UTC),
        "account_id": access.account_id,
        "handle": access.handle,
        "currency": access.currency,
        "roles": access.roles,
        "second_factor": "given" if second_factor else lacking,
    }


def _openings(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/sessions",
        status_code=201,
        operation_id="signIn",
        response_model=SessionShape,
        responses=problems(*OPENING, *COMMANDED),
    )
    async def sign_in(body: SignInBody, request: Request) -> Response:
        """Open a session. An unknown handle and a wrong password look the same and take as long; too many of them are told to wait.

        Where the account has a second factor, `second-factor-needed` asks for its `code`, or for a recovery code; each is used once.
        """
        address = address_of(request.client.host if request.client else None)
        desk.sign_ins.begin(address, body.handle, desk.clock.monotonic_s())
        found: Credentials = (await desk.door.submit(FindCredentials(body.handle))).receipt
        if not await desk.passwords.matches(found.password_hash, body.password):
            raise refused.CredentialsWrong
        desk.sign_ins.right(address, body.handle, desk.clock.monotonic_s())
        now = desk.clock.now()
        if found.factor_id:
            if not body.code:
                raise refused.SecondFactorNeeded
            await desk.second_factors.check(found.account_id, found.factor_id, body.code, now)
        answer = await desk.door.submit(SignIn(found.account_id, found.password_hash, found.factor_id, now))
        return answered(session_of_answer(desk, answer, second_factor=bool(found.factor_id)), answer.position, 201)


def _endings(router: APIRouter, desk: Desk) -> None:
    token = Depends(own_token(desk))

    @router.delete("/sessions/current", status_code=204, operation_id="signOut", responses=problems(*ENDING))
    async def sign_out(who: Annotated[Session, token]) -> Response:
        """End this session: its token counts no more, anywhere, within a second. A repeat is answered alike."""
        expires_at = datetime.fromtimestamp(who.expires_at_s, UTC)
        ask = EndSession(who.account_id, who.session_id, who.version, expires_at, desk.clock.now())
        answer = await desk.door.submit(ask)
        desk.sessions.forget(who.account_id)
        return Response(status_code=204, headers={POSITION_HEADER: str(answer.position)})

    @router.delete("/sessions", status_code=204, operation_id="signOutEverywhere", responses=problems(*ENDING))
    async def sign_out_everywhere(who: Annotated[Session, token]) -> Response:
        """End every session of the account, this one too, within a second. A repeat is answered alike."""
        answer = await desk.door.submit(EndSessions(who.account_id, who.session_id, who.version, who.account_id, desk.clock.now()))
        desk.sessions.forget(who.account_id)
        return Response(status_code=204, headers={POSITION_HEADER: str(answer.position)})


def _passwords(router: APIRouter, desk: Desk) -> None:
    @router.put(
        "/account/password",
        operation_id="changePassword",
        response_model=SessionShape,
        responses=problems(
            *ENDING, refused.OldPasswordWrong, refused.PasswordMalformed, refused.SignInsWaiting, SignInOutdated, refused.TooManyRequests
        ),
    )
    async def change_password(body: PasswordBody, request: Request, who: Annotated[Session, Depends(signed_in(desk))]) -> Response:
        """Change the password. Every session ends, this one too; the answer is a new one. A repeat is answered alike."""
        address = address_of(request.client.host if request.client else None)
        desk.sign_ins.begin(address, who.handle, desk.clock.monotonic_s())
        found: Credentials = (await desk.door.submit(FindCredentials(who.handle))).receipt
        is_repeat = False
        if not await desk.passwords.matches(found.password_hash, body.old):
            is_repeat = await desk.passwords.matches(found.password_hash, body.new)
            if not is_repeat:
                raise refused.OldPasswordWrong
        desk.sign_ins.right(address, who.handle, desk.clock.monotonic_s())
        password_hash = found.password_hash if is_repeat else await desk.passwords.hash(body.new)
        answer = await desk.door.submit(ChangePassword(who.account_id, found.password_hash, password_hash, desk.clock.now()))
        desk.sessions.forget(who.account_id)
        return answered(session_of_answer(desk, answer, second_factor=who.second_factor), answer.position)
