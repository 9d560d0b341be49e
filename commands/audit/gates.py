"""The gates of fixtures, competitions and sports: open, stopped, or over for good."""

from typing import Any

from commands.audit.actors import check_trading
from commands.audit.auditor import Auditor, check_id, check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedGate
from commands.audit.violation import ViolationFound
from commands.audit.violations import FixtureMissing, GateMovedAlone, GateOutOfOrder
from domain.fact import Recorded
from domain.fixture.facts import FixtureAbandoned, FixtureEnded, ScoreChanged
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, PricesVoided
from domain.ids import gate_of

SCOPES = {"fixture": 1, "competition": 2, "sport": 1}
"""Scope -> how many texts name its subject."""

SUBJECT_CHARACTERS_MAX = 120
REASON_CHARACTERS_MAX = 120
GOAL, POINT, CORRECTION = "goal", "point", "score corrected"
CAUSES = frozenset({GOAL, POINT, CORRECTION})
ENDINGS: dict[str, type[FixtureEnded | FixtureAbandoned]] = {"ended": FixtureEnded, "abandoned": FixtureAbandoned}


def begun(state: AuditState, recorded: Recorded[Any], fact: Any) -> AuditedGate:
    """Check the first fact of a gate: scope and subject are possible, the id follows from them; then as any further fact."""
    check_value(recorded, "scope", fact.scope, allowed=SCOPES.get(fact.scope) == len(fact.subject))
    for text in fact.subject:
        check_text(recorded, "subject", text, SUBJECT_CHARACTERS_MAX)
    gate = AuditedGate(1, scope=fact.scope, subject=fact.subject)
    check_id(recorded, gate_of(fact.scope, *fact.subject))
    AUDITOR.follows[type(fact)](state, recorded, gate, fact)
    return gate


def _check(state: AuditState, recorded: Recorded[Any], gate: AuditedGate, fact: Any, *statuses: str) -> None:
    check_trading(state, recorded, fact.actor)
    if (fact.scope, fact.subject) != (gate.scope, gate.subject):
        check_id(recorded, gate_of(fact.scope, *fact.subject))
    if gate.status not in statuses:
        raise ViolationFound(GateOutOfOrder, recorded, status=gate.status)
    state.moves += 1


def stopped(state: AuditState, recorded: Recorded[Any], gate: AuditedGate, fact: BettingStopped) -> None:
    """Check BettingStopped: the gate is open, and the fixture of a fixture's gate exists; update the audit state."""
    _check(state, recorded, gate, fact, "open")
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if gate.scope == "fixture" and state.of(AuditedFixture, gate.subject[0]) is None:
        raise ViolationFound(FixtureMissing, recorded, fixture_id=gate.subject[0][:60])
    gate.status = "stopped"


def reopened(state: AuditState, recorded: Recorded[Any], gate: AuditedGate, fact: BettingReopened) -> None:
    """Check BettingReopened: the gate is stopped; update the audit state."""
    _check(state, recorded, gate, fact, "stopped")
    gate.status = "open"


def prices_voided(state: AuditState, recorded: Recorded[Any], gate: AuditedGate, fact: PricesVoided) -> None:
    """Check PricesVoided: the fixture's score changed in the same append, by a goal, a point or a correction; update the audit state."""
    _check(state, recorded, gate, fact, "open", "stopped")
    changed = state.together(ScoreChanged, gate.subject[0]) if gate.scope == "fixture" else None
    if changed is None or (changed.body.actor, changed.body.at) != (fact.actor, fact.at):
        raise ViolationFound(GateMovedAlone, recorded, cause=fact.cause[:60])
    check_value(recorded, "cause", fact.cause, allowed=fact.cause in CAUSES)


def over(state: AuditState, recorded: Recorded[Any], gate: AuditedGate, fact: BettingEnded) -> None:
    """Check BettingEnded: the fixture ended or was abandoned in the same append; update the audit state."""
    _check(state, recorded, gate, fact, "open", "stopped")
    ending = ENDINGS.get(fact.cause) if gate.scope == "fixture" else None
    ended = state.together(ending, gate.subject[0]) if ending is not None else None
    if ended is None or (ended.body.actor, ended.body.at) != (fact.actor, fact.at):
        raise ViolationFound(GateMovedAlone, recorded, cause=fact.cause[:60])
    gate.status = "over"


AUDITOR = Auditor(
    aggregate="gate",
    holds=AuditedGate,
    begins=dict.fromkeys((BettingStopped, PricesVoided, BettingEnded), begun),
    follows={BettingStopped: stopped, BettingReopened: reopened, PricesVoided: prices_voided, BettingEnded: over},
)
