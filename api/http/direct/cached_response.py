"""Answers that are the same for everybody: kept as bytes, plain and compressed, under an ETag that says whether a client has them."""

import gzip
import hashlib
from collections.abc import Mapping

from api.http.direct.routes import Reply
from api.http.headers import REVALIDATE, encoded

GZIP_BYTES_MIN = 1_000
"""Below this, a compressed answer is no shorter on the wire."""
GZIP_LEVEL = 1
"""Boards change many times a second: level 1 is a third of the work of level 6, for a tenth more bytes."""
ETAG_BYTES = 12


class CachedResponse:
    """A body with its ETag. The tag is weak, since the same one stands for the plain and for the compressed bytes."""

    __slots__ = ("_gzip_lines", "_gzipped", "_lines", "_not_modified", "body", "etag")

    def __init__(self, body: bytes, content_type: bytes, *further: tuple[bytes, bytes]) -> None:
        self.body = body
        self.etag = b'W/"%b"' % hashlib.blake2b(body, digest_size=ETAG_BYTES).hexdigest().encode()
        self._gzipped = gzip.compress(body, GZIP_LEVEL, mtime=0) if len(body) >= GZIP_BYTES_MIN else None
        common = [(b"etag", self.etag), (b"vary", b"accept-encoding"), *further]
        common += [] if any(name == REVALIDATE[0] for name, _ in further) else [REVALIDATE]
        self._not_modified = encoded(common)
        self._lines = encoded([(b"content-type", content_type), *common])
        self._gzip_lines = self._lines + b"content-encoding: gzip\r\n"

    def reply(self, fields: Mapping[bytes, bytes], further: bytes = b"") -> Reply:
        """Answer a request with these header fields; `further` are header lines of this answer alone."""
        known = fields.get(b"if-none-match")
        if known is not None and is_known(self.etag, known):
            return Reply(304, self._not_modified + further, b"")
        if self._gzipped is not None and accepts_gzip(fields.get(b"accept-encoding", b"")):
            return Reply(200, self._gzip_lines + further, self._gzipped)
        return Reply(200, self._lines + further, self.body)


def is_known(etag: bytes, known: bytes) -> bool:
    """Whether an If-None-Match names the tag, or any."""
    return etag in known or any(tag.strip() in (b"*", etag[2:]) for tag in known.split(b","))


def accepts_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding takes gzip: named, or `*`, and not with a weight of nothing."""
    for coding in accepted.lower().split(b","):
        name, _, weight = coding.partition(b";")
        if name.strip() in (b"gzip", b"*"):
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False
