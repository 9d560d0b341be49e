"""Pushes to iPhones over one HTTP/2 connection to a server that speaks as Apple's: signed for, and every answer taken as what it means."""

import asyncio
import ssl
from datetime import timedelta

import pytest
import uvloop
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from domain.notification.push_subscription import parse_endpoint
from infra.clock import Clock
from infra.delivery.apns import RENEWED_AFTER_S, RENEWED_AFTER_S_MIN, TOKENS_AFTER_S, ApnsProvider, AppleKey, body_of
from infra.delivery.http2_provider import IDLE_S_MAX, Http2Provider
from infra.delivery.mobile_push import MobilePush
from infra.delivery.port import Gone, Later, NoticeDelivery, Sent, Undeliverable, Unknown
from infra.delivery.public_hosts import PublicHosts
from infra.settings import SettingWrong, read_settings
from tests.apns_service import KEY_ID, TEAM_ID, TOPIC, IPhone, apns_service, apple_key, apple_key_file
from tests.contracts.pushes_under_test import message, sent
from tests.contracts.test_web_push import certified

CLOCK = Clock()
NOW_S = 1_780_000_000.0
DELIVERY = "0198f2f6-7b1a-7000-8000-00000000d001"


@pytest.fixture
def service():
    with apns_service() as running:
        yield running


class Now:
    """A clock that stands."""

    s = NOW_S

    def __call__(self):
        return self.s


def channel_to(service, now=None, *, hosts=None, tls=None, look_up=None, answered_within_s=60.0, monotonic_s=CLOCK.monotonic_s):
    now = now or Now()
    allowed = PublicHosts([service.host] if hosts is None else hosts, look_up)
    connection = Http2Provider(parse_endpoint(f"{service.origin}/"), allowed, monotonic_s, tls, answered_within_s)
    return MobilePush({"apns": ApnsProvider(AppleKey(apple_key(), KEY_ID, TEAM_ID, TOPIC), connection, now)})


def to(phone, **fields):
    return NoticeDelivery(DELIVERY, "0198-2", phone.address, message(**fields))


@pytest.mark.parametrize("run_on", [uvloop.run, asyncio.run])
def test_a_push_says_what_the_notice_says_for_as_long_as_it_has_something_to_say_and_replaces_an_earlier_one(service, run_on):
    phone = service.phone("one")
    assert sent(channel_to(service), to(phone, urgency="high"), to(phone, ttl=-timedelta(1)), run_on=run_on) == [Sent("200")] * 2
    first, second = phone.pushes
    assert first.payload == {
        "aps": {"alert": {"title": "ann commented", "body": "Well ✓"}},
        "id": DELIVERY,
        "kind": "comment",
        "path": "/slips/1",
        "topic": "slip-1",
    }
    names = ("apns-id", "apns-expiration", "apns-collapse-id", "apns-priority")
    assert [first.fields[name] for name in names] == [DELIVERY, str(int(NOW_S) + 7_200), "slip-1", "10"]
    assert [second.fields[name] for name in names[1::2]] == [str(int(NOW_S)), "5"]
    assert first.fields["authorization"] == second.fields["authorization"]
    assert service.connections == 1, "the connection is kept"


@pytest.mark.parametrize(
    ("status", "reason", "fields", "outcome"),
    [
        (410, "Unregistered", {}, Gone("410 Unregistered")),
        (410, "ExpiredToken", {}, Gone("410 ExpiredToken")),
        (400, "BadDeviceToken", {}, Undeliverable("400 BadDeviceToken")),
        (410, "", {}, Undeliverable("410")),
        (400, "DeviceTokenNotForTopic", {}, Undeliverable("400 DeviceTokenNotForTopic")),
        (400, "x\ny", {}, Undeliverable("400")),
        (413, "PayloadTooLarge", {}, Undeliverable("413 PayloadTooLarge")),
        (403, "InvalidProviderToken", {}, Later("403 InvalidProviderToken")),
        (429, "TooManyRequests", {"retry_after": "7"}, Later("429 TooManyRequests", 7.0, of_address=True)),
        (429, "TooManyProviderTokenUpdates", {}, Later("429 TooManyProviderTokenUpdates", TOKENS_AFTER_S)),
        (500, "InternalServerError", {}, Later("500 InternalServerError")),
        (503, "Shutdown", {"retry_after": "9"}, Later("503 Shutdown", 9.0)),
    ],
)
def test_each_answer_is_taken_as_what_it_means(service, status, reason, fields, outcome):
    assert sent(channel_to(service), to(service.phone("one").answers(status, reason, **fields))) == [outcome]


