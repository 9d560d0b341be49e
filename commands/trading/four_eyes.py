"""Approval by a second trader (four eyes): a command acts at once, or becomes a proposal that another trader approves or rejects."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.betting.gifts import give
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.trading.authority import check_trader, has_trading_role
from commands.trading.proposing import Gift, ProposalReceipt, propose, told
from commands.trading.run_fixture import FixtureReceipt, decide_fixture
from commands.trading.run_market import JudgedCommand, decide_result, decide_windows, pricing_context, receipt_of
from commands.trading.run_market import streams_of as touches_market
from commands.trading.taking_back import taking_back
from domain.account.decider import ACCOUNT
from domain.bonus.commands import CreditBonus
from domain.fact import micros
from domain.fixture.commands import AbandonFixture
from domain.fixture.decider import FIXTURE
from domain.free_bet.commands import GrantFreeBet
from domain.gate.decider import GATE
from domain.ids import gate_of
from domain.market.commands import (
    CorrectPrice,
    CorrectResult,
    InContext,
    MarketContext,
    OpenMarket,
    PriceMarket,
    RestoreBets,
    RestorePrice,
    ResultMarket,
    ResumeMarket,
    SuspendMarket,
    TakeBackResult,
    VoidBets,
)
from domain.market.decider import MARKET
from domain.market.outcomes import ApprovalNeeded
from domain.market.price_errors import is_offered
from domain.market.state import Market
from domain.proposal.commands import Approve, Reject
from domain.proposal.decider import PROPOSAL, Proposal
from domain.proposal.preview import Preview, PreviewOutdated, plain
from domain.refused import Refused
from domain.settling.rules import MatchScore

ACTIONS: dict[str, type[JudgedCommand | AbandonFixture | Gift]] = {
    "open_market": OpenMarket,
    "price_market": PriceMarket,
    "resume_market": ResumeMarket,
    "result_market": ResultMarket,
    "void_market": ResultMarket,
    "correct_result": CorrectResult,
    "take_back_result": TakeBackResult,
    "void_bets": VoidBets,
    "restore_bets": RestoreBets,
    "correct_price": CorrectPrice,
    "restore_price": RestorePrice,
    "abandon_fixture": AbandonFixture,
    "grant_free_bet": GrantFreeBet,
    "credit_bonus": CreditBonus,
}
"""Action -> the command that it stands for."""

RESULT_CAUSE = "A result that is given by hand needs a second trader."
CORRECTION_CAUSE = "A result that bets were settled by is corrected only with a second trader."
WINDOW_CAUSE = "Which bets are void is decided by two traders."
PRICE_CAUSE = "That a price was an obvious error is decided by two traders."
TAKING_BACK_CAUSE = "That a result does not count is decided by two traders."
VOID_CAUSE = "That nothing counts needs a second trader."
STOPPED_FOR = "result proposed"
"""The reason for which a market is suspended while its result waits for a second trader."""
MISPRICED = "price error proposed"
"""The same where a price that bets are taken at is said to be an error."""


class ProposalExpired(Refused):
    """Nobody decided on the proposal in time."""

    proposal_id: str
    expired_at: datetime


class ProposalOvertaken(Refused):
    """What was proposed is the case already: there is nothing left to approve."""

    proposal_id: str


class BetsStillTaken(Refused):
    """Bets are still taken there: stop them first, then look at what it would do again."""

    proposal_id: str


class ProposerWithoutRole(Refused):
    """Who proposed it is no trader any more: reject it, and propose it anew."""

    proposal_id: str
    account_id: str


class AskAsTrader(msgspec.Struct, frozen=True, gc=False):
    """Do what a trader asks for, or propose it; the command's `actor` is the trader."""

    command: JudgedCommand


class ApproveProposal(msgspec.Struct, frozen=True, gc=False):
    """Agree to a proposal, and do what it says.

    Where it moves money, `shown` is the preview that the trader saw, and `counted` what `commands.trading.previews` counts now.
    """

    proposal_id: str
    approved_by: str
    at: datetime
    shown: Preview | None = None
    counted: Preview | None = None


class RejectProposal(msgspec.Struct, frozen=True, gc=False):
    """Say no to a proposal, or take one's own back."""

    proposal_id: str
    rejected_by: str
    reason: str
    at: datetime


