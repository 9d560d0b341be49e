"""Of two processes that tell people, the one whose turn it is is killed, time and again: the other goes on, every cause is told once."""

import signal
from collections import Counter
from collections.abc import Iterator
from random import Random

import psycopg
import pytest

from tests.journeys.process_tree import Person, Tree, open_match, until
from tests.journeys.test_notifications import shared, told
from tests.journeys.test_pushed import has_begun, says, subscribed
from tests.push_service import PushService, push_service

ROLES = ("notify", "notify 2")
KILLS = 3
NOT_ENDED = "SELECT count(*) FROM delivery WHERE state NOT IN ('sent', 'unknown')"
TOLD_OF = "SELECT count(DISTINCT notice_id) FROM delivery"


@pytest.fixture(scope="module")
def service(tree: Tree) -> Iterator[PushService]:
    tree.start("notify")
    until(lambda: has_begun(tree), "what happens from now on is told")
    with push_service(port=tree.push_port) as running:
        yield running


def counted(tree: Tree, query: str) -> int:
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection:
        return int(connection.execute(query.encode()).fetchall()[0][0])


def test_every_cause_is_told_once_whichever_process_is_killed_while_they_come(tree: Tree, service: PushService, trader: Person):
    author, rng = tree.bettor("followed", funds_minor=100_00), Random(13)  # noqa: S311  (no secret)
    fans = [tree.bettor(f"fan_{number}") for number in range(2)]
    slip_id, browser = shared(author, open_match(trader, "killed"), "killed")[0], service.browser("followed")
    subscribed(author, browser)
    tree.start("notify", name=ROLES[1])
    causes = 0
    for dying in [ROLES[kill % 2] for kill in range(KILLS)]:
        for _ in range(rng.randint(1, 2)):
            says(fans[causes % 2], slip_id, f"remark {causes}")
            causes += 1
        tree.end(dying, signal.SIGKILL)
        until(lambda causes=causes: counted(tree, TOLD_OF) == causes, "the other one has the turn, and has told of all")
        tree.start("notify", name=dying)
    for role in ROLES:
        tree.end(role, signal.SIGKILL)
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection:
        connection.execute("UPDATE delivery SET lease_us = 0 WHERE state IN ('claimed', 'attempting')")  # as if two minutes went by
    tree.start("notify")
    until(lambda: counted(tree, NOT_ENDED) == 0, "all of them are sent, or it is not known")

    pushed = Counter(push.shown["id"] for push in browser.pushes)
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"]) as connection:
        rows: list[tuple[str, str]] = connection.execute("SELECT delivery_id::text, state FROM delivery").fetchall()
    states = dict(rows)
    assert set(pushed.values()) == {1}, "nothing twice"
    assert len(states) == causes, "nothing is lost, and each cause is one delivery"
    assert {each for each, state in states.items() if state == "sent"} <= set(pushed) <= set(states)
    listed = [item["text"] for item in told(author, *fans, group="people")["items"]]
    assert sorted(listed) == sorted(f"fan_{number % 2} commented: “remark {number}”" for number in range(causes))
