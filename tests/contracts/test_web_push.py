"""Web pushes to a real push service: encrypted for one browser, signed, and every answer understood as what it means."""

import asyncio
import ipaddress
import socket
import ssl
import threading
from base64 import urlsafe_b64decode
from datetime import timedelta
from email.utils import format_datetime

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from domain.notification.push_subscription import (
    PushEndpointMalformed,
    PushEndpointNotAllowed,
    PushKeysMalformed,
    decode_keys,
    parse_endpoint,
)
from infra.clock import Clock
from infra.delivery.port import Gone, Later, NoticeDelivery, Sent, Undeliverable, Unknown
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.provider_load import FAILURES_MAX, PAUSE_FIRST_S, ROOM_FIRST, ROOM_MAX, ProviderLoad
from infra.delivery.public_hosts import PublicHosts, is_public
from infra.delivery.push_encryption import PLAIN_BYTES_MAX, encrypt_with
from infra.delivery.retry_after import RETRY_AFTER_S_MAX
from infra.delivery.vapid import ORIGINS_MAX, SIGNED_ANEW_S, Signatures, VapidKey
from infra.delivery.web_push import WebPush
from tests.contracts import pushes_under_test
from tests.contracts.pushes_under_test import sent
from tests.journeys.process_tree import until
from tests.push_service import Browser, push_service, signed

CLOCK = Clock()
KEY = VapidKey("a secret of thirty-two characters", "mailto:ops@slipstream.test")
NOW_S = 1_780_000_000


@pytest.fixture
def service():
    with push_service() as running:
        yield running


def channel_to(*hosts, tls=None, look_up=None, answered_within_s=60.0):
    connections = ProviderConnections(PublicHosts(hosts, look_up), CLOCK.monotonic_s, tls, answered_within_s)
    return WebPush(connections, Signatures(KEY, lambda: CLOCK.now().timestamp()), lambda: NOW_S)


def message(**fields):
    return pushes_under_test.message(**{"kind": "slip_shared", "title": "ann", "body": "A slip ✓", **fields})


def to(browser, **fields):
    return NoticeDelivery("0198-1", "0198-2", browser.subscription, message(**fields))


@pytest.mark.parametrize("run_on", [uvloop.run, asyncio.run])
def test_a_push_is_read_by_the_browser_that_subscribed_and_tells_its_service_what_it_needs(service, run_on):
    browser = service.browser("one")
    outcomes = sent(
        channel_to(service.host),
        to(browser, urgency="high"),
        to(browser, ttl=timedelta(days=400)),
        to(browser, ttl=-timedelta(1)),
        run_on=run_on,
    )
    assert outcomes == [Sent("201")] * 3
    first, *others = browser.pushes
    assert first.shown == {"id": "0198-1", "kind": "slip_shared", "title": "ann", "body": "A slip ✓", "path": "/slips/1", "topic": "slip-1"}
    assert [first.fields[name] for name in ("ttl", "urgency", "topic")] == ["7200", "high", "slip-1"]
    assert [other.fields["ttl"] for other in others] == ["2419200", "0"]
    assert first.claims["aud"] == service.origin
    assert first.claims["sub"] == "mailto:ops@slipstream.test"
    assert first.claims["key"] == KEY.public
    assert service.connections == 1, "the connection is kept"
    assert {push.fields["authorization"] for push in browser.pushes} == {first.fields["authorization"]}, "one signature serves for hours"


@pytest.mark.parametrize(
    ("status", "fields", "outcome"),
    [
        (200, (), Sent("200 said")),
        (202, (), Sent("202 said")),
        (301, ("Location: /send/other",), Undeliverable("301 said")),
        (307, ("Location: /send/other",), Undeliverable("307 said")),
        (400, (), Undeliverable("400 said")),
        (403, (), Undeliverable("403 said")),
        (404, (), Gone("404 said")),
        (408, (), Later("408 said")),
        (410, (), Gone("410 said")),
        (413, (), Undeliverable("413 said")),
        (429, (), Later("429 said", of_address=True)),
        (429, ("Retry-After: 17",), Later("429 said", 17.0, of_address=True)),
        (429, ("Retry-After: 99999999",), Later("429 said", RETRY_AFTER_S_MAX, of_address=True)),
        (429, ("Retry-After: soon",), Later("429 said", of_address=True)),
        (500, (), Later("500 said")),
        (503, ("Retry-After: Thu, 28 May 2026 20:28:00 GMT",), Later("503 said", 1_780_000_080.0 - NOW_S)),
    ],
)
def test_each_answer_of_a_push_service_is_taken_as_what_it_means(service, status, fields, outcome):
    other = service.browser("other")
    assert sent(channel_to(service.host), to(service.browser("one").answers(status, *fields))) == [outcome]
    assert other.pushes == [], "a redirect is not followed"


