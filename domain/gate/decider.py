"""The rules of a gate: open, stopped, or over for good."""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.gate.commands import EndBetting, GateCommand, ReopenBetting, StopBetting, VoidPrices
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, GateFact, PricesVoided
from domain.refused import Refused
from domain.text import check_reason, is_plain

SCOPES = {"fixture": 1, "competition": 2, "sport": 1}
"""Scope -> how many texts name its subject: a fixture's id; a sport and a competition; a sport."""

SUBJECT_CHARACTERS_MAX = 120


class GateMalformed(Refused):
    """A gate is a fixture's, a competition's or a sport's, each named in 1 to 120 printable characters."""

    scope: str


class BettingStoppedAlready(Refused):
    """Betting is stopped already, for another reason."""

    scope: str
    reason: str


class BettingSuspended(Refused):
    """Betting on the fixture, its competition or its sport is stopped: no bet and no price is taken until it is opened again."""

    scope: str
    reason: str


class BettingOver(Refused):
    """Betting on the fixture has ended for good."""

    scope: str
    cause: str


class Gate(msgspec.Struct, frozen=True, gc=False):
    """Where a gate stands: `status` is open, stopped or over; `reason` is why it is not open."""

    status: str = "open"
    reason: str = ""


def decide(gate: Gate, command: GateCommand) -> Sequence[GateFact]:
    """Decide what follows from a command.

    Raises:
        GateMalformed: when the gate names no subject.
        BettingStoppedAlready, ReasonMalformed: from `StopBetting`. BettingOver: from `StopBetting` and `ReopenBetting`.

    """
    scope, subject = command.scope, command.subject
    if SCOPES.get(scope) != len(subject) or not all(is_plain(text, SUBJECT_CHARACTERS_MAX) for text in subject):
        raise GateMalformed(scope[:SUBJECT_CHARACTERS_MAX])
    match command:
        case StopBetting():
            if gate.status == "over":
                raise BettingOver(scope, gate.reason)
            if gate.status == "stopped":
                if gate.reason != command.reason:
                    raise BettingStoppedAlready(scope, gate.reason)
                return ()
            check_reason(command.reason)
            return (BettingStopped(scope, subject, command.reason, command.actor, command.at),)
        case ReopenBetting():
            if gate.status == "over":
                raise BettingOver(scope, gate.reason)
            return (BettingReopened(scope, subject, command.actor, command.at),) if gate.status == "stopped" else ()
        case VoidPrices():
            check_reason(command.cause)
            return () if gate.status == "over" else (PricesVoided(scope, subject, command.cause, command.actor, command.at),)
        case EndBetting():
            check_reason(command.cause)
            return () if gate.status == "over" else (BettingEnded(scope, subject, command.cause, command.actor, command.at),)
        case _:
            assert_never(command)


def check_open(gate: Gate, scope: str) -> None:
    """Refuse what may not pass a gate.

    Raises:
        BettingSuspended, BettingOver: with why.

    """
    if gate.status == "stopped":
        raise BettingSuspended(scope, gate.reason)
    if gate.status == "over":
        raise BettingOver(scope, gate.reason)


def evolve(gate: Gate, fact: GateFact) -> Gate:
    """Return the gate after the fact."""
    assert gate.status != "over", "nothing happens to a gate after the end"
    match fact:
        case BettingStopped():
            assert gate.status == "open", "an open gate is stopped"
            return Gate("stopped", fact.reason)
        case BettingReopened():
            assert gate.status == "stopped", "a stopped gate is opened again"
            return Gate("open")
        case PricesVoided():
            return gate
        case BettingEnded():
            return Gate("over", fact.cause)
        case _:
            assert_never(fact)


GATE = Aggregate("gate", Gate(), decide, evolve, get_args(GateFact), snapshot=Gate, shared="gates")
