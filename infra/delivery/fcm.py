"""Pushes to phones by Firebase Cloud Messaging: `messages:send` of its HTTP API v1."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from domain.notification.push_subscription import PushEndpoint, parse_endpoint
from infra.delivery.google_tokens import GoogleTokens, ServiceAccount
from infra.delivery.port import Gone, Later, NoticeDelivery, Outcome, Sent, Undeliverable
from infra.delivery.provider_connection import ProviderAnswer
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.push_text import is_urgent, title_and_body, ttl_s
from infra.delivery.retry_after import retry_after_s

QUOTA_AFTER_S = 60.0
"""How long FCM wants to be left alone after a refusal for its quota that says nothing of it."""
UNREGISTERED, OTHER_SENDER = "UNREGISTERED", "SENDER_ID_MISMATCH"
CODE = re.compile(r"[A-Z_]{1,60}")
NOT_NOW = (408, 429)


class _Detail(msgspec.Struct):
    errorCode: str = ""  # noqa: N815  (its name there)


class _Error(msgspec.Struct):
    message: str = ""
    status: str = ""
    details: list[_Detail] = []


class _Failed(msgspec.Struct):
    error: _Error


class _Taken(msgspec.Struct):
    name: str = ""


class FcmProvider:
    """Sends to phones that FCM knows. Their addresses have `token`."""

    def __init__(
        self, url: str, account: ServiceAccount, connections: ProviderConnections, tokens: GoogleTokens, now_s: Callable[[], float]
    ) -> None:
        """`url` is where the API is, `now_s` returns seconds since 1970."""
        self._endpoint = endpoint_of(url, account)
        self._connections, self._tokens, self._now_s = connections, tokens, now_s

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Send a message to a phone.

        Raises:
            NotSent, MaybeSent, PushEndpointNotAllowed: as from `ProviderConnections.post`, and `NotSent` without an access token.

        """
        token = await self._tokens.current()
        fields = f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        answer = await self._connections.post(self._endpoint, fields, body_of(delivery, self._now_s()))
        if answer.status == 401:
            self._tokens.drop(token)
        return self._outcome(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    def _outcome(self, answer: ProviderAnswer) -> Outcome:
        """Return what an answer means; the code among the details of an error is FCM's own, and says more than the status."""
        status = answer.status
        if 200 <= status < 300:
            return Sent(f"{status} {_message_id(answer.body)}".strip())
        code, message = _error(answer.body)
        said = f"{status} {code}{f': {message}' if message else ''}".strip()
        after_s = retry_after_s(answer.fields, self._now_s())
        if status == 404 and code == UNREGISTERED:
            return Gone(said)
        if status == 429:
            return Later(said, after_s or QUOTA_AFTER_S)
        if status == 401 or status in NOT_NOW or status >= 500 or (status == 403 and code != OTHER_SENDER):
            return Later(said, after_s)
        return Undeliverable(said)


def endpoint_of(url: str, account: ServiceAccount) -> PushEndpoint:
    """Return where messages of a project are sent to.

    Raises:
        PushEndpointMalformed: where the URL is no address.

    """
    return parse_endpoint(f"{url}/v1/projects/{account.project}/messages:send")


def body_of(delivery: NoticeDelivery, now_s: float) -> bytes:
    """Return a message as FCM takes it. A later one with the same topic takes its place, on Android by `tag`, on an iPhone by its id."""
    message, (title, body) = delivery.message, title_and_body(delivery.message)
    lives_s = ttl_s(message)
    shown: dict[str, Any] = {
        "token": delivery.address["token"],
        "notification": {"title": title, "body": body},
        "data": {"id": delivery.delivery_id, "path": message.path, "topic": message.topic, "kind": message.kind},
        "android": {
            "ttl": f"{lives_s}s",
            "priority": "HIGH" if is_urgent(message) else "NORMAL",
            "collapse_key": message.topic,
            "notification": {"tag": message.topic},
        },
        "apns": {
            "headers": {
                "apns-expiration": str(int(now_s) + lives_s),
                "apns-collapse-id": message.topic,
                "apns-priority": "10" if is_urgent(message) else "5",
            }
        },
    }
    return msgspec.json.encode({"message": shown})


def _error(body: bytes) -> tuple[str, str]:
    """Return the code of an error and what it says, both empty where that cannot be read."""
    try:
        error = msgspec.json.decode(body, type=_Failed).error
    except msgspec.DecodeError:
        return "", ""
    code = next((detail.errorCode for detail in error.details if detail.errorCode), error.status)
    return code if CODE.fullmatch(code) else "", error.message


def _message_id(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Taken).name.rpartition("/")[2]
    except msgspec.DecodeError:
        return ""