def test_a_date_of_retry_after_may_be_of_any_zone(service):
    at = CLOCK.now().fromtimestamp(NOW_S + 90, tz=CLOCK.now().tzinfo)
    browser = service.browser("one").answers(429, f"Retry-After: {format_datetime(at)}")
    assert sent(channel_to(service.host), to(browser)) == [Later("429 said", 90.0, of_address=True)]


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (b"", Unknown("the connection ended before the answer")),
        (b"HTTP/1.1 20", Unknown("the connection ended before the answer")),
        (b"SMTP ready\r\n\r\n", Unknown("the answer is not HTTP")),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\nhalf", Sent("201 half")),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", Gone("410")),
        (b"HTTP/1.1 201 Created\r\n" + b"X: %s\r\n" % (b"y" * 1_000) * 40, Unknown("the answer is longer than 16384 bytes")),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 9000000\r\n\r\n" + b"y" * 1_000_000, Sent("201 " + "y" * 300)),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", Unknown("the answer is not HTTP")),
    ],
)
def test_an_answer_that_ends_early_or_never_or_is_garbage_is_bounded_and_known_for_what_it_is(service, says, outcome):
    browser = service.browser("one")
    browser.says, browser.ends = says, True
    assert sent(channel_to(service.host), to(browser)) == [outcome]
    after = sent(channel_to(service.host), to(service.browser("next")))
    assert after == [Sent("201")]


def test_a_service_that_is_not_there_or_never_answers_is_known_as_what_it_is(service):
    browser = service.browser("one")
    browser.hangs = True
    assert sent(channel_to(service.host, answered_within_s=0.2), to(browser)) == [Unknown("no answer within 0.2 s")]
    service.close()
    (outcome,) = sent(channel_to(service.host), to(browser))
    assert isinstance(outcome, Later)
    assert "no connection" in outcome.why


def test_a_service_that_hangs_delays_no_other_and_is_left_alone_after_a_while(service):
    stuck = service.browser("stuck")
    stuck.hangs = True

    async def run():
        with push_service() as other:
            channel, quick = channel_to(service.host, other.host), other.browser("quick")
            hanging = [asyncio.create_task(channel.send(to(stuck))) for _ in range(ROOM_FIRST)]
            await asyncio.to_thread(until, lambda: len(stuck.pushes) == ROOM_FIRST, "all of its room hangs")
            refused = await channel.send(to(stuck))
            outcomes = [await channel.send(to(quick)) for _ in range(50)]
            waiting = [task for task in hanging if not task.done()]
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
            await channel.close()
            return refused, outcomes, len(waiting)

    refused, outcomes, still_hanging = uvloop.run(run())
    assert outcomes == [Sent("201")] * 50
    assert still_hanging == ROOM_FIRST
    assert refused == Later("too many are being sent to this push service", 1.0)


def test_a_service_that_fails_again_and_again_is_not_asked_for_a_while(service):
    browser = service.browser("one").answers(503)
    outcomes = sent(channel_to(service.host), *[to(browser)] * (FAILURES_MAX + 2))
    assert outcomes[:FAILURES_MAX] == [Later("503 said")] * FAILURES_MAX
    assert [outcome.why for outcome in outcomes[FAILURES_MAX:]] == ["the push service did not answer and is not asked for a while"] * 2
    assert all(0 < outcome.after_s <= PAUSE_FIRST_S for outcome in outcomes[FAILURES_MAX:])
    assert len(browser.pushes) == FAILURES_MAX


def test_the_load_on_a_service_grows_with_its_answers_and_comes_back_by_one_request():
    now = [0.0]
    load = ProviderLoad(lambda: now[0])
    for _ in range(ROOM_MAX * 2):
        load.answered()
    assert load.room == ROOM_MAX
    for _ in range(FAILURES_MAX):
        load.failed()
    assert (load.room, load.paused_s) == (3, PAUSE_FIRST_S)
    now[0] = PAUSE_FIRST_S
    assert load.has_room
    load.under_way = 1
    assert not load.has_room, "one request alone, to see"
    load.failed()
    assert load.paused_s == 2 * PAUSE_FIRST_S
    now[0] += 2 * PAUSE_FIRST_S
    load.answered()
    assert load.has_room


