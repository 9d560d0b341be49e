"""`/mail`: what the embedded mail server took, for whoever develops on this machine, and for nobody else."""

import asyncio
import html
import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.problems import problem_response
from api.mailbox import KeptMail, Mailbox
from api.refusals import RouteUnknown

PATH = "/mail"
MAILS_SHOWN_MAX = 100
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
LINK = re.compile(r"https?://[^\s<>\"']+")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;background:#fff;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #ddd;vertical-align:top}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f5f5;padding:1rem}iframe{width:100%;height:24rem;border:1px solid #ddd}"
    "a{color:#0b57d0}td{overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}pre{background:#222}a{color:#8ab4f8}th,td{border-color:#333}}"
)


def mail_page(mailbox: Mailbox) -> APIRouter:
    """Return the page's routes. Whoever asks from elsewhere, or by another name than this machine's own, finds nothing here."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def mails(request: Request) -> Response:
        if not _is_here(request):
            return problem_response(RouteUnknown(PATH), PATH)
        return HTMLResponse(_list(await asyncio.to_thread(mailbox.newest, MAILS_SHOWN_MAX)), headers=HEADERS)

    @router.get(PATH + "/{mail_id}")
    async def mail(request: Request, mail_id: str) -> Response:
        found = await asyncio.to_thread(mailbox.mail, mail_id) if _is_here(request) else None
        if found is None:
            path = request.url.path[:200]
            return problem_response(RouteUnknown(path), path)
        return HTMLResponse(_whole(found), headers=HEADERS)

    return router


def _is_here(request: Request) -> bool:
    """Whether somebody asks from this machine, under its own name (another name may be a stranger's that leads here), past no proxy."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    forwarded = any(request.headers.get(name) for name in ("x-forwarded-for", "forwarded", "via"))
    try:
        from_here = ipaddress.ip_address(request.client.host if request.client else "").is_loopback
        to_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return from_here and to_here and not forwarded


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _list(mails: Sequence[KeptMail]) -> str:
    rows = "".join(
        f"<tr><td><time>{mail.at:%Y-%m-%d %H:%M:%S}</time></td><td>{html.escape(mail.recipient)}</td>"
        f'<td><a href="{PATH}/{mail.mail_id}">{html.escape(mail.subject) or "(no subject)"}</a></td></tr>'
        for mail in mails
    )
    head = "<h1>Mails</h1><p>What the embedded mail server took, the newest first; nothing left this machine.</p>"
    table = f"<table><thead><tr><th>Taken (UTC)</th><th>To</th><th>Subject</th></tr></thead><tbody>{rows}</tbody></table>"
    return _page("Mails", head + (table if rows else "<p>There are none yet.</p>"))


def _whole(mail: KeptMail) -> str:
    text = html.escape(mail.text, quote=False)
    linked = LINK.sub(lambda found: f'<a href="{html.escape(html.unescape(found[0]))}" rel="noreferrer">{found[0]}</a>', text)
    framed = f'<h2>As a mail program shows it</h2><iframe title="The mail" sandbox srcdoc="{html.escape(mail.html)}"></iframe>'
    return _page(
        mail.subject or "(no subject)",
        f'<p><a href="{PATH}">All mails</a></p><h1>{html.escape(mail.subject) or "(no subject)"}</h1>'
        f"<p>From {html.escape(mail.sender)} to {html.escape(mail.recipient)}, {mail.at:%Y-%m-%d %H:%M:%S} UTC</p>"
        f"<pre>{linked}</pre>{framed if mail.html else ''}",
    )
