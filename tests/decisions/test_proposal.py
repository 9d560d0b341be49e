"""The rules of a proposal: made by one trader, closed by another one's approval or by a rejection."""

from typing import Any

import pytest

from domain.fact import Fact
from domain.proposal.commands import Approve, Propose, Reject
from domain.proposal.decider import (
    DETAILS_CHARACTERS_MAX,
    PROPOSAL,
    ApprovalByProposer,
    ProposalClosed,
    ProposalTooLarge,
    ProposalUnknown,
)
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from domain.refused import Refused
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

P = "proposal-1"
PROPOSED = ActionProposed("price_market", "m-1", "{}", "Why.", "ann", later(minutes=30), NOON)
APPROVED = ProposalApproved("bob", NOON)
REJECTED = ProposalRejected("ann", "bob", "too long", NOON)


def propose(details: str = "{}") -> Propose:
    return Propose(P, "price_market", "m-1", details, "Why.", "ann", later(minutes=30), NOON)


def test_a_proposal_is_made_and_approved_or_rejected_with_both_names():
    given(PROPOSAL).when(propose()).then(PROPOSED)
    given(PROPOSAL, PROPOSED).when(Approve(P, "bob", NOON)).then(APPROVED)
    given(PROPOSAL, PROPOSED).when(Reject(P, "bob", "too long", NOON)).then(REJECTED)


def test_who_proposed_it_may_take_it_back():
    given(PROPOSAL, PROPOSED).when(Reject(P, "ann", "a slip", NOON)).then(ProposalRejected("ann", "ann", "a slip", NOON))


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([PROPOSED], propose()),
        ([PROPOSED, APPROVED], Approve(P, "bob", later(hours=1))),
        ([PROPOSED, REJECTED], Reject(P, "bob", "too long", NOON)),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: Any):
    given(PROPOSAL, *facts).when(command).nothing()


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("propose: endless", [], propose("x" * (DETAILS_CHARACTERS_MAX + 1)), ProposalTooLarge, {"characters_max": DETAILS_CHARACTERS_MAX}),
    ("approve: unknown", [], Approve(P, "bob", NOON), ProposalUnknown, {"proposal_id": P}),
    ("approve: one's own", [PROPOSED], Approve(P, "ann", NOON), ApprovalByProposer, {"proposal_id": P}),
    ("approve: one's own after all", [PROPOSED, APPROVED], Approve(P, "ann", NOON), ApprovalByProposer, {}),
    ("approve: rejected", [PROPOSED, REJECTED], Approve(P, "bob", NOON), ProposalClosed, {"status": "rejected"}),
    ("approve: by a third", [PROPOSED, APPROVED], Approve(P, "eve", NOON), ProposalClosed, {"status": "approved"}),
    ("reject: unknown", [], Reject(P, "bob", "no", NOON), ProposalUnknown, {}),
    ("reject: approved", [PROPOSED, APPROVED], Reject(P, "bob", "no", NOON), ProposalClosed, {"status": "approved"}),
    ("reject: no reason", [PROPOSED], Reject(P, "bob", "", NOON), ReasonMalformed, {}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_proposal_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(PROPOSAL, *facts).when(command).refused(refusal, **evidence)


def test_a_proposal_is_closed_once():
    with pytest.raises(AssertionError):
        given(PROPOSAL, PROPOSED, APPROVED, REJECTED)
