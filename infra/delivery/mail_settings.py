"""What an operator may turn about e-mail; see `infra.settings`, which these settings are part of."""

from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from infra.delivery.email_message import UnsafeHeaderError, sender_of
from infra.delivery.smtp_client import CONNECTIONS_MAX, SmtpServer
from infra.kept_secret import TOKEN_SECRET_CHARS_MIN
from infra.stream.settings import PORT_MAX

PORTS = {"smtp": 587, "smtps": 465}


class MailSettings(BaseSettings):
    """Where mail is handed over, as whom, and where its links lead."""

    mail_url: str | None = Field(
        None,
        description="URL of the mail server, such as smtp://user:password@host:587, or smtps:// for TLS from the first byte. Unset: the "
        "embedded server, which keeps every mail, under `slipstream up`; otherwise no mail is sent.",
    )
    mail_starttls: Literal["required", "offered", "never"] = Field(
        "offered", description="Whether smtp:// goes on encrypted: required, or where the server offers it, or never."
    )
    mail_from: str = Field("Slipstream <no-reply@slipstream.example>", description="Sender of mails: an address, or a name with one.")
    mail_webhook_key: SecretStr | None = Field(
        None,
        min_length=TOKEN_SECRET_CHARS_MIN,
        description="Key that reports of bounced mails and of complaints are signed with (HMAC-SHA256). Unset: none are taken.",
    )
    mail_timeout_s: float = Field(20.0, gt=0, le=600, description="How long the mail server may take for an answer, in seconds.")
    mail_connections_max: int = Field(CONNECTIONS_MAX, ge=1, le=100, description="Connections to the mail server at a time.")
    mail_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded mail server. Unset: a free one.")
    mail_page: bool = Field(
        default=False,
        description="Whether /mail shows, to this machine alone, what the embedded mail server keeps. `slipstream up` turns it on.",
    )
    public_url: str | None = Field(
        None, description="Address of the page as people reach it, for links in mails. Unset: that of the HTTP API."
    )

    @field_validator("mail_url")
    @classmethod
    def _is_mail_server(cls, url: str | None) -> str | None:
        if url is not None:
            _read(url)
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, sender: str) -> str:
        try:
            sender_of(sender)
        except UnsafeHeaderError as refusal:
            raise ValueError(f"is no sender such as Slipstream <no-reply@example.com>: {refusal}") from None
        return sender

    @field_validator("public_url")
    @classmethod
    def _is_page(cls, url: str | None) -> str | None:
        if url is not None and not (url.isprintable() and url.startswith(("http://", "https://")) and urlsplit(url).hostname):
            raise ValueError("is no address of a page, such as https://bets.example.com")
        return url.rstrip("/") if url is not None else None

    def mail_server(self) -> SmtpServer | None:
        """Return the mail server, None where no mail is sent."""
        if self.mail_url is None:
            return None
        return _read(self.mail_url)._replace(starttls=self.mail_starttls, timeout_s=self.mail_timeout_s)


def _read(url: str) -> SmtpServer:
    try:
        told = urlsplit(url)
        port = told.port
    except ValueError:
        told, port = urlsplit(""), None
    if told.scheme not in PORTS or not told.hostname or told.path not in ("", "/") or told.query or not url.isprintable():
        raise ValueError("is no URL of a mail server, such as smtp://user:password@host:587 or smtps://host")
    return SmtpServer(
        told.hostname,
        port or PORTS[told.scheme],
        tls=told.scheme == "smtps",
        user=unquote(told.username or ""),
        password=unquote(told.password or ""),
    )
