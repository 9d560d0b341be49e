"""Everybody asks for anything in any order, at two APIs, while roles stand still, die and come back: the audit finds nothing in the end.

One seed gives one order of requests. `SLIPSTREAM_SEED` repeats one, `SLIPSTREAM_STEPS` plays longer: `make hands STEPS=5000 SEED=7`.
"""

import os
from collections.abc import Iterator

import pytest

from commands.audit import violations
from commands.audit.violation import Violation
from commands.registry import USE_CASES
from infra.embedded.mailbox import FileMailbox
from infra.embedded.smtp import EmbeddedMailServer
from tests.journeys.audited import until_clean
from tests.journeys.hands.betting import KEY
from tests.journeys.hands.not_asked import NOT_ASKED
from tests.journeys.hands.play import STORIES, Play
from tests.journeys.hands.registry import HANDS
from tests.journeys.hands.senders import OTHERS, SENT_BY
from tests.journeys.hands.wrong import WRONG
from tests.journeys.process_tree import Tree

STEPS = int(os.environ.get("SLIPSTREAM_STEPS", "250"))
SEED = int(os.environ.get("SLIPSTREAM_SEED", "20261126"))
STEPS_A_KILL = 250


@pytest.fixture(scope="module")
def further_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with EmbeddedMailServer(FileMailbox(tmp_path_factory.mktemp("mail"))) as url:
        yield {"SLIPSTREAM_LEASE_MS": "1500", "SLIPSTREAM_HOLD_AT_REPORTS": "2", "SLIPSTREAM_MAIL_URL": url}


@pytest.fixture(scope="module")
def sites(tree: Tree) -> Iterator[list[Tree]]:
    """The API, and another process of it that takes deposits from a provider."""
    other = Tree(tree.env["SLIPSTREAM_DATABASE_URL"], tree.env["SLIPSTREAM_REDIS_URL"], tree.folder / "elsewhere")
    other.folder.mkdir()
    own = {name: other.env[name] for name in ("SLIPSTREAM_HTTP_PORT", "SLIPSTREAM_METRICS_PORT")}
    paid = {"SLIPSTREAM_DEPOSITS": "webhook", "SLIPSTREAM_PAYMENT_WEBHOOK_KEY": KEY.decode(), "SLIPSTREAM_MAIL_WEBHOOK_KEY": KEY.decode()}
    other.env = {**tree.env, **own, **paid}
    try:
        other.start("api")
        yield [tree, other]
    finally:
        other.end_all()


@pytest.fixture(scope="module")
def play(sites: list[Tree]) -> Iterator[Play]:
    playing = Play(sites, SEED, kills_max=max(1, STEPS // STEPS_A_KILL))
    try:
        yield playing
    finally:
        playing.processes.all_go_on()
        playing.world.close()


def test_what_the_audit_calls_wrong_is_refused_when_it_is_asked_for(play: Play):
    stories = play.world.rng.sample(STORIES, len(STORIES))
    answered = [said for story in stories if (said := play.actors.tell(story))]
    assert not answered, "\n".join(answered)
    assert not play.world.broken, play.world.broken


def test_whatever_the_audit_calls_wrong_is_asked_for_or_there_is_a_reason():
    named = {name for name, each in vars(violations).items() if isinstance(each, type) and issubclass(each, Violation)}
    assert set(WRONG) | set(NOT_ASKED) == named - {"Violation"}
    assert not set(WRONG) & set(NOT_ASKED)


def test_whatever_everybody_does_the_audit_is_clean(tree: Tree, play: Play):
    print(f"repeat with SLIPSTREAM_SEED={SEED} SLIPSTREAM_STEPS={STEPS}")  # noqa: T201  (shown where it failed)
    world = play.world
    play.begin()
    for _ in range(STEPS):
        play.step()
        assert not world.broken, world.broken
    refused = play.ask_for_the_rest()
    play.end()
    print(sorted(world.came.items()))  # noqa: T201  (shown where it failed)
    assert not world.broken, world.broken
    assert not refused, refused
    until_clean(tree)


def test_whatever_changes_something_is_among_the_hands(play: Play):
    """A new operation that changes something needs a hand that asks for it."""
    changing = {name for name, operation in play.world.operations.items() if operation.method != "GET"}
    assert set(HANDS) == changing


def test_every_command_is_sent_by_a_hand_or_by_somebody_beside_them():
    """A new command needs a hand, or somebody who sends it."""
    assert set(SENT_BY) == {command.__name__ for command in USE_CASES}
    assert {sender for senders in SENT_BY.values() for sender in senders} <= {*HANDS, *OTHERS}
