"""The rules of a gate: it stops, opens again, voids prices and ends the betting below it."""

from typing import Any

import pytest

from domain.fact import Fact
from domain.gate.commands import EndBetting, ReopenBetting, StopBetting, VoidPrices
from domain.gate.decider import GATE, BettingOver, BettingStoppedAlready, BettingSuspended, Gate, GateMalformed, check_open
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, PricesVoided
from domain.refused import Refused
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

AT = ("fixture", ("f-1",))
STOPPED = BettingStopped(*AT, "floodlights", "ann", NOON)
REOPENED = BettingReopened(*AT, "ann", NOON)
VOIDED = PricesVoided(*AT, "goal", "feed", NOON)
ENDED = BettingEnded(*AT, "ended", "feed", NOON)


def stop(reason: str = "floodlights", scope: str = "fixture", subject: tuple[str, ...] = ("f-1",)) -> StopBetting:
    return StopBetting(scope, subject, reason, NOON, "ann")


def test_a_gate_that_nobody_touched_is_open_and_is_stopped_and_opened_again():
    assert GATE.initial.status == "open"
    given(GATE).when(stop()).then(STOPPED)
    given(GATE, STOPPED).when(ReopenBetting(*AT, NOON, "ann")).then(REOPENED)
    given(GATE, STOPPED, REOPENED).when(stop("crowd")).then(BettingStopped(*AT, "crowd", "ann", NOON))
    given(GATE).when(EndBetting(*AT, "ended", NOON, "feed")).then(ENDED)


def test_a_goal_voids_the_prices_each_time_and_opens_no_gate_that_was_stopped():
    given(GATE).when(VoidPrices(*AT, "goal", NOON, "feed")).then(VOIDED)
    given(GATE, VOIDED).when(VoidPrices(*AT, "goal", NOON, "feed")).then(VOIDED)
    assert given(GATE, STOPPED, VOIDED).state == Gate("stopped", "floodlights")


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([STOPPED], stop()),
        ([], ReopenBetting(*AT, NOON)),
        ([ENDED], EndBetting(*AT, "abandoned", later(hours=1))),
        ([ENDED], VoidPrices(*AT, "goal", NOON)),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: Any):
    given(GATE, *facts).when(command).nothing()


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("an unknown scope", [], stop(scope="planet"), GateMalformed, {"scope": "planet"}),
    ("a competition without its sport", [], stop(scope="competition", subject=("Cup",)), GateMalformed, {"scope": "competition"}),
    ("a sport without a name", [], stop(scope="sport", subject=("",)), GateMalformed, {}),
    ("stop: for another reason", [STOPPED], stop("crowd"), BettingStoppedAlready, {"scope": "fixture", "reason": "floodlights"}),
    ("stop: no reason", [], stop(""), ReasonMalformed, {"reason": ""}),
    ("stop: over", [ENDED], stop(), BettingOver, {"scope": "fixture", "cause": "ended"}),
    ("reopen: over", [ENDED], ReopenBetting(*AT, NOON), BettingOver, {}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_gate_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(GATE, *facts).when(command).refused(refusal, **evidence)


def test_nothing_passes_a_gate_that_is_not_open():
    check_open(Gate(), "sport")
    with pytest.raises(BettingSuspended, match="floodlights"):
        check_open(given(GATE, STOPPED).state, "fixture")
    with pytest.raises(BettingOver, match="ended"):
        check_open(given(GATE, ENDED).state, "fixture")


def test_nothing_happens_to_a_gate_after_the_end():
    with pytest.raises(AssertionError):
        given(GATE, ENDED, VOIDED)
