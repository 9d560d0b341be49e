"""Free bets: granted by staff to an account that may bet, used by one bet, given back where that is void.

That the account may bet at that moment is a condition of a grant as it is of a bet: nobody who is excluded is offered one. That a free bet
has not expired is a condition on the time of the commit.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import account_gate_streams, actor_streams, check_may_bet, check_role
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.facts import BetFact, BetPlaced, BetSettled, BetSettlementReversed
from domain.bonus.commands import CreditBonus
from domain.fact import micros
from domain.free_bet.commands import GiveFreeBetBack, GrantFreeBet, TakeFreeBetAgain, UseFreeBet
from domain.free_bet.decider import FREE_BET
from domain.unknown import AccountUnknown
from domain.wallet.commands import PayReturns, ReverseSettlement
from domain.wallet.decider import WALLET, CurrencyMismatch


class FreeBetReceipt(msgspec.Struct, frozen=True, gc=False):
    """What staff are told of a free bet, as it was granted."""

    free_bet_id: str
    account_id: str
    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str
    granted_at: datetime


def streams_of_grant(ask: GrantFreeBet) -> Sequence[StreamRef]:
    """Name the free bet, the account's wallet and gate, and who grants it."""
    return (
        StreamRef(FREE_BET, ask.free_bet_id),
        StreamRef(WALLET, remembered_wallet_of(ask.account_id)),
        account_gate_streams(ask.account_id),
        *actor_streams(ask.actor),
    )


def check_given(ask: GrantFreeBet | CreditBonus, streams: UnitOfWork) -> None:
    """Check who gives money to stake, and that the account has a wallet of its currency.

    Raises:
        ActorWithoutRole, AccountUnknown, CurrencyMismatch: in this order.

    """
    check_role(streams, ask.actor, "trader", "admin")
    wallet = streams.look(WALLET, remembered_wallet_of(ask.account_id)).state
    if not wallet.currency:
        raise AccountUnknown(ask.account_id)
    if ask.currency != wallet.currency:
        raise CurrencyMismatch(ask.currency, wallet.currency)


def grant_free_bet(ask: GrantFreeBet, streams: UnitOfWork) -> Outcome:
    """Give an account a free bet; a repeat with the same id and body gets the first answer.

    Raises:
        ActorWithoutRole: when neither a trader, an admin nor the console asks. AccountUnknown: when there is no such account.
        CurrencyMismatch: when its wallet is of another currency.
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow: when it may not bet now.
        FreeBetIdReused, FreeBetAmountOutOfRange, ReasonMalformed, FreeBetExpiryOutOfRange: what the free bet's rules refuse.

    """
    check_given(ask, streams)
    free_bet = streams.load(FREE_BET, ask.free_bet_id)
    if free_bet.decide(msgspec.structs.replace(ask, now_us=streams.now_us or micros(ask.at))):
        check_may_bet(streams, ask.account_id)
        streams.not_after(micros(ask.expires_at) - 1)
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
