"""Header fields of every answer, and those that control caching."""

from collections.abc import Iterable

CONTENT_SECURITY_POLICY = b"content-security-policy"
CACHE_CONTROL = b"cache-control"

API_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (CONTENT_SECURITY_POLICY, b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""On every answer; a page brings a policy of its own."""

NO_STORE = (CACHE_CONTROL, b"no-store")
"""Personal answers and problems are never cached."""
REVALIDATE = (CACHE_CONTROL, b"no-cache")
"""Public answers may be cached, and are revalidated with their ETag."""

REQUEST_ID = b"x-request-id"
REQUEST_ID_CHARACTERS_MAX = 64
_SANE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:")


def encoded(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return header fields as lines on the wire."""
    return b"".join([b"%b: %b\r\n" % field for field in headers])


def decoded(lines: bytes) -> list[tuple[bytes, bytes]]:
    """Return lines on the wire as header fields."""
    return [(name, value) for line in lines.split(b"\r\n") if line for name, _, value in (line.partition(b": "),)]


def is_sane_request_id(value: bytes) -> bool:
    """Whether a request id of a client's may stand in our logs and answers: short, letters, digits and `-_.:`."""
    return 0 < len(value) <= REQUEST_ID_CHARACTERS_MAX and _SANE.issuperset(value)


def completed(headers: Iterable[tuple[bytes, bytes]], request_id: bytes) -> list[tuple[bytes, bytes]]:
    """Return the header fields of an answer with those that every answer has, where it does not bring its own."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    given += [field for field in (*API_HEADERS, NO_STORE) if field[0] not in names]
    given.append((REQUEST_ID, request_id))
    return given
