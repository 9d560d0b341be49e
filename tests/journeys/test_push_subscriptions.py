"""Subscribing to pushes over HTTP: what a browser says is kept sealed, listed, bounded and removed, and what leads elsewhere is refused."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from domain.notification.addresses import ADDRESSES_MAX
from domain.notification.push_subscription import decode_keys
from tests.journeys.process_tree import Person, Tree, problem_of, until
from tests.push_service import PushService, push_service


@pytest.fixture(scope="module")
def service(tree: Tree) -> Iterator[PushService]:
    with push_service(port=tree.push_port) as running:
        yield running


def subscribed(person: Person, asked: dict[str, Any]) -> Any:
    return person.post("/v1/notifications/push-subscriptions", asked)


def devices(person: Person) -> list[tuple[str, str]]:
    """The devices that an account reads of, once the views are there."""
    path = "/v1/notifications/addresses"
    answer = until(lambda: (seen := person.get(path)).status_code == 200 and seen, "addresses are listed")
    return [(item["device"], item["address"]) for item in answer.json()["items"]]


def test_a_browser_is_subscribed_once_listed_by_its_device_and_removed(tree: Tree, service: PushService):
    person, browser = tree.bettor("subscriber"), service.browser("subscriber")
    key = person.get("/v1/notifications/push-key").json()["public_key"]
    assert decode_keys(key, "BTBZMqHH6r4Tts7J_aSIgg")[0] == urlsafe_b64decode(key + "=")
    first, again = subscribed(person, browser.asked()), subscribed(person, browser.asked())
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (first.status_code, first.json()["added"], first.json()["confirmed"]) == (201, True, True)
    assert devices(person) == [("Firefox on Linux", browser.endpoint)]
    removed = person.delete(f"/v1/notifications/addresses/{first.json()['address_id']}")
    assert (removed.status_code, devices(person)) == (200, [])
    assert browser.pushes == []


def test_a_browser_that_subscribes_with_other_keys_or_another_name_takes_its_own_place(tree: Tree, service: PushService):
    person, browser, second = tree.bettor("renewing"), service.browser("renewing"), service.browser("second")
    first = subscribed(person, browser.asked()).json()["address_id"]
    other = subscribed(person, second.asked("Desktop")).json()["address_id"]
    browser.renew()
    renewed = subscribed(person, browser.asked()).json()
    assert (renewed["address_id"] != first, renewed["added"], "others" in renewed) == (True, True, False)
    named = subscribed(person, browser.asked("Ann's phone")).json()["address_id"]
    assert devices(person) == [("Ann's phone", browser.endpoint), ("Desktop", second.endpoint)]
    for address_id in (first, renewed["address_id"]):
        repeated = person.delete(f"/v1/notifications/addresses/{address_id}")
        assert (repeated.status_code, repeated.json()["added"]) == (200, False), "it is gone already"
    assert {named, other} == {item["address_id"] for item in person.get("/v1/notifications/addresses").json()["items"]}


def test_a_browser_of_two_accounts_is_told_what_each_of_them_is_told(tree: Tree, service: PushService):
    one, two, browser = tree.bettor("sharing_one"), tree.bettor("sharing_two"), service.browser("shared")
    assert {subscribed(person, browser.asked()).status_code for person in (one, two)} == {201}
    assert devices(one) == devices(two) == [("Firefox on Linux", browser.endpoint)]


def test_what_a_browser_said_is_sealed_in_the_log(tree: Tree, service: PushService):
    browser = service.browser("sealed")
    assert subscribed(tree.bettor("sealed"), browser.asked("Ann's own browser")).status_code == 201
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT state FROM stored_events WHERE topic = 'notification.address_added.v1'").fetchall()
    facts = b" ".join(bytes(state) for (state,) in rows).decode()
    assert '"s1.' in facts
    assert not [secret for secret in (*browser.subscription.values(), "own browser") if secret in facts]


def test_what_is_no_subscription_or_leads_into_a_private_network_is_refused_by_name(tree: Tree, service: PushService):
    person, good = tree.bettor("refused"), service.browser("refused").asked()
    refused = {
        "push-endpoint-malformed": {**good, "endpoint": "https://ann@push.test/x"},
        "push-keys-malformed": {**good, "keys": {**good["keys"], "auth": "short"}},
        "push-endpoint-not-allowed": {**good, "endpoint": "https://169.254.169.254/latest"},
        "body-malformed": {**good, "endpoint": "https://push.test/" + "x" * 1_000},
        "text-malformed": {**good, "device": "a\u202eb"},
        "text-empty": {**good, "device": " "},
    }
    answers = {name: subscribed(person, body) for name, body in refused.items()}
    assert {name: problem_of(answer) for name, answer in answers.items()} == {name: name for name in refused}
    assert answers["push-keys-malformed"].json()["key"] == "auth"
    assert answers["push-endpoint-not-allowed"].json()["host"] == "169.254.169.254"
    for elsewhere in ("http://127.0.0.1:1/x", f"https://localhost:{tree.port}/x", "http://93.184.216.34/x", "https://[::1]/x"):
        assert problem_of(subscribed(person, {**good, "endpoint": elsewhere})) == "push-endpoint-not-allowed"
    assert devices(person) == []


def test_an_account_has_so_many_addresses_and_no_more(tree: Tree, service: PushService):
    person = tree.bettor("collector")
    answers = [subscribed(person, service.browser(f"many{number}").asked()).status_code for number in range(ADDRESSES_MAX)]
    assert set(answers) == {201}
    beyond = subscribed(person, service.browser("beyond").asked())
    assert (beyond.status_code, problem_of(beyond)) == (409, "too-many-addresses")
    assert len(devices(person)) == ADDRESSES_MAX
