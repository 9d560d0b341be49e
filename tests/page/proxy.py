"""A proxy in front of the API that does to answers what networks do: loses them, delays them, replaces them, or never gives one.

An answer is lost on its last byte: a browser repeats by itself what was closed before the first one.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.embedded.server import HOST
from tests.journeys.process_tree import until

NOT_PASSED_ON = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}
Answer = tuple[int, list[tuple[str, str]], bytes]
FILES: dict[tuple[int, str], Answer] = {}
"""The page's own files by port and path: they are the same for every test."""

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

INSTEAD: dict[str, Answer] = {
    "html": (502, [("content-type", "text/html")], HTML),
    "empty": (200, [("content-type", "application/json")], b'{"items": [], "next_cursor": null}'),
}
"""Answers that a rule gives instead of the API's."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    key: str
    body: bytes


@dataclass
class Rule:
    """What happens to requests of one method whose path begins so; `times` is for how many, None for all."""

    method: str
    path: str
    deed: str
    seconds: float = 0.0
    times: int | None = None


@dataclass
class Proxy:
    """The address to open, what was asked, the rules that stand, and what they did something to. The first rule that fits is followed."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    passing: set[object] = field(default_factory=set)
    troubled: set[tuple[str, str]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def let(self, method: str, path: str, deed: str, *, seconds: float = 0.0, times: int | None = None) -> None:
        """Follow a rule from now on: `lose` the answer, `delay` it, `hang`, `refuse`, or answer with `html` or an `empty` list."""
        self.rules.append(Rule(method, path, deed, seconds, times))

    def mend(self) -> None:
        """Let everything pass again."""
        self.rules.clear()

    def count(self, method: str, path: str) -> int:
        """How many requests of a method came for a path."""
        return sum((asked.method, asked.path) == (method, path) for asked in self.asked)

    def wait_for_quiet(self) -> None:
        """Wait until no request is with the API any more that passed before the rules of now."""
        until(lambda: not self.passing, "nothing is with the API")

    def bets(self) -> list[Asked]:
        """The requests that asked for a bet."""
        return [asked for asked in self.asked if (asked.method, asked.path) == ("POST", "/v1/bets")]

    def deed_for(self, method: str, path: str) -> Rule | None:
        for rule in self.rules:
            if rule.method == method and path.startswith(rule.path) and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                self.troubled.add((method, path.split("?", maxsplit=1)[0]))
                return rule
        return None


def _handler(proxy: Proxy, upstream: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            proxy.asked.append(Asked(self.command, self.path.split("?")[0], self.headers.get("idempotency-key") or "", body))
            rule = proxy.deed_for(self.command, self.path)
            if rule is not None and rule.deed in ("hang", "refuse"):
                if rule.deed == "hang":
                    proxy.over.wait(30)
                self.close_connection = True
                return
            status, headers, told = INSTEAD.get(rule.deed if rule else "") or self._upstream(body)
            if rule is not None and rule.deed == "lose":
                self.close_connection = True
                told = told[:-1]
            if rule is not None and rule.deed == "delay":
                proxy.over.wait(rule.seconds)
            self._send(status, headers, told, lost_bytes=int(rule is not None and rule.deed == "lose"))

        def _upstream(self, body: bytes) -> Answer:
            if not self.path.startswith("/web/"):
                return self._answer(body)
            if (upstream, self.path) not in FILES:
                FILES[upstream, self.path] = self._answer(body)
            return FILES[upstream, self.path]

        def _answer(self, body: bytes) -> Answer:
            connection = http.client.HTTPConnection(HOST, upstream, timeout=30)
            proxy.passing.add(connection)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
                connection.request(self.command, self.path, body or None, headers)
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                connection.close()
                proxy.passing.discard(connection)

        def _send(self, status: int, headers: list[tuple[str, str]], told: bytes, lost_bytes: int) -> None:
            try:
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in NOT_PASSED_ON:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(told) + lost_bytes))
                self.end_headers()
                self.wfile.write(told)
            except OSError:  # the page gave the request up, as it should
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815  (the names that http.server looks for)

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A connection that the browser dropped is no error here."""


@contextmanager
def proxied(upstream: int) -> Iterator[Proxy]:
    """A proxy to the API at a port, while it is needed."""
    proxy = Proxy(0)
    with _Server((HOST, 0), _handler(proxy, upstream)) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.over.set()
            server.shutdown()
            thread.join()
