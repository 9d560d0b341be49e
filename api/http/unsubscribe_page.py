"""`/unsubscribe`: the link of a mail that ends mails of its kind. A program's click is a POST (RFC 8058); a person is asked first.

Whoever has the mail may do it, without signing in. It stops what it names and can be taken back in the settings of the inbox.
"""

import html
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.auth.mail_links import MailLink, MailLinkInvalid
from api.http.dependencies import RouteDependencies
from api.http.problems import problem_response
from domain.notification.commands import SetPreference
from domain.notification.kinds import EMAIL, KINDS

UNSUBSCRIBE = "unsubscribe"
PATH = "/unsubscribe"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}}"
    "button{{font:inherit;padding:.5rem 1rem}}:root{{color-scheme:light dark}}</style>"
    "<main><h1>{title}</h1><p>{said}</p>{more}</main></html>"
)
BUTTON = '<form method="post"><button type="submit">Stop these mails</button></form>'


class StoppedMails(NamedTuple):
    """The preference that stops mails of a kind, and what they are called."""

    level: str
    subject: str
    label: str


def stopped_by(kind: str) -> StoppedMails | None:
    """Return what stops mails of a kind; all mails where it is of none, as a digest is. None for what is always told by mail."""
    known = KINDS.get(kind)
    if known is None:
        return StoppedMails("channel", "", "notifications")
    if EMAIL in known.locked_in:
        return None
    if known.by_bell:
        return StoppedMails("promotion", known.product, known.label)
    return StoppedMails("kind", kind, known.label)


def path_of(token: str) -> str:
    """Return the path and query of a link."""
    return f"{PATH}?token={token}"


def unsubscribe_page(deps: RouteDependencies) -> APIRouter:
    """Return the page's routes."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def ask(request: Request, token: str = "") -> Response:
        try:
            _, stops = _read(deps, token)
        except MailLinkInvalid as refusal:
            return problem_response(refusal, request.url.path)
        return _page("Stop mails", f"Mails about: {stops.label.lower()}.", BUTTON)

    @router.post(PATH)
    async def stop(request: Request, token: str = "") -> Response:
        try:
            link, stops = _read(deps, token)
        except MailLinkInvalid as refusal:
            return problem_response(refusal, request.url.path)
        narrower = [kind.name for kind in KINDS.values() if stops.level == "channel" and EMAIL not in kind.locked_in and not kind.by_bell]
        for kind in narrower:  # one that was switched on by itself would be mailed all the same
            await deps.queue.submit(SetPreference(link.account_id, "kind", EMAIL, kind, "inherit", deps.clock.now()))
        await deps.queue.submit(SetPreference(link.account_id, stops.level, EMAIL, stops.subject, "off", deps.clock.now()))
        return _page("Stopped", f"You get no more mails about: {stops.label.lower()}. The settings of your inbox take that back.", "")

    return router


def _read(deps: RouteDependencies, token: str) -> tuple[MailLink, StoppedMails]:
    """Return what a link is for.

    Raises:
        MailLinkInvalid: when it is not ours, or not for this.

    """
    link = deps.mailing.links.read(token, UNSUBSCRIBE)
    stops = stopped_by(link.subject)
    if stops is None:
        raise MailLinkInvalid
    return link, stops


def _page(title: str, said: str, more: str) -> HTMLResponse:
    return HTMLResponse(PAGE.format(title=title, said=html.escape(said), more=more), headers=HEADERS)
