"""What happens to one reaches the browser that subscribed, encrypted for it, once; a browser that is gone is sent to no more."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from tests.journeys.process_tree import Person, Tree, open_match, until
from tests.journeys.test_notifications import explained, prefer, shared
from tests.push_service import Browser, PushService, push_service

BEGUN = "SELECT 1 FROM delivery_position WHERE version <> ''"


@pytest.fixture(scope="module")
def service(tree: Tree) -> Iterator[PushService]:
    tree.start("notify")
    until(lambda: has_begun(tree), "what happens from now on is told")
    with push_service(port=tree.push_port) as running:
        yield running


def has_begun(tree: Tree) -> bool:
    """Whether the role knows from where on it tells: nobody is told of what was before its first start."""
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection, suppress(psycopg.errors.UndefinedTable):
        return connection.execute(BEGUN).fetchone() is not None
    return False


@pytest.fixture(scope="module")
def star(tree: Tree) -> Person:
    return tree.bettor("Star", funds_minor=100_00)


@pytest.fixture(scope="module")
def slip_id(trader: Person, star: Person) -> str:
    return shared(star, open_match(trader, "pushed"), "pushed")[0]


def subscribed(person: Person, browser: Browser) -> str:
    """Subscribe a browser; return the id of its address."""
    answer = person.post("/v1/notifications/push-subscriptions", browser.asked())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["address_id"])


def says(person: Person, slip_id: str, text: str) -> None:
    answer = person.post(f"/v1/slips/{slip_id}/comments", {"text": text}, idempotency_key=text)
    assert answer.status_code == 201, answer.text


def shown(browser: Browser) -> list[dict[str, str]]:
    return [push.shown for push in browser.pushes]


def addresses(person: Person) -> list[dict[str, Any]]:
    answer = until(lambda: (seen := person.get("/v1/notifications/addresses")).status_code == 200 and seen, "addresses are listed")
    return list(answer.json()["items"])


def test_a_comment_reaches_each_browser_of_whose_slip_it_is_once(tree: Tree, service: PushService, star: Person, slip_id: str):
    first, second = service.browser("first"), service.browser("second")
    for browser in (first, second):
        subscribed(star, browser)
    fan = tree.bettor("commenting")
    says(fan, slip_id, "Well seen")
    until(lambda: first.pushes and second.pushes, "both are told")
    says(fan, slip_id, "And again")
    until(lambda: len(first.pushes) == len(second.pushes) == 2, "both are told again")
    told, again = shown(first)
    assert (told["title"], told["path"], told["kind"]) == ("commenting commented: “Well seen”", f"/slips/{slip_id}", "comment")
    assert again["id"] != told["id"]
    assert 0 < int(first.pushes[0].fields["ttl"]) <= 2 * 86_400


def test_a_browser_that_is_gone_is_removed_and_told_nothing_more(tree: Tree, service: PushService, star: Person, slip_id: str):
    gone, other = service.browser("gone").answers(410), service.browser("other")
    subscribed(star, gone)
    kept = subscribed(star, other)
    fan = tree.bettor("leaving")
    says(fan, slip_id, "One")
    until(lambda: gone.pushes and other.pushes, "both are told")
    until(lambda: service.browser("gone").endpoint not in str(addresses(star)), "it is removed")
    assert kept in str(addresses(star))
    says(fan, slip_id, "Two")
    until(lambda: len(other.pushes) == 2, "the other is told")
    assert len(gone.pushes) == 1


def test_a_browser_with_new_keys_is_told_once(tree: Tree, service: PushService, trader: Person):
    author, browser, fan = tree.bettor("renewed", funds_minor=100_00), service.browser("renewed"), tree.bettor("renewing_fan")
    subscribed(author, browser)
    browser.renew()
    subscribed(author, browser)
    slip_id = shared(author, open_match(trader, "renewed"), "renewed")[0]
    says(fan, slip_id, "One")
    until(lambda: browser.pushes, "it is told")
    says(fan, slip_id, "Two")
    until(lambda: len(browser.pushes) >= 2, "it is told again")
    assert [push.shown["title"] for push in browser.pushes] == ["renewing_fan commented: “One”", "renewing_fan commented: “Two”"]


def test_a_slip_by_one_whose_bell_is_on_reaches_who_asked_for_slips_by_push_once_and_each_can_ask_why(
    tree: Tree, service: PushService, trader: Person, star: Person
):
    asked, unasked = tree.bettor("asked"), tree.bettor("unasked")
    for person in (asked, unasked):
        subscribed(person, service.browser(person.handle))
        assert person.put(f"/v1/follows/{star.account_id}").status_code == 200
        assert prefer(person, "author", "all", star.account_id).status_code == 200
    assert prefer(asked, "promotion", "on", "slips", "web_push").status_code == 200
    subscribed(star, service.browser("author"))
    slip_id, _ = shared(star, open_match(trader, "bell"), "bell")
    browser = service.browser("asked")
    until(lambda: browser.pushes, "it is told")
    (push,) = browser.pushes
    assert (push.shown["title"], push.shown["path"]) == ("Star shared a slip: single, verified", f"/slips/{slip_id}")
    why, why_not = (by_push(person, f"slip_shared:{slip_id}", star) for person in (asked, unasked))
    assert (why["told"], stopped(why)) == (True, [])
    assert (why_not["told"], stopped(why_not)) == (False, ["opt-in"])
    says(unasked, slip_id, "Told of this")
    author = service.browser("author")
    until(lambda: author.pushes, "what came later is told")
    (delivery,) = until(lambda: ended(asked, f"slip_shared:{slip_id}", star), "its answer is kept")
    assert (delivery["channel"], delivery["state"], delivery["provider_said"], delivery["attempts"]) == ("web_push", "sent", "201", 1)
    assert (delivery["delivery_id"], browser.endpoint in str(delivery)) == (push.shown["id"], False)
    assert explained(unasked, f"slip_shared:{slip_id}", star)["deliveries"] == []
    support = tree.run("notify", "explain", asked.handle, f"slip_shared:{slip_id}")
    assert support.returncode == 0, support.stderr
    assert f"web_push to address {delivery['address_id']}: sent, tried 1 times" in support.stdout
    assert ("the provider said: 201" in support.stdout, browser.endpoint in support.stdout) == (True, False)
    assert (len(browser.pushes), service.browser("unasked").pushes) == (1, [])


def by_push(person: Person, cause: str, *after: Person) -> dict[str, Any]:
    """Why a cause is told by web push, or not."""
    return next(each for each in explained(person, cause, *after)["channels"] if each["channel"] == "web_push")


def ended(person: Person, cause: str, *after: Person) -> list[dict[str, Any]]:
    """What became of a cause at each address of somebody, once all of it ended; else nothing."""
    found = explained(person, cause, *after)
    assert found["ledger"] == "read"
    return found["deliveries"] if all(each["ended_at"] for each in found["deliveries"]) else []


def stopped(explanation: dict[str, Any]) -> list[str]:
    return [step["rule"] for step in explanation["steps"] if not step["passed"]]
