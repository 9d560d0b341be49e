"""Notices by e-mail."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from infra.delivery.email_message import MailWords, UnsafeHeaderError, mail_of, sender_of
from infra.delivery.port import NoticeDelivery, Outcome, Undeliverable
from infra.delivery.smtp_client import SmtpClient, SmtpServer


class MailClock(Protocol):
    """Tells the time; `infra.clock.Clock` is the one there is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        ...


class EmailChannel:
    """Carries notices to mailboxes; see `DeliveryChannel`. SMTP has no key of idempotency: what may have arrived is not sent again.

    `unsubscribe_url` gives the link with which an account stops mails of a kind, on a page in a language; empty where it cannot.
    """

    name = "email"
    idempotent = False

    def __init__(
        self,
        server: SmtpServer,
        words: MailWords,
        unsubscribe_url: Callable[[str, str, str], str],
        clock: MailClock,
        *,
        connections_max: int,
    ) -> None:
        self._words, self._unsubscribe_url, self._clock = words, unsubscribe_url, clock
        self._client = SmtpClient(server, clock.monotonic_s, connections_max=connections_max)
        self._sender = sender_of(words.sender)[1]

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Carry a notice to its mailbox."""
        leave = self._unsubscribe_url(delivery.account_id, delivery.message.kind, delivery.message.language)
        try:
            recipient, message = mail_of(delivery, self._words, leave, self._clock.now())
        except UnsafeHeaderError as refusal:
            return Undeliverable(str(refusal))
        return await self._client.send(self._sender, recipient, message)

    async def close(self) -> None:
        """End the connections that are kept."""
        await self._client.close()
