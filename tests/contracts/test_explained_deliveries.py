"""Why somebody was told something or not, with what only the ledger knows: each address's delivery, and what its provider answered."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fact import micros
from domain.ids import notifications_of
from domain.notification.facts import AddressRemoved
from domain.notification.limits import PUSHES
from infra.database import make_ready
from infra.delivery.attempts import result_of, without_addresses
from infra.delivery.ledger_answers import LedgerAnswers
from infra.delivery.port import Gone, Later, Sent, Undeliverable
from infra.delivery.rows import LedgerRow
from infra.embedded.server import free_port
from infra.readmodels.memory import MemoryReads
from infra.readmodels.past_views import PastViews
from projections.notifications.explanations import Asker, Explanation, explain
from tests.contracts.deliveries_under_test import Site, provider
from tests.contracts.test_deliveries import killing
from tests.servers import fresh_database
from tests.views.history import named
from tests.views.test_inbox_view import ANN, BEN, plain

BURST = PUSHES["author"].burst
ADDRESSES = st.one_of(st.emails(), st.from_regex(r"https://push\.example\.com/[A-Za-z0-9_-]{1,60}", fullmatch=True))
WORDS = st.text(st.characters(codec="ascii", exclude_characters="@:/"), max_size=30)


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


@pytest.fixture
def site(dsn: str) -> Iterator[Site]:
    with provider() as sink:
        yield Site(dsn, sink)


def comment(site: Site, number: int = 0) -> str:
    """Let Ben say something to Ann; return the notice's name."""
    comment_id = named("explained", number)
    site.history.comment(comment_id, BEN, site.history.pick(ANN), ANN, f"remark {number}")
    return f"comment:{comment_id}"


def explained(site: Site, cause: str, account_id: str = ANN, dsn: str = "") -> Explanation:
    site.project()

    async def ask() -> Explanation:
        with closing(LedgerAnswers(dsn or site.dsn)) as ledger:
            known = await ledger.of(account_id, cause)
        asker, past = Asker(account_id, plain, {}), PastViews(site.history.log)
        return await explain(MemoryReads(site.models), past, asker, cause, micros(site.clock.at), known)

    return asyncio.run(ask())


def cause_of(site: Site) -> str:
    """Return the newest notice that there is a delivery of."""
    return str(site.rows("SELECT notice_id FROM delivery WHERE kind <> 'digest' ORDER BY position DESC LIMIT 1")[0][0])


def test_each_address_is_explained_by_its_id_with_the_providers_answer_and_when(site: Site):
    one, two = site.reach(ANN, "one"), site.reach(ANN, "two")
    comment(site)
    site.sink.answer = lambda message: 410 if "two" in message["to"] else 201
    site.send()
    found = explained(site, cause_of(site))
    assert (found.told, found.ledger) == (True, "read")
    by_address = {each.address_id: each for each in found.deliveries}
    assert (by_address[one].state, by_address[one].provider_said, by_address[one].attempts) == ("sent", "201", 1)
    assert (by_address[two].state, by_address[two].provider_said, by_address[two].why) == ("gone", "410", "")
    assert all(each.ended_at is not None and each.ended_at >= each.happened_at for each in found.deliveries)
    assert ".test:" not in repr(found), "no address is shown in clear"


def test_nobody_is_told_of_anothers_deliveries(site: Site):
    site.reach(ANN)
    comment(site)
    site.send()
    assert explained(site, cause_of(site), BEN).deliveries == []


def test_what_is_tried_again_says_what_the_provider_answered_and_when_it_is_next(site: Site):
    site.reach(ANN)
    comment(site)
    site.sink.answer = lambda _: 429
    sender = site.sender()
    site.tell()
    site.project()

    async def once() -> None:
        while not site.rows("SELECT 1 FROM delivery WHERE rule = 'retry'"):
            await sender.turn()
            await asyncio.sleep(0.005)
        await sender.close()

    asyncio.run(once())
    (each,) = explained(site, cause_of(site)).deliveries
    assert (each.state, each.rule, each.provider_said, each.attempts, each.ended_at) == ("waiting", "retry", "429", 1, None)
    assert each.due_at > each.happened_at


def test_what_is_folded_is_explained_with_its_digest_before_and_after_it_went(site: Site):
    site.reach(ANN)
    slip_id = site.history.pick(ANN)
    for number in range(BURST + 1):
        site.history.comment(f"folding {number}", BEN, slip_id, ANN, f"remark {number}")
    site.send()
    (cause,) = [name for (name,) in site.rows("SELECT notice_id FROM delivery WHERE state = 'folded'")]
    (waiting,) = explained(site, cause).deliveries
    assert (waiting.state, waiting.in_digest, waiting.attempts, waiting.ended_at) == ("folded", True, 0, None)
    site.later(hours=1)
    site.send()
    (sent,) = explained(site, cause).deliveries
    assert (sent.state, sent.in_digest, sent.attempts, sent.provider_said) == ("sent", True, 1, "201")


