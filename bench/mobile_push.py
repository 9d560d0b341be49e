"""Pushes to phones by Firebase and by Apple, to sinks in a process of their own.

Beside those to Firebase the encoding of the same messages alone, beside those to Apple the same requests over HTTP/2 in memory: encoded,
framed, taken and answered, with no socket in between.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import uvloop
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded

from bench.harness import Figure, at_least, at_most, percentile
from bench.sending import IN_FLIGHT, Sending, sent_through
from domain.notification.device import APNS, FCM
from domain.notification.push_subscription import parse_endpoint
from infra.clock import Clock
from infra.delivery import apns, fcm
from infra.delivery.apns import ApnsProvider, AppleKey
from infra.delivery.fcm import FcmProvider
from infra.delivery.google_tokens import GoogleTokens, ServiceAccount
from infra.delivery.http2_provider import Http2Provider
from infra.delivery.mobile_push import MobilePush
from infra.delivery.port import NoticeDelivery, NoticeText
from infra.delivery.provider_connection import ANSWER_BYTES_MAX
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.public_hosts import PublicHosts
from infra.embedded.server import HOST

PUSHES, PHONES = 10_000, 500
PER_S_MIN = {FCM: 1_500, APNS: 500}
OF_BARE_MIN = {FCM: 0.02, APNS: 0.3}
P99_MS_MAX = 250.0


def measure(_dsn: str = "", _url: str = "", *, pushes: int = PUSHES) -> list[Figure]:
    """Make messages for each provider without sending them, then send as many."""
    figures: list[Figure] = []
    with sinks() as ports:
        for provider, bare, called in ((FCM, encoded, "encoding alone"), (APNS, exchanged, "HTTP/2 in memory")):
            deliveries = messages(provider, pushes)
            bare_per_s = bare(deliveries)
            sending = uvloop.run(sent(ports, deliveries))
            name = f"mobile_push.{provider}"
            figures += [
                at_least(name, sending.per_s, "pushes/s", PER_S_MIN[provider], "the target", 1.0, pushes=pushes, in_flight=IN_FLIGHT),
                at_least(f"{name}.bare", sending.per_s, "pushes/s", bare_per_s, called, OF_BARE_MIN[provider]),
                at_most(f"{name}.p99", percentile(sending.took_ms, 0.99), "ms", P99_MS_MAX, "the target"),
                at_most(f"{name}.not_taken", sending.not_taken, "pushes", 0, "none may be lost"),
            ]
    return figures


def messages(provider: str, count: int) -> list[NoticeDelivery]:
    """Return pushes for so many phones, one after the other."""
    text = NoticeText("slip_shared", "ann shared a slip", "Arsenal v Bologna, home at 2.35", "/slips/1", "slip-1", timedelta(hours=2))
    token = "{:064x}" if provider == APNS else "phone{:x}:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ"
    phones = [{"provider": provider, "token": token.format(number)} for number in range(PHONES)]
    return [NoticeDelivery(f"delivery {number}", "account", phones[number % PHONES], text) for number in range(count)]


def encoded(deliveries: Sequence[NoticeDelivery]) -> float:
    """Return how many messages to Firebase a second are encoded where nothing else is done."""
    began_s = time.perf_counter()
    for each in deliveries:
        fcm.body_of(each, 1_781_000_000.0)
    return len(deliveries) / (time.perf_counter() - began_s)


def exchanged(deliveries: Sequence[NoticeDelivery]) -> float:
    """Return how many pushes to Apple a second are encoded, framed, taken and answered where nothing is sent."""
    client = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
    server = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
    client.initiate_connection()
    server.initiate_connection()
    fields = (("authorization", f"bearer {'a' * 180}"), ("apns-topic", "example.slipstream"), ("apns-push-type", "alert"))
    began_s = time.perf_counter()
    for each in deliveries:
        stream_id = client.get_next_available_stream_id()
        path = (":path", f"/3/device/{each.address['token']}")
        of_push = ("apns-id", each.delivery_id)
        client.send_headers(stream_id, [(":method", "POST"), (":scheme", "http"), (":authority", HOST), path, *fields, of_push])
        client.send_data(stream_id, apns.body_of(each), end_stream=True)
        for event in server.receive_data(client.data_to_send()):
            if isinstance(event, DataReceived):
                server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                server.send_headers(event.stream_id, [(":status", "200")], end_stream=True)
        client.receive_data(server.data_to_send())
    return len(deliveries) / (time.perf_counter() - began_s)


def channel_to(ports: tuple[int, int]) -> MobilePush:
    """Return the channel, with keys of its own, to the sinks."""
    clock, (firebase, apple) = Clock(), [f"http://{HOST}:{port}" for port in ports]
    hosts = PublicHosts([f"{HOST}:{port}" for port in ports])

    def now_s() -> float:
        return clock.now().timestamp()

    key = rsa.generate_private_key(65_537, 2_048)
    account = ServiceAccount("bench", "pushes@bench.example", key, "1", parse_endpoint(f"{firebase}/token"))
    connections = ProviderConnections(hosts, clock.monotonic_s, body_kept_bytes=ANSWER_BYTES_MAX)
    tokens = GoogleTokens(account, connections, now_s)
    apple_key = AppleKey(ec.generate_private_key(ec.SECP256R1()), "ABC123DEFG", "DEF123GHIJ", "example.slipstream")
    connection = Http2Provider(parse_endpoint(f"{apple}/"), hosts, clock.monotonic_s)
    return MobilePush({FCM: FcmProvider(firebase, account, connections, tokens, now_s), APNS: ApnsProvider(apple_key, connection, now_s)})


async def sent(ports: tuple[int, int], deliveries: Sequence[NoticeDelivery]) -> Sending:
    """Send all of them."""
    return await sent_through(channel_to(ports), deliveries)


@contextmanager
def sinks() -> Iterator[tuple[int, int]]:
    """Run both providers; yield their ports, Firebase's first."""
    command = [sys.executable, "-m", "bench.mobile_sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        firebase, apple = process.stdout.readline().split()
        yield int(firebase), int(apple)
        process.stdin.close()
