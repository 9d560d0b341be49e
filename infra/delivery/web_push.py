"""Web push: a message is encrypted for one browser and posted to its push service (RFC 8030, 8291 and 8292)."""

import re
from collections.abc import Callable

import msgspec

from domain.notification.push_subscription import decode_keys, parse_endpoint
from domain.refused import Refused
from infra.clock import Clock
from infra.delivery.attempt import attempted
from infra.delivery.port import Gone, Later, NoticeDelivery, NoticeText, Outcome, Sent, Undeliverable
from infra.delivery.provider_connection import ProviderAnswer
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.public_hosts import PublicHosts
from infra.delivery.push_encryption import PLAIN_BYTES_MAX, encrypt
from infra.delivery.retry_after import retry_after_s
from infra.delivery.vapid import Signatures, VapidKey
from infra.settings import Settings

TTL_S_MAX = 28 * 86_400
"""Push services keep nothing for longer."""
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
URGENCIES = ("very-low", "low", "normal", "high")
GONE = (404, 410)
NOT_NOW = (408, 425, 429)
OF_ADDRESS = (425, 429)
"""Of these, what says nothing of the push service: it limits what one subscription is sent."""
DEADLINE_S = 30.0
"""Whatever happens, so long a push takes at most: looking up, two connections, and an answer."""


class WebPush:
    """The channel of web pushes. Its addresses have `endpoint`, `p256dh` and `auth`, as a browser gave them."""

    name = "web_push"
    idempotent = False

    def __init__(self, connections: ProviderConnections, signatures: Signatures, now_s: Callable[[], float]) -> None:
        """`now_s` returns seconds since 1970."""
        self._connections, self._signatures, self._now_s = connections, signatures, now_s

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Send a message to a browser."""
        return await attempted(self._sent(delivery), DEADLINE_S)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def _sent(self, delivery: NoticeDelivery) -> Outcome:
        address, message = delivery.address, delivery.message
        try:
            endpoint = parse_endpoint(address.get("endpoint", ""))
            point, secret = decode_keys(address.get("p256dh", ""), address.get("auth", ""))
        except Refused as refusal:
            return Gone(f"the subscription is of no use: {refusal}")
        plain = payload(delivery)
        if len(plain) > PLAIN_BYTES_MAX or not TOPIC.fullmatch(message.topic) or message.urgency not in URGENCIES:
            return Undeliverable("the message is no push: too long, or its topic or urgency is malformed")
        body = encrypt(plain, point, secret)
        answer = await self._connections.post(endpoint, _fields(message, self._signatures.of(endpoint.origin)), body)
        return self._outcome(answer)

    def _outcome(self, answer: ProviderAnswer) -> Outcome:
        status = answer.status
        said = f"{status} {answer.body.decode('utf-8', 'replace')}".strip()
        if 200 <= status < 300:
            return Sent(said)
        if status in GONE:
            return Gone(said)
        if status in NOT_NOW or status >= 500:
            return Later(said, retry_after_s(answer.fields, self._now_s()), status in OF_ADDRESS)
        return Undeliverable(said)


def open_web_push(settings: Settings, clock: Clock) -> WebPush:
    """Open the channel for the event loop that uses it."""

    def now_s() -> float:
        return clock.now().timestamp()

    connections = ProviderConnections(PublicHosts(settings.push_test_hosts), clock.monotonic_s)
    key = VapidKey(settings.push_secret(), settings.push_contact)
    return WebPush(connections, Signatures(key, now_s), now_s)


def payload(delivery: NoticeDelivery) -> bytes:
    """Return what the page's service worker reads (`web/js/service_worker.js`)."""
    message = delivery.message
    shown = {"title": message.title, "body": message.body, "path": message.path, "topic": message.topic, "kind": message.kind}
    return msgspec.json.encode({"id": delivery.delivery_id, **shown})


def _fields(message: NoticeText, signed: str) -> str:
    ttl_s = min(max(0, int(message.ttl.total_seconds())), TTL_S_MAX)
    return (
        f"Authorization: {signed}\r\nContent-Encoding: aes128gcm\r\nContent-Type: application/octet-stream\r\n"
        f"TTL: {ttl_s}\r\nUrgency: {message.urgency}\r\nTopic: {message.topic}\r\n"
    )
