"""Free bets: granted by staff to an account that may bet, used by one bet, given back where that is void.

That the account may bet at that moment is a condition of a grant as it is of a bet: nobody who is excluded is offered one. That a free bet
has not expired is a condition on the time of the commit.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.betting.gifts import give
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome
from commands.trading.proposing import told
from domain.bet.facts import BetFact, BetPlaced, BetSettled, BetSettlementReversed
from domain.fact import micros
from domain.free_bet.commands import GiveFreeBetBack, GrantFreeBet, TakeFreeBetAgain, UseFreeBet
from domain.free_bet.decider import FREE_BET
from domain.wallet.commands import PayReturns, ReverseSettlement
from domain.wallet.decider import WALLET


class FreeBetReceipt(msgspec.Struct, frozen=True, gc=False):
    """What staff are told of a free bet, as it was granted."""

    free_bet_id: str
    account_id: str
    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str
    granted_at: datetime


def grant_free_bet(ask: GrantFreeBet, streams: UnitOfWork) -> Outcome:
    """Give an account a free bet, or propose it; a repeat with the same id and body gets the first answer.

    Raises:
        ActorWithoutRole, AccountUnknown, CurrencyMismatch, StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow, ProposalClosed:
            as `gifts.give` says.
        FreeBetIdReused, FreeBetAmountOutOfRange, ReasonMalformed, FreeBetExpiryOutOfRange: what the free bet's rules refuse.

    """
    free_bet, proposal = give(ask, streams)
    if proposal is not None:
        return Outcome(told(proposal), proposal)
    granted = free_bet.state.granted
    assert granted is not None, "a free bet that was decided on is granted"
    receipt = FreeBetReceipt(
        free_bet_id=ask.free_bet_id,
        account_id=granted.account_id,
        amount_minor=granted.amount_minor,
        currency=granted.currency,
        expires_at=granted.expires_at,
        reason=granted.reason,
        granted_at=granted.at,
    )
    return Outcome(receipt, free_bet, creates=True)


def use_free_bet(placed: BetPlaced, bet_id: str, streams: UnitOfWork) -> None:
    """Take the stake of a bet that is struck from the free bet that it names.

    Raises:
        FreeBetUnknown, FreeBetAlreadyUsed, FreeBetExpired, FreeBetCurrencyDiffers, FreeBetStakeDiffers: what the free bet's rules refuse.

    """
    free_bet = streams.load(FREE_BET, placed.free_bet_id)
    stake = (placed.stake_minor, placed.currency, placed.at, streams.now_us)
    free_bet.decide(UseFreeBet(placed.free_bet_id, placed.account_id, bet_id, *stake))
    granted = free_bet.state.granted
    assert granted is not None, "what is used was granted"
    streams.not_after(micros(granted.expires_at) - 1)


def settle_free_bet(placed: BetPlaced, bet_id: str, facts: Sequence[BetFact], at: datetime, streams: UnitOfWork) -> None:
    """Do for the wallet and the free bet what a settlement asks for, and the reversal of the one before where there is one.

    Only what a win pays moves money. What is void gives the free bet back; undoing that takes it again.
    """
    money, token = list[PayReturns | ReverseSettlement](), list[GiveFreeBetBack | TakeFreeBetAgain]()
    for fact in facts:
        if isinstance(fact, BetSettlementReversed):
            if fact.returns_minor:
                money.append(ReverseSettlement(placed.account_id, bet_id, fact.settlement, 0, fact.returns_minor, at))
            token.append(TakeFreeBetAgain(placed.free_bet_id, bet_id, fact.settlement, at))
        elif isinstance(fact, BetSettled):
            if fact.returns_minor:
                money.append(PayReturns(placed.account_id, bet_id, 0, fact.returns_minor, at, fact.settlement))
            if fact.outcome == "void":
                token.append(GiveFreeBetBack(placed.free_bet_id, bet_id, fact.settlement, at))
    if money:
        wallet = streams.load(WALLET, remembered_wallet_of(placed.account_id))
        for each in money:
            wallet.decide(each)
    if token:
        free_bet = streams.load(FREE_BET, placed.free_bet_id)
        for step in token:
            free_bet.decide(step)
