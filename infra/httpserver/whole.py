"""Reads a request that came in one piece and is written as clients write it, in two passes of a regular expression.

That is most requests, at a fraction of the cost of a parser that calls back for each field. Whatever is written in any other way (a field
twice, a body in chunks, spaces where few put them, a second request behind the first) is left to the parser, which has the last word.
"""

import re
from typing import Final, NamedTuple

from infra.httpserver.limits import BODY_BYTES_DIRECT_MAX, FIELDS_MAX

REQUEST: Final = re.compile(rb"(GET|POST|HEAD) (/[!-~]{0,2000}) HTTP/1\.1\r\n((?:[A-Za-z0-9-]++: [!-~][ -~]*+\r\n)++)\r\n")
FIELD: Final = re.compile(rb"([A-Za-z0-9-]+): ([ -~]+)\r\n")
OTHERWISE: Final = frozenset((b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te"))
"""Fields that ask for more than a request and an answer."""
LENGTH_DIGITS_MAX: Final = 6


class WholeRequest(NamedTuple):
    """A request that is here in whole: it has a host, and its connection is kept."""

    method: bytes
    target: bytes
    fields: dict[bytes, bytes]
    body: bytes


def read_whole(data: bytes) -> WholeRequest | None:
    """Return the request that the bytes are, None where the parser has to look."""
    found = REQUEST.match(data)
    if found is None:
        return None
    pairs = FIELD.findall(found[3])
    fields = {name.lower(): value for name, value in pairs}
    if len(fields) != len(pairs) or len(pairs) > FIELDS_MAX or b"host" not in fields or not OTHERWISE.isdisjoint(fields):
        return None
    if fields.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    body, method = data[found.end() :], found[1]
    length = fields.get(b"content-length")
    if length is None:
        if body or method == b"POST":
            return None
    elif not length.isdigit() or len(length) > LENGTH_DIGITS_MAX or int(length) != len(body) or len(body) > BODY_BYTES_DIRECT_MAX:
        return None
    return WholeRequest(method, found[2], fields, body)