def test_what_was_kept_says_by_which_rule(site: Site):
    site.reach(ANN)
    comment(site)
    site.tell()
    site.later(days=3)
    site.send()
    (each,) = explained(site, cause_of(site)).deliveries
    assert (each.state, each.rule, each.why, each.provider_said) == ("suppressed", "lifetime", "it was not sent in time", None)


def test_of_what_a_killed_worker_sent_nobody_claims_to_know(site: Site):
    site.reach(ANN)
    comment(site)
    site.send(site.sender(killing("_before_recording")))
    site.later(seconds=200)
    site.send()
    (each,) = explained(site, cause_of(site)).deliveries
    assert (each.state, each.rule, each.provider_said) == ("unknown", "worker", None)


def test_without_tables_or_without_a_database_the_rest_is_answered_and_it_is_said(site: Site, postgres_server: str):
    site.reach(ANN)
    comment(site)
    site.send()
    cause = cause_of(site)
    known = explained(site, cause)
    with fresh_database(postgres_server) as empty:
        missing = explained(site, cause, dsn=empty)
    away = explained(site, cause, dsn=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    assert (missing.ledger, missing.deliveries, away.ledger, away.deliveries) == ("missing", [], "unavailable", [])
    assert known.steps == missing.steps == away.steps
    assert known.channels == missing.channels == away.channels


def test_what_is_said_of_the_moment_of_sending_is_what_the_ledger_did_then_whatever_was_set_since(site: Site):
    address_id, history, own = site.reach(ANN), site.history, notifications_of(ANN)
    changes = {
        "channel": lambda: history.prefer(ANN, "channel", "", "off", "web_push"),
        "kind": lambda: history.prefer(ANN, "kind", "comment", "off", "web_push"),
        "cause": lambda: history.block(ANN, BEN),
        "read": lambda: history.mark(ANN, "read", history.log.head()),
        "": lambda: history.prefer(ANN, "kind", "like", "off", "web_push"),
    }
    back = {
        "channel": lambda: history.prefer(ANN, "channel", "", "inherit", "web_push"),
        "kind": lambda: history.prefer(ANN, "kind", "comment", "on", "web_push"),
        "cause": lambda: history.unblock(ANN, BEN),
    }
    for number, (rule, change) in enumerate(changes.items()):
        comment(site, number)
        site.tell()
        cause = cause_of(site)
        site.later(seconds=1)
        change()
        site.clock.at = max(site.clock.at, history.at())
        site.send(told=False)
        site.later(seconds=1)
        back.get(rule, lambda: history.prefer(ANN, "app", "", "inherit"))()
        found = explained(site, cause)
        (each,), (sending,) = found.deliveries, found.sendings
        assert (each.rule if each.state == "suppressed" else "", sending.told) == (rule, not rule)
        assert next((step.rule for step in sending.steps if not step.passed), "") == rule
        assert next(one.told for one in found.channels if one.channel == "web_push"), "it was decided to send it"
    history.add(own, AddressRemoved(ANN, address_id, "gone", history.at()))
    now = next(one for one in explained(site, cause).now.channels if one.channel == "web_push")
    assert [step.rule for step in now.steps if not step.passed] == ["channel"]


@pytest.mark.parametrize("cause", ["comment:\0", "comment:\udc80", "\x1b[2J", "", "digest:x"])
def test_a_cause_that_is_none_is_explained_as_none(site: Site, cause: str):
    found = explained(site, cause)
    assert (found.told, found.ledger, found.deliveries) == (False, "read", [])


@given(WORDS, ADDRESSES, WORDS)
def test_a_providers_answer_is_kept_without_the_address_it_names(before: str, address: str, after: str):
    row = LedgerRow("d", ANN, "email", "a", "like:1", "like", "", 1, 1, 1, "queued", 1, 1, 10**15)
    for outcome in (Sent, Gone, Undeliverable, Later):
        said = result_of(row, outcome(f"{before} <{address}> {after}"), 1).why
        assert address not in said
        assert said.isprintable()


def test_a_providers_answer_keeps_what_it_says():
    said = "550 5.1.1 <ann@example.com>: Recipient rejected; see https://mail.example.com/help?a=b\x1b[31m"
    assert without_addresses(said) == "550 5.1.1 <(address)>: Recipient rejected; see (address) [31m"
    assert without_addresses(json.dumps({"reason": "ExpiredToken"})) == '{"reason": "ExpiredToken"}'
    assert without_addresses("token " + "aB3_" * 20 + " is not known") == "token (address) is not known"
