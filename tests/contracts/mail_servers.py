"""Real mail servers that behave well, badly, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from infra.delivery.smtp_client import SmtpServer
from infra.embedded.server import HOST, free_port


class Taking:
    """Takes mails, and answers a recipient as `answers` says, one answer after the other; `sessions` counts connections."""

    def __init__(self, answers: dict[str, list[str]] | None = None, at_end: list[str] | None = None) -> None:
        self.answers, self.at_end = answers or {}, at_end or []
        self.taken: list[tuple[list[str], EmailMessage, bytes]] = []
        self.peers: set[tuple[str, int]] = set()
        self.logins: list[bytes] = []
        self.encrypted: list[bool] = []

    async def handle_RCPT(self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        self.peers.add(session.peer)
        answer = self.answers[address].pop(0) if self.answers.get(address) else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_end:
            return self.at_end.pop(0)
        message = message_from_bytes(envelope.content, policy=default)
        self.taken.append((list(envelope.rcpt_tos), message, envelope.content))
        self.encrypted.append(session.ssl is not None)
        return "250 Kept"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword) -> AuthResult:
        self.logins.append(login.password)
        return AuthResult(success=login == LoginPassword(b"ann", b"secret"), handled=False)


@contextmanager
def serving(handler: object, **options: object) -> Iterator[SmtpServer]:
    """Serve SMTP by a handler in a thread of its own."""
    port = free_port()
    controller = Controller(handler, hostname=HOST, port=port, enable_SMTPUTF8=True, **options)
    controller.start()
    try:
        yield SmtpServer(HOST, port, starttls="never", timeout_s=30.0)
    finally:
        controller.stop()


@contextmanager
def serving_encrypted(handler: Taking, context: SSLContext) -> Iterator[SmtpServer]:
    """Serve SMTP that takes mail only after STARTTLS and a login."""
    options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": handler.authenticate}
    with serving(handler, **options) as server:
        yield server


Says = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def scripted(*scripts: Says):
    """Serve connections on this loop, each by the next script; the last serves all that follow. Yields the server."""
    port, left = free_port(), list(scripts)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await (left.pop(0) if len(left) > 1 else left[0])(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, HOST, port):
        yield SmtpServer(HOST, port, starttls="never", timeout_s=30.0)


def script(*steps: tuple[bytes, bytes | None], hang: bool = False) -> Says:
    """Return a script: a greeting, then for each line that begins so, that answer; a missing answer ends the connection.

    Where it should hang, a missing answer waits until the client goes.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(answer: bytes | None) -> bool:
            if answer is None:
                if hang:
                    await reader.read()
                return False
            writer.write(answer)
            await writer.drain()
            return True

        for awaited, answer in steps:
            line = b""
            while awaited and not (line := await reader.readline()).startswith(awaited):
                if not line:
                    return
            if not await say(answer):
                return
        await reader.read()

    return serve


ENVELOPE = (
    (b"", b"220 hello\r\n"),
    (b"EHLO", b"250 hello\r\n"),
    (b"MAIL", b"250 ok\r\n"),
    (b"RCPT", b"250 ok\r\n"),
    (b"DATA", b"354 go\r\n"),
)
