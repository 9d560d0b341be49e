"""A kept SMTP client: a few connections, used again, and an honest outcome for each mail.

A mail is certainly not taken as long as its last dot was not written. From then on a missing or senseless answer means that nobody knows.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.protocol import PERIOD_REGEX

from infra.delivery.port import Gone, Later, Outcome, Sent, Undeliverable, Unknown

CONNECTIONS_MAX = 8
IDLE_S_MAX = 30.0
"""A connection that was idle for so long is not used again: servers close them, and some without a word."""
MAILS_PER_CONNECTION_MAX = 500
GOODBYE_S = 1.0
ANSWER_CHARACTERS_MAX = 300
GO_AHEAD = 354
NOT_AVAILABLE = 421
"""Said of the whole server, at any step."""
NO_SUCH_MAILBOX = (550, 551, 553)
OF_ADDRESS = re.compile(r"5\.(?!1\.)[0-9]{1,3}\.")
"""An enhanced status code (RFC 3463) of another subject than the address: 5.7.1 is the server's policy, not the mailbox's absence."""


class SmtpServer(NamedTuple):
    """Where mail is handed over. `tls` is implicit TLS from the first byte; else `starttls` is required, offered or never.

    `timeout_s` bounds each single step: connecting, each answer.
    """

    host: str
    port: int
    tls: bool = False
    starttls: str = "offered"
    user: str = ""
    password: str = ""
    timeout_s: float = 20.0
    tls_context: ssl.SSLContext | None = None


class _Kept(NamedTuple):
    client: SMTP
    used_s: float
    mails: int


class SmtpClient:
    """Hands mails to one server over at most so many connections at a time. For one event loop."""

    def __init__(self, server: SmtpServer, monotonic_s: Callable[[], float], *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._server, self._monotonic_s = server, monotonic_s
        self._free = asyncio.Semaphore(connections_max)
        self._idle: list[_Kept] = []

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one mail; the message has lines that end with CR LF. Never raises for what a server does.

        A kept connection that turns out to be closed is replaced once: nothing of the mail was written to it.
        """
        async with self._free:
            while self._idle:
                kept = self._idle.pop()
                if not kept.client.is_connected or self._monotonic_s() - kept.used_s > IDLE_S_MAX:
                    _drop(kept.client)
                    continue
                try:
                    return await self._hand_over(kept, sender, recipient, message)
                except SMTPServerDisconnected:
                    break
            try:
                return await self._hand_over(_Kept(await self._connected(), 0.0, 0), sender, recipient, message)
            except (SMTPException, OSError) as error:
                return Later(f"no connection to the mail server: {_said(error)}")

    async def close(self) -> None:
        """Say goodbye on the connections that are kept."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_leave(kept.client) for kept in idle))

    async def _connected(self) -> SMTP:
        """Return a connection on which mail may be sent.

        Raises:
            SMTPException, OSError: where none is to be had, or the server refuses our TLS or our credentials.

        """
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False,
            timeout=server.timeout_s,
            local_hostname="localhost",
            tls_context=server.tls_context,
        )
        try:
            await client.connect()
            await client.ehlo()
            wanted = server.starttls == "required" or (server.starttls == "offered" and client.supports_extension("starttls"))
            if wanted and not server.tls:
                await client.starttls()
                await client.ehlo()
            if server.user:
                await client.login(server.user, server.password)
        except BaseException:
            _drop(client)
            raise
        return client

    async def _hand_over(self, kept: _Kept, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over a mail on a connection, and keep that where it is still sound.

        Raises:
            SMTPServerDisconnected: where it was closed before anything was written.

        """
        client, sound = kept.client, False
        try:
            outcome, sound = await self._envelope(client, sender, recipient) or await self._body(client, message)
        finally:
            if not sound:
                _drop(client)
        if client.is_connected and kept.mails + 1 < MAILS_PER_CONNECTION_MAX:
            self._idle.append(_Kept(client, self._monotonic_s(), kept.mails + 1))
        elif client.is_connected:
            await _leave(client)
        return outcome

    async def _envelope(self, client: SMTP, sender: str, recipient: str) -> tuple[Outcome, bool] | None:
        """Name sender and recipient; return what came of the mail, and whether the connection is sound, where it ends here."""
        options = () if recipient.isascii() else ("SMTPUTF8",)
        if options and not client.supports_extension("smtputf8"):
            return Undeliverable("the mail server does not take addresses beyond ASCII (SMTPUTF8)"), True
        try:
            await client.mail(sender, options=options)
        except SMTPTimeoutError as error:
            return Later(_said(error)), False
        except SMTPResponseException as error:
            return _refused(error), False
        try:
            await client.rcpt(recipient, encoding="utf-8")
        except SMTPRecipientRefused as error:
            return await self._without(client, _refused(error, at_recipient=True))
        except (SMTPTimeoutError, SMTPServerDisconnected, SMTPResponseException) as error:
            return Later(_said(error)), False
        return None

    async def _without(self, client: SMTP, outcome: Outcome) -> tuple[Outcome, bool]:
        """Take the envelope back, so that the connection serves the next mail."""
        try:
            await client.rset()
        except (SMTPException, OSError):
            return outcome, False
        return outcome, True

    async def _body(self, client: SMTP, message: bytes) -> tuple[Outcome, bool]:
        """Send the message; return what came of it, and whether the connection is sound."""
        try:
            started = await client.execute_command(b"DATA")
            if started.code != GO_AHEAD:
                return _refused(SMTPResponseException(started.code, started.message)), False
            protocol = client.protocol
            if protocol is None:
                raise SMTPServerDisconnected("Connection lost")
            protocol.write(PERIOD_REGEX.sub(b"..", message) + b".\r\n")
        except (SMTPException, OSError) as error:
            return Later(_said(error)), False
        try:
            answer = await protocol.read_response(timeout=self._server.timeout_s)
        except (SMTPException, OSError) as error:
            return Unknown(f"the mail was sent whole, and no answer came that says anything: {_said(error)}"), False
        if 200 <= answer.code < 300:
            return Sent(_plain(f"{answer.code} {answer.message}")), True
        if 400 <= answer.code < 600:
            return _refused(SMTPResponseException(answer.code, answer.message)), answer.code != NOT_AVAILABLE
        return Unknown(f"the mail was sent whole, and the answer says nothing: {_plain(f'{answer.code} {answer.message}')}"), False


