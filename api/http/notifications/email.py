"""The e-mail address at which the caller is told: named, confirmed by a link in a mail, and left by one click."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.account_mails import AccountMail, MailNotSent, MailsWaiting
from api.auth.mail_links import MailLinkInvalid
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import AddressReceiptShape, EmailBody, LinkBody
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, social_writer
from commands.notifications.set_email import ConfirmEmail, SetEmail
from domain.account import decider as account
from domain.account.decider import checked_email
from domain.ids import notifications_of
from domain.notification import addresses
from domain.unknown import AccountUnknown

CONFIRM = "e-mail address"
CONFIRM_TTL_S = 3 * 86_400
TITLE = "Confirm your e-mail address"
BODY = "{handle} on Slipstream wants to be told at this e-mail address.\nThe link confirms it; without that, nothing more comes."


def email_address(deps: RouteDependencies) -> APIRouter:
    """Return the routes of the caller's e-mail address."""
    router = APIRouter(prefix="/v1/notifications/email", tags=["notifications"])
    writer = Depends(social_writer(deps))

    @router.put(
        "",
        operation_id="setEmail",
        response_model=AddressReceiptShape,
        responses=problems(
            *SIGNED_IN,
            *COMMANDED,
            AccountUnknown,
            account.EmailMalformed,
            addresses.TooManyAddresses,
            http_refusals.AccountErased,
            MailNotSent,
            MailsWaiting,
        ),
    )
    async def set_email(body: EmailBody, who: Annotated[Session, writer]) -> Response:
        """Name the address at which to be told. A mail with a link goes there; nothing else does until somebody confirms it.

        An address that was confirmed before stays in use meanwhile. Asked again, another mail is sent, five an hour at most.
        """
        email = checked_email(body.email)
        if not deps.mailing.mails.sends:
            raise MailNotSent
        now_s = deps.clock.monotonic_s()
        deps.mailing.rate.take(f"of {who.account_id}", now_s)
        deps.mailing.rate.take(f"to {email.casefold()}", now_s)
        opened = msgspec.json.encode({"email": email}).decode()
        sealed = await deps.texts.seal(who.account_id, notifications_of(who.account_id), opened)
        answer = await deps.queue.submit(SetEmail(who.account_id, sealed, deps.clock.now()))
        if not answer.receipt.confirmed:
            token = deps.mailing.links.token(CONFIRM, who.account_id, answer.receipt.address_id, CONFIRM_TTL_S)
            said = BODY.format(handle=who.handle)
            if not deps.mailing.mails.post(AccountMail(deps.clock.new_id(), who.account_id, email, TITLE, said, f"/inbox#confirm={token}")):
                raise MailsWaiting
        return answered(answer.receipt, answer.position)

    @router.post(
        "/confirm",
        operation_id="confirmEmail",
        response_model=AddressReceiptShape,
        responses=problems(*COMMANDED, addresses.AddressUnknown, MailLinkInvalid),
    )
    async def confirm(body: LinkBody) -> Response:
        """Confirm an address by the link of its mail, on whatever device that is read. A repeat is answered alike."""
        link = deps.mailing.links.read(body.token, CONFIRM)
        answer = await deps.queue.submit(ConfirmEmail(link.account_id, link.subject, deps.clock.now()))
        return answered(answer.receipt, answer.position)

    return router
