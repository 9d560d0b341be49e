"""Phones: an app registers one over HTTP, and what happens to one reaches it by the provider that the app named, once."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from domain.notification.addresses import ADDRESSES_MAX
from tests.apns_service import ApnsService, IPhone, apns_service
from tests.fcm_service import FcmService, Phone, failure, fcm_service
from tests.journeys.process_tree import Person, Tree, open_match, problem_of, until
from tests.journeys.test_notifications import explained, shared
from tests.journeys.test_pushed import ended, has_begun, says


@pytest.fixture(scope="module")
def service(tree: Tree) -> Iterator[FcmService]:
    tree.start("notify")
    until(lambda: has_begun(tree), "what happens from now on is told")
    with fcm_service(port=tree.phone_port) as running:
        yield running


@pytest.fixture(scope="module")
def apple(tree: Tree) -> Iterator[ApnsService]:
    with apns_service(port=tree.iphone_port) as running:
        yield running


@pytest.fixture(scope="module")
def slip_id(trader: Person, author: Person) -> str:
    return shared(author, open_match(trader, "phones"), "phones")[0]


@pytest.fixture(scope="module")
def author(tree: Tree) -> Person:
    return tree.bettor("Phone_owner", funds_minor=100_00)


def asked(person: Person, body: dict[str, Any]) -> httpx.Response:
    return person.post("/v1/notifications/devices", body)


def registered(person: Person, phone: Phone | IPhone, device: str = "Ann's phone") -> str:
    answer = asked(person, phone.asked(device))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["address_id"])


def known_phones(tree: Tree, person: Person) -> list[str]:
    """The addresses of the phones that the table beside the log knows of somebody."""
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection:
        found = connection.execute("SELECT address_id::text FROM delivery_device WHERE account_id = %s", [person.account_id])
        return [address_id for (address_id,) in found.fetchall()]


def devices(person: Person) -> list[tuple[str, str, str]]:
    path = "/v1/notifications/addresses"
    answer = until(lambda: (seen := person.get(path)).status_code == 200 and seen, "addresses are listed")
    return [(item["channel"], item["device"], item["address"]) for item in answer.json()["items"]]


def test_a_phone_is_registered_once_listed_by_its_name_and_removed(tree: Tree, service: FcmService):
    person, phone = tree.bettor("registering"), service.phone("registering")
    first, again = asked(person, phone.asked()), asked(person, phone.asked())
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (first.status_code, first.json()["added"], first.json()["confirmed"]) == (201, True, True)
    assert devices(person) == [("mobile_push", "Ann's phone", phone.token)]
    registered(person, phone, "Ann's old phone")
    assert devices(person) == [("mobile_push", "Ann's old phone", phone.token)], "one phone is told once"
    address_id = registered(person, phone, "Another name")
    assert known_phones(tree, person) == [address_id]
    removed = person.delete(f"/v1/notifications/addresses/{address_id}")
    assert (removed.status_code, devices(person)) == (200, [])
    until(lambda: known_phones(tree, person) == [], "nothing says any more that it had the phone")


def test_a_phone_is_of_the_account_that_registered_it_last(tree: Tree, service: FcmService):
    first, second, phone, own = tree.bettor("moves_from"), tree.bettor("moves_to"), service.phone("moving"), service.phone("staying")
    registered(first, own)
    registered(first, phone)
    registered(second, phone)
    until(lambda: devices(first) == [("mobile_push", "Ann's phone", own.token)], "it is not the first one's any more")
    assert devices(second) == [("mobile_push", "Ann's phone", phone.token)]
    registered(first, phone)
    until(lambda: devices(second) == [], "it went back")
    assert sorted(token for _, _, token in devices(first)) == sorted([own.token, phone.token])


def test_which_phones_an_account_registered_is_forgotten_when_it_is_erased(tree: Tree, service: FcmService, apple: ApnsService):
    person = tree.bettor("erased_phone")
    for phone in (service.phone("erased"), apple.phone("erased")):
        registered(person, phone)
    assert len(known_phones(tree, person)) == 2
    erased = tree.run("accounts", "erase", person.handle, "--yes")
    assert (erased.returncode, known_phones(tree, person)) == (0, []), erased.stderr


def test_a_token_stands_nowhere_in_the_clear_but_for_its_own_account(tree: Tree, service: FcmService):
    person, phone = tree.bettor("secretive"), service.phone("secretive")
    registered(person, phone, "A phone that nobody knows")
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection:
        facts = connection.execute("SELECT state FROM stored_events WHERE topic = 'notification.address_added.v1'").fetchall()
        rows = connection.execute("SELECT device, account_id::text FROM delivery_device").fetchall()
    kept = b" ".join([bytes(state) for (state,) in facts] + [bytes(device) for device, _ in rows])
    assert person.account_id in [account_id for _, account_id in rows]
    assert phone.token.encode() not in kept
    assert b"nobody knows" not in kept


def test_what_is_no_phone_is_refused_by_name(tree: Tree, service: FcmService):
    person, good = tree.bettor("phone_refused"), service.phone("refused").asked()
    refused = {
        "device-provider-unknown": {**good, "provider": "pigeon"},
        "device-token-malformed": {**good, "token": "short"},
        "body-malformed": {**good, "token": "x" * 1_001},
        "text-malformed": {**good, "device": "a\u202eb"},
        "text-empty": {**good, "device": " "},
    }
    answers = {name: asked(person, body) for name, body in refused.items()}
    assert {name: problem_of(answer) for name, answer in answers.items()} == {name: name for name in refused}
    assert answers["device-token-malformed"].json()["provider"] == "fcm"
    assert problem_of(asked(person, {**good, "provider": "apns", "token": "ab\r\n" * 32})) == "device-token-malformed"
    assert devices(person) == []
    for number in range(ADDRESSES_MAX):
        registered(person, service.phone(f"many{number}"))
    assert problem_of(asked(person, good)) == "too-many-addresses"


def test_a_comment_reaches_a_phone_once_and_is_explained_with_what_its_provider_said(
    tree: Tree, service: FcmService, author: Person, slip_id: str
):
    phone, busy = service.phone("told"), service.phone("busy")
    busy.says_first.append(failure(503, "UNAVAILABLE"))
    for each in (phone, busy):
        registered(author, each)
    fan = tree.bettor("phone_fan")
    says(fan, slip_id, "Well seen")
    until(lambda: phone.pushes and len(busy.pushes) == 2, "both are told, one at the second try")
    (push,) = phone.pushes
    assert (push.shown["title"], push.shown["path"], push.shown["kind"]) == (
        "phone_fan commented: “Well seen”",
        f"/slips/{slip_id}",
        "comment",
    )
    assert 0 < int(push.message["android"]["ttl"].removesuffix("s")) <= 2 * 86_400
    cause = next(each["notice_id"] for each in inbox(author) if "Well seen" in each["text"])
    deliveries = until(lambda: ended(author, cause, fan), "the answers are kept")
    assert {(each["channel"], each["state"], each["provider_said"]) for each in deliveries} == {
        ("mobile_push", "sent", "200 0:1500415314455276")
    }
    assert sorted(each["attempts"] for each in deliveries) == [1, 2]
    assert push.shown["id"] in [each["delivery_id"] for each in deliveries]
    support = tree.run("notify", "explain", author.handle, cause)
    assert "the provider said: 200 0:1500415314455276" in support.stdout, support.stderr
    logs = "".join(path.read_text(errors="replace") for path in tree.folder.glob("*.log"))
    assert not [text for text in (str(deliveries), support.stdout, logs) for each in (phone, busy) if each.token in text]
    assert next(each["told"] for each in explained(author, cause, fan)["channels"] if each["channel"] == "mobile_push")


def inbox(person: Person) -> list[dict[str, Any]]:
    answer = until(lambda: (seen := person.get("/v1/notifications")).status_code == 200 and seen, "the inbox is read")
    return list(answer.json()["items"])


def test_a_phone_that_is_gone_is_removed_and_one_that_is_switched_off_told_nothing(
    tree: Tree, service: FcmService, author: Person, slip_id: str
):
    gone, other = service.phone("gone").answers(404, "UNREGISTERED"), service.phone("other")
    for each in (gone, other):
        registered(author, each)
    fan = tree.bettor("phone_leaving")
    says(fan, slip_id, "One")
    until(lambda: gone.pushes and other.pushes, "both are told")
    until(lambda: gone.token not in str(devices(author)), "it is removed")
    assert other.token in str(devices(author))
    says(fan, slip_id, "Two")
    until(lambda: len(other.pushes) == 2, "the other is told")
    assert len(gone.pushes) == 1
    off = {"level": "channel", "channel": "mobile_push", "subject": "", "setting": "off"}
    assert author.put("/v1/notifications/preferences", off).status_code == 200
    says(fan, slip_id, "Three")
    assert author.put("/v1/notifications/preferences", {**off, "setting": "inherit"}).status_code == 200
    says(fan, slip_id, "Four")
    until(lambda: len(other.pushes) >= 3, "what came after it was switched on again is told")
    assert [push.shown["title"].rpartition(": ")[2] for push in other.pushes] == ["“One”", "“Two”", "“Four”"]


@pytest.mark.usefixtures("service")
def test_an_iphone_is_told_once_as_its_provider_says_and_removed_when_it_is_gone(
    tree: Tree, apple: ApnsService, slip_id: str, author: Person
):
    phone, busy, gone = apple.phone("told"), apple.phone("busy"), apple.phone("gone").answers(410, "Unregistered")
    busy.first.append((503, "ServiceUnavailable"))
    for each in (phone, busy):
        registered(author, each)
    address_id, fan = registered(author, gone), tree.bettor("iphone_fan")
    assert address_id in known_phones(tree, author)
    says(fan, slip_id, "From an apple tree")
    until(lambda: phone.pushes and gone.pushes and len(busy.pushes) == 2, "all are told, one at the second try")
    until(lambda: gone.token not in str(devices(author)), "what is gone is removed")
    until(lambda: address_id not in known_phones(tree, author), "nothing says any more that the account had it")
    (push,) = phone.pushes
    assert push.payload["aps"]["alert"]["title"] == "iphone_fan commented: “From an apple tree”"
    assert (push.payload["path"], push.payload["kind"]) == (f"/slips/{slip_id}", "comment")
    (cause,) = until(lambda: [each["notice_id"] for each in inbox(author) if "apple tree" in each["text"]], "the inbox has it")
    deliveries = until(lambda: ended(author, cause, fan), "the answers are kept")
    said = {each["delivery_id"]: (each["state"], each["attempts"], each["provider_said"]) for each in deliveries}
    assert said[push.payload["id"]] == ("sent", 1, "200")
    assert said[busy.pushes[0].payload["id"]] == ("sent", 2, "200")
    assert said[gone.pushes[0].payload["id"]][2] == "410 Unregistered"
    assert len({each.fields["apns-id"] for each in busy.pushes}) == 1, "a repeated push is the same one"
    says(fan, slip_id, "Another apple")
    until(lambda: len(phone.pushes) == 2 and len(busy.pushes) == 3, "the others are told on")
    assert len(gone.pushes) == 1


def test_a_provider_whose_key_is_not_set_carries_nothing(tree: Tree, service: FcmService, apple: ApnsService):
    person = tree.bettor("no_iphones")
    tree.end("api")
    tree.start("api", SLIPSTREAM_APNS_KEY_FILE="")
    answer = asked(person, apple.phone("late").asked())
    assert (answer.status_code, problem_of(answer), answer.json()["provider"]) == (409, "device-provider-not-set-up", "apns")
    assert devices(person) == []
    registered(person, service.phone("in_time"))
