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
from domain.notification.wording.words import CATALOGS, Words, words_of

UNSUBSCRIBE = "unsubscribe"
PATH = "/unsubscribe"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE = (
    '<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}}"
    "button{{font:inherit;padding:.5rem 1rem}}:root{{color-scheme:light dark}}</style>"
    "<main><h1>{title}</h1><p>{said}</p>{more}</main></html>"
)
BUTTON = '<form method="post"><button type="submit">{said}</button></form>'


class StoppedMails(NamedTuple):
    """The preference that stops mails of a kind; `about` names what they are about, as catalogs do."""

    level: str
    subject: str
    about: str


def stopped_by(kind: str) -> StoppedMails | None:
    """Return what stops mails of a kind; all mails where it is of none, as a digest is. None for what is always told by mail."""
    known = KINDS.get(kind)
    if known is None:
        return StoppedMails("channel", "", "about.all")
    if EMAIL in known.locked_in:
        return None
    if known.by_bell:
        return StoppedMails("promotion", known.product, f"about.{kind}")
    return StoppedMails("kind", kind, f"about.{kind}")


def path_of(token: str, language: str = "en") -> str:
    """Return the path and query of a link; `language` is that of the page that it leads to."""
    return f"{PATH}?token={token}" + (f"&language={language}" if language != "en" else "")


def unsubscribe_page(deps: RouteDependencies) -> APIRouter:
    """Return the page's routes."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def ask(request: Request, token: str = "", language: str = "en") -> Response:
        try:
            _, stops = _read(deps, token)
        except MailLinkInvalid as refusal:
            return problem_response(refusal, request.url.path)
        words = words_of(language if language in CATALOGS else "en")
        button = BUTTON.format(said=html.escape(words.say("stop.button")))
        return _page(words, "stop.title", words.say("stop.about", what=words.say(stops.about)), button)

    @router.post(PATH)
    async def stop(request: Request, token: str = "", language: str = "en") -> Response:
        try:
            link, stops = _read(deps, token)
        except MailLinkInvalid as refusal:
            return problem_response(refusal, request.url.path)
        narrower = [kind.name for kind in KINDS.values() if stops.level == "channel" and EMAIL not in kind.locked_in and not kind.by_bell]
        for kind in narrower:  # one that was switched on by itself would be mailed all the same
            await deps.queue.submit(SetPreference(link.account_id, "kind", EMAIL, kind, "inherit", deps.clock.now()))
        await deps.queue.submit(SetPreference(link.account_id, stops.level, EMAIL, stops.subject, "off", deps.clock.now()))
        words = words_of(language if language in CATALOGS else "en")
        return _page(words, "stop.done_title", words.say("stop.done", what=words.say(stops.about)), "")

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


def _page(words: Words, title: str, said: str, more: str) -> HTMLResponse:
    page = PAGE.format(language=words.language, title=html.escape(words.say(title)), said=html.escape(said), more=more)
    return HTMLResponse(page, headers=HEADERS)
