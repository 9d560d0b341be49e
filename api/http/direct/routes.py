"""Requests that are answered without a framework: what a handler is given, and what it answers with."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from api.http.headers import API_HEADERS, NO_STORE, encoded
from api.http.problems import PROBLEM_JSON, PROBLEMS, extra_headers
from api.positions import Positions
from domain.ids import ID_REGEX
from domain.refused import Refused

STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
SECURITY = encoded(API_HEADERS)


ID_BYTES = re.compile(ID_REGEX.pattern.encode())
OTHER_ROUTE = "(other)"
"""What a request is counted under that was answered here although its route is the framework's: no client's path becomes a label."""


class DirectRequest(NamedTuple):
    """A request that is here in whole. `fields` has the header fields that handlers ask for, by lowercase name.

    `client` is the address that limits count by; `request_id` is what log lines and the answer carry.
    """

    method: bytes
    path: bytes
    query: bytes
    fields: Mapping[bytes, bytes]
    body: bytes
    client: str
    request_id: bytes


class Reply(NamedTuple):
    """An answer: status, further header lines as they go over the wire, body. A HEAD is answered without the body."""

    status: int
    lines: bytes
    body: bytes


Answer = Callable[[Reply], None]
Handler = Callable[[DirectRequest, Answer], None]
"""Answers a request, now or later, by calling `Answer` once, from the event loop."""
Takes = Callable[[bytes], bool]
"""Whether a request with this query is one for the handler; the framework answers the others."""


def without_query(query: bytes) -> bool:
    """Whether there is no query."""
    return not query


class Routes:
    """Handlers by method and path, or by method and the folder of the path."""

    def __init__(self) -> None:
        self._exact: dict[tuple[bytes, bytes], tuple[Handler, Takes]] = {}
        self._names: dict[bytes, str] = {}
        self._folders: dict[tuple[bytes, bytes], tuple[Handler, Takes]] = {}
        self._inside: dict[tuple[bytes, bytes], tuple[bytes, Handler]] = {}
        self._inside_names: dict[bytes, tuple[bytes, str]] = {}

    def add(self, method: str, path: str, handler: Handler, takes: Takes = without_query) -> None:
        """Answer a method at a path; a path that ends with a slash answers whatever is directly in that folder."""
        self._names[path.encode()] = path
        (self._folders if path.endswith("/") else self._exact)[method.encode(), path.encode()] = (handler, takes)

    def add_inside(self, method: str, folder: str, ending: str, handler: Handler) -> None:
        """Answer a method at what an id in a folder has under an ending, such as `/like`; the framework answers where it is no plain id."""
        self._inside[method.encode(), ending.encode()] = (folder.encode(), handler)
        self._inside_names[ending.encode()] = (folder.encode(), f"{folder}{{id}}{ending}")

    def name_of(self, path: bytes) -> str:
        """Return the route of a path that is answered here: the path itself, its folder with the parameter's place, else `OTHER_ROUTE`."""
        name = self._names.get(path)
        inside = self._inside_names.get(path[path.rfind(b"/") :])
        if inside is not None and path.startswith(inside[0]):
            return inside[1]
        if name is None:
            folder = self._names.get(path[: path.rfind(b"/") + 1])
            name = OTHER_ROUTE if folder is None else f"{folder}{{id}}"
        return name

    def find(self, method: bytes, path: bytes, query: bytes) -> Handler | None:
        """Return who answers, None for the framework."""
        found = self._exact.get((method, path))
        if found is None and self._folders:
            found = self._folders.get((method, path[: path.rfind(b"/") + 1]))
        if found is None and self._inside and not query:
            return self._find_inside(method, path)
        return found[0] if found is not None and found[1](query) else None

    def _find_inside(self, method: bytes, path: bytes) -> Handler | None:
        cut = path.rfind(b"/")
        folder, handler = self._inside.get((method, path[cut:]), (b"", None))
        is_plain = path.startswith(folder) and ID_BYTES.fullmatch(path, len(folder), cut)
        return handler if is_plain else None


def head_of(reply: Reply, date: bytes, request_id: bytes, *, closes: bool) -> bytes:
    """Return the head of an answer: status line, date, security headers, the reply's own, the length of its body."""
    length = b"" if reply.status == 304 else b"content-length: %d\r\n" % len(reply.body)
    return b"%b%b%b%bx-request-id: %b\r\n%b%b\r\n" % (
        STATUS_LINES[reply.status],
        date,
        SECURITY,
        reply.lines,
        request_id,
        length,
        b"connection: close\r\n" if closes else b"",
    )


def problem_reply(refusal: Refused, path: bytes, positions: Positions | None = None) -> Reply:
    """Return a refusal as an answer to a request for a path; `positions` writes the position that it is true at."""
    headers = [(b"content-type", PROBLEM_JSON.encode()), NO_STORE]
    headers += [(name.lower().encode(), value.encode()) for name, value in extra_headers(refusal).items()]
    at = positions.header(refusal.log_position) if positions is not None and refusal.log_position else b""
    return Reply(PROBLEMS.status_of(refusal), encoded(headers) + at, PROBLEMS.encoded(refusal, path[:200].decode("latin-1")))
