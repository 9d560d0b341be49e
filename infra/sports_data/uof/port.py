"""The HTTP port of a Unified Odds Feed: one message in the body of a POST, with a bearer token; each refusal has a name.

Threads of the server hand messages over and wait; one thread takes them all (`taken_from`).
"""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Full, Queue
from typing import Any

from domain.text import is_plain
from infra.operator_errors import Failure
from infra.sports_data.uof.xml_document import BYTES_MAX

PATH = "/v1/uof/messages"
WAITING_MAX = 1_000
ANSWER_WITHIN_S = 30.0
REQUEST_TIMEOUT_S = 10
MESSAGE_ID_CHARACTERS_MAX = 80


@dataclass(eq=False)
class PortTaken(Failure):
    """Port {port} of {host} cannot be used ({reason}): choose another with --listen."""

    host: str
    port: int
    reason: str


@dataclass(eq=False)
class PostedMessage:
    """A message that was posted: its text, its name, and its answer, once there is one (a status and a body)."""

    text: bytes
    source: str
    answer: tuple[int, dict[str, Any]] | None = None
    is_answered: threading.Event = field(default_factory=threading.Event)

    def answered(self, status: int, body: dict[str, Any]) -> None:
        """Answer whoever waits."""
        self.answer = (status, body)
        self.is_answered.set()


def taken_from(posted: "Queue[PostedMessage]", wait_s: float, most: int) -> list[PostedMessage]:
    """Return what was posted, at most so many; wait for the first."""
    found: list[PostedMessage] = []
    try:
        found.append(posted.get(timeout=wait_s))
        while len(found) < most:
            found.append(posted.get_nowait())
    except Empty:
        pass
    return found


@contextmanager
def listening(host: str, port: int, token: str) -> "Iterator[Queue[PostedMessage]]":
    """Listen, and give the queue of what is posted.

    Raises:
        PortTaken: when the port cannot be used.

    """
    posted: Queue[PostedMessage] = Queue(WAITING_MAX)
    try:
        server = _Server((host, port), _Handler)
    except OSError as error:
        raise PortTaken(host, port, error.strerror or type(error).__name__) from None
    server.posted, server.token = posted, token.encode()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="uof port", daemon=True)
    thread.start()
    try:
        yield posted
    finally:
        server.shutdown()
        server.server_close()
        for left in taken_from(posted, 0.01, WAITING_MAX):
            left.answered(503, problem("stopping", "The feed is stopping. Nothing was done; send the message again."))


def problem(name: str, title: str, **more: Any) -> dict[str, Any]:
    """Return the body of an answer that is an error: its name, what happened, and evidence."""
    return {"type": name, "title": title} | more


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    posted: "Queue[PostedMessage]"
    token: bytes
    messages = 0


class _Handler(BaseHTTPRequestHandler):
    """Checks a request before its body is read, hands the message over, and waits for its answer."""

    server: _Server
    timeout = REQUEST_TIMEOUT_S
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take one message."""
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").encode("utf-8", "replace")
        length = self.headers.get("Content-Length", "")
        if not secrets.compare_digest(given, self.server.token):
            self._drop(length)
            self._answer(401, problem("unauthenticated", "The bearer token is missing or another one."))
        elif self.path != PATH:
            self._drop(length)
            self._answer(404, problem("not-found", f"Messages are posted to {PATH}."))
        elif not (length.isascii() and length.isdigit() and len(length) < 12):
            self._answer(411, problem("length-required", "The Content-Length of the message is missing."))
        elif int(length) > BYTES_MAX:
            self._answer(413, problem("message-too-large", "The message is too large.", bytes_max=BYTES_MAX))
        else:
            self._take(self.rfile.read(int(length)))

    def do_GET(self) -> None:
        """Refuse what is no POST."""
        self._answer(405, problem("method-not-allowed", f"Messages are posted to {PATH}."))

    do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815  (the names are the standard library's)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name is the standard library's)
        """Say nothing."""

    def _drop(self, length: str) -> None:
        """Read a short body that is not taken: a connection that is closed on unread bytes loses its answer."""
        if length.isascii() and length.isdigit() and len(length) < 6:
            self.rfile.read(int(length))

    def _take(self, text: bytes) -> None:
        message_id = self.headers.get("Message-Id", "")
        self.server.messages += 1
        source = f"message {message_id if is_plain(message_id, MESSAGE_ID_CHARACTERS_MAX) else self.server.messages}"
        message = PostedMessage(text, source)
        try:
            self.server.posted.put_nowait(message)
        except Full:
            self._answer(503, problem("overloaded", "Too many messages are waiting. Nothing was done; send the message again."))
            return
        message.is_answered.wait(ANSWER_WITHIN_S)
        status, body = message.answer or (503, problem("undecided", "The message is waiting still; sending it again changes nothing."))
        self._answer(status, body)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("Content-Length", str(len(text)))
        if status == 503:
            self.send_header("Retry-After", "1")
        if status != 200:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)
