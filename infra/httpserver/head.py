"""The head of one request as it comes in: its address and its fields, within limits, each of the fields that matter once."""

from typing import Final

from api import refusals as refused
from api.http.headers import REQUEST_ID
from infra.httpserver.limits import BODY_BYTES_DIRECT_MAX, FIELDS_MAX, HEAD_BYTES_MAX

ONCE: Final = frozenset(
    (b"host", b"authorization", b"idempotency-key", b"content-length", b"content-type", b"slipstream-after", b"transfer-encoding")
)
"""Fields that a request may have once: two readers of a request that has two would read different requests."""
KEPT: Final = ONCE | {b"accept-encoding", b"if-none-match", b"expect", b"upgrade", b"x-forwarded-for", REQUEST_ID}


class RequestHead:
    """One head. `fields` are those that are asked for later, by lowercase name; `headers` are all, in order."""

    __slots__ = ("bytes_read", "fields", "headers", "is_open", "trailers", "url")

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.fields: dict[bytes, bytes] = {}
        self.is_open = True
        self.bytes_read = 0
        self.trailers = 0

    def add_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self.url += url
        self.bytes_read += len(url)

    def add(self, name: bytes, value: bytes) -> None:
        """Take a field; those after the body are counted and ignored.

        Raises:
            HeadTooLarge, FieldRepeated: when the head is, or the field was there already.

        """
        if not self.is_open:
            self.trailers += 1
            if self.trailers > FIELDS_MAX:
                raise too_large()
            return
        name = name.lower()
        self.headers.append((name, value))
        self.bytes_read += len(name) + len(value) + 4
        if self.bytes_read > HEAD_BYTES_MAX or len(self.headers) > FIELDS_MAX:
            raise too_large()
        if name in KEPT:
            fields = self.fields
            if name not in fields:
                fields[name] = value
            elif name in ONCE:
                raise refused.FieldRepeated(name.decode())
            else:
                fields[name] += b", " + value

    @property
    def path(self) -> bytes:
        """The address without its query, as it was sent."""
        return self.url.partition(b"?")[0]

    @property
    def is_plain(self) -> bool:
        """Whether the body is in one piece of known length, with nothing to be said before it is here."""
        fields = self.fields
        if b"transfer-encoding" in fields or b"expect" in fields or b"upgrade" in fields:
            return False
        length = fields.get(b"content-length")
        return length is None or (len(length) < 7 and int(length) <= BODY_BYTES_DIRECT_MAX)


def too_large() -> refused.HeadTooLarge:
    """Return the refusal of a head beyond the limits."""
    return refused.HeadTooLarge(HEAD_BYTES_MAX, FIELDS_MAX)
