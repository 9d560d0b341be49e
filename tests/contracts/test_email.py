"""Mails over real SMTP servers: what comes of each, and what they are made of."""

import asyncio
import html
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notification.wording.words import words_of
from infra.clock import Clock
from infra.delivery.email import EmailChannel
from infra.delivery.email_message import MailWords, UnsafeHeaderError, mail_of
from infra.delivery.port import Gone, Later, NoticeDelivery, NoticeText, Outcome, Sent, Undeliverable, Unknown
from infra.delivery.smtp_client import SmtpServer
from tests.contracts.mail_servers import ENVELOPE, Taking, script, scripted, serving, serving_encrypted
from tests.contracts.test_kafka_tls import make_certificate

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)
WORDS = MailWords("Slipstream <no-reply@slipstream.example>", "https://bets.example.com")
LEAVE = "https://bets.example.com/v1/notifications/unsubscribe?token=abc"


def notice(title: str = "Your bet won", body: str = "It pays 12.50 EUR.", path: str = "/bets/1", to: str = "ann@example.com"):
    text = NoticeText("bet_settled", title, body, path, "bet-1", timedelta(days=1))
    return NoticeDelivery("01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c12", {"email": to}, text)


def channel(server: SmtpServer, connections_max: int = 2) -> EmailChannel:
    return EmailChannel(server, WORDS, lambda _account, _kind, _language: LEAVE, Clock(), connections_max=connections_max)


async def send_all(sending: EmailChannel, *deliveries: NoticeDelivery) -> list[Outcome]:
    try:
        return [await sending.send(each) for each in deliveries]
    finally:
        await sending.close()


def sent_to(server: SmtpServer, *deliveries: NoticeDelivery) -> list[Outcome]:
    return asyncio.run(send_all(channel(server), *deliveries))


def outcome_of(*scripts, timeout_s: float = 30.0) -> Outcome:
    async def run() -> Outcome:
        async with scripted(*scripts) as server:
            return (await send_all(channel(server._replace(timeout_s=timeout_s)), notice()))[0]

    return asyncio.run(run())


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a client and a server know of each other's certificates."""
    make_certificate(tmp_path / "server.pem", tmp_path / "ca.pem")
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tmp_path / "server.pem")
    return ssl.create_default_context(cafile=str(tmp_path / "ca.pem")), theirs


def test_a_mail_that_is_refused_for_now_is_taken_later_and_once():
    taking = Taking({"ann@example.com": ["451 4.7.1 Greylisted, try again"]})
    with serving(taking) as server:
        first, second = sent_to(server, notice(), notice())
    assert first == Later("451 4.7.1 Greylisted, try again", of_address=True)
    assert second == Sent("250 Kept")
    assert len(taking.taken) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 No such user", Gone),
        ("551 User not local", Gone),
        ("553 5.1.3 Bad mailbox name", Gone),
        ("550 5.7.1 Blocked by our policy", Undeliverable),
        ("552 5.2.2 Mailbox full", Undeliverable),
        ("554 5.7.1 No", Undeliverable),
        ("421 4.3.2 Closing", Later),
        ("450 4.2.1 Busy", Later),
        ("452 4.5.3 Too many", Later),
    ],
)
def test_a_recipient_that_is_refused_says_what_comes_of_the_address(answer: str, outcome: type):
    taking = Taking({"ann@example.com": [answer]})
    with serving(taking) as server:
        refused, next_one = sent_to(server, notice(), notice(to="bob@example.com"))
    assert type(refused) is outcome
    assert refused.why == answer
    assert type(next_one) is Sent, "the next mail goes out all the same"


@pytest.mark.parametrize(
    ("answer", "outcome"), [("451 4.3.0 Not now", Later), ("554 5.6.0 Spam", Undeliverable), ("550 5.7.1 Spam", Undeliverable)]
)
def test_a_message_that_is_refused_whole_says_nothing_about_the_address(answer: str, outcome: type):
    with serving(Taking(at_end=[answer])) as server:
        assert [type(each) for each in sent_to(server, notice(), notice())] == [outcome, Sent]


def test_a_connection_that_ends_after_the_message_and_before_the_answer_leaves_it_unknown():
    assert type(outcome_of(script(*ENVELOPE, (b".\r\n", None)))) is Unknown


