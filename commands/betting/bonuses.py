"""Bonuses: credited by staff to an account that may bet, staked by its bets, paid what these return, and cash once its requirement is met.

That the account may bet at that moment is a condition of a credit as it is of a bet: nobody who is excluded is offered one. That a bonus
has not expired is a condition on the time of a bet's commit.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.betting.gifts import give
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome
from commands.trading.proposing import told
from domain.bet.facts import BetCashedOut, BetFact, BetPlaced, BetSettled, BetSettlementReversed
from domain.bet.settlement import odds_of
from domain.bet.ways import ways_of
from domain.bonus.commands import CashOutBonusBet, CreditBonus, ReverseBonusBet, SettleBonusBet, StakeBonus
from domain.bonus.decider import BONUS
from domain.bonus.facts import BonusBetSettled, BonusCashOutPaid, BonusConverted, BonusSettlementReversed
from domain.fact import Fact, micros
from domain.wallet.commands import PayCashOut, PayReturns, ReceiveBonus, ReverseSettlement
from domain.wallet.decider import WALLET


class BonusReceipt(msgspec.Struct, frozen=True, gc=False):
    """What staff are told of a bonus, as it was credited; `odds_min` is text."""

    bonus_id: str
    account_id: str
    amount_minor: int
    currency: str
    times: int
    wager_minor: int
    odds_min: str
    stake_minor_max: int
    expires_at: datetime
    reason: str
    credited_at: datetime


def credit_bonus(ask: CreditBonus, streams: UnitOfWork) -> Outcome:
    """Credit an account with a bonus, or propose it; a repeat with the same id and body gets the first answer.

    Raises:
        ActorWithoutRole, AccountUnknown, CurrencyMismatch, StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow, ProposalClosed:
            as `gifts.give` says.
        Refused: what the bonus's rules refuse.

    """
    bonus, proposal = give(ask, streams)
    if proposal is not None:
        return Outcome(told(proposal), proposal)
    credited = bonus.state.credited
    assert credited is not None, "a bonus that was decided on is credited"
    receipt = BonusReceipt(
        bonus_id=ask.bonus_id,
        account_id=credited.account_id,
        amount_minor=credited.amount_minor,
        currency=credited.currency,
        times=credited.times,
        wager_minor=credited.wager_minor,
        odds_min=credited.odds_min.text,
        stake_minor_max=credited.stake_minor_max,
        expires_at=credited.expires_at,
        reason=credited.reason,
        credited_at=credited.at,
    )
    return Outcome(receipt, bonus, creates=True)


def stake_bonus(placed: BetPlaced, bet_id: str, streams: UnitOfWork) -> None:
    """Take the stake of a bet that is struck from the bonus that it names.

    Raises:
        BonusUnknown, BonusIsOver, BonusCurrencyDiffers, BonusStakeTooLarge, InsufficientBonus: what the bonus's rules refuse.

    """
    bonus = streams.load(BONUS, placed.bonus_id)
    what = (placed.bonus_id, placed.account_id, bet_id, placed.stake_minor, placed.currency, placed.at)
    bonus.decide(StakeBonus(*what, streams.now_us or micros(placed.at)))
    assert bonus.state.credited is not None, "what is staked was credited"
    streams.not_after(micros(bonus.state.credited.expires_at) - 1)


def settle_bonus_bet(
    placed: BetPlaced, bet_id: str, facts: Sequence[BetFact], at: datetime, streams: UnitOfWork, *, was_void: bool
) -> None:
    """Do for the bonus, and for the wallet where that is paid, what a settlement asks for, and the reversal of the one before."""
    ended = [fact for fact in facts if isinstance(fact, BetSettled | BetSettlementReversed)]
    if not ended:
        return
    bonus, odds, counts = streams.load(BONUS, placed.bonus_id), odds_of(placed), not ways_of(placed.legs)
    for fact in ended:
        what = (placed.bonus_id, bet_id, fact.settlement, fact.stake_minor, fact.returns_minor, odds)
        if isinstance(fact, BetSettled):
            bonus.decide(SettleBonusBet(*what, counts and fact.outcome != "void", at))
        else:
            bonus.decide(ReverseBonusBet(*what, counts and not was_void, at))
    _move_cash(placed, bonus.facts, at, streams)


def cash_out_bonus_bet(placed: BetPlaced, bet_id: str, done: BetCashedOut, at: datetime, streams: UnitOfWork) -> None:
    """Do for the bonus, and for the wallet where that is paid, what a cash-out asks for."""
    bonus = streams.load(BONUS, placed.bonus_id)
    bonus.decide(CashOutBonusBet(placed.bonus_id, bet_id, done.number, done.stake_minor, done.amount_minor, at))
    _move_cash(placed, bonus.facts, at, streams)


def _move_cash(placed: BetPlaced, facts: Sequence[Fact], at: datetime, streams: UnitOfWork) -> None:
    """Have the wallet do its side of what a bonus's facts pay as cash, or take back from it; nothing of a cash stake was reserved."""
    account_id = placed.account_id
    for fact in facts:
        match fact:
            case BonusBetSettled(to="cash", returns_minor=minor) if minor:
                command: object = PayReturns(account_id, fact.bet_id, 0, minor, at, fact.settlement)
            case BonusCashOutPaid(to="cash"):
                command = PayCashOut(account_id, fact.bet_id, 0, fact.amount_minor, at, fact.number)
            case BonusSettlementReversed(taken_from="cash", returns_minor=minor) if minor:
                command = ReverseSettlement(account_id, fact.bet_id, fact.settlement, 0, minor, at)
            case BonusConverted():
                command = ReceiveBonus(account_id, placed.bonus_id, fact.bet_id, fact.amount_minor, at)
            case _:
                continue
        streams.load(WALLET, remembered_wallet_of(account_id)).decide(command)
