"""Pushes to iPhones by the Apple Push Notification service: one request a push over HTTP/2, with a token that the provider's key signs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.delivery.http2_provider import Http2Provider
from infra.delivery.port import Gone, Later, NoticeDelivery, Outcome, Sent, Undeliverable
from infra.delivery.provider_connection import ProviderAnswer
from infra.delivery.push_text import is_urgent, title_and_body, ttl_s
from infra.delivery.retry_after import retry_after_s

RENEWED_AFTER_S, RENEWED_AFTER_S_MIN = 2_400.0, 1_200.0
"""A provider token is renewed after so long, and where it is not taken after the other at the earliest: Apple takes none that is older than
an hour, and none that changes more often than every twenty minutes."""
TOKENS_AFTER_S = 1_200.0
KEY_FILE_BYTES_MAX = 16 * 1024
REASON = re.compile(r"[A-Za-z]{1,60}")
GONE = ((410, "Unregistered"), (410, "ExpiredToken"))
"""What ends an address. `BadDeviceToken` does not: it is said of every phone where the operator named the sandbox by mistake."""


class AppleKey(NamedTuple):
    """The key that signs for pushes, its id, the team that it is of, and the app that gets them."""

    key: EllipticCurvePrivateKey
    key_id: str
    team_id: str
    topic: str


class _Refused(msgspec.Struct):
    reason: str = ""


def read_apple_key(path: Path) -> EllipticCurvePrivateKey:
    """Return the key of a file that Apple gave (.p8).

    Raises:
        ValueError: saying what is wrong, and nothing of what is in it.

    """
    try:
        key = load_pem_private_key(path.read_bytes()[:KEY_FILE_BYTES_MAX], None)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f"{path} is no private key of P-256") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError(f"{path} is no private key of P-256")  # noqa: TRY004  (a setting is wrong)
    return key


class ProviderToken:
    """The token that says who sends."""

    def __init__(self, key: AppleKey, now_s: Callable[[], float]) -> None:
        """`now_s` returns seconds since 1970."""
        self._key, self._now_s = key, now_s
        self._token, self._made_s = "", float("-inf")

    def current(self) -> str:
        """Return a token that holds."""
        now_s = self._now_s()
        if not self._token or not 0 <= now_s - self._made_s < RENEWED_AFTER_S:
            claims, headers = {"iss": self._key.team_id, "iat": int(now_s)}, {"kid": self._key.key_id}
            self._token, self._made_s = jwt.encode(claims, self._key.key, "ES256", headers=headers), now_s
        return self._token

    def drop(self, token: str) -> None:
        """Give up a token that was not taken, unless it was renewed meanwhile or is too new to be."""
        if token == self._token and not 0 <= self._now_s() - self._made_s < RENEWED_AFTER_S_MIN:
            self._token = ""


class ApnsProvider:
    """Sends to iPhones. Their addresses have `token`."""

    def __init__(self, key: AppleKey, connection: Http2Provider, now_s: Callable[[], float]) -> None:
        """`now_s` returns seconds since 1970."""
        self._topic, self._connection, self._now_s = key.topic, connection, now_s
        self._token = ProviderToken(key, now_s)

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Send a message to a phone.

        Raises:
            NotSent, MaybeSent, PushEndpointNotAllowed: as from `Http2Provider.post`.

        """
        message, token = delivery.message, self._token.current()
        fields = (
            ("authorization", f"bearer {token}"),
            ("apns-id", delivery.delivery_id),
            ("apns-topic", self._topic),
            ("apns-push-type", "alert"),
            ("apns-expiration", str(int(self._now_s()) + ttl_s(message))),
            ("apns-collapse-id", message.topic),
            ("apns-priority", "10" if is_urgent(message) else "5"),
        )
        answer = await self._connection.post(f"/3/device/{delivery.address['token']}", fields, body_of(delivery))
        return self._outcome(answer, token)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    def _outcome(self, answer: ProviderAnswer, token: str) -> Outcome:
        status, reason = answer.status, _reason(answer.body)
        said, after_s = f"{status} {reason}".strip(), retry_after_s(answer.fields, self._now_s())
        if 200 <= status < 300:
            return Sent(said)
        if (status, reason) in GONE:
            return Gone(said)
        if status == 429:
            is_of_token = reason == "TooManyProviderTokenUpdates"
            return Later(said, after_s or (TOKENS_AFTER_S if is_of_token else 0.0), of_address=not is_of_token)
        if status == 403:
            self._token.drop(token)
            return Later(said, after_s)
        return Later(said, after_s) if status == 408 or status >= 500 else Undeliverable(said)


def body_of(delivery: NoticeDelivery) -> bytes:
    """Return a message as APNs takes it: what is shown, and what the app opens."""
    message, (title, body) = delivery.message, title_and_body(delivery.message)
    shown = {"aps": {"alert": {"title": title, "body": body}}, "id": delivery.delivery_id, "kind": message.kind}
    return msgspec.json.encode({**shown, "path": message.path, "topic": message.topic})


def _reason(body: bytes) -> str:
    """Return why a push was not taken, empty where that cannot be read."""
    try:
        reason = msgspec.json.decode(body, type=_Refused).reason
    except msgspec.DecodeError:
        return ""
    return reason if REASON.fullmatch(reason) else ""
