"""Web pushes to a push service in a process of its own, which answers 201; beside them the encryption of the same messages alone."""

import os
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import uvloop
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.harness import Figure, at_least, at_most, percentile
from bench.sending import IN_FLIGHT, Sending, sent_through
from domain.notification.push_subscription import decode_keys
from infra.clock import Clock
from infra.delivery.port import NoticeDelivery, NoticeText
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.public_hosts import PublicHosts
from infra.delivery.push_encryption import encrypt
from infra.delivery.vapid import Signatures, VapidKey
from infra.delivery.web_push import WebPush, payload
from infra.embedded.server import HOST

BROWSERS, PUSHES = 500, 10_000
PUSHES_PER_S_MIN, OF_ENCRYPTION_MIN, P99_MS_MAX = 1_500, 0.2, 250.0


def measure(_dsn: str = "", _url: str = "", *, pushes: int = PUSHES) -> list[Figure]:
    """Encrypt messages, then send as many."""
    with sink() as port:
        deliveries = messages(port, pushes)
        encrypted_per_s = encrypted(deliveries)
        sending = uvloop.run(sent(f"{HOST}:{port}", deliveries))
    return [
        at_least("push_send", sending.per_s, "pushes/s", PUSHES_PER_S_MIN, "the target", 1.0, pushes=pushes, in_flight=IN_FLIGHT),
        at_least("push_send.encryption", sending.per_s, "pushes/s", encrypted_per_s, "encryption alone", OF_ENCRYPTION_MIN),
        at_most("push_send.p99", percentile(sending.took_ms, 0.99), "ms", P99_MS_MAX, "the target"),
        at_most("push_send.not_taken", sending.not_taken, "pushes", 0, "none may be lost"),
    ]


def messages(port: int, count: int) -> list[NoticeDelivery]:
    """Return pushes for so many browsers, one after the other."""
    text = NoticeText("slip_shared", "ann shared a slip", "Arsenal v Bologna, home at 2.35", "/slips/1", "slip-1", timedelta(hours=2))
    addresses = [{"endpoint": f"http://{HOST}:{port}/send/{number}", **keys()} for number in range(BROWSERS)]
    return [NoticeDelivery(f"delivery {number}", "account", addresses[number % BROWSERS], text) for number in range(count)]


def keys() -> dict[str, str]:
    """Make the keys of a browser."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": urlsafe_b64encode(point).decode(), "auth": urlsafe_b64encode(os.urandom(16)).decode()}


def encrypted(deliveries: Sequence[NoticeDelivery]) -> float:
    """Return how many messages a second are encrypted where nothing else is done."""
    prepared = [(payload(each), *decode_keys(each.address["p256dh"], each.address["auth"])) for each in deliveries]
    began_s = time.perf_counter()
    for plain, point, secret in prepared:
        encrypt(plain, point, secret)
    return len(prepared) / (time.perf_counter() - began_s)


async def sent(host: str, deliveries: Sequence[NoticeDelivery]) -> Sending:
    """Send all of them."""
    clock = Clock()
    connections = ProviderConnections(PublicHosts([host]), clock.monotonic_s)
    signatures = Signatures(VapidKey("the secret of a benchmark of web pushes"), lambda: clock.now().timestamp())
    channel = WebPush(connections, signatures, lambda: clock.now().timestamp())
    return await sent_through(channel, deliveries)


@contextmanager
def sink() -> Iterator[int]:
    """Run the push service; yield its port."""
    command = [sys.executable, "-m", "bench.push_sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()
