"""Mails that accounts ask for: a forgotten password, an e-mail address to be told at; read where the embedded mail server keeps them."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from urllib.parse import urlsplit

import httpx
import pytest

from api.mailbox import KeptMail
from infra.embedded.mailbox import FileMailbox
from infra.embedded.smtp import EmbeddedMailServer
from tests.journeys.process_tree import PASSWORD, Person, Tree, problem_of, until

RESET, CONFIRM = "/v1/accounts/password-reset", "/v1/notifications/email/confirm"
NEW = "a longer horse battery"


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> FileMailbox:
    return FileMailbox(tmp_path_factory.mktemp("data") / "mail")


@pytest.fixture(scope="module")
def further_settings(mailbox: FileMailbox) -> Iterator[dict[str, str]]:
    with EmbeddedMailServer(mailbox) as url:
        yield {
            "SLIPSTREAM_MAIL_URL": url,
            "SLIPSTREAM_MAIL_STARTTLS": "never",
            "SLIPSTREAM_MAIL_PAGE": "1",
            "SLIPSTREAM_DATA_DIR": str(mailbox.folder.parent),
        }


def mails_to(mailbox: FileMailbox, address: str, count: int) -> list[KeptMail]:
    """The mails to an address once there are so many, the newest first."""
    return until(lambda: len(found := mailbox.newest(100, address)) >= count and list(found), f"{count} mails to {address}")


def token_of(mail: KeptMail) -> str:
    found = re.search(r"#(?:reset|confirm)=([A-Za-z0-9_-]+)", mail.text)
    assert found is not None, mail.text
    return found[1]


def confirmed(person: Person, mailbox: FileMailbox, address: str) -> None:
    """Give somebody an address, and follow the link of the mail that it gets."""
    assert person.put("/v1/notifications/email", {"email": address}).status_code == 200
    (mail,) = mails_to(mailbox, address, 1)
    assert person.post(CONFIRM, {"token": token_of(mail)}).status_code == 200


def sign_in(person: Person, password: str) -> int:
    return person.client.post("/v1/sessions", json={"handle": person.handle, "password": password}).status_code


def test_a_forgotten_password_is_set_by_a_mail_once_and_every_session_ends(tree: Tree, mailbox: FileMailbox):
    ann = tree.bettor("ann_forgets")
    asked = ann.post(RESET, {"email": "Ann_Forgets@example.com"})
    unknown = ann.post(RESET, {"email": "nobody_at_all@example.com"})
    assert (asked.status_code, asked.content) == (unknown.status_code, unknown.content) == (204, b"")
    assert set(asked.headers) == set(unknown.headers)
    (mail,) = mails_to(mailbox, "ann_forgets@example.com", 1)
    token = token_of(mail)
    assert problem_of(ann.post(f"{RESET}/confirm", {"token": token, "password": "short"})) == "password-malformed"
    assert ann.post(f"{RESET}/confirm", {"token": token, "password": NEW}).status_code == 204
    until(lambda: ann.client.get("/v1/account").status_code == 401, "the session ends")
    assert (sign_in(ann, PASSWORD), sign_in(ann, NEW)) == (401, 201)
    assert problem_of(ann.post(f"{RESET}/confirm", {"token": token, "password": "yet another one"})) == "mail-link-invalid"
    assert sign_in(ann, NEW) == 201
    assert mailbox.newest(100, "nobody_at_all@example.com") == []


def test_a_link_is_of_no_use_once_the_password_was_changed_otherwise_or_for_anything_else(tree: Tree, mailbox: FileMailbox):
    bob = tree.bettor("bob_forgets")
    bob.post(RESET, {"email": "bob_forgets@example.com"})
    token = token_of(mails_to(mailbox, "bob_forgets@example.com", 1)[0])
    assert problem_of(bob.post(CONFIRM, {"token": token})) == "mail-link-invalid"
    assert bob.put("/v1/account/password", {"old": PASSWORD, "new": NEW}).status_code == 200
    for wrong in (token, token[:-2] + "AA", "", "ä", "x" * 599):
        assert problem_of(bob.post(f"{RESET}/confirm", {"token": wrong, "password": "yet another one"})) == "mail-link-invalid"
    assert sign_in(bob, NEW) == 201


def test_a_letter_that_looks_alike_leads_the_mail_to_no_other_mailbox(tree: Tree, mailbox: FileMailbox):
    kim = tree.bettor("kim")
    assert kim.post(RESET, {"email": "\u212aim@example.com"}).status_code == 204, "with the sign of Kelvin"
    (mail,) = mails_to(mailbox, "kim@example.com", 1)
    assert mail.recipient == "kim@example.com"
    assert not [each for each in mailbox.newest(100) if "\u212a" in each.recipient]


def test_nobody_floods_a_mailbox(tree: Tree, mailbox: FileMailbox):
    eve = tree.bettor("eve")
    asked = [eve.post(RESET, {"email": "eve@example.com"}) for _ in range(6)]
    assert [answer.status_code for answer in asked] == [204] * 5 + [429]
    assert int(asked[-1].headers["retry-after"]) > 60
    assert problem_of(eve.put("/v1/notifications/email", {"email": "EVE@example.com"})) == "too-many-requests"
    assert len(mails_to(mailbox, "eve@example.com", 5)) == 5
    assert problem_of(eve.post(RESET, {"email": "eve@example.com\r\nBcc: all@example.com"})) == "email-malformed"


def test_an_address_is_told_something_only_once_it_was_confirmed_and_another_takes_its_place_then(tree: Tree, mailbox: FileMailbox):
    cat = tree.bettor("cat_reads")

    def listed() -> list[tuple[str, bool]]:
        shown = until(lambda: (found := cat.get("/v1/notifications/addresses")).status_code == 200 and found, "the projector has begun")
        return [(each["address"], each["confirmed"]) for each in shown.json()["items"]]

    named = cat.put("/v1/notifications/email", {"email": "cat@first.example"})
    assert (named.status_code, named.json()["confirmed"]) == (200, False)
    assert listed() == [("cat@first.example", False)]
    (mail,) = mails_to(mailbox, "cat@first.example", 1)
    assert "cat_reads" in mail.text
    stranger = tree.visitor()
    assert stranger.post(CONFIRM, {"token": token_of(mail)}).json()["confirmed"], "on whatever device the mail is read"
    cat.position = stranger.position
    assert listed() == [("cat@first.example", True)]
    assert stranger.post(CONFIRM, {"token": token_of(mail)}).status_code == 200, "a repeat"
    assert cat.put("/v1/notifications/email", {"email": "cat@first.example"}).json()["confirmed"]
    cat.put("/v1/notifications/email", {"email": "cat@second.example"})
    cat.put("/v1/notifications/email", {"email": "cat@third.example"})
    assert listed() == [("cat@third.example", False), ("cat@first.example", True)]
    (second,) = mails_to(mailbox, "cat@second.example", 1)
    assert problem_of(cat.post(CONFIRM, {"token": token_of(second)})) == "address-unknown"
    (third,) = mails_to(mailbox, "cat@third.example", 1)
    cat.post(CONFIRM, {"token": token_of(third)})
    assert listed() == [("cat@third.example", True)]
    assert len(mailbox.newest(100, "cat@first.example")) == 1, "what is confirmed already is not asked about again"


def test_the_mails_are_listed_and_shown_to_this_machine_alone(tree: Tree, mailbox: FileMailbox):
    dan = tree.bettor("dan_reads")
    dan.post(RESET, {"email": "dan_reads@example.com"})
    (mail,) = mails_to(mailbox, "dan_reads@example.com", 1)
    listed = tree.run("mail", "--to", "dan_reads@example.com", "--json")
    assert [json.loads(line)["mail_id"] for line in listed.stdout.splitlines()] == [mail.mail_id]
    shown = tree.run("mail", "last", "--to", "dan_reads@example.com")
    assert token_of(mail) in shown.stdout
    assert tree.run("mail", "0000000000000000-00000000").returncode == 1
    assert "dan_reads@example.com" in tree.run("mail").stdout
    assert mail.mail_id in httpx.get(f"{tree.url}/mail").text
    page = httpx.get(f"{tree.url}/mail/{mail.mail_id}")
    assert token_of(mail) in page.text
    assert "script" not in page.headers["content-security-policy"]
    for headers in ({"host": "rebound.example"}, {"x-forwarded-for": "192.0.2.1"}):
        for path in ("/mail", f"/mail/{mail.mail_id}"):
            assert problem_of(httpx.get(f"{tree.url}{path}", headers=headers)) == "route-unknown"
    assert problem_of(httpx.get(f"{tree.url}/mail/nothing")) == "route-unknown"


def test_a_server_without_a_mail_server_says_so(tree: Tree):
    fay = tree.bettor("fay")
    tree.end("api")
    tree.start("api", SLIPSTREAM_MAIL_URL="", SLIPSTREAM_MAIL_PAGE="")
    try:
        assert problem_of(fay.post(RESET, {"email": "fay@example.com"})) == "mail-not-sent"
        assert problem_of(fay.put("/v1/notifications/email", {"email": "fay@example.com"})) == "mail-not-sent"
        assert problem_of(httpx.get(f"{tree.url}/mail")) == "route-unknown"
    finally:
        tree.end("api")
        tree.start("api")


def headers_of(mailbox: FileMailbox, mail: KeptMail) -> Message:
    (kept,) = mailbox.folder.glob(f"{mail.mail_id}*")
    return message_from_bytes(kept.read_bytes())


def click_of(mailbox: FileMailbox, mail: KeptMail) -> str:
    """The path and query that one click in a mail asks for."""
    headers = headers_of(mailbox, mail)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = urlsplit("".join(headers["List-Unsubscribe"].split()).strip("<>"))
    return f"{link.path}?{link.query}"
