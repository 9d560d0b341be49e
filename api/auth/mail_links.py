"""Links in mails: who has one may do one thing for one account, without signing in. Each is signed, and says what it is for."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from api.auth.tokens import ProcessClock
from domain.refused import Refused

TOKEN_CHARACTERS_MAX = 600
MAC_BYTES = 24
FOR_EVER = 0


class MailLinkInvalid(Refused):
    """The link was used, has expired, or is not ours. Ask for another mail."""


class MailLink(NamedTuple):
    """What a link is for, of which account, and about what; `expires_s` is in Unix seconds, 0 for never."""

    purpose: str
    account_id: str
    subject: str
    expires_s: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str, str, int]).decode


class MailLinks:
    """Signs and reads links of one log's accounts. For any thread."""

    def __init__(self, key: str, clock: ProcessClock, log_id: str) -> None:
        self._clock = clock
        self._key = blake2b(f"{log_id} {key}".encode(), digest_size=32, person=b"links in mails").digest()

    def token(self, purpose: str, account_id: str, subject: str, ttl_s: int = FOR_EVER) -> str:
        """Return the token of a link; without a `ttl_s` it never expires."""
        expires_s = int(self._clock.now().timestamp()) + ttl_s if ttl_s else FOR_EVER
        said = _encode((purpose, account_id, subject, expires_s))
        return urlsafe_b64encode(self._mac(said) + said).rstrip(b"=").decode()

    def read(self, token: str, purpose: str) -> MailLink:
        """Return what a token is for.

        Raises:
            MailLinkInvalid: when we did not sign it, it is for something else, or it has expired.

        """
        try:
            whole = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)) if len(token) <= TOKEN_CHARACTERS_MAX else b""
            mac, said = whole[:MAC_BYTES], whole[MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(said)):
                raise MailLinkInvalid
            link = MailLink(*_decode(said))
        except (ValueError, msgspec.DecodeError):
            raise MailLinkInvalid from None
        if link.purpose != purpose or (link.expires_s and link.expires_s <= self._clock.now().timestamp()):
            raise MailLinkInvalid
        return link

    def fingerprint(self, secret: str) -> str:
        """Return what tells one secret from another and says nothing about it: a link that names it is of no use once it changed."""
        return blake2b(secret.encode(), digest_size=16, key=self._key).hexdigest()

    def _mac(self, said: bytes) -> bytes:
        return blake2b(said, digest_size=MAC_BYTES, key=self._key).digest()
