"""`slipstream up --backbone kafka`: the same product, with views and settlement fed from the topic that the relay copies the log to."""

from functools import partial

import psutil
import pytest

from infra.embedded.kafka import why_no_broker
from infra.embedded.server import free_port
from tests.journeys.going_up import figure, going_up, kill
from tests.journeys.process_tree import grade, open_match, until
from tests.journeys.test_pushed import subscribed
from tests.push_service import push_service
from tests.servers import server_folder

UP = ("--backbone", "kafka", "--api", "2", "--projectors", "2")

pytestmark = pytest.mark.skipif(bool(why_no_broker()), reason=f"{why_no_broker()}: install Java 17 and Maven, then make kafka")


def test_a_bet_is_placed_shown_settled_and_told_of_once_over_kafka_while_who_reads_the_topic_is_killed():
    with (
        push_service() as service,
        server_folder() as folder,
        going_up(folder, free_port(), 1, *UP, SLIPSTREAM_PUSH_TEST_HOSTS=service.host) as up,
    ):
        trader, second = up.demo("trader"), up.demo("trader_2")
        grace = up.bettor("grace", funds_minor=50_00)
        market = open_match(trader, "over kafka")
        browser = service.browser("grace")
        subscribed(grace, browser)
        first = grace.bet(market, "home", 10_00, "first").json()
        assert [bet["bet_id"] for bet in grace.get("/v1/portfolio").json()["open"]["items"]] == [first["bet_id"]]

        for role in ("relay", "project", "settle", "notify", "project-2"):
            kill(up, role)
        later = grace.bet(market, "away", 5_00, "later").json()
        shown = until(lambda: len(found := grace.get("/v1/portfolio").json()["open"]["items"]) == 2 and found, "both bets are shown")
        assert {bet["bet_id"] for bet in shown} == {first["bet_id"], later["bet_id"]}

        grade(trader, second, market, 1, 0)
        status = {first["bet_id"]: "won", later["bet_id"]: "lost"}
        for bet_id, outcome in status.items():
            until(lambda bet_id=bet_id, outcome=outcome: grace.get(f"/v1/bets/{bet_id}").json()["status"] == outcome, "the bet is settled")
        assert until(lambda: grace.available_minor() == 35_00 + 23_50, "the returns are paid")

        until(lambda: len(browser.pushes) >= 2, "both are told")
        said = [push.shown["title"] for push in browser.pushes]
        assert sorted(said) == ["Your bet lost", "Your bet won and returned 23.50 EUR"], "each once, though who tells was killed"

        assert figure(up, "relay", "slipstream_relay_leads") == 1
        for projector in ("project", "project-2"):
            fed = partial(figure, up, projector, 'slipstream_facts_read_total{source="topic"}')
            until(lambda fed=fed: fed() > 0, f"{projector} has partitions, and feeds their views from the topic")
        audited = up.run("audit", "verify")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        assert psutil.pid_exists(up.process.pid)
