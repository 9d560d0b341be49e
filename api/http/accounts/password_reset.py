"""A forgotten password: a mail with a link, and another password by that link."""

import asyncio

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import refusals as http_refusals
from api.account_mails import AccountMail, MailNotSent, MailsWaiting
from api.auth.mail_links import MailLink, MailLinkInvalid
from api.client_address import address_of
from api.http.accounts.bodies import NewPasswordBody, ResetBody
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, problems
from api.http.request_parameters import POSITION_HEADER
from commands.accounts.find_credentials import FindCredentialsByEmail, FindCredentialsById
from commands.accounts.open_account import Credentials
from commands.ports import StoreUnavailable
from domain.account import decider as account
from domain.account.commands import ChangePassword
from domain.account.decider import checked_email
from domain.account.sessions import SignInOutdated
from domain.ids import derived
from domain.refused import Refused
from domain.unknown import AccountUnknown

RESET = "password reset"
RESET_TTL_S = 3_600
UNDER_WAY_MAX = 1_000
NOBODY = derived("account", "nobody")
TITLE = "Set another password"
BODY = (
    "Somebody asked for another password for the Slipstream account with this e-mail address.\n"
    "The link sets one. It works once, for an hour, and every session of the account ends with it.\n"
    "Was it not you? Then do nothing: the password stays as it is."
)

logger = structlog.get_logger()


def password_reset(deps: RouteDependencies) -> APIRouter:
    """Return the routes of a forgotten password."""
    router = APIRouter(prefix="/v1/accounts/password-reset", tags=["accounts"])
    under_way: set[asyncio.Task[None]] = set()

    @router.post(
        "",
        status_code=204,
        operation_id="askPasswordReset",
        responses=problems(*COMMANDED, account.EmailMalformed, MailNotSent, MailsWaiting, http_refusals.TooManyRequests),
    )
    async def ask(body: ResetBody, request: Request) -> Response:
        """Have a mail sent with which another password is set. Whether an account has that address is told by neither answer nor time.

        The mail goes to the account that named the address first. Whoever gets none asks again, five times an hour at most.
        """
        now_s = deps.clock.monotonic_s()
        deps.sign_ups.take(address_of(request.client.host if request.client else None), now_s)
        email = checked_email(body.email).casefold()  # as it was claimed: a letter that only looks alike leads to no other mailbox
        if not deps.mailing.mails.sends:
            raise MailNotSent
        if len(under_way) >= UNDER_WAY_MAX:
            raise MailsWaiting
        deps.mailing.rate.take(f"to {email}", now_s)
        told = await deps.queue.submit(FindCredentialsById(NOBODY))  # whether the log answers is told, and nothing else
        task = asyncio.create_task(_send_link(deps, email))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return Response(status_code=204, headers={POSITION_HEADER: str(told.position)})

    @router.post(
        "/confirm",
        status_code=204,
        operation_id="resetPassword",
        responses=problems(
            *COMMANDED,
            AccountUnknown,
            MailLinkInvalid,
            http_refusals.PasswordMalformed,
            http_refusals.SignInsWaiting,
            http_refusals.TooManyRequests,
        ),
    )
    async def reset(body: NewPasswordBody, request: Request) -> Response:
        """Set another password by the link of a mail. It works once: every session ends, and a second factor is still asked for."""
        deps.sign_ups.take(address_of(request.client.host if request.client else None), deps.clock.monotonic_s())
        link = deps.mailing.links.read(body.token, RESET)
        found = await _still_of(deps, link)
        password_hash = await deps.passwords.hash(body.password)
        try:
            answer = await deps.queue.submit(ChangePassword(link.account_id, found.password_hash, password_hash, deps.clock.now()))
        except SignInOutdated:
            raise MailLinkInvalid from None
        deps.sessions.forget(link.account_id)
        return Response(status_code=204, headers={POSITION_HEADER: str(answer.position)})

    return router


async def _still_of(deps: RouteDependencies, link: MailLink) -> Credentials:
    """Return what stands of an account, whose password is the one that stood when the link was made.

    Raises:
        MailLinkInvalid: when it is another one: the link was used, or the password was changed otherwise.

    """
    found: Credentials = (await deps.queue.submit(FindCredentialsById(link.account_id))).receipt
    if not found.account_id or deps.mailing.links.fingerprint(found.password_hash) != link.subject:
        raise MailLinkInvalid
    return found


async def _send_link(deps: RouteDependencies, email: str) -> None:
    """Look up whose address it is, after the answer was given, and send the link where it is somebody's."""
    try:
        found: Credentials = (await deps.queue.submit(FindCredentialsByEmail(email))).receipt
    except (Refused, StoreUnavailable) as error:
        logger.warning("no link for another password was sent", error=str(error)[:200])
        return
    if not found.account_id:
        return
    token = deps.mailing.links.token(RESET, found.account_id, deps.mailing.links.fingerprint(found.password_hash), RESET_TTL_S)
    mail = AccountMail(deps.clock.new_id(), found.account_id, email, TITLE, BODY, f"/sign-in#reset={token}")
    if not deps.mailing.mails.post(mail):
        logger.warning("no link for another password was sent", error="too many mails are waiting")
