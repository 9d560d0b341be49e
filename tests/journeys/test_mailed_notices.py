"""A bet that is settled reaches the mailbox of who asked for it, once; a click on the link of the mail ends them, and each can ask why."""

from contextlib import closing
from typing import Any

import pytest

from api.auth.mail_links import MailLinks
from api.http.unsubscribe_page import UNSUBSCRIBE, path_of
from infra.clock import Clock
from infra.delivery.rows import DIGEST
from infra.embedded.mailbox import FileMailbox
from infra.log.tail import Tail
from infra.settings import Settings
from tests.journeys.process_tree import SECRET, Person, Tree, grade, open_match, until
from tests.journeys.test_account_mails import click_of, confirmed, further_settings, mailbox, mails_to
from tests.journeys.test_notifications import explained, prefer
from tests.journeys.test_pushed import ended, has_begun, says

__all__ = ["further_settings", "mailbox"]

ADDRESS = "mailed@example.com"


@pytest.fixture(scope="module")
def reader(tree: Tree, mailbox: FileMailbox) -> Person:
    """Somebody with a confirmed address who asked for mails about settled bets."""
    tree.start("notify")
    until(lambda: has_begun(tree), "what happens from now on is told")
    person = tree.bettor("mailed", funds_minor=100_00)
    confirmed(person, mailbox, ADDRESS)
    assert prefer(person, "kind", "on", "bet_settled", "email").status_code == 200
    return person


def settled(traders: tuple[Person, Person], person: Person, key: str) -> str:
    """Let a bet of somebody lose; return its id."""
    market = open_match(traders[0], key)
    struck = person.bet(market, "home", 1_00, key)
    assert struck.status_code == 201, struck.text
    grade(*traders, market, 0, 1)
    return str(struck.json()["bet_id"])


def test_a_settled_bet_is_mailed_once_and_listed_until_a_click_ends_these_mails(
    tree: Tree, mailbox: FileMailbox, trader: Person, second_trader: Person, reader: Person
):
    traders = trader, second_trader
    bet_id = settled(traders, reader, "mailed")
    mail = mails_to(mailbox, ADDRESS, 2)[0]
    assert "Your bet lost" in mail.text
    (delivery,) = until(lambda: ended(reader, f"bet_settled:{bet_id}"), "the mail server's answer is kept")
    assert (delivery["channel"], delivery["state"], delivery["provider_said"][:3]) == ("email", "sent", "250")
    assert ADDRESS not in str(delivery)
    listed = tree.run("mail", env={"SLIPSTREAM_DATA_DIR": str(mailbox.folder.parent)})
    assert (listed.returncode, listed.stdout.count(ADDRESS)) == (0, 2), listed.stderr
    click = click_of(mailbox, mail)

    stranger = tree.visitor().client
    asked = stranger.get(click)
    assert (asked.status_code, "bets settled" in asked.text, "<script" in asked.text) == (200, True, False)
    assert stranger.get(click[:-4] + "AAAA").status_code == stranger.post("/unsubscribe").status_code == 422
    for _ in range(2):
        assert stranger.post(click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    by_mail = next(each for each in explained(reader, f"bet_settled:{bet_id}")["now"]["channels"] if each["channel"] == "email")
    assert "kind" in [step["rule"] for step in by_mail["steps"] if not step["passed"]]

    settled(traders, reader, "not mailed")
    deposit = {"amount_minor": 5_00, "currency": "EUR", "reference": "after"}
    assert reader.post("/v1/wallet/deposits", deposit).status_code == 201
    assert "5.00" in mails_to(mailbox, ADDRESS, 3)[0].text, "money is told by mail until that is switched off, too"
    assert [mail.text.count("Your bet") for mail in mailbox.newest(100, ADDRESS)] == [0, 1, 0]


def test_a_click_in_a_message_for_several_ends_those_kinds_too_that_were_switched_on_by_themselves(tree: Tree):
    person = tree.bettor("digested")
    switched = [("comment", "on", "email"), ("like", "on", "email"), ("money", "off", "email"), ("like", "off", "in_app")]
    for kind, setting, channel in switched:
        assert prefer(person, "kind", setting, kind, channel).status_code == 200
    with closing(Tail(tree.env["SLIPSTREAM_DATABASE_URL"])) as tail:
        links = MailLinks(Settings(token_secret=SECRET).token_key(), Clock(), tail.identity())
    click = path_of(links.token(UNSUBSCRIBE, person.account_id, DIGEST))
    stranger = tree.visitor().client
    assert stranger.get(click).status_code == 200
    assert len(preferences(person)) == len(switched), "looking at the page changes nothing"
    for _ in range(2):
        assert stranger.post(click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    until(lambda: sorted(preferences(person)) == [("channel", "email", "", "off"), ("kind", "in_app", "like", "off")], "no mail is left on")
    limits = path_of(links.token(UNSUBSCRIBE, person.account_id, "security"))
    assert stranger.post(limits).status_code == 422, "what is always told is not stopped by a link that nobody sends"


def test_a_click_in_the_mail_of_a_kick_off_ends_mails_of_matches_that_were_switched_on(
    tree: Tree, mailbox: FileMailbox, trader: Person, reader: Person
):
    person, address = tree.bettor("kicked", funds_minor=100_00), "kicked@example.com"
    confirmed(person, mailbox, address)
    first, second = (open_match(trader, key, live=False) for key in ("on", "on as well"))
    for market in (first, second):
        assert prefer(person, "match", "on", market["fixture_id"]).status_code == 200
    bet_id, _ = bet(person, first), bet(person, second)
    kick_off(trader, first)
    mail = mails_to(mailbox, address, 2)[0]
    assert "Kick-off in your open bets" in mail.text
    click = tree.visitor().client.post(click_of(mailbox, mail), data={"List-Unsubscribe": "One-Click"})
    assert click.status_code == 200, click.text

    kick_off(trader, second)
    answer = person.post("/v1/slips", {"bet_id": bet_id, "stake_shown": "amount"}, idempotency_key="of the first match")
    says(reader, answer.json()["slip_id"], "Of a match that is on")
    deposit = {"amount_minor": 5_00, "currency": "EUR", "reference": "after a click"}
    assert person.post("/v1/wallet/deposits", deposit).status_code == 201
    assert "5.00" in mails_to(mailbox, address, 3)[0].text, "what came after both is mailed, and neither of them"
    why = explained(person, f"kickoff:{second['fixture_id']}", trader)["channels"]
    by_mail = next(each for each in why if each["channel"] == "email")
    assert ("kind", "you switched kick-off of matches in my open bets off") in [(step["rule"], step["why"]) for step in by_mail["steps"]]
    assert preferences(person).count(("match", "", first["fixture_id"], "on")) == 1, "in the page it stays on"


def bet(person: Person, market: dict[str, Any]) -> str:
    struck = person.bet(market, "home", 1_00, market["market_id"])
    assert struck.status_code == 201, struck.text
    return str(struck.json()["bet_id"])


def kick_off(trader: Person, market: dict[str, Any]) -> None:
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/kick-off").is_success


def preferences(person: Person) -> list[tuple[str, ...]]:
    """What somebody set."""
    items = person.get("/v1/notifications/preferences").json()["items"]
    return [tuple(each[name] for name in ("level", "channel", "subject", "setting")) for each in items]
