"""The rules of a proposal: made once, by one trader, and closed by another one's approval or by a rejection."""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.proposal.commands import Approve, ProposalCommand, Propose, Reject
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalFact, ProposalRejected
from domain.proposal.preview import MOVES_MONEY, check_shown
from domain.refused import Refused
from domain.text import check_reason

DETAILS_CHARACTERS_MAX = 100_000


class ProposalUnknown(Refused):
    """There is no such proposal."""

    proposal_id: str


class ProposalTooLarge(Refused):
    """What is proposed takes more text than a proposal can hold."""

    characters_max: int


class ProposalClosed(Refused):
    """The proposal was approved or rejected already."""

    proposal_id: str
    status: str


class ApprovalByProposer(Refused):
    """Who proposed it cannot approve it: another trader has to."""

    proposal_id: str


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """Where a proposal stands: `status` is empty until it is made, then open, approved or rejected. Expiry is judged by the log's time."""

    status: str = ""
    proposed: ActionProposed | None = None
    closed_by: str = ""
    reason: str = ""


def decide(proposal: Proposal, command: ProposalCommand) -> Sequence[ProposalFact]:
    """Decide what follows from a command.

    Raises:
        ProposalTooLarge: from `Propose`. ProposalUnknown, ProposalClosed: from `Approve` and `Reject`.
        ApprovalByProposer, PreviewMissing, PreviewOutdated: from `Approve`. ReasonMalformed: from `Reject`.

    """
    if isinstance(command, Propose):
        return _propose(proposal, command)
    proposed = proposal.proposed
    if proposed is None:
        raise ProposalUnknown(command.proposal_id)
    match command:
        case Approve():
            if proposed.proposed_by == command.approved_by:
                raise ApprovalByProposer(command.proposal_id)
            if (proposal.status, proposal.closed_by) == ("approved", command.approved_by):
                return ()
            _check_open(proposal, command.proposal_id)
            if proposed.action not in MOVES_MONEY:
                return (ProposalApproved(command.approved_by, command.at),)
            check_shown(command.proposal_id, command.shown, command.counted)
            return (ProposalApproved(command.approved_by, command.at, command.counted),)
        case Reject():
            if (proposal.status, proposal.closed_by, proposal.reason) == ("rejected", command.rejected_by, command.reason):
                return ()
            _check_open(proposal, command.proposal_id)
            check_reason(command.reason)
            return (ProposalRejected(proposed.proposed_by, command.rejected_by, command.reason, command.at),)
        case _:
            assert_never(command)


def _propose(proposal: Proposal, command: Propose) -> Sequence[ProposalFact]:
    if proposal.proposed is not None:
        return ()
    if len(command.details) > DETAILS_CHARACTERS_MAX:
        raise ProposalTooLarge(DETAILS_CHARACTERS_MAX)
    what = (command.action, command.market_id, command.details, command.cause)
    return (ActionProposed(*what, command.proposed_by, command.expires_at, command.at, command.fixture_id, command.holder_id),)


def _check_open(proposal: Proposal, proposal_id: str) -> None:
    if proposal.status != "open":
        raise ProposalClosed(proposal_id, proposal.status)


def evolve(proposal: Proposal, fact: ProposalFact) -> Proposal:
    """Return the proposal after the fact."""
    match fact:
        case ActionProposed():
            assert not proposal.status, "a proposal is made once"
            return Proposal("open", fact)
        case ProposalApproved():
            assert proposal.status == "open", "an open proposal is approved"
            return Proposal("approved", proposal.proposed, fact.approved_by)
        case ProposalRejected():
            assert proposal.status == "open", "an open proposal is rejected"
            return Proposal("rejected", proposal.proposed, fact.rejected_by, fact.reason)
        case _:
            assert_never(fact)


PROPOSAL = Aggregate("proposal", Proposal(), decide, evolve, get_args(ProposalFact), short_lived=True)