def test_a_provider_token_is_renewed_between_twenty_and_sixty_minutes(service):
    phone, now = service.phone("one"), Now()
    channel = channel_to(service, now)

    async def run():
        outcomes = [await channel.send(to(phone))]
        service.expired.add(phone.pushes[0].fields["authorization"].removeprefix("bearer "))
        for later_s in (RENEWED_AFTER_S_MIN - 1, 1, 1, RENEWED_AFTER_S):
            now.s += later_s
            outcomes.append(await channel.send(to(phone)))
        await channel.close()
        return outcomes

    expired = Later("403 ExpiredProviderToken")
    assert uvloop.run(run()) == [Sent("200"), expired, expired, Sent("200"), Sent("200")]
    assert len({push.fields["authorization"] for push in phone.pushes}) == 3


def test_many_are_under_way_on_one_connection_and_no_more_than_the_service_takes():
    with apns_service(streams_max=5) as service:
        channel, phones = channel_to(service), [service.phone(f"many{number}") for number in range(60)]

        async def run():
            outcomes = await asyncio.gather(*[channel.send(to(phone)) for phone in phones])
            await channel.close()
            return outcomes

        assert uvloop.run(run()) == [Sent("200")] * 60
        assert service.connections == 1
        assert service.most_at_a_time <= 5


def test_a_connection_that_is_given_up_or_idle_for_long_is_replaced_and_what_was_not_taken_is_for_later(service):
    phone, monotonic_s = service.phone("one"), [0.0]
    phone.gives_up = True
    channel = channel_to(service, monotonic_s=lambda: monotonic_s[0])

    async def run():
        outcomes = [await channel.send(to(phone)), await channel.send(to(phone))]
        monotonic_s[0] += IDLE_S_MAX + 1
        outcomes.append(await channel.send(to(phone)))
        await channel.close()
        return outcomes

    assert uvloop.run(run()) == [Later("the connection is given up"), Sent("200"), Sent("200")]
    assert service.connections == 3


def test_what_was_sent_and_not_answered_is_unknown_and_what_comes_next_is_sent(service):
    hanging, reset, ending, good = (service.phone(name) for name in ("hanging", "reset", "ending", "good"))
    hanging.hangs = reset.resets = ending.ends = True
    (unanswered,) = sent(channel_to(service, answered_within_s=1.0), to(hanging))
    assert unanswered == Unknown("no answer within 1 s")
    assert sent(channel_to(service), to(reset), to(good)) == [Unknown("the request was ended"), Sent("200")]
    assert sent(channel_to(service), to(ending)) == [Unknown("the connection ended before the answer")]


def test_a_service_that_is_not_there_or_speaks_something_else_is_known_as_what_it_is(service):
    phone = service.phone("one")
    service.says_garbage = True
    assert sent(channel_to(service, answered_within_s=1.0), to(phone)) == [Unknown("no answer within 1 s")]
    channel = channel_to(service)
    service.close()
    (outcome,) = sent(channel, to(phone))
    assert isinstance(outcome, Later)
    assert outcome.why.startswith("no connection")