def streams_of_ask(ask: AskAsTrader) -> Sequence[StreamRef]:
    """Name what the command touches, and the trader."""
    return (*touches_market(ask.command), StreamRef(ACCOUNT, ask.command.actor))


def ask_as_trader(ask: AskAsTrader, streams: UnitOfWork) -> Outcome:
    """Price, resume or open a market at once where the bounds allow it; propose what goes beyond them, and every result.

    The correction of a result is proposed, too, and that it is taken back. A market whose result is proposed takes no more bets.

    Raises:
        TraderUnknown: when the account is no trader's.
        Refused: what could not be done with anybody's approval either.

    """
    command = ask.command
    check_trader(streams, command.actor)
    market = streams.load(MARKET, command.market_id)
    if isinstance(command, ResultMarket):
        score = streams.read(FIXTURE, market.state.fixture_id).score if market.state.fixture_id else MatchScore()
        receipt = _propose(command, VOID_CAUSE if command.void_reason else RESULT_CAUSE, market, MarketContext(score=score), streams)
        if market.state.status == "open" and isinstance(receipt.receipt, ProposalReceipt):
            market.decide(SuspendMarket(command.market_id, STOPPED_FOR, command.at, command.actor))
        return receipt
    if isinstance(command, CorrectResult):
        return _propose(command, CORRECTION_CAUSE, market, MarketContext(), streams)
    if isinstance(command, TakeBackResult):
        return _propose(taking_back(command, market.state, streams), TAKING_BACK_CAUSE, market, MarketContext(), streams)
    if isinstance(command, VoidBets | RestoreBets):
        return _propose(command, WINDOW_CAUSE, market, MarketContext(now_us=streams.now_us), streams)
    if isinstance(command, CorrectPrice | RestorePrice):
        if isinstance(command, CorrectPrice) and is_offered(market.state, command.error):
            market.decide(SuspendMarket(command.market_id, MISPRICED, command.at, command.actor))
        return _propose(command, PRICE_CAUSE, market, MarketContext(), streams)
    context = pricing_context(command, market.state, streams)
    try:
        market.decide(InContext(command, context))
    except ApprovalNeeded as needed:
        return _propose(command, needed.title, market, context, streams)
    return Outcome(receipt_of(command.market_id, market), market)


def _propose(command: JudgedCommand, cause: str, market: Stream[Market], context: MarketContext, streams: UnitOfWork) -> Outcome:
    """Propose what would be done if it were approved now; what is so already is answered as done."""
    approved = msgspec.structs.replace(context, is_approved=True)
    if not MARKET.decide(market.state, InContext(command, approved)):
        return Outcome(receipt_of(command.market_id, market), market)
    proposal = propose(command, _action_of(command), cause, streams)
    return Outcome(told(proposal), proposal)


def streams_of_approval(ask: ApproveProposal) -> Sequence[StreamRef]:
    """Name the proposal and the trader; what it is about follows from it."""
    return (StreamRef(PROPOSAL, ask.proposal_id), StreamRef(ACCOUNT, ask.approved_by))


