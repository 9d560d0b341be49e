"""Pushes to phones by Firebase, to a server that speaks its API: signed for, and every answer understood as what it means."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import Clock
from infra.delivery.fcm import QUOTA_AFTER_S, FcmProvider, body_of
from infra.delivery.google_tokens import ASKED_AGAIN_S, GoogleTokens, read_service_account
from infra.delivery.mobile_push import MobilePush
from infra.delivery.port import Gone, Later, NoticeDelivery, Sent, Undeliverable, Unknown
from infra.delivery.provider_connection import ANSWER_BYTES_MAX
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.public_hosts import PublicHosts
from infra.delivery.push_text import BODY_BYTES_MAX, TITLE_BYTES_MAX, shortened
from infra.settings import SettingWrong, read_settings
from tests.contracts.pushes_under_test import message, sent
from tests.fcm_service import PROJECT, Phone, answer, fcm_service, key_file

CLOCK = Clock()


@pytest.fixture
def service():
    with fcm_service() as running:
        yield running


class Now:
    """A clock that stands."""

    def __init__(self):
        self.s = CLOCK.now().timestamp()

    def __call__(self):
        return self.s


def channel_to(service, folder, now=None, *, hosts=None, answered_within_s=60.0):
    now = now or Now()
    account = read_service_account(key_file(folder / "key.json", service.origin))
    allowed = PublicHosts([service.host] if hosts is None else hosts)
    connections = ProviderConnections(allowed, CLOCK.monotonic_s, None, answered_within_s, ANSWER_BYTES_MAX)
    return MobilePush({"fcm": FcmProvider(service.origin, account, connections, GoogleTokens(account, connections, now), now)})


def to(phone, **fields):
    return NoticeDelivery("0198-1", "0198-2", phone.address, message(**fields))


@pytest.mark.parametrize("run_on", [uvloop.run, asyncio.run])
def test_a_push_says_what_the_notice_says_for_as_long_as_it_has_something_to_say_and_replaces_an_earlier_one(service, tmp_path, run_on):
    phone, now = service.phone("one"), Now()
    outcomes = sent(
        channel_to(service, tmp_path, now),
        to(phone, urgency="high"),
        to(phone, ttl=timedelta(400)),
        to(phone, ttl=-timedelta(1)),
        run_on=run_on,
    )
    assert outcomes == [Sent("200 0:1500415314455276")] * 3
    first, *others = [push.message for push in phone.pushes]
    assert phone.pushes[0].shown == {
        "title": "ann commented", "body": "Well ✓", "id": "0198-1", "path": "/slips/1", "topic": "slip-1", "kind": "comment"
    }  # fmt: skip
    assert first["android"] == {"ttl": "7200s", "priority": "HIGH", "collapse_key": "slip-1", "notification": {"tag": "slip-1"}}
    assert first["apns"]["headers"] == {"apns-expiration": str(int(now.s) + 7_200), "apns-collapse-id": "slip-1", "apns-priority": "10"}
    assert [(other["android"]["ttl"], other["android"]["priority"]) for other in others] == [("2419200s", "NORMAL"), ("0s", "NORMAL")]
    assert (service.connections, service.grants) == (1, 1), "the connection and the access token are kept"


@pytest.mark.parametrize(
    ("status", "code", "fields", "outcome"),
    [
        (404, "UNREGISTERED", (), Gone("404 UNREGISTERED: said so")),
        (404, "", (), Undeliverable("404 SAID_SO: said so")),
        (410, "", (), Undeliverable("410 SAID_SO: said so")),
        (400, "INVALID_ARGUMENT", (), Undeliverable("400 INVALID_ARGUMENT: said so")),
        (403, "SENDER_ID_MISMATCH", (), Undeliverable("403 SENDER_ID_MISMATCH: said so")),
        (403, "", (), Later("403 SAID_SO: said so")),
        (401, "THIRD_PARTY_AUTH_ERROR", (), Later("401 THIRD_PARTY_AUTH_ERROR: said so")),
        (429, "QUOTA_EXCEEDED", (), Later("429 QUOTA_EXCEEDED: said so", QUOTA_AFTER_S)),
        (429, "QUOTA_EXCEEDED", ("Retry-After: 17",), Later("429 QUOTA_EXCEEDED: said so", 17.0)),
        (500, "INTERNAL", (), Later("500 INTERNAL: said so")),
        (503, "UNAVAILABLE", ("Retry-After: 9",), Later("503 UNAVAILABLE: said so", 9.0)),
        (408, "", (), Later("408 SAID_SO: said so")),
        (302, "", ("Location: /elsewhere",), Undeliverable("302 SAID_SO: said so")),
    ],
)
def test_each_answer_is_taken_as_what_it_means_and_only_unregistered_ends_an_address(service, tmp_path, status, code, fields, outcome):
    assert sent(channel_to(service, tmp_path), to(service.phone("one").answers(status, code, *fields))) == [outcome]


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (b"", Unknown("the connection ended before the answer")),
        (b"SMTP ready\r\n\r\n", Unknown("the answer is not HTTP")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{nonsense", Sent("200")),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n{nonsense", Undeliverable("404")),
        (answer(404, {"error": {"details": [{"errorCode": "x\ny"}]}}), Undeliverable("404")),
        (answer(404, {"error": []}), Undeliverable("404")),
        (answer(404, {"error": {"details": [{"errorCode": "UNREGISTERED"}], "message": "y" * 20_000}}), Undeliverable("404")),
    ],
)
def test_an_answer_that_ends_early_or_is_garbage_is_bounded_and_known_for_what_it_is(service, tmp_path, says, outcome):
    phone = service.phone("one")
    phone.says, phone.ends = says, True
    assert sent(channel_to(service, tmp_path), to(phone)) == [outcome]
    assert sent(channel_to(service, tmp_path), to(service.phone("next"))) == [Sent("200 0:1500415314455276")]


def test_a_service_that_is_not_there_or_never_answers_is_known_as_what_it_is(service, tmp_path):
    phone = service.phone("one")
    phone.hangs = True
    assert sent(channel_to(service, tmp_path, answered_within_s=1.0), to(phone)) == [Unknown("no answer within 1 s")]
    channel = channel_to(service, tmp_path)
    service.close()
    first, second = sent(channel, to(phone), to(phone))
    assert first.why.startswith("no access token: no connection")
    assert (second.why, first.after_s, second.after_s) == (first.why, ASKED_AGAIN_S, ASKED_AGAIN_S)


def test_an_access_token_is_renewed_shortly_before_its_end_and_where_it_is_not_taken(service, tmp_path):
    phone, now = service.phone("one"), Now()
    service.token_s = 1_000
    channel = channel_to(service, tmp_path, now)

    async def run():
        outcomes = [await channel.send(to(phone))]
        for later_s in (699, 2):
            now.s += later_s
            outcomes.append(await channel.send(to(phone)))
        service.revoked.add("ya29.2")
        outcomes += [await channel.send(to(phone)), await channel.send(to(phone))]
        await channel.close()
        return outcomes

    outcomes = uvloop.run(run())
    refused = Later("401 SAID_SO: Request had invalid authentication credentials.")
    assert [type(each) for each in outcomes] == [Sent, Sent, Sent, Later, Sent]
    assert outcomes[3] == refused
    assert [push.access_token for push in phone.pushes] == ["ya29.1", "ya29.1", "ya29.2", "ya29.3"]


def test_of_many_pushes_one_asks_for_an_access_token(service, tmp_path):
    phones = [service.phone(f"many{number}") for number in range(20)]
    channel = channel_to(service, tmp_path)

    async def run():
        outcomes = await asyncio.gather(*[channel.send(to(phone)) for phone in phones])
        await channel.close()
        return outcomes

    assert uvloop.run(run()) == [Sent("200 0:1500415314455276")] * 20
    assert service.grants == 1


@pytest.mark.parametrize(
    ("says", "why", "after_s"),
    [
        (answer(400, {"error": "invalid_grant", "error_description": "the key was given up"}), "400 invalid_grant", ASKED_AGAIN_S),
        (answer(503, {}, "Retry-After: 40"), "503", 40.0),
        (answer(200, {"access_token": "a\r\nb"}), "the answer is none", ASKED_AGAIN_S),
        (answer(200, {"access_token": "ya29.x", "expires_in": 0}), "the answer is none", ASKED_AGAIN_S),
        (answer(200, []), "the answer is none", ASKED_AGAIN_S),
        (b"SMTP\r\n\r\n", "the answer is not HTTP", ASKED_AGAIN_S),
    ],
)
def test_without_an_access_token_nothing_is_sent_and_all_is_for_later(service, tmp_path, says, why, after_s):
    phone = service.phone("one")
    service.refuses = says
    assert sent(channel_to(service, tmp_path), to(phone), to(phone)) == [Later(f"no access token: {why}", after_s)] * 2
    assert phone.pushes == []


def test_a_provider_in_a_private_network_is_not_asked_unless_the_operator_names_it(service, tmp_path):
    (outcome,) = sent(channel_to(service, tmp_path, hosts=[]), to(service.phone("one")))
    assert outcome == Undeliverable("127.0.0.1 may not be asked: it is not https")
    assert service.connections == 0


def test_an_address_that_is_none_or_of_a_provider_that_is_not_set_up_is_sent_to_nobody(service, tmp_path):
    apple = NoticeDelivery("1", "2", {"provider": "apns", "token": "ab" * 32}, message())
    nobody = NoticeDelivery("1", "2", {"provider": "fcm", "token": "../x"}, message())
    off, gone = sent(channel_to(service, tmp_path), apple, nobody)
    assert off == Undeliverable("pushes by apns are not set up here")
    assert isinstance(gone, Gone)
    assert service.connections == 0


@given(st.text(max_size=3_000), st.text(max_size=3_000))
def test_a_push_is_never_longer_than_a_provider_takes_whatever_it_says(title, body):
    phone = Phone("x" * 200)
    told = msgspec.json.decode(body_of(to(phone, title=title, body=body), 0.0))["message"]
    del told["token"]
    assert len(msgspec.json.encode(told)) <= 4_096


@given(st.text(max_size=3_000), st.sampled_from([TITLE_BYTES_MAX, BODY_BYTES_MAX]))
def test_a_text_that_is_too_long_is_cut_as_late_as_it_can_be(text, bytes_max):
    kept = shortened(text, bytes_max)
    assert len(msgspec.json.encode(kept)) <= bytes_max
    if kept != text:
        begin = kept.removesuffix("…")
        assert text.startswith(begin)
        assert len(msgspec.json.encode(text[: len(begin) + 1] + "…")) > bytes_max


@pytest.mark.parametrize(
    ("changed", "name", "reason"),
    [
        ({"type": "authorized_user"}, "FCM_KEY_FILE", "is no key file of a Google service account"),
        ({"project_id": "../x"}, "FCM_KEY_FILE", "is no key file of a Google service account"),
        ({"private_key": "none"}, "FCM_KEY_FILE", "has no private RSA key that can be read"),
        ({"token_uri": "ftp://x"}, "FCM_KEY_FILE", "is no address"),
        ({"token_uri": "http://elsewhere.test/token"}, "FCM_KEY_FILE", "http://elsewhere.test is not https"),
        ({"client_email": 7}, "FCM_KEY_FILE", "is no key file of a Google service account"),
        (None, "FCM_KEY_FILE", "cannot be read"),
    ],
)
def test_a_key_file_that_is_none_is_refused_at_the_start_by_name(tmp_path, monkeypatch, changed, name, reason):
    path = tmp_path / "none.json" if changed is None else key_file(tmp_path / "key.json", "https://oauth2.test", **changed)
    monkeypatch.setenv("SLIPSTREAM_FCM_KEY_FILE", str(path))
    with pytest.raises(SettingWrong) as refused:
        read_settings()
    assert refused.value.name == f"SLIPSTREAM_{name}"
    assert reason in refused.value.reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://fcm.test", "fcm.test", "https://fcm.test/v1", "https://a@fcm.test"])
def test_an_address_of_firebase_that_is_none_or_not_https_is_refused_at_the_start(tmp_path, monkeypatch, url):
    monkeypatch.setenv("SLIPSTREAM_FCM_KEY_FILE", str(key_file(tmp_path / "key.json", "https://oauth2.test")))
    monkeypatch.setenv("SLIPSTREAM_FCM_URL", url)
    with pytest.raises(SettingWrong) as refused:
        read_settings()
    assert refused.value.name == "SLIPSTREAM_FCM_URL"
    monkeypatch.setenv("SLIPSTREAM_FCM_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SLIPSTREAM_PUSH_TEST_HOSTS", "127.0.0.1:9")
    settings = read_settings()
    assert (settings.phone_providers(), settings.fcm_account().project) == (("fcm",), PROJECT)