def test_over_tls_the_name_is_checked_and_http2_agreed_upon(tmp_path):
    certificate = certified(tmp_path, "apns.test")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)

    async def look_up(*_):
        return ["127.0.0.1"]

    with apns_service(server, "apns.test") as service:
        hosts = {"look_up": look_up, "hosts": [service.host]}
        phone = service.phone("one")
        older = sent(channel_to(service, tls=ssl.create_default_context(cafile=certificate), **hosts), to(phone))
        assert older == [Later("no connection: the provider does not speak HTTP/2")]
        server.set_alpn_protocols(["h2"])
        assert sent(channel_to(service, tls=ssl.create_default_context(cafile=certificate), **hosts), to(phone)) == [Sent("200")]
        (private,) = sent(channel_to(service, look_up=look_up, hosts=[]), to(phone))
        assert private == Undeliverable("apns.test may not be asked: its address is not public")


@given(st.text(max_size=3_000), st.text(max_size=3_000))
def test_a_push_is_never_longer_than_apple_takes_whatever_it_says(title, body):
    assert len(body_of(to(IPhone("ab" * 32), title=title, body=body))) <= 4_096


def pem(key, sealed=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed or NoEncryption())


def set_up(monkeypatch, path, **changed):
    named = {"KEY_FILE": str(path), "KEY_ID": KEY_ID, "TEAM_ID": TEAM_ID, "TOPIC": TOPIC, **changed}
    for name, value in named.items():
        monkeypatch.setenv(f"SLIPSTREAM_APNS_{name}", value)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"nonsense", "is no private key of P-256"),
        (pem(rsa.generate_private_key(65_537, 2_048)), "is no private key of P-256"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "is no private key of P-256"),
        (pem(apple_key(), BestAvailableEncryption(b"a word")), "is no private key of P-256"),
    ],
)
def test_a_key_file_that_is_none_is_refused_at_the_start_by_name_and_nothing_of_it_is_said(tmp_path, monkeypatch, kept, reason):
    path = tmp_path / "key.p8"
    if kept is not None:
        path.write_bytes(kept)
    set_up(monkeypatch, path)
    with pytest.raises(SettingWrong) as refused:
        read_settings()
    assert (refused.value.name, refused.value.reason) == ("SLIPSTREAM_APNS_KEY_FILE", f"{path} {reason}")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("KEY_ID", "", "is needed where SLIPSTREAM_APNS_KEY_FILE is set"),
        ("TEAM_ID", "", "is needed where SLIPSTREAM_APNS_KEY_FILE is set"),
        ("TOPIC", "", "is needed where SLIPSTREAM_APNS_KEY_FILE is set"),
        ("KEY_ID", "abc123defg", "match"),
        ("TEAM_ID", "DEF123GHI", "match"),
        ("TOPIC", "example slipstream", "match"),
        ("URL", "http://127.0.0.1:9", "http://127.0.0.1:9 is not https, and SLIPSTREAM_PUSH_TEST_HOSTS does not name it"),
        ("URL", "api.push.apple.com", "is no address"),
        ("URL", "https://apns.test/3", "is no address"),
    ],
)
def test_a_setting_that_is_missing_or_malformed_is_refused_at_the_start_by_name(tmp_path, monkeypatch, name, value, reason):
    set_up(monkeypatch, apple_key_file(tmp_path / "key.p8"), **{name: value})
    with pytest.raises(SettingWrong) as refused:
        read_settings()
    assert refused.value.name == f"SLIPSTREAM_APNS_{name}"
    assert reason in refused.value.reason


def test_what_is_set_is_what_pushes_are_signed_with_and_without_a_key_nothing_is_needed(tmp_path, monkeypatch):
    set_up(monkeypatch, apple_key_file(tmp_path / "key.p8"))
    settings = read_settings()
    assert (settings.phone_providers(), settings.apns_endpoint().origin) == (("apns",), "https://api.push.apple.com")
    key = settings.apple_key()
    assert (key.key.private_numbers(), *key[1:]) == (apple_key().private_numbers(), KEY_ID, TEAM_ID, TOPIC)
    set_up(monkeypatch, "", KEY_ID="", TEAM_ID="", TOPIC="")
    settings = read_settings()
    assert (settings.phone_providers(), settings.apple_key()) == ((), None)
