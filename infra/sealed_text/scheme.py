"""The scheme of sealed text: AES-256-GCM, bound to the account, with a nonce that follows from key, stream and text.

The same text on the same stream is sealed alike, so that a retry has the same body; two texts never share a nonce but by a chance of 2^-96.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import digest
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.sealed_text import NONCE_BYTES, PREFIX, SEALED

KEY_BYTES = 32
SEPARATOR = b"\x1f"


class AccountKey:
    """The key of one account."""

    __slots__ = ("_account", "_cipher", "_nonces")

    def __init__(self, account_id: str, key: bytes) -> None:
        self._account = UUID(account_id).bytes
        self._cipher = AESGCM(digest(key, b"text", "sha256"))
        self._nonces = digest(key, b"nonces", "sha256")

    def seal(self, stream_id: str, text: str) -> str:
        """Return a text as a fact of that stream holds it."""
        plain = text.encode()
        nonce = digest(self._nonces, stream_id.encode() + SEPARATOR + plain, "sha256")[:NONCE_BYTES]
        sealed = nonce + self._cipher.encrypt(nonce, plain, self._account)
        return PREFIX + urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, sealed: str) -> str | None:
        """Return the text; None where it was sealed with another key, was changed, or is no sealed text."""
        if not SEALED.fullmatch(sealed):
            return None
        packed = sealed.removeprefix(PREFIX)
        try:
            raw = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._account).decode()
        except (ValueError, InvalidTag):
            return None
