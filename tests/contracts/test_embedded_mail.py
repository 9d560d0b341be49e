"""The embedded mail server, its mailbox, and what sends mails that accounts ask for."""

import smtplib
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.account_mails import AccountMail
from infra.clock import Clock
from infra.delivery.account_mailer import AccountMailer
from infra.delivery.email import EmailChannel
from infra.delivery.email_message import MailWords
from infra.delivery.mail_settings import MailSettings
from infra.delivery.smtp_client import SmtpServer
from infra.embedded.errors import PortBusy
from infra.embedded.mailbox import FileMailbox
from infra.embedded.smtp import MAIL_BYTES_MAX, EmbeddedMailServer
from infra.settings import Settings
from tests.contracts.mail_servers import Taking, serving
from tests.journeys.process_tree import until

WORDS = MailWords("Slipstream <no-reply@slipstream.example>", "https://bets.example.com")
NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)
ACCOUNT = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c12"


def server_at(url: str) -> SmtpServer:
    server = MailSettings(mail_url=url, mail_starttls="never").mail_server()
    assert server is not None
    return server


def mailer_to(server: SmtpServer, *pauses_s: float) -> AccountMailer:
    channel = EmailChannel(server, WORDS, lambda _account, _kind, _language: "", Clock(), connections_max=2)
    return AccountMailer(channel, pauses_s).start()


def a_mail(number: int = 1, title: str = "Set another password") -> AccountMail:
    return AccountMail(f"mail-{number}", ACCOUNT, "ann@example.com", title, "By this link.\n<b>Once</b>.", "/sign-in#reset=abc")


def counted(mailer: AccountMailer) -> dict[str, float]:
    sent, waiting = mailer.collect()
    return {sample.labels["outcome"]: sample.value for sample in sent.samples} | {"waiting": waiting.samples[0].value}


def test_a_mail_is_kept_where_only_its_owner_reads_it_and_shown_as_it_was_written(tmp_path: Path):
    mailbox = FileMailbox(tmp_path / "mail")
    with EmbeddedMailServer(mailbox) as url:
        mailer = mailer_to(server_at(url))
        assert mailer.post(a_mail())
        (mail,) = until(lambda: mailbox.newest(10), "the mail")
        mailer.stop()
    assert (mail.sender, mail.recipient, mail.subject) == ("no-reply@slipstream.example", "ann@example.com", "Set another password")
    assert "https://bets.example.com/sign-in#reset=abc" in mail.text
    assert "<b>Once</b>" in mail.text
    assert "&lt;b&gt;Once&lt;/b&gt;" in mail.html
    assert mailbox.mail(mail.mail_id) == mail
    assert mailbox.newest(10, "ANN@example.com") == [mail]
    assert mailbox.newest(10, "bob@example.com") == []
    (file,) = (tmp_path / "mail").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_mailbox_keeps_the_newest_mails_and_no_more(tmp_path: Path):
    mailbox = FileMailbox(tmp_path, mails_max=3)
    for number in range(5):
        mailbox.keep("a@b.c", "d@e.f", b"Subject: %d\r\n\r\n" % number, lambda number=number: NOON + timedelta(seconds=number))
    assert [mail.subject for mail in mailbox.newest(10)] == ["4", "3", "2"]
    assert len(mailbox.newest(2)) == 2


@pytest.mark.parametrize("mail_id", ["", "..", "../secret", "0000000000000000-00000000", "x" * 5_000, "0\n"])
def test_what_is_no_mail_of_the_mailbox_is_not_there(tmp_path: Path, mail_id: str):
    (tmp_path / "secret.eml").write_text("secret")
    assert FileMailbox(tmp_path / "mail").mail(mail_id) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\x00\xfe",
        b"Subject: =?x?y?z?=\r\n\r\n",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\n",
    ],
)
def test_a_mail_that_is_garbage_is_kept_and_shown_as_far_as_it_can_be_read(tmp_path: Path, raw: bytes):
    mailbox = FileMailbox(tmp_path)
    mailbox.keep("a@b.c", "d@e.f", raw, lambda: NOON)
    assert [mail.recipient for mail in mailbox.newest(1)] == ["d@e.f"]


def test_a_mail_that_is_too_large_is_refused_and_not_kept(tmp_path: Path):
    mailbox = FileMailbox(tmp_path)
    with EmbeddedMailServer(mailbox) as url:
        server = server_at(url)
        with smtplib.SMTP(server.host, server.port) as client, pytest.raises(smtplib.SMTPResponseException):
            client.sendmail("a@b.c", ["d@e.f"], b"x\r\n" * (MAIL_BYTES_MAX // 3 + 1_000))
    assert mailbox.newest(1) == []


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with EmbeddedMailServer(FileMailbox(tmp_path)) as url, pytest.raises(PortBusy, match="SLIPSTREAM_MAIL_PORT"):
        EmbeddedMailServer(FileMailbox(tmp_path), port=server_at(url).port).start()


def test_a_mail_that_is_not_taken_now_is_tried_again_and_arrives_once():
    taking = Taking({"ann@example.com": ["451 4.7.1 Not now", "421 4.3.2 Nor now"]})
    with serving(taking) as server:
        mailer = mailer_to(server, 0.0, 0.0, 0.0)
        assert mailer.post(a_mail())
        until(lambda: counted(mailer).get("Sent"), "the mail is sent")
        mailer.stop()
    assert len(taking.taken) == 1
    assert counted(mailer) == {"Sent": 1, "waiting": 0}


def test_a_mail_that_may_have_arrived_is_not_sent_again():
    taking = Taking(at_end=["199 what?"])
    with serving(taking) as server:
        mailer = mailer_to(server, 0.0)
        assert mailer.post(a_mail())
        until(lambda: counted(mailer).get("Unknown"), "the mail is counted as unknown")
        mailer.stop()
    assert taking.taken == []


def test_a_mailer_that_stops_does_not_wait_for_a_mail_server_that_is_away():
    mailer = mailer_to(SmtpServer("127.0.0.1", 1, starttls="never"), 3_600.0)
    assert mailer.post(a_mail())
    until(lambda: counted(mailer)["waiting"], "the mail waits")
    mailer.stop()
    assert counted(mailer) == {"Later": 1, "waiting": 0}
    assert not AccountMailer(None).post(a_mail())


def test_mails_beyond_the_limit_are_refused_until_there_is_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("infra.delivery.account_mailer.WAITING_MAX", 2)
    mailer = mailer_to(SmtpServer("127.0.0.1", 1, starttls="never"), 3_600.0)
    assert [mailer.post(a_mail(number)) for number in range(3)] == [True, True, False]
    mailer.stop()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587)),
        ("smtps://ann%40x:p%2Fw@mail.example.com", SmtpServer("mail.example.com", 465, tls=True, user="ann@x", password="p/w")),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525)),
    ],
)
def test_the_mail_server_is_read_from_its_url(url: str, server: SmtpServer):
    assert Settings(mail_url=url).mail_server() == server


@pytest.mark.parametrize("url", ["mail.example.com", "http://x", "smtp://", "smtp://x:99999", "smtp://x/path", "smtp://x\ny", ""])
def test_what_is_no_mail_server_is_refused(url: str):
    with pytest.raises(ValueError, match="mail_url"):
        Settings(mail_url=url)


@pytest.mark.parametrize("sender", ["nobody", "A <b@c.d>\r\nBcc: x@y.z", "<>", "a@b.c, d@e.f"])
def test_what_is_no_sender_is_refused(sender: str):
    with pytest.raises(ValueError, match="mail_from"):
        Settings(mail_from=sender)
