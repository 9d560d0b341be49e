"""The embedded mail server: takes every mail of this machine and keeps it as a file, so that nothing leaves during development.

It runs in a thread of the process that starts it, and ends with that process.
"""

import asyncio
import logging
from pathlib import Path
from types import TracebackType

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.clock import Clock
from infra.embedded.errors import PortBusy, ServerDidNotStart
from infra.embedded.mailbox import FileMailbox
from infra.embedded.server import HOST, free_port, port_is_free

TITLE = "The embedded mail server"
PORT_SETTING = "SLIPSTREAM_MAIL_PORT"
MAIL_BYTES_MAX = 1024 * 1024
RECIPIENTS_MAX = 100

logger = structlog.get_logger()


class EmbeddedMailServer:
    """An SMTP server on 127.0.0.1 over a mailbox; `start()` gives its URL, `stop()` ends it, `with` does both."""

    def __init__(self, mailbox: FileMailbox, *, port: int | None = None) -> None:
        self._mailbox, self._port = mailbox, port
        self._controller: Controller | None = None

    def start(self) -> str:
        """Listen, and return the URL.

        Raises:
            PortBusy: when another program has the port. ServerDidNotStart: when it cannot listen for another reason.

        """
        if self._port is not None and not port_is_free(self._port):
            raise PortBusy(TITLE, self._port, PORT_SETTING)
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # it logs what every client says, addresses too
        port = self._port or free_port()
        controller = Controller(
            _Keeper(self._mailbox),
            hostname=HOST,
            port=port,
            data_size_limit=MAIL_BYTES_MAX,
            enable_SMTPUTF8=True,
            server_hostname="localhost",
        )
        try:
            controller.start()
        except (OSError, TimeoutError) as error:
            raise ServerDidNotStart(TITLE, str(error), Path("-")) from error
        self._controller = controller
        logger.info("server started", server=TITLE, port=port)
        return f"smtp://{HOST}:{port}"

    def stop(self) -> None:
        """Stop listening, and end every connection."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Keeper:
    """What the server does with a mail."""

    def __init__(self, mailbox: FileMailbox) -> None:
        self._mailbox, self._clock = mailbox, Clock()

    async def handle_RCPT(  # noqa: N802  (the library calls it by this name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (as above)
        content = envelope.content
        message = content.encode(errors="replace") if isinstance(content, str) else content or b""
        try:
            for recipient in envelope.rcpt_tos:
                await asyncio.to_thread(self._mailbox.keep, envelope.mail_from or "", recipient, message, self._clock.now)
        except OSError as error:
            logger.warning("a mail could not be kept", error=str(error))
            return "451 4.3.0 The mail could not be kept"
        return "250 2.0.0 Kept"
