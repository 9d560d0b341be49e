"""What happens to a proposal: made by one trader, then approved by another, rejected, or withdrawn; else it expires, by the log's time."""

from datetime import datetime

from domain.fact import Fact
from domain.proposal.preview import Preview


class ActionProposed(Fact, frozen=True, tag="proposal.action_proposed.v3"):
    """A trader asks for something that needs a second one. Nothing changes yet.

    `action` is "price_market", "resume_market", "open_market", "result_market", "void_market", "correct_result", "take_back_result",
    "void_bets", "restore_bets", "correct_price" or "restore_price" on a market, "abandon_fixture" on a fixture, or "grant_free_bet" or
    "credit_bonus" for the account `holder_id`: those of `market_id`, `fixture_id` and `holder_id` that it is not about are empty. The
    account is not called `account_id`, by which its holder would be told. `details` is the command as JSON text, `cause` says in words why
    it needs a second trader.
    """

    action: str
    market_id: str
    details: str
    cause: str
    proposed_by: str
    expires_at: datetime
    at: datetime
    fixture_id: str = ""
    holder_id: str = ""


class ProposalApproved(Fact, frozen=True, tag="proposal.approved.v3"):
    """Another trader agreed; what was proposed happened in the same append.

    `preview` is what it would do as that was counted upon the approval, at its position of the log: the bets and stakes that the trader was
    shown, and no more paid, taken back or owed. None where it moves no money, and in logs before version 2. Before version 3 it does not
    say what may be paid or taken back at most.
    """

    approved_by: str
    at: datetime
    preview: Preview | None = None


class ProposalRejected(Fact, frozen=True, tag="proposal.rejected.v1"):
    """Another trader said no, or the proposer took it back."""

    proposed_by: str
    rejected_by: str
    reason: str
    at: datetime


ProposalFact = ActionProposed | ProposalApproved | ProposalRejected
