"""What may be asked of a proposal."""

from datetime import datetime

import msgspec

from domain.proposal.preview import Preview


class Propose(msgspec.Struct, frozen=True, gc=False):
    """Ask another trader to agree to something, on a market, on a fixture or for the account of a holder."""

    proposal_id: str
    action: str
    market_id: str
    details: str
    cause: str
    proposed_by: str
    expires_at: datetime
    at: datetime
    fixture_id: str = ""
    holder_id: str = ""


class Approve(msgspec.Struct, frozen=True, gc=False):
    """Agree to what was `shown`; `counted` is what it would do by now, where it moves money."""

    proposal_id: str
    approved_by: str
    at: datetime
    shown: Preview | None = None
    counted: Preview | None = None


class Reject(msgspec.Struct, frozen=True, gc=False):
    """Say no; by its proposer, this takes it back."""

    proposal_id: str
    rejected_by: str
    reason: str
    at: datetime


ProposalCommand = Propose | Approve | Reject