def test_a_server_that_hangs_after_the_message_leaves_it_unknown_and_ends():
    assert type(outcome_of(script(*ENVELOPE, (b".\r\n", None), hang=True), timeout_s=0.3)) is Unknown


@pytest.mark.parametrize("answer", [b"what?\r\n", b"\x00\xff\xfe\r\n", b"199 odd\r\n", b"354 again\r\n", b"2\r\n"])
def test_an_answer_to_the_message_that_says_nothing_leaves_it_unknown(answer: bytes):
    assert type(outcome_of(script(*ENVELOPE, (b".\r\n", answer)))) is Unknown


@pytest.mark.parametrize("steps", range(len(ENVELOPE)))
def test_a_server_that_goes_before_the_message_did_not_take_it(steps: int):
    cut = [*ENVELOPE[:steps], (ENVELOPE[steps][0], None)]
    assert type(outcome_of(script(*cut))) is Later


@pytest.mark.parametrize("steps", range(len(ENVELOPE)))
def test_a_server_that_hangs_before_the_message_did_not_take_it_and_is_given_up(steps: int):
    cut = [*ENVELOPE[:steps], (ENVELOPE[steps][0], None)]
    assert type(outcome_of(script(*cut, hang=True), timeout_s=0.3)) is Later


@pytest.mark.parametrize("steps", range(len(ENVELOPE)))
def test_a_server_that_talks_garbage_before_the_message_did_not_take_it(steps: int):
    garbage = [*ENVELOPE[:steps], (ENVELOPE[steps][0], b"\x16\x03\x01 <html>\r\n")]
    assert type(outcome_of(script(*garbage))) is Later


def test_a_server_that_never_ends_its_line_is_given_up():
    assert type(outcome_of(script((b"", b"220-" + b"x" * 100_000)), timeout_s=5.0)) is Later


def test_nobody_at_the_port_means_later():
    (outcome,) = sent_to(SmtpServer("127.0.0.1", 1, starttls="never"), notice())
    assert type(outcome) is Later
    assert "no connection" in outcome.why


def test_a_kept_connection_that_the_server_closed_is_replaced_and_the_mail_goes_once():
    async def run() -> tuple[list[Outcome], int]:
        ends = 0

        async def taking_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal ends
            for awaited, answer in (*ENVELOPE, (b".\r\n", b"250 ok\r\n"), (b"MAIL", None)):
                while awaited and not (line := await reader.readline()).startswith(awaited):
                    if not line:
                        return
                if answer is None:
                    return
                ends += awaited == b".\r\n"
                writer.write(answer)

        async with scripted(taking_one) as server:
            return await send_all(channel(server), notice(), notice(), notice()), ends

    outcomes, ends = asyncio.run(run())
    assert [type(each) for each in outcomes] == [Sent, Sent, Sent]
    assert ends == 3


def test_connections_are_kept_and_bounded():
    taking = Taking()

    async def run(server: SmtpServer) -> None:
        sending = channel(server, connections_max=2)
        outcomes = await asyncio.gather(*(sending.send(notice()) for _ in range(20)))
        assert {type(each) for each in outcomes} == {Sent}
        await sending.close()

    with serving(taking) as server:
        asyncio.run(run(server))
    assert len(taking.taken) == 20
    assert len(taking.peers) <= 2


def test_a_server_that_asks_for_encryption_and_a_login_gets_both(tls: tuple[ssl.SSLContext, ssl.SSLContext]):
    ours, theirs = tls
    taking = Taking()
    with serving_encrypted(taking, theirs) as server:
        wanted = server._replace(starttls="required", user="ann", password="secret", tls_context=ours)
        (outcome,) = sent_to(wanted, notice())
        (wrong,) = sent_to(wanted._replace(password="wrong"), notice())
        (plain,) = sent_to(server, notice())
    assert type(outcome) is Sent
    assert taking.encrypted == [True]
    assert type(wrong) is Later, "what the operator set wrong loses no mail"
    assert type(plain) is Undeliverable
    assert len(taking.taken) == 1


def test_nothing_goes_out_in_the_clear_where_encryption_is_required():
    taking = Taking()
    with serving(taking) as server:
        (outcome,) = sent_to(server._replace(starttls="required"), notice())
    assert type(outcome) is Later
    assert taking.taken == []


