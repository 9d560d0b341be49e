"""What a second trader does: look at what a proposal would do, and approve that."""

from datetime import datetime

from commands.trading.four_eyes import ApproveProposal
from commands.trading.previews import PreviewedLog, preview_of
from domain.refused import Refused
from tests.decisions.given import NOON


def approval(log: PreviewedLog, proposal_id: str, by: str, at: datetime = NOON) -> ApproveProposal:
    """The approval of what is shown now; what nobody could approve any more is approved without having been shown."""
    try:
        preview = preview_of(log, proposal_id)
    except Refused:
        preview = None
    return ApproveProposal(proposal_id, by, at, preview, preview)
