"""A notice as a mail: a text part, an HTML part in which nothing a person wrote is markup, and headers that nobody can add to."""

import html
import re
from base64 import b64encode
from binascii import b2a_qp
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from domain.notification.wording.words import words_of
from infra.delivery.port import NoticeDelivery, NoticeText

ADDRESS_CHARACTERS_MAX = 254
SUBJECT_CHARACTERS_MAX = 200
WORD_CHARACTERS = 12
"""So many of a header beyond ASCII are one encoded word, which may have 75 (RFC 2047): each takes at most four bytes."""
PLAIN_WORDS = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
NEVER_IN_ADDRESSES = frozenset('<>()[]\\,;:" ')
SENDER = re.compile(r'(?:"?(?P<name>[^"<>]*?)"?\s*<(?P<within>[^<>]+)>|(?P<bare>[^<>]+))')


class UnsafeHeaderError(ValueError):
    """A header would hold something that ends it, or that is no address: the mail is not made."""


class MailWords(NamedTuple):
    """What surrounds each notice. `sender` is "Name <address>" or an address, `public_url` is where the page is."""

    sender: str
    public_url: str


def mail_of(delivery: NoticeDelivery, words: MailWords, unsubscribe_url: str, at: datetime) -> tuple[str, bytes]:
    """Return the recipient as an envelope names it, and the message with lines that end with CR LF.

    It is written here: the standard library takes twenty times as long, and encodes List-Unsubscribe so that no mail program reads it.
    `unsubscribe_url` is empty where the kind cannot be switched off.

    Raises:
        UnsafeHeaderError: naming the part that is refused, never repeating it.

    """
    notice = delivery.message
    recipient = envelope_address(delivery.address.get("email", ""))
    name, sender = sender_of(words.sender)
    delivery_id = _one_line(delivery.delivery_id, "id of the delivery")
    leave = _one_line(unsubscribe_url, "link to unsubscribe")
    link = _link(words.public_url, notice.path)
    boundary = f"=_{delivery_id}"  # quoted-printable writes an equals sign as =3D: no part can hold it
    headers = [
        f"From: {_encoded(name)} <{sender}>" if name else f"From: {sender}",
        f"To: {recipient}",
        f"Subject: {_encoded(_one_line(notice.title, 'subject')[:SUBJECT_CHARACTERS_MAX])}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{delivery_id}@{sender.rpartition('@')[2]}>",
        f"Content-Language: {words_of(notice.language).language}",
        "Auto-Submitted: auto-generated",
        *((f"List-Unsubscribe: <{leave}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click") if leave else ()),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    parts = (
        ("plain", _text(notice, link, leave)),
        ("html", _html(notice, link, leave)),
    )
    lines = ["\r\n".join(headers).encode(), b""]
    for subtype, content in parts:
        head = f'--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
        lines += [head.encode(), b2a_qp("\r\n".join(content.splitlines()).encode(errors="replace"))]
    return recipient, b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])


def envelope_address(address: str) -> str:
    """Return an address as SMTP names it: its domain in ASCII.

    Raises:
        UnsafeHeaderError: where it is none, or has a character that ends a header or a command.

    """
    _one_line(address, "address")
    user, _, domain = address.rpartition("@")
    if not user or not domain or len(address) > ADDRESS_CHARACTERS_MAX or NEVER_IN_ADDRESSES & set(address):
        raise UnsafeHeaderError("the address is no address that a mail can go to")
    try:
        return f"{user}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        raise UnsafeHeaderError("the address has a domain that cannot exist") from None


def sender_of(sender: str) -> tuple[str, str]:
    """Return name and address of a sender that is written as "Name <address>" or as an address; the name may be empty.

    Raises:
        UnsafeHeaderError: where it is neither.

    """
    read = SENDER.fullmatch(_one_line(sender, "sender").strip())
    if read is None:
        raise UnsafeHeaderError("the sender is no address that a mail can come from")
    return (read["name"] or "").strip(), envelope_address((read["within"] or read["bare"]).strip())


def _encoded(text: str) -> str:
    """Return what a person reads as a header holds it: letters, digits and spaces as they are, all else in encoded words."""
    if PLAIN_WORDS.fullmatch(text):
        return text
    pieces = (text[start : start + WORD_CHARACTERS] for start in range(0, len(text), WORD_CHARACTERS))
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece.encode(errors='replace')).decode()}?=" for piece in pieces)


def _one_line(text: str, what: str) -> str:
    """Return a text that is a header's. What would end it is refused, not repaired: nobody sends it by accident."""
    if not text.isprintable():
        raise UnsafeHeaderError(f"the {what} has a line break or a character that cannot be seen")
    return text


def _link(public_url: str, path: str) -> str:
    """Return the address of a page of ours; whatever is no path of ours leads to the first page."""
    told = urlsplit(path)
    ours = path.startswith("/") and not path.startswith("//") and not told.scheme and not told.netloc and path.isprintable()
    return public_url.rstrip("/") + (path if ours else "/")


def _text(notice: NoticeText, link: str, unsubscribe_url: str) -> str:
    leave = f"\n{words_of(notice.language).say('mail.stop')}: {unsubscribe_url}\n" if unsubscribe_url else ""
    return f"{notice.title}\n\n{notice.body}\n\n{link}\n{leave}"


def _html(notice: NoticeText, link: str, unsubscribe_url: str) -> str:
    escaped, title, words = html.escape, notice.title, words_of(notice.language)
    lines = "<br>\n".join(escaped(line) for line in notice.body.splitlines())
    stop = escaped(words.say("mail.stop"))
    leave = f'<p><small><a href="{escaped(unsubscribe_url)}">{stop}</a></small></p>\n' if unsubscribe_url else ""
    return (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8"><title>{escaped(title)}</title></head>\n'
        f'<body style="font-family:sans-serif;max-width:36em">\n<h1 style="font-size:1.2em">{escaped(title)}</h1>\n<p>{lines}</p>\n'
        f'<p><a href="{escaped(link)}">{escaped(words.say("mail.open"))}</a></p>\n{leave}</body></html>\n'
    )
