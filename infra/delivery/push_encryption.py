"""The encryption of a push (RFC 8291, with the coding aes128gcm of RFC 8188): only the browser that subscribed can read it."""

from hmac import digest
from os import urandom

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4_096
SALT_BYTES, TAG_BYTES = 16, 16
HEADER_BYTES = SALT_BYTES + 4 + 1 + 65
PLAIN_BYTES_MAX = RECORD_BYTES - HEADER_BYTES - TAG_BYTES - 1
"""A push service takes 4,096 bytes: less the header, the tag, and the mark that ends the text."""
LAST_RECORD = b"\x02"


def encrypt(plain: bytes, receiver: bytes, auth: bytes) -> bytes:
    """Return the body of a push: `receiver` is the browser's public key (an uncompressed point), `auth` its secret.

    Raises:
        ValueError: where the point is none of the curve, or the text is longer than `PLAIN_BYTES_MAX`.

    """
    return encrypt_with(ec.generate_private_key(ec.SECP256R1()), urandom(SALT_BYTES), plain, receiver, auth)


def encrypt_with(sender: ec.EllipticCurvePrivateKey, salt: bytes, plain: bytes, receiver: bytes, auth: bytes) -> bytes:
    """Return the body as it is with a given key and salt, which are used for one push alone."""
    if len(plain) > PLAIN_BYTES_MAX:
        raise ValueError("a push is at most 4,096 bytes long")
    public = sender.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver))
    key, nonce = content_keys(shared, salt, receiver, public, auth)
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([len(public)]) + public
    return header + AESGCM(key).encrypt(nonce, plain + LAST_RECORD, None)


def content_keys(shared: bytes, salt: bytes, receiver: bytes, sender: bytes, auth: bytes) -> tuple[bytes, bytes]:
    """Return the key and the nonce of a push (RFC 8291, section 3.4): two rounds of HKDF-SHA-256, none longer than one block."""
    derived = _hkdf(auth, shared, b"WebPush: info\0" + receiver + sender)
    return _hkdf(salt, derived, b"Content-Encoding: aes128gcm\0")[:16], _hkdf(salt, derived, b"Content-Encoding: nonce\0")[:12]


def _hkdf(salt: bytes, secret: bytes, info: bytes) -> bytes:
    return digest(digest(salt, secret, "sha256"), info + b"\x01", "sha256")
