"""A mail provider's signed report of a mail that came back, or of a complaint, switches the address off; nobody else's does anything."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.http.signed_requests import REPLAY_WINDOW_S, SIGNATURE_HEADER, signature_of
from infra.embedded.mailbox import FileMailbox
from infra.embedded.smtp import EmbeddedMailServer
from tests.journeys.process_tree import Person, Tree, may_deposit, problem_of, until
from tests.journeys.test_account_mails import headers_of, mailbox, mails_to, token_of
from tests.journeys.test_pushed import has_begun

__all__ = ["mailbox"]

KEY = b"a key that only the provider and this test know"
PATH = "/v1/notifications/mail-reports"


@pytest.fixture(scope="module")
def further_settings(mailbox: FileMailbox) -> Iterator[dict[str, str]]:
    with EmbeddedMailServer(mailbox) as url:
        folder = str(mailbox.folder.parent)
        yield {"SLIPSTREAM_MAIL_URL": url, "SLIPSTREAM_DATA_DIR": folder, "SLIPSTREAM_MAIL_WEBHOOK_KEY": KEY.decode()}


def told_by(person: Person, mailbox: FileMailbox, email: str) -> str:
    """Let an account be told at an address; return the id of that."""
    named = person.put("/v1/notifications/email", {"email": email})
    assert named.status_code == 200, named.text
    mail = mails_to(mailbox, email, 1)[0]
    assert person.post("/v1/notifications/email/confirm", {"token": token_of(mail)}).status_code == 200
    return str(named.json()["address_id"])


def addresses(person: Person) -> list[str]:
    answer = until(lambda: (seen := person.get("/v1/notifications/addresses")).status_code == 200 and seen, "addresses are listed")
    return [item["address"] for item in answer.json()["items"]]


def report(tree: Tree, told: Any, *, key: bytes = KEY, late_s: int = 0, signature: str | None = None) -> httpx.Response:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    at_s = int(datetime.now(UTC).timestamp()) - late_s  # noqa: TID251  (a provider looks at a clock)
    return httpx.post(tree.url + PATH, content=raw, headers={SIGNATURE_HEADER: signature or signature_of(key, raw, at_s)}, timeout=30)


def effect(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["effect"])


@pytest.mark.parametrize("event", ["bounced", "complained"])
def test_what_bounced_or_was_complained_of_switches_its_recipient_off_once(tree: Tree, mailbox: FileMailbox, event: str):
    person, email = tree.bettor(event), f"{event}@example.com"
    told_by(person, mailbox, email)
    assert effect(report(tree, {"event": "bounced", "permanent": False, "recipient": email})) == "soft"
    assert addresses(person) == [email], "a full mailbox stays an address"
    assert effect(report(tree, {"event": event, "recipient": email.upper()})) == "switched_off"
    until(lambda: addresses(person) == [], "it is switched off")
    assert why_removed(person) == [event]
    assert effect(report(tree, {"event": event, "recipient": email})) == "unknown", "there is no such address any more"
    assert why_removed(person) == [event]


def why_removed(person: Person) -> list[str]:
    """Why addresses of an account were removed, by its own export."""
    exported = person.get("/v1/account/export").text
    return [line["why"] for line in map(json.loads, exported.splitlines()) if "why" in line]


def test_the_mail_of_a_notice_is_known_by_its_delivery(tree: Tree, mailbox: FileMailbox):
    tree.start("notify")
    until(lambda: has_begun(tree), "what happens from now on is told")
    person, email = may_deposit(tree.bettor("delivered")), "another@mailbox.example"
    told_by(person, mailbox, email)
    assert person.post("/v1/wallet/deposits", {"amount_minor": 5_00, "currency": "EUR", "reference": "told"}).status_code == 201
    mail = mails_to(mailbox, email, 2)[0]
    delivery_id = headers_of(mailbox, mail)["Message-ID"].strip("<>").partition("@")[0]
    told = {"event": "complained", "delivery_id": delivery_id, "recipient": "somebody@else.example"}
    assert [effect(report(tree, told)) for _ in range(2)] == ["switched_off", "already_off"]
    until(lambda: addresses(person) == [], "it is switched off")


def test_what_is_forged_late_malformed_or_of_nobody_is_answered_by_name_and_changes_nothing(tree: Tree, mailbox: FileMailbox):
    person, email = tree.bettor("unharmed"), "unharmed@example.com"
    told_by(person, mailbox, email)
    told = {"event": "bounced", "recipient": email}
    assert problem_of(report(tree, told, key=b"another key, as long as the right one is")) == "signature-wrong"
    assert problem_of(report(tree, told, signature="nonsense")) == "signature-wrong"
    assert problem_of(report(tree, told, late_s=REPLAY_WINDOW_S + 60)) == "signature-too-old"
    malformed = (
        {"event": "eaten", "recipient": email},
        {"event": "bounced"},
        {**told, "delivery_id": "x"},
        {**told, "more": 1},
        b"{",
        b"[]",
    )
    assert {problem_of(report(tree, each)) for each in malformed} == {"body-malformed"}
    nobody = {"event": "bounced", "delivery_id": person.account_id}
    assert effect(report(tree, nobody)) == effect(report(tree, {**nobody, "recipient": "no@body.example"})) == "unknown"
    assert addresses(person) == [email]