def test_the_certificate_is_that_of_the_name_and_the_address_the_one_that_was_looked_up(tmp_path):
    certificate = certified(tmp_path, "push.test")
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=certificate)
    server.load_cert_chain(certificate)
    looked_up = []

    async def look_up(host, _):
        looked_up.append(host)
        return ["127.0.0.1"]

    with push_service(server, "push.test") as service:
        browser = service.browser("one")
        assert sent(channel_to(service.host, tls=client, look_up=look_up), *[to(browser)] * 3) == [Sent("201")] * 3
        assert looked_up == ["push.test"]
        assert browser.pushes[0].claims["aud"] == f"https://push.test:{service.port}"
        other = Browser(service, "one")
        other.subscription["endpoint"] = other.endpoint.replace("push.test", "other.test")
        (outcome,) = sent(channel_to(f"other.test:{service.port}", tls=client, look_up=look_up), to(other))
        assert isinstance(outcome, Later)
        assert "Hostname mismatch" in outcome.why
        assert len(browser.pushes) == 3


def test_a_host_that_moves_into_the_private_network_after_it_subscribed_is_not_asked(service):
    addresses = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]]

    async def look_up(*_):
        return addresses.pop(0)

    browser = Browser(service, "one")
    browser.subscription["endpoint"] = f"https://push.test:{service.port}/send/one"
    hosts = PublicHosts(look_up=look_up)
    asyncio.run(hosts.check(parse_endpoint(browser.subscription["endpoint"])))
    outcomes = sent(channel_to(look_up=look_up), to(browser), to(browser))
    assert outcomes == [Undeliverable("push.test may not be asked: its address is not public")] * 2
    assert service.connections == 0


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://2130706433/x", "https://0x7f.1/x", "https://0/x"),
        *("https://[::ffff:a00:1]/x", "https://169.254.169.254/x", "https://100.64.0.1/x"),
        *(
            "https://[fe80::1]/x",
            "https://[fc00::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://[64:ff9b::a00:1]/x",
            "https://[2002:a00:1::]/x",
        ),
        *("https://224.0.0.1/x", "https://[ff02::1]/x", "https://[::]/x", "https://[::7f00:1]/x", "https://no-such-host.invalid/x"),
        *("https://[fec0::1]/x", "https://[feff:0:0:ffff::1]/x"),
        *("http://93.184.216.34/x", "https://255.255.255.255/x", "https://240.0.0.1/x"),
    ],
)
def test_what_leads_into_a_private_network_is_refused(endpoint):
    with pytest.raises(PushEndpointNotAllowed):
        asyncio.run(PublicHosts(["127.0.0.1:8080"]).check(parse_endpoint(endpoint)))


def test_names_whose_servers_never_answer_hold_up_nothing_else(monkeypatch):
    asked, answered = [], threading.Event()

    def resolve(host, port, **_):
        asked.append(host)
        if "never" in host:
            answered.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    async def ask():
        hosts = PublicHosts()
        endpoints = [parse_endpoint(f"https://never{number}.test/x") for number in range(40)]  # more than the threads that all share
        stuck = [asyncio.create_task(hosts.check(endpoint)) for endpoint in (*endpoints, *endpoints)]
        try:
            async with asyncio.timeout(60):
                while len(asked) < len(endpoints):  # noqa: ASYNC110  (threads begin by themselves)
                    await asyncio.sleep(0.01)
                assert await asyncio.to_thread(lambda: "the ledger") == "the ledger"
                await hosts.check(parse_endpoint("https://answers.test/x"))
        finally:
            answered.set()
        await asyncio.gather(*stuck, return_exceptions=True)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    asyncio.run(ask())
    assert sorted(asked) == sorted({"answers.test", *(f"never{number}.test" for number in range(40))}), "each once at a time"