def approve(ask: ApproveProposal, streams: UnitOfWork) -> Outcome:
    """Approve a proposal and do what it says, all in one append.

    Raises:
        TraderUnknown, ProposalUnknown, ApprovalByProposer, ProposalClosed, PreviewMissing, PreviewOutdated, ProposerWithoutRole,
            ProposalExpired, BetsStillTaken, ProposalOvertaken: in this order.
        Refused: what the rules of the market or the fixture refuse by now; the proposal stays open then.

    """
    check_trader(streams, ask.approved_by)
    proposal = streams.load(PROPOSAL, ask.proposal_id)
    is_new = proposal.decide(Approve(ask.proposal_id, ask.approved_by, ask.at, ask.shown, ask.counted))
    proposed = proposal.state.proposed
    assert proposed is not None, "an approved proposal was made"
    if is_new:
        if not has_trading_role(streams, proposed.proposed_by):
            raise ProposerWithoutRole(ask.proposal_id, proposed.proposed_by)
        _check_time(ask.proposal_id, proposal.state, streams)
    command = msgspec.structs.replace(msgspec.json.decode(proposed.details, type=ACTIONS[proposed.action]), at=ask.at)
    key: Stream[Any] = proposal
    if isinstance(command, Gift):
        receipt = told(proposal)
        if is_new:
            key, _ = give(command, streams, is_approved=True)
        is_done = bool(key.facts)
    elif isinstance(command, AbandonFixture):
        fixture = streams.load(FIXTURE, command.fixture_id)
        if is_new:
            gate = streams.see(GATE, gate_of("fixture", command.fixture_id))
            _check_stands(ask, gate.version, takes_bets=gate.state.status == "open")
        is_done = is_new and decide_fixture(command, fixture, streams)
        key = fixture
        receipt = msgspec.structs.replace(told(proposal), fixture=FixtureReceipt(command.fixture_id, fixture.state.status))
    else:
        market = streams.load(MARKET, command.market_id)
        if is_new and ask.counted is not None:
            if isinstance(command, VoidBets | RestoreBets | CorrectPrice | RestorePrice):
                _check_stands(ask, market.state.number, takes_bets=False)  # the window is over, the price gone
            else:
                _check_stands(ask, market.version, takes_bets=market.state.status == "open")
        is_done = is_new and _decide_approved(command, market, streams)
        key = market
        receipt = msgspec.structs.replace(told(proposal), market=receipt_of(command.market_id, market))
    if is_new and not is_done:
        raise ProposalOvertaken(ask.proposal_id)
    return Outcome(receipt, key if is_new else proposal)


def _check_stands(ask: ApproveProposal, version: int, *, takes_bets: bool) -> None:
    """Refuse where more bets may be struck than were counted, or were meanwhile: the version that the preview names still stands.

    Raises:
        BetsStillTaken: while bets are taken. PreviewOutdated: where they were since it was counted.

    """
    if takes_bets:
        raise BetsStillTaken(ask.proposal_id)
    if ask.counted is not None and ask.counted.version != version:
        raise PreviewOutdated(ask.proposal_id, plain(ask.counted))


def _decide_approved(command: JudgedCommand, market: Stream[Market], streams: UnitOfWork) -> bool:
    if isinstance(command, ResultMarket):
        return decide_result(command, market, streams, is_approved=True)
    if isinstance(command, CorrectResult | TakeBackResult | CorrectPrice | RestorePrice):
        return market.decide(InContext(command, MarketContext(is_approved=True)))
    if isinstance(command, VoidBets | RestoreBets):
        return decide_windows(command, market, streams, is_approved=True)
    return market.decide(InContext(command, pricing_context(command, market.state, streams, is_approved=True)))


def streams_of_rejection(ask: RejectProposal) -> Sequence[StreamRef]:
    """Name the proposal and the trader."""
    return (StreamRef(PROPOSAL, ask.proposal_id), StreamRef(ACCOUNT, ask.rejected_by))


def reject(ask: RejectProposal, streams: UnitOfWork) -> Outcome:
    """Close a proposal without doing what it says.

    Raises:
        TraderUnknown, ProposalUnknown, ProposalClosed, ReasonMalformed, ProposalExpired: in this order.

    """
    check_trader(streams, ask.rejected_by)
    proposal = streams.load(PROPOSAL, ask.proposal_id)
    if proposal.decide(Reject(ask.proposal_id, ask.rejected_by, ask.reason, ask.at)):
        _check_time(ask.proposal_id, proposal.state, streams)
    return Outcome(told(proposal), proposal)


def _check_time(proposal_id: str, proposal: Proposal, streams: UnitOfWork) -> None:
    """Refuse to decide on a proposal that has expired, and see to it that the commit is not later either."""
    assert proposal.proposed is not None, "a proposal that is decided on was made"
    expires_at = proposal.proposed.expires_at
    if micros(expires_at) < streams.now_us:
        raise ProposalExpired(proposal_id, expires_at)
    streams.not_after(micros(expires_at))


def _action_of(command: JudgedCommand) -> str:
    if isinstance(command, ResultMarket):
        return "void_market" if command.void_reason else "result_market"
    return next(action for action, kind in ACTIONS.items() if kind is type(command))
