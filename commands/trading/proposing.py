"""Make a proposal, which another trader approves or rejects: what it says does not happen yet."""

from datetime import datetime

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.trading.run_fixture import FixtureReceipt
from commands.trading.run_market import JudgedCommand, MarketReceipt
from domain.bonus.commands import CreditBonus
from domain.fact import EPOCH, micros, moment
from domain.fixture.commands import AbandonFixture
from domain.free_bet.commands import GrantFreeBet
from domain.ids import derived
from domain.proposal.commands import Propose
from domain.proposal.decider import PROPOSAL, Proposal, ProposalClosed

Gift = GrantFreeBet | CreditBonus
"""What staff give an account to stake."""

LIFE_US = 30 * 60 * 1_000_000
"""How long a proposal waits for a second trader."""

ALIKE_MAX = 100
"""How many proposals of one trader may say the same: each but the last was rejected, or expired."""


class ProposalReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where a proposal stands: open, approved or rejected; it is about a market, a fixture or an account, the other ids are empty.

    `market` or `fixture` is what came of an approval.
    """

    proposal_id: str
    status: str
    action: str
    market_id: str
    expires_at: datetime
    market: MarketReceipt | None = None
    fixture_id: str = ""
    fixture: FixtureReceipt | None = None
    account_id: str = ""


def propose(command: JudgedCommand | AbandonFixture | Gift, action: str, cause: str, streams: UnitOfWork) -> Stream[Proposal]:
    """Propose a command; what is proposed already, by the same trader and open still, is that proposal.

    Raises:
        ProposalTooLarge: when it takes too much text. ProposalClosed: when the same was rejected too often.

    """
    what = msgspec.json.encode(msgspec.structs.replace(command, at=EPOCH)).decode()
    proposal = _open_or_new(derived("proposal", command.actor, action, what), streams)
    proposal.decide(
        Propose(
            proposal_id=proposal.stream_id,
            action=action,
            market_id="" if isinstance(command, AbandonFixture | Gift) else command.market_id,
            details=msgspec.json.encode(command).decode(),
            cause=cause,
            proposed_by=command.actor,
            expires_at=moment(streams.now_us + LIFE_US),
            at=command.at,
            fixture_id=command.fixture_id if isinstance(command, AbandonFixture) else "",
            holder_id=command.account_id if isinstance(command, Gift) else "",
        )
    )
    return proposal


def _open_or_new(proposal_id: str, streams: UnitOfWork) -> Stream[Proposal]:
    """Return the proposal that this is a repeat of: the last one that says the same, unless it was rejected, or expired.

    Raises:
        ProposalClosed: when the same was rejected too often.

    """
    for number in range(ALIKE_MAX):
        proposal = streams.load(PROPOSAL, derived("proposal", proposal_id, str(number)))
        proposed = proposal.state.proposed
        if proposed is None or (proposal.state.status == "open" and micros(proposed.expires_at) >= streams.now_us):
            return proposal
    raise ProposalClosed(proposal_id, "rejected")


def told(proposal: Stream[Proposal]) -> ProposalReceipt:
    """Return what to tell of a proposal that was made."""
    state = proposal.state
    proposed = state.proposed
    assert proposed is not None, "a proposal that is told of was made"
    return ProposalReceipt(
        proposal_id=proposal.stream_id,
        status=state.status,
        action=proposed.action,
        market_id=proposed.market_id,
        expires_at=proposed.expires_at,
        fixture_id=proposed.fixture_id,
        account_id=proposed.holder_id,
    )
