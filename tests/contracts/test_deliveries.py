"""Deliveries: every cause is told once at each address, or it is known why not, whatever is killed, repeated, slow, refused or too much."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.ports import StoreUnavailable
from domain.ids import notifications_of
from domain.notification.facts import DigestSet, PriceAlertReached, ScheduleSet
from domain.notification.kinds import WEB_PUSH
from domain.notification.limits import PUSHES
from domain.odds import parse
from domain.settling import VOID
from infra.database import make_ready
from infra.delivery import ledger as ledger_module
from infra.delivery.claims import ChannelClaims, LedgerReads
from infra.delivery.ledger import DeliveryLedger
from infra.delivery.sender import ChannelSender
from infra.metrics.notifying import NotifyCollector
from tests.contracts.deliveries_under_test import Killed, Provider, Site, drained, provider
from tests.journeys.process_tree import until
from tests.servers import fresh_database
from tests.views.history import named
from tests.views.test_inbox_view import ANN, BEN, CLEO, DAN

LEASE = {"seconds": 200}
FIXTURE, MARKET = named("fixture", 1), named("market", 1)
BURST = PUSHES["author"].burst


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


@pytest.fixture
def sink() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture
def site(dsn: str, sink: Provider) -> Site:
    return Site(dsn, sink)


def ring(site: Site, *account_ids: str, author: str = ANN) -> None:
    for account_id in account_ids:
        site.reach(account_id)
        site.history.bell(account_id, author)


def remark(site: Site, who: str, number: int = 0, author: str = ANN) -> None:
    slip_id = site.history.pick(author)
    site.history.comment(f"{who} {number}", who, slip_id, author, f"remark {number}")


def killing(seam: str) -> type[ChannelSender]:
    """Return a sender that is killed at a seam."""

    def killed(_: ChannelSender) -> None:
        raise Killed

    return type("KilledSender", (ChannelSender,), {seam: killed})


def test_what_is_told_says_what_the_inbox_says_and_is_sent_once(site: Site):
    ring(site, BEN, CLEO)
    site.reach(ANN)
    slip_id = site.history.pick(ANN)
    site.history.comment("c", BEN, slip_id, ANN, "Nice.")
    site.send()
    site.send()
    assert sorted(site.sink.titles()) == ["ann shared a slip: single as a pick"] * 2 + ["ben commented: “Nice.”"]
    assert {each["path"] for each in site.sink.received} == {f"/slips/{slip_id}"}
    assert site.states() == {"sent": 3}


def test_a_fact_that_is_read_again_is_told_once(site: Site):
    ring(site, BEN)
    site.reach(ANN)
    remark(site, BEN)
    site.send()
    site.rows("UPDATE delivery_position SET position = 0, mark = '' RETURNING 1")
    site.send()
    site.rows("UPDATE delivery_position SET version = 'older' RETURNING 1")
    site.send()
    assert len(site.sink.received) == 2


def test_nobody_is_told_of_what_happened_before_there_was_a_ledger(site: Site):
    site.reach(ANN)
    remark(site, BEN)
    site.rows("UPDATE delivery_position SET version = '' RETURNING 1")
    site.send()
    assert site.states() == {}


def test_two_workers_send_each_delivery_once(site: Site):
    people = [named("reader", number) for number in range(60)]
    for number, account_id in enumerate(people):
        site.history.account(account_id, f"reader{number}")
    ring(site, *people)
    site.history.pick(ANN)
    site.send(site.sender(), site.sender(), site.sender())
    assert sorted(each["account"] for each in site.sink.received) == sorted(people)
    assert site.states() == {"sent": 60}


@pytest.mark.parametrize("seam", ["_before_commit", "_count"])
def test_a_ledger_killed_at_any_step_tells_everybody_once(site: Site, monkeypatch: pytest.MonkeyPatch, seam: str):
    monkeypatch.setattr(ledger_module, "RECIPIENTS_PER_STEP", 3)
    people = [named("reader", number) for number in range(10)]
    ring(site, *people)
    site.history.pick(ANN)
    site.history.pick(ANN)

    class Dying(DeliveryLedger):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    setattr(Dying, seam, killed)
    for _ in range(12):
        with closing(Dying(site.dsn, site.history.log, site.clock)) as ledger, suppress(Killed):
            until(ledger.take_turn, "the turn is free")
            ledger.tell()
            ledger.fan_out()
        with closing(site.ledger()) as ledger:
            until(ledger.take_turn, "the turn is free")
            ledger.fan_out()
    site.tell()
    assert sorted(count for _, count in site.rows("SELECT account_id, count(*) FROM delivery GROUP BY account_id")) == [2] * 10


@pytest.mark.parametrize("seam", ["_before_looking", "_before_sending", "_before_recording"])
@pytest.mark.parametrize("idempotent", [True, False])
def test_a_worker_killed_at_any_step_loses_nothing_and_sends_again_only_where_that_is_harmless(site: Site, seam: str, *, idempotent: bool):
    site.reach(ANN)
    remark(site, BEN)
    site.send(site.sender(killing(seam), idempotent=idempotent))
    site.later(**LEASE)
    site.send(site.sender(idempotent=idempotent))
    was_sent = seam == "_before_recording"
    is_unknown = seam != "_before_looking" and not idempotent
    assert site.states() == ({"unknown": 1} if is_unknown else {"sent": 1})
    assert len({each["id"] for each in site.sink.received}) <= 1
    assert len(site.sink.received) == (2 if was_sent and idempotent else 0 if is_unknown and not was_sent else 1)


def test_what_is_not_true_any_more_when_it_is_sent_is_not_sent(site: Site):
    ring(site, BEN, CLEO, DAN)
    site.reach(ANN)
    slip_id = site.history.pick(ANN)
    position = site.history.react("like", BEN, slip_id, ANN)
    site.history.comment("c", BEN, slip_id, ANN, "Nice.")
    site.tell()
    site.history.block(ANN, BEN)
    site.history.unfollow(CLEO, ANN)
    site.history.prefer(DAN, "author", ANN, "off")
    site.send()
    assert (site.sink.received, position > 0) == ([], True)
    assert site.states() == {"suppressed": 4}
    assert site.rules() == ["author", "cause", "cause", "cause"]


def test_what_was_read_in_the_page_meanwhile_is_not_sent(site: Site):
    site.reach(ANN)
    remark(site, BEN)
    site.tell()
    site.history.mark(ANN, "read", 10_000)
    site.send()
    assert (site.rules(), site.sink.received) == (["read"], [])


def test_who_may_not_be_promoted_to_by_the_log_is_told_of_no_slip(site: Site):
    ring(site, BEN, CLEO)
    site.history.pick(ANN)
    site.promoted = {BEN: False}
    site.send()
    assert ([each["account"] for each in site.sink.received], site.rules()) == ([CLEO], ["protection"])


def test_what_was_decided_against_is_counted_by_its_rule(site: Site):
    ring(site, BEN)
    site.history.prefer(BEN, "promotion", "slips", "off", "web_push")
    site.history.pick(ANN)
    site.send()
    assert (site.states(), site.figures.suppressed["web_push", "opt-in"]) == ({}, 1)


def test_a_provider_that_refuses_for_now_is_asked_again_later_each_time(site: Site):
    site.reach(ANN)
    remark(site, BEN)
    site.sink.answer = lambda _: 503
    site.send()
    site.send()
    assert (site.states(), len(site.sink.received)) == ({"waiting": 1}, 1)
    site.later(seconds=2)
    site.send()
    site.sink.answer = lambda _: 201
    site.later(seconds=1)
    site.send()
    assert (site.states(), len(site.sink.received)) == ({"waiting": 1}, 2)
    site.later(seconds=2)
    site.send()
    assert (site.states(), len(site.sink.received)) == ({"sent": 1}, 3)


def test_what_is_never_taken_within_its_lifetime_fails_for_good_and_can_be_replayed(site: Site):
    site.reach(ANN)
    remark(site, BEN)
    site.sink.answer = lambda _: 400
    site.send()
    with closing(LedgerReads(site.dsn)) as reads:
        (dead,) = reads.dead("", 10)
        assert (dead.account_id, dead.why, reads.dead("email", 10)) == (ANN, "400", [])
        site.sink.answer = lambda _: 201
        assert reads.replay([dead.delivery_id], int(site.clock.at.timestamp() * 1_000_000)) == 1
        site.send()
        assert (reads.dead("", 10), site.states()) == ([], {"sent": 1})


def test_what_waits_for_longer_than_it_has_something_to_say_is_not_sent(site: Site):
    site.reach(ANN)
    remark(site, BEN)
    site.tell()
    site.later(days=3)
    site.send()
    assert (site.rules(), site.sink.received) == (["lifetime"], [])


def test_an_address_that_is_gone_is_removed_and_told_nothing_more(site: Site):
    site.reach(ANN)
    remark(site, BEN, 1)
    site.sink.answer = lambda _: 410
    site.send()
    assert site.states() == {"gone": 1}
    remark(site, BEN, 2)
    site.send()
    assert (site.states(), len(site.sink.received)) == ({"gone": 1}, 1)


def test_a_provider_that_hangs_delays_nobody_else(site: Site):
    people = [named("reader", number) for number in range(60)]
    for number, account_id in enumerate(people):
        site.history.account(account_id, f"reader{number}")
        site.reach(account_id, "slow" if number < 50 else "quick")
        site.history.bell(account_id, ANN)
    site.history.pick(ANN)
    site.sink.answer = lambda message: 0 if "slow" in message["to"] else 201
    site.tell()
    site.project()
    sender = site.sender()
    found = threading.Event()

    async def until_the_quick_are_told() -> None:
        while sum("quick" in each["to"] for each in site.sink.received) < 10:
            await sender.turn()
            site.later(seconds=1)
            await asyncio.sleep(0.005)
        found.set()

    asyncio.run(until_the_quick_are_told())
    asyncio.run(sender.close())
    assert found.is_set()
    assert sum("slow" in each["to"] for each in site.sink.received) <= 32


def test_somebody_elses_notice_does_not_wait_for_a_slip_with_many_bells(site: Site):
    people = [named("reader", number) for number in range(300)]
    ring(site, *people)
    site.reach(BEN)
    site.history.pick(ANN)
    site.tell()
    site.later(seconds=2)
    remark(site, CLEO, author=BEN)
    site.tell()
    with closing(ChannelClaims(site.dsn, "web_push", idempotent=False)) as claims:
        rows, _, _ = claims.claim(30, int(site.clock.at.timestamp() * 1_000_000))
    assert BEN in {row.account_id for row in rows}


def bet_on(site: Site, *people: str) -> None:
    """Let people bet on a match that is yet to begin, each reached by one address."""
    site.history.fixture(FIXTURE)
    site.history.market(MARKET, FIXTURE, "2.35", "3.4", "3")
    for number, account_id in enumerate(people):
        site.reach(account_id)
        site.history.wallet(account_id, 10_00)
        site.history.bet(account_id, named("bet", number), 1_00, (MARKET, "home", "2.35", 1))


def test_a_kick_off_is_told_once_to_who_has_an_open_bet_though_the_ledger_is_killed_between(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledger_module, "RECIPIENTS_PER_STEP", 2)
    bet_on(site, ANN, BEN, CLEO, DAN)
    site.history.bet(BEN, named("bet", 8), 1_00, (MARKET, "home", "2.35", 1))
    site.history.settle(DAN, named("bet", 3), "void", 1_00, 1_00, VOID)
    site.history.kick_off(FIXTURE)
    site.history.bet(DAN, named("bet", 9), 1_00, (MARKET, "home", "2.35", 1))
    with closing(site.ledger()) as ledger:
        until(ledger.take_turn, "who had the turn before is gone")
        ledger.tell()
        ledger.fan_out()
    _kill_ledger(site)
    site.send()
    site.rows("UPDATE delivery_position SET position = 0, mark = '' RETURNING 1")
    site.send()
    kick_offs = [each for each in site.sink.received if each["kind"] == "kickoff"]
    assert sorted(each["account"] for each in kick_offs) == sorted((ANN, BEN, CLEO))
    assert {(each["title"], each["body"], each["path"]) for each in kick_offs} == {
        ("Kick-off in your open bets", "Norway v Wales", f"/match/{FIXTURE}")
    }
    assert site.rows("SELECT count(*) FROM delivery_kick_off") == [(0,)]


def test_a_kick_off_of_a_match_that_is_over_is_not_sent(site: Site):
    bet_on(site, ANN)
    site.history.kick_off(FIXTURE)
    site.history.end(FIXTURE)
    site.send()
    assert "kickoff" not in {each["kind"] for each in site.sink.received}
    assert site.rows("SELECT rule, why FROM delivery WHERE kind = 'kickoff'") == [("lifetime", "the match is over")]


def test_bets_that_are_settled_leave_no_row_behind(site: Site):
    bet_on(site, ANN, BEN)
    site.tell()
    assert len(site.rows("SELECT 1 FROM delivery_open_bet")) == 2
    site.history.settle(ANN, named("bet", 0), "void", 1_00, 1_00, VOID)
    site.history.settle(BEN, named("bet", 1), "void", 1_00, 1_00, VOID)
    site.tell()
    assert site.rows("SELECT 1 FROM delivery_open_bet") == []


@pytest.mark.parametrize("is_promoted", [True, False])
def test_a_price_that_is_reached_is_sent_where_it_was_asked_for_and_betting_may_be_promoted(site: Site, *, is_promoted: bool):
    site.promoted = {ANN: is_promoted}
    site.history.fixture(FIXTURE)
    site.history.market(MARKET, FIXTURE, "2.35", "3.4", "3")
    for account_id in (ANN, BEN):
        site.reach(account_id)
    site.history.prefer(ANN, "promotion", "prices", "on", "web_push")
    for account_id in (ANN, BEN):
        at = site.history.at()
        reached = PriceAlertReached(account_id, FIXTURE, MARKET, "home", parse("2.35"), 1, parse("2.3"), at, at)
        site.history.add(notifications_of(account_id), reached)
    site.send()
    told = [(each["account"], each["title"], each["path"]) for each in site.sink.received]
    assert told == ([(ANN, "Norway at 2.35, as you wanted", f"/match/{FIXTURE}")] if is_promoted else [])
    assert site.figures.suppressed["web_push", "opt-in"] == 1, "ben did not ask for prices by push"


def test_what_is_urgent_comes_before_what_is_not(site: Site):
    ring(site, *[named("reader", number) for number in range(50)])
    site.reach(DAN)
    site.history.pick(ANN)
    site.tell()
    site.history.wallet(DAN, 10_00)
    site.history.bet(DAN, named("bet", 1), 1_00, (named("market", 1), "home", "2.35", 1))
    site.history.settle(DAN, named("bet", 1), "won", 1_00, 2_35, 1)
    site.tell()
    with closing(ChannelClaims(site.dsn, "web_push", idempotent=False)) as claims:
        rows, _, _ = claims.claim(1, int(site.clock.at.timestamp() * 1_000_000))
    assert [row.kind for row in rows] == ["bet_settled"]


def test_a_storm_is_folded_into_one_message_and_nothing_is_dropped(site: Site):
    site.reach(ANN)
    slip_id = site.history.pick(ANN)
    for number in range(12):
        site.history.comment(f"storm {number}", BEN, slip_id, ANN, f"remark {number}")
    site.send()
    assert site.states() == {"sent": BURST, "folded": 12 - BURST}
    site.later(hours=1)
    site.send()
    assert site.states() == {"sent": 12}
    assert site.sink.titles()[-1] == f"{12 - BURST} notifications"
    assert len(site.sink.received) == BURST + 1


def test_each_browser_has_limits_of_its_own_so_that_all_are_told_the_same(site: Site):
    for name in ("phone", "laptop", "tablet"):
        site.reach(ANN, name)
    slip_id = site.history.pick(ANN)
    for number in range(BURST):
        site.history.comment(f"few {number}", BEN, slip_id, ANN, f"remark {number}")
    site.send()
    assert site.states() == {"sent": 3 * BURST}


def test_a_message_for_several_leaves_out_what_is_not_true_any_more(site: Site):
    site.reach(ANN)
    slip_id = site.history.pick(ANN)
    comments = [site.history.comment(f"storm {number}", BEN, slip_id, ANN, f"remark {number}") for number in range(BURST + 3)]
    site.send()
    sent = {each["body"] + each["title"] for each in site.sink.received}
    left = [number for number in range(BURST + 3) if not any(f"remark {number}”" in each for each in sent)]
    site.history.delete_comment(comments[left[0]], BEN, slip_id)
    site.later(hours=1)
    site.send()
    assert site.sink.titles()[-1] == "2 notifications"
    assert f"remark {left[0]}”" not in site.sink.received[-1]["body"]
    assert site.states() == {"sent": BURST + 2, "suppressed": 1}


def quiet_now(site: Site, account_id: str, meanwhile: str) -> None:
    """Let an account be quiet from an hour ago until in two hours."""
    now = site.clock.at.hour * 60 + site.clock.at.minute
    chosen = ScheduleSet(account_id, "UTC", (now - 60) % 1440, (now + 120) % 1440, meanwhile, site.history.at())
    site.history.add(notifications_of(account_id), chosen)


@pytest.mark.parametrize(("meanwhile", "titles"), [("digest", ["2 notifications"]), ("wait", ["ben commented", "ben commented"])])
def test_what_can_wait_is_sent_when_quiet_hours_end(site: Site, meanwhile: str, titles: list[str]):
    site.reach(ANN)
    quiet_now(site, ANN, meanwhile)
    remark(site, BEN, 1)
    remark(site, BEN, 2)
    site.send()
    assert site.sink.received == []
    site.later(hours=3)
    site.send()
    assert [title.partition(":")[0] for title in site.sink.titles()] == titles
    assert site.states() == {"sent": 2}


@pytest.mark.parametrize("is_digest", [False, True])
def test_what_was_to_go_out_earlier_waits_as_well_once_it_is_quiet(site: Site, *, is_digest: bool):
    site.reach(ANN)
    if is_digest:
        site.history.add(notifications_of(ANN), DigestSet(ANN, WEB_PUSH, "hourly", 0, site.history.at()))
    remark(site, BEN, 1)
    remark(site, BEN, 2)
    site.tell()
    quiet_now(site, ANN, "wait")
    site.later(hours=1, minutes=30)
    site.send()
    assert site.sink.received == [], "neither a queue, a retry nor a digest that closes rings at night"
    with closing(LedgerReads(site.dsn)) as ledger:
        told = [ledger.of_notice(ANN, cause) for (cause,) in site.rows("SELECT notice_id FROM delivery WHERE kind = 'comment'")]
    assert [(each.rule, each.why[:27], each.ended_at) for (each,) in told] == [("schedule", "your quiet hours last until", None)] * 2
    site.later(hours=1)
    site.send()
    assert [title.partition(":")[0] for title in site.sink.titles()] == (["2 notifications"] if is_digest else ["ben commented"] * 2)
    assert site.states() == {"sent": 2}


def test_what_is_urgent_is_sent_though_it_became_quiet(site: Site):
    site.reach(ANN)
    bet_on(site, ANN)
    site.history.settle(ANN, named("bet", 0), "void", 1_00, 1_00, VOID)
    site.tell()
    quiet_now(site, ANN, "wait")
    site.send()
    assert len(site.sink.received) == 1


def test_an_hourly_digest_is_one_message_of_what_came_within_an_hour(site: Site):
    site.reach(ANN)
    site.history.add(notifications_of(ANN), DigestSet(ANN, WEB_PUSH, "hourly", 0, site.history.at()))
    for number in range(3):
        remark(site, BEN, number)
    site.send()
    assert site.states() == {"folded": 3}
    site.later(hours=2)
    site.send()
    assert site.sink.titles() == ["3 notifications"]
    remark(site, BEN, 4)
    site.send()
    assert len(site.sink.received) == 1, "the next one opens a window of its own"


@pytest.mark.parametrize("seam", ["_before_looking", "_before_sending", "_before_recording"])
def test_a_message_for_several_goes_out_once_whoever_is_killed(site: Site, seam: str):
    site.reach(ANN)
    slip_id = site.history.pick(ANN)
    for number in range(BURST + 4):
        site.history.comment(f"storm {number}", BEN, slip_id, ANN, f"remark {number}")
    site.send(site.sender(idempotent=True), site.sender(idempotent=True))
    site.later(hours=1)
    site.send(site.sender(killing(seam), idempotent=True))
    site.later(**LEASE)
    site.history.comment("after", BEN, slip_id, ANN, "after")
    site.send(site.sender(idempotent=True), site.sender(idempotent=True))
    assert site.states() == {"sent": BURST + 5}
    assert len({each["id"] for each in site.sink.received if each["title"] == "4 notifications"}) == 1


def test_a_database_that_ends_every_connection_is_gone_on_with(site: Site):
    ring(site, BEN)
    site.history.pick(ANN)
    sender = site.sender()
    site.tell()
    site.project()
    with psycopg.connect(site.dsn, autocommit=True) as connection:

        async def interrupted() -> None:
            await sender.turn()
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'slipstream deliv%'")
            while True:
                try:
                    await drained(sender, site)
                except StoreUnavailable:
                    continue
                await sender.close()
                return

        asyncio.run(interrupted())
    assert (site.states(), len(site.sink.received)) == ({"sent": 1}, 1)


def test_the_figures_say_what_is_under_way_and_what_became_of_the_rest(site: Site):
    ring(site, BEN, CLEO)
    site.history.pick(ANN)
    site.sink.answer = lambda message: 201 if message["account"] == BEN else 503
    sender = site.sender()
    site.send(sender)
    with closing(LedgerReads(site.dsn)) as reads:
        collector = NotifyCollector(reads)
        collector.tell_of_ledger(site.figures)
        collector.tell_of_senders([sender])
        told = {(each.name, *each.labels.values()): each.value for metric in collector.collect() for each in metric.samples}
    assert told["slipstream_notify_queued_total", "web_push"] == 2
    assert told["slipstream_notify_outcomes_total", "web_push", "sent"] == 1
    assert told["slipstream_notify_outcomes_total", "web_push", "later"] == 1
    assert told["slipstream_notify_deliveries", "web_push", "waiting"] == 1
    assert told["slipstream_notify_latency_seconds_count", "web_push"] == 1


STEP = st.sampled_from(["share", "comment", "off", "on", "tell", "kill ledger", "send", "kill sender", "wait", "rewind"])


@given(steps=st.lists(STEP, max_size=14), idempotent=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cause_is_told_once_at_each_address_or_it_is_known_why_not(dsn: str, sink: Provider, steps: list[str], *, idempotent: bool):
    sink.received.clear()
    site, causes, is_on = Site(dsn, sink), 0, True
    ring(site, BEN)
    site.reach(ANN)
    for number, step in enumerate(steps):
        if step == "share":
            site.history.pick(ANN)
            causes += is_on
        elif step == "comment":
            remark(site, CLEO, number)
            causes += 1 + is_on
        elif step in ("off", "on"):
            site.tell()
            site.history.prefer(BEN, "author", ANN, "off" if step == "off" else "all")
            is_on = step == "on"
        elif step == "tell":
            site.tell()
        elif step == "kill ledger":
            _kill_ledger(site)
        elif step == "rewind":
            site.tell()
            site.rows("UPDATE delivery_position SET position = 0, mark = '' RETURNING 1")
        elif step == "wait":
            site.later(minutes=20)
        else:
            site.send(site.sender(killing("_before_recording") if step == "kill sender" else ChannelSender, idempotent=idempotent))
            site.later(**LEASE)
    site.later(hours=1)
    for _ in range(3):
        site.send(site.sender(idempotent=idempotent), site.sender(idempotent=idempotent))
        site.later(hours=1)
    states = site.states()
    assert sum(states.values()) == causes
    assert set(states) <= {"sent", "suppressed", "unknown"}
    assert idempotent is False or "unknown" not in states
    if not idempotent:
        assert len(sink.received) == len({each["id"] for each in sink.received})


def _kill_ledger(site: Site) -> None:
    class Dying(DeliveryLedger):
        def _before_commit(self) -> None:
            raise Killed

    with closing(Dying(site.dsn, site.history.log, site.clock)) as ledger, suppress(Killed):
        until(ledger.take_turn, "the turn is free")
        ledger.tell()
        ledger.fan_out()
