"""The mails that an embedded mail server took: what a mailbox of development holds, and what is asked of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class KeptMail(msgspec.Struct, frozen=True):
    """A mail that was taken; `text` and `html` are its parts, decoded, empty where it has no such part."""

    mail_id: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    text: str
    html: str


class Mailbox(Protocol):
    """Reads mails that were taken. Every method reads files: call it from a thread that may wait."""

    def newest(self, limit: int, recipient: str = "") -> Sequence[KeptMail]:
        """Return mails, the newest first, all or those to one recipient."""
        ...

    def mail(self, mail_id: str) -> KeptMail | None:
        """Return a mail; None where there is none of that id, or not any more."""
        ...
