"""What happens to one reaches the browser that subscribed, encrypted for it, once; a browser that is gone is sent to no more.

A slip reaches whoever asked for it in the inbox, the mailbox and the browser, and each can ask why.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from infra.embedded.mailbox import FileMailbox
from tests.journeys.process_tree import Person, Tree, open_match, until
from tests.journeys.test_account_mails import click_of, confirmed, further_settings, mailbox, mails_to
from tests.journeys.test_notifications import explained, prefer, shared, texts, told
from tests.push_service import Browser, PushService, push_service

__all__ = ["further_settings", "mailbox"]

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


def test_a_slip_by_one_whose_bell_is_on_reaches_inbox_mailbox_and_browser_of_who_asked_for_it_once_and_each_can_ask_why(
    tree: Tree, service: PushService, mailbox: FileMailbox, trader: Person, star: Person
):
    asked, unasked = tree.bettor("asked"), tree.bettor("unasked")
    mail_address = {person.handle: f"{person.handle}@inbox.example" for person in (asked, unasked)}
    for person in (asked, unasked):
        subscribed(person, service.browser(person.handle))
        confirmed(person, mailbox, mail_address[person.handle])
        assert person.put(f"/v1/follows/{star.account_id}").status_code == 200
        assert prefer(person, "author", "all", star.account_id).status_code == 200
    for channel in ("web_push", "email"):
        assert prefer(asked, "promotion", "on", "slips", channel).status_code == 200
    assert asked.put("/v1/notifications/language", {"language": "de"}).status_code == 200
    subscribed(star, service.browser("author"))
    slip_id, _ = shared(star, open_match(trader, "bell"), "bell")
    cause, browser = f"slip_shared:{slip_id}", service.browser("asked")
    says_so = "Star hat einen Wettschein geteilt: Einzelwette, bestätigt"
    for person, said in ((asked, says_so), (unasked, "Star shared a slip: single, verified")):
        assert texts(told(person, star))[0] == said
    until(lambda: browser.pushes, "it is pushed")
    (push,) = browser.pushes
    assert (push.shown["title"], push.shown["path"]) == (says_so, f"/slips/{slip_id}")
    mail = mails_to(mailbox, mail_address["asked"], 2)[0]
    assert [each in mail.text for each in (says_so, f"/slips/{slip_id}", "Diese Mails abbestellen: ")] == [True, True, True]
    page = tree.visitor().client.get(click_of(mailbox, mail))
    assert ('<html lang="de">' in page.text, "Wettscheine von Personen" in page.text) == (True, True)
    for channel in ("web_push", "email"):
        why, why_not = (by(channel, person, cause, star) for person in (asked, unasked))
        assert (why["told"], stopped(why)) == (True, [])
        assert (why_not["told"], stopped(why_not)) == (False, ["opt-in"])
    assert [explained(person, cause, star)["told"] for person in (asked, unasked)] == [True, True]
    says(unasked, slip_id, "Told of this")
    author = service.browser("author")
    until(lambda: author.pushes, "what came later is told")
    found = until(lambda: (ends := ended(asked, cause, star)) and len(ends) == 2 and ends, "both answers are kept")
    deliveries = {each["channel"]: each for each in found}
    answers = {channel: (each["state"], each["provider_said"][:3], each["attempts"]) for channel, each in deliveries.items()}
    assert answers == {"web_push": ("sent", "201", 1), "email": ("sent", "250", 1)}
    assert deliveries["web_push"]["delivery_id"] == push.shown["id"]
    secrets = (browser.endpoint, mail_address["asked"])
    assert [secret in str(found) for secret in secrets] == [False, False]
    assert explained(unasked, cause, star)["deliveries"] == []
    support = tree.run("notify", "explain", asked.handle, cause)
    assert support.returncode == 0, support.stderr
    for channel, said in (("web_push", "201"), ("email", "250")):
        assert f"{channel} to address {deliveries[channel]['address_id']}: sent, tried 1 times" in support.stdout
        assert f"the provider said: {said}" in support.stdout
    assert [secret in support.stdout for secret in secrets] == [False, False]
    assert (len(browser.pushes), service.browser("unasked").pushes) == (1, [])
    assert [len(mailbox.newest(100, mail_address[person.handle])) for person in (asked, unasked)] == [2, 1], (
        "each has the one that confirms"
    )


def by(channel: str, person: Person, cause: str, *after: Person) -> dict[str, Any]:
    """Why a cause is told by a channel, or not."""
    return next(each for each in explained(person, cause, *after)["channels"] if each["channel"] == channel)


def ended(person: Person, cause: str, *after: Person) -> list[dict[str, Any]]:
    """What became of a cause at each address of somebody, once all of it ended; else nothing."""
    found = explained(person, cause, *after)
    assert found["ledger"] == "read"
    return found["deliveries"] if all(each["ended_at"] for each in found["deliveries"]) else []


def stopped(explanation: dict[str, Any]) -> list[str]:
    return [step["rule"] for step in explanation["steps"] if not step["passed"]]
