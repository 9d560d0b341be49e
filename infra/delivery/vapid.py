"""How a push service knows who sends (RFC 8292, VAPID): one key of this place, and a signature for each service that is used for hours."""

from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha512

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNED_FOR_S = 12 * 3_600
"""How long a signature holds; a service takes none that holds for more than 24 hours."""
SIGNED_ANEW_S = SIGNED_FOR_S // 2
ORIGINS_MAX = 1_000
"""For so many services a signature is kept; the one that was used longest ago is forgotten."""


class VapidKey:
    """The key that pushes are signed with. It follows from a secret: another secret is another key, and ends every subscription."""

    def __init__(self, secret: str, contact: str = "") -> None:
        """`contact` is where a push service may write to whoever runs this place: "mailto:..." or "https://...", or empty."""
        number = int.from_bytes(sha512(b"slipstream web push " + secret.encode()).digest()) % (P256_ORDER - 1) + 1
        self._key = ec.derive_private_key(number, ec.SECP256R1())
        self._contact = contact
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = urlsafe_b64encode(point).rstrip(b"=").decode()
        """What a browser subscribes with: the public key, a point of P-256, in base64url."""

    def sign(self, origin: str, until_s: int) -> str:
        """Return the header `Authorization` for a push service, valid until then (in seconds since 1970)."""
        claims: dict[str, object] = {"aud": origin, "exp": until_s}
        if self._contact:
            claims["sub"] = self._contact
        return f"vapid t={jwt.encode(claims, self._key, 'ES256')}, k={self.public}"


class Signatures:
    """The signatures for push services, each made once in six hours."""

    def __init__(self, key: VapidKey, now_s: Callable[[], float]) -> None:
        """`now_s` returns seconds since 1970."""
        self._key, self._now_s = key, now_s
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def of(self, origin: str) -> str:
        """Return the header for a push service."""
        now_s = self._now_s()
        made_s, signed = self._kept.get(origin, (float("-inf"), ""))
        if not 0 <= now_s - made_s < SIGNED_ANEW_S:
            made_s, signed = now_s, self._key.sign(origin, int(now_s) + SIGNED_FOR_S)
            self._kept[origin] = made_s, signed
        self._kept.move_to_end(origin)
        while len(self._kept) > ORIGINS_MAX:
            self._kept.popitem(last=False)
        return signed
