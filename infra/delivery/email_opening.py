"""Opens the channel of e-mail, whose mails carry the link that ends them (RFC 8058)."""

from collections.abc import Callable

from api.auth.mail_links import MailLinks
from api.http.unsubscribe_page import UNSUBSCRIBE, path_of, stopped_by
from infra.clock import Clock
from infra.delivery.email import EmailChannel
from infra.delivery.email_message import MailWords
from infra.settings import Settings


def open_email(settings: Settings, clock: Clock, log_id: str, page_url: str) -> EmailChannel | None:
    """Open the channel for the event loop that uses it; None where there is no mail server."""
    server = settings.mail_server()
    if server is None:
        return None
    links = MailLinks(settings.token_key(), clock, log_id)
    words = MailWords(settings.mail_from, page_url)
    return EmailChannel(server, words, leaving(links, page_url), clock, connections_max=settings.mail_connections_max)


def leaving(links: MailLinks, page_url: str) -> Callable[[str, str, str], str]:
    """Return what gives the link with which an account stops mails of a kind; empty for what is always told by mail."""

    def link(account_id: str, kind: str, language: str) -> str:
        return "" if stopped_by(kind) is None else f"{page_url}{path_of(links.token(UNSUBSCRIBE, account_id, kind), language)}"

    return link
