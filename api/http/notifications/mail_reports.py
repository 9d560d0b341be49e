"""Reports of a mail provider: a mail that came back for good, or whose reader complained, switches its address off."""

import msgspec
from fastapi import APIRouter
from starlette.requests import Request

from api import refusals as http_refusals
from api.http.dependencies import RouteDependencies
from api.http.notifications.mail_report_bodies import MailReportBody, MailReportShape
from api.http.openapi.document import COMMANDED, problems
from api.http.signed_requests import documented, signed_body
from api.sealed_text import SealedText
from commands.accounts.find_credentials import FindCredentialsByEmail
from commands.notifications.find_addresses import FindAddresses, FoundAddress
from domain.ids import email_claim_of
from domain.notification.commands import RemoveAddress
from domain.notification.kinds import EMAIL
from domain.text import normal


def mail_reports(deps: RouteDependencies) -> APIRouter:
    """Return the route that a mail provider calls, or what translates its reports."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"])

    @router.post(
        "/mail-reports",
        operation_id="reportMail",
        responses=problems(http_refusals.MailReportsNotTaken, http_refusals.SignatureWrong, http_refusals.SignatureTooOld, *COMMANDED),
        openapi_extra=documented(MailReportBody),
    )
    async def report(request: Request) -> MailReportShape:
        """Take a provider's report of a mail that bounced, or of a complaint, and switch its address off with that reason.

        Signed as payments are, with the key of the setting `mail_webhook_key`: `Slipstream-Signature` is `t=<Unix seconds>,v1=<HMAC-SHA256
        in hex>` over the time, a dot and the body, and holds for five minutes. A delivery is known by its id for a while after it was sent;
        a recipient alone is found where the account was opened with that address. A bounce that is not permanent changes nothing. What can
        have no effect is answered by 200 as well, and says so: to report it again would change nothing.
        """
        reports = deps.mailing.reports
        if not reports.key:
            raise http_refusals.MailReportsNotTaken
        told = await signed_body(request, reports.key, MailReportBody, deps.clock.now().timestamp())
        return MailReportShape(effect=await _effect(deps, told))

    return router


async def _effect(deps: RouteDependencies, told: MailReportBody) -> str:
    if told.event == "bounced" and not told.permanent:
        return "soft"
    place = await deps.mailing.reports.place(told.delivery_id) if told.delivery_id else None
    if place is not None:
        account_id, address_id = place
        if address_id not in [each.address_id for each in await _addresses(deps, account_id)]:
            return "already_off"
        return await _switched_off(deps, account_id, address_id, told.event)
    if told.recipient is None:
        return "unknown"
    account_id = (await deps.queue.submit(FindCredentialsByEmail(told.recipient))).receipt.account_id
    found = await _addresses(deps, account_id) if account_id else []
    opened = await deps.texts.open_many([SealedText(account_id, each.sealed) for each in found])
    for each, text in zip(found, opened, strict=True):
        if text and _same_mailbox(msgspec.json.decode(text, type=dict[str, str]).get("email", ""), told.recipient):
            return await _switched_off(deps, account_id, each.address_id, told.event)
    return "unknown"


def _same_mailbox(known: str, told: str) -> bool:
    """Tell whether two addresses are the same claim: compared without case, as when an account is opened."""
    return email_claim_of(normal(known)) == email_claim_of(normal(told))


async def _addresses(deps: RouteDependencies, account_id: str) -> list[FoundAddress]:
    return list((await deps.queue.submit(FindAddresses(account_id, EMAIL))).receipt)


async def _switched_off(deps: RouteDependencies, account_id: str, address_id: str, why: str) -> str:
    await deps.queue.submit(RemoveAddress(account_id, address_id, why, deps.clock.now()))
    return "switched_off"