def test_what_is_public_is_taken():
    assert not any(map(is_public, ("10.1.2.3", "192.168.0.1", "172.16.0.1", "172.31.255.255", "127.1.2.3", "0.0.0.0")))  # noqa: S104
    assert all(map(is_public, ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822")))
    assert not any(map(is_public, ("", "push.test", "10.0.0.1%1")))


@pytest.mark.parametrize(
    "endpoint",
    [
        *(
            "",
            "https://",
            "https:///x",
            "push.test/x",
            "ftp://push.test/x",
            "https://push.test",
            "https://push.test:0/x",
            "https://push.test:65536/x",
        ),
        *(
            "https://ann@push.test/x",
            "https://push.test/x#y",
            "https://push.test/x y",
            "https://push.test/x\r\nHost: y",
            "https://push.test\\x/y",
        ),
        *(
            "https://Push.test/x",
            "https://push.test/" + "x" * 1_000,
            "https://push.test:٣/x",
            "https://pu\u0161h.test/x",
            "javascript:alert(1)",
        ),
    ],
)
def test_an_endpoint_that_is_none_is_refused(endpoint):
    with pytest.raises(PushEndpointMalformed):
        parse_endpoint(endpoint)


@given(endpoint=st.from_regex(r"https://[a-z0-9.\[\]:@/#?\\ -]{0,40}", fullmatch=True) | st.text(max_size=60))
def test_an_endpoint_that_is_taken_is_what_it_says(endpoint):
    try:
        found = parse_endpoint(endpoint)
    except PushEndpointMalformed:
        return
    ports = {"", *(f":{found.port:0{digits}}" for digits in range(1, 6))}
    assert endpoint in {f"{found.scheme}://{found.host}{port}{found.target}" for port in ports}
    assert not set(" \r\n#\\@") & set(found.host)


def test_keys_that_are_none_are_refused_by_name(service):
    good = service.browser("one").subscription
    point, secret = decode_keys(good["p256dh"], good["auth"])
    assert (len(point), len(secret)) == (65, 16)
    off_curve = good["p256dh"][:-3] + ("AAA" if good["p256dh"][-3:] != "AAA" else "BBA")
    for wrong in ("", "?", good["auth"], good["p256dh"] + "AAAA", off_curve, "A" * 87):
        with pytest.raises(PushKeysMalformed) as refusal:
            decode_keys(wrong, good["auth"])
        assert refusal.value.key == "p256dh"
    for wrong in ("", "A" * 21, "A" * 23, good["p256dh"]):
        with pytest.raises(PushKeysMalformed) as refusal:
            decode_keys(good["p256dh"], wrong)
        assert refusal.value.key == "auth"


def test_what_cannot_be_pushed_is_said_and_not_sent(service):
    browser = service.browser("one")
    malformed = {"topic": "a topic"}, {"topic": ""}, {"urgency": "high\r\nX: y"}, {"body": "x" * PLAIN_BYTES_MAX}
    outcomes = sent(channel_to(service.host), *(to(browser, **fields) for fields in malformed))
    assert {type(outcome) for outcome in outcomes} == {Undeliverable}
    (outcome,) = sent(channel_to(service.host), NoticeDelivery("1", "2", {"endpoint": browser.endpoint}, message()))
    assert isinstance(outcome, Gone)
    assert browser.pushes == []


def test_the_encryption_is_that_of_the_example_of_rfc_8291():
    sender = ec.derive_private_key(int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    receiver = raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    auth, salt = raw("BTBZMqHH6r4Tts7J_aSIgg"), raw("DGv6ra1nlYgDCS1FRnbzlw")
    body = encrypt_with(sender, salt, b"When I grow up, I want to be a watermelon", receiver, auth)
    assert body == raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_signature_is_made_anew_in_time_and_for_each_service():
    now = [float(NOW_S)]
    signatures = Signatures(KEY, lambda: now[0])
    first = signatures.of("https://one.test")
    now[0] += SIGNED_ANEW_S - 1
    assert signatures.of("https://one.test") == first
    now[0] += 1
    second = signatures.of("https://one.test")
    assert second != first
    now[0] -= 3 * SIGNED_ANEW_S
    assert signatures.of("https://one.test") != second, "a clock that was set back"
    for number in range(ORIGINS_MAX):
        signatures.of(f"https://{number}.test")
    assert len(signatures._kept) == ORIGINS_MAX


def test_the_key_follows_from_the_secret():
    assert VapidKey("a secret of thirty-two characters").public == KEY.public
    assert VapidKey("another secret of thirty-two characters").public != KEY.public
    header = VapidKey("a secret of thirty-two characters").sign("https://one.test", 4_000_000_000)
    assert signed(header) == {"aud": "https://one.test", "exp": 4_000_000_000, "key": KEY.public}


def raw(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def certified(folder, name):
    """A file with a key and a certificate of its own for a name."""
    key, now = ec.generate_private_key(ec.SECP256R1()), CLOCK.now()
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))])
    built = x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(9))
    certificate = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path
