"""What a browser says of itself to be sent pushes: where to, and the keys that they are encrypted with (RFC 8291). Pure checks."""

import re
from base64 import urlsafe_b64decode
from typing import NamedTuple

from domain.refused import Refused

ENDPOINT_LENGTH_MAX = 1_000
ENDPOINT = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?(/[!-~]*)")
"""An address in the form in which browsers give it: lower-case host, no name and password; a fragment is not looked for."""
PORT_MAX = 65_535
POINT_BYTES, AUTH_BYTES = 65, 16
P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""The curve of the keys (SEC 2, section 2.4.2): y^2 = x^3 - 3x + b."""


class PushEndpointMalformed(Refused):
    """A push endpoint is an https address of at most 1,000 characters, without a name, a password or a fragment."""


class PushKeysMalformed(Refused):
    """A key of a push subscription is malformed: p256dh is a point of the curve P-256 and auth 16 bytes, both in base64url."""

    key: str


class PushEndpointNotAllowed(Refused):
    """Pushes are sent over https to public addresses of the internet alone, and to no others."""

    host: str
    reason: str


class PushEndpoint(NamedTuple):
    """Where a push goes: https://push.example.net:443/send/abc in parts; `target` is the path with the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Return host and port as the header `Host` has them: without a port that is the scheme's own."""
        return self.host if self.port == (443 if self.scheme == "https" else 80) else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Return what a signature is made for (RFC 8292, section 2)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """Return the whole address."""
        return f"{self.origin}{self.target}"


def parse_endpoint(url: str) -> PushEndpoint:
    """Take an endpoint apart.

    Raises:
        PushEndpointMalformed: when it is none.

    """
    found = ENDPOINT.fullmatch(url) if len(url) <= ENDPOINT_LENGTH_MAX and "#" not in url and "\\" not in url else None
    if found is None:
        raise PushEndpointMalformed
    scheme, host, port, target = found.groups()
    number = int(port or (443 if scheme == "https" else 80))
    if not 0 < number <= PORT_MAX:
        raise PushEndpointMalformed
    return PushEndpoint(scheme, host, number, target)


def decode_keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """Return the keys as bytes: a point in its uncompressed form, and the secret.

    Raises:
        PushKeysMalformed: naming the key.

    """
    point, secret = _decoded(p256dh), _decoded(auth)
    if not _is_on_curve(point):
        raise PushKeysMalformed("p256dh")
    if len(secret) != AUTH_BYTES:
        raise PushKeysMalformed("auth")
    return point, secret


def _decoded(text: str) -> bytes:
    """Return bytes from base64url, padded or not; none where it is not base64url."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}={0,2}", text):
        return b""
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        return b""


def _is_on_curve(point: bytes) -> bool:
    if len(point) != POINT_BYTES or point[0] != 4:  # the mark of the uncompressed form
        return False
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return x < P256 and y < P256 and (y * y - (x * x * x - 3 * x + P256_B)) % P256 == 0