async def _leave(client: SMTP) -> None:
    """End a connection politely, and soon."""
    transport = client.transport
    with suppress(SMTPException, OSError):
        await client.quit(timeout=GOODBYE_S)
    client.close()
    _abort(transport)


def _drop(client: SMTP) -> None:
    """End a connection at once: there is nothing more to say on it."""
    transport = client.transport
    client.close()
    _abort(transport)


def _abort(transport: asyncio.BaseTransport | None) -> None:
    """Free the socket now; the goodbye of TLS may take half a minute."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _refused(error: SMTPResponseException, *, at_recipient: bool = False) -> Outcome:
    """Return what a refusal means: 4xx for now, 5xx for good.

    At the recipient it is of this one mailbox: nothing for it now, or no such mailbox.
    """
    said = _said(error)
    if isinstance(error, SMTPAuthenticationError) or not 500 <= error.code < 600:
        return Later(said, of_address=at_recipient and error.code != NOT_AVAILABLE)
    if at_recipient and error.code in NO_SUCH_MAILBOX and not OF_ADDRESS.match(error.message):
        return Gone(said)
    return Undeliverable(said)


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException) and error.code > 0:
        return _plain(f"{error.code} {error.message}")
    return _plain(str(error) or type(error).__name__)


def _plain(said: str) -> str:
    """Return what a server said in one printable line of bounded length."""
    line = " ".join(said.split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)[:ANSWER_CHARACTERS_MAX]
