"""Mails as files in a folder: one for each, whole or not there, the oldest removed as new ones come."""

import os
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from api.mailbox import KeptMail

MAILS_MAX = 1_000
MAIL_ID = re.compile(r"[0-9]{16}-[0-9a-f]{8}")
SUFFIX = ".eml"
ENVELOPE = b"X-Envelope-From: %s\r\nX-Envelope-To: %s\r\n"


class FileMailbox:
    """Keeps at most so many mails in a folder that only its owner reads; see `api.mailbox.Mailbox`. For any thread."""

    def __init__(self, folder: Path, *, mails_max: int = MAILS_MAX) -> None:
        self.folder, self._mails_max = folder, mails_max
        self._keeping = threading.Lock()

    def keep(self, sender: str, recipient: str, message: bytes, now: Callable[[], datetime]) -> None:
        """Keep a mail as it came, with its envelope above it.

        Raises:
            OSError: when it cannot be written.

        """
        self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        mail_id = f"{round(now().timestamp() * 1e6):016d}-{secrets.token_hex(4)}"
        half = self.folder / f".{mail_id}"
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(ENVELOPE % (sender.encode(errors="replace"), recipient.encode(errors="replace")) + message)
        half.rename(self.folder / f"{mail_id}{SUFFIX}")
        with self._keeping:
            for mail in self._ids()[self._mails_max :]:
                (self.folder / f"{mail}{SUFFIX}").unlink(missing_ok=True)

    def newest(self, limit: int, recipient: str = "") -> Sequence[KeptMail]:
        """Return mails, the newest first, all or those to one recipient."""
        found: list[KeptMail] = []
        for mail_id in self._ids():
            if len(found) == limit:
                break
            mail = self.mail(mail_id)
            if mail is not None and recipient.casefold() in ("", mail.recipient.casefold()):
                found.append(mail)
        return found

    def mail(self, mail_id: str) -> KeptMail | None:
        """Return a mail; None where there is none of that id, or not any more."""
        if not MAIL_ID.fullmatch(mail_id):
            return None
        with suppress(FileNotFoundError):
            return _read(mail_id, (self.folder / f"{mail_id}{SUFFIX}").read_bytes())
        return None

    def _ids(self) -> list[str]:
        """Return the ids of all mails, the newest first."""
        with suppress(FileNotFoundError):
            names = (Path(entry.name) for entry in os.scandir(self.folder))
            return sorted((name.stem for name in names if name.suffix == SUFFIX and MAIL_ID.fullmatch(name.stem)), reverse=True)
        return []


def _read(mail_id: str, raw: bytes) -> KeptMail:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage), "the policy makes these"
    at = datetime.fromtimestamp(int(mail_id.partition("-")[0]) / 1e6, UTC)
    sender, recipient = str(message["X-Envelope-From"] or ""), str(message["X-Envelope-To"] or "")
    return KeptMail(mail_id, at, sender, recipient, _subject(message), _part(message, "plain"), _part(message, "html"))


def _subject(message: EmailMessage) -> str:
    try:
        return str(message["Subject"] or "")
    except (LookupError, ValueError):  # a mail may hold anything
        return "(unreadable)"


def _part(message: EmailMessage, subtype: str) -> str:
    try:
        part = message.get_body((subtype,))
        content = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError):  # a mail may hold anything
        return "(unreadable)"
    return content.replace("\r\n", "\n") if isinstance(content, str) else ""