def test_an_address_beyond_ascii_reaches_servers_that_take_it():
    taking = Taking()
    with serving(taking) as server:
        assert [type(each) for each in sent_to(server, notice(to="jörg@exämple.com"))] == [Sent]
    assert taking.taken[0][0] == ["jörg@xn--exmple-cua.com"]


def test_what_people_wrote_is_text_in_both_parts_and_nobody_adds_a_header():
    taking = Taking()
    title, body = "<b>eve</b> & 41 others, =?utf-8?b?eA==?=", "One\n.\n.two <script>alert(1)</script>\nBcc: all@example.com\nünïcode"
    with serving(taking) as server:
        assert [type(each) for each in sent_to(server, notice(title, body))] == [Sent]
    _, mail, _ = taking.taken[0]
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert mail["Subject"] == title
    assert body in text.replace("\r\n", "\n")
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == "<01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11@slipstream.example>"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_program_can_unsubscribe_with_one_click():
    taking = Taking()
    with serving(taking) as server:
        sent_to(server, notice())
    raw = taking.taken[0][2]
    assert f"\r\nList-Unsubscribe: <{LEAVE}>\r\n".encode() in raw, "as it is: no mail program decodes it"
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(("language", "spoken", "stop"), [("de", "de", "Diese Mails abbestellen"), ("fr", "en", "Stop these mails")])
def test_what_surrounds_a_notice_is_in_its_language_and_names_are_no_markup_in_any(language: str, spoken: str, stop: str):
    taking, hostile = Taking(), 'ann <img src=x> "&'
    with serving(taking) as server:
        asked = notice(title=words_of(language).say("follow", who=hostile))
        sent_to(server, asked._replace(message=asked.message._replace(language=language)))
    mail = message_from_bytes(taking.taken[0][2], policy=default)
    text, page = [part.get_content() for part in mail.iter_parts()]
    assert (mail["Content-Language"], f'<html lang="{spoken}">' in page, f"{stop}: {LEAVE}" in text) == (spoken, True, True)
    assert (stop in page, "<img" in page, html.escape(hostile) in page) == (True, False, True)
    assert str(mail["Subject"]).startswith(hostile)


@pytest.mark.parametrize(
    "to",
    ["a@b.c\r\nRCPT TO:<x@y.z>", "a\n@b.c", "a@b.c\x00", "two@b.c,a@b.c", "<a@b.c>", "a b@c.d", "", "a", "@b.c", "a@", "a@" + "b" * 300],
)
def test_an_address_that_would_say_more_than_an_address_is_refused_by_name(to: str):
    taking = Taking()
    with serving(taking) as server:
        (outcome,) = sent_to(server, notice(to=to))
    assert type(outcome) is Undeliverable
    assert outcome.why.startswith("the address")
    assert not taking.peers, "nothing of it was sent"


@pytest.mark.parametrize("title", ["Won\r\nBcc: all@example.com", "Won\nX: y", "Won\x0b", "Won\u2028X"])
def test_a_subject_with_a_line_break_is_refused_by_name(title: str):
    with serving(Taking()) as server:
        (outcome,) = sent_to(server, notice(title=title))
    assert outcome == Undeliverable("the subject has a line break or a character that cannot be seen")


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example", "javascript:alert(1)", "x", ""])
def test_a_link_leads_nowhere_but_to_the_page(path: str):
    _, message = mail_of(notice(path=path), WORDS, "", NOON)
    assert b"evil" not in message
    assert b"javascript" not in message
    assert b"List-Unsubscribe" not in message


@given(title=st.text(max_size=120), body=st.text(max_size=400), to=st.text(max_size=40).map(lambda text: f"a{text}@example.com"))
def test_any_text_is_either_refused_or_read_as_it_was_written(title: str, body: str, to: str):
    try:
        recipient, message = mail_of(notice(title, body, to=to), WORDS, LEAVE, NOON)
    except UnsafeHeaderError:
        assert not (title + to).isprintable() or set(to) & set('<>()[]\\,;:" @')
        return
    mail = message_from_bytes(message, policy=default)
    assert sorted(mail.keys()) == sorted(
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "Content-Language",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type",
        ]
    )
    assert len(list(mail.iter_parts())) == 2
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert recipient == to
