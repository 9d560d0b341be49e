"""Settle a bet's leg: the bet and its payment are one append on two streams. A repeat appends nothing."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.streams import Streams
from commands.use_case import Outcome, Touch
from domain.bet.commands import ResultLeg
from domain.bet.decider import BET
from domain.bet.facts import BetSettled
from domain.settling import LegResult
from domain.wallet.commands import PayReturns, RefundStake
from domain.wallet.decider import WALLET


class SettleBet(msgspec.Struct, frozen=True, gc=False):
    """Tell a bet how its leg on a market came out, and pay what follows."""

    bet_id: str
    account_id: str
    wallet_id: str
    market_id: str
    result: LegResult
    at: datetime


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """Where the bet stands after the leg came out: open while other legs are awaited."""

    bet_id: str
    status: str
    returns_minor: int


def touches(ask: SettleBet) -> Sequence[Touch]:
    """Name the streams: the bet and the wallet."""
    return (Touch(BET, ask.bet_id), Touch(WALLET, ask.wallet_id))


def settle_bet(ask: SettleBet, streams: Streams) -> Outcome:
    """Grade the leg; when it was the last one, settle the bet and pay, refund or take the stake.

    Raises:
        BetUnknown, LegUnknown: when there is nothing to settle.

    """
    bet = streams.load(BET, ask.bet_id)
    bet.decide(ResultLeg(ask.bet_id, ask.market_id, ask.result, ask.at))
    for fact in bet.facts:
        if isinstance(fact, BetSettled):
            wallet = streams.load(WALLET, ask.wallet_id)
            if fact.outcome == "void":
                wallet.decide(RefundStake(fact.account_id, ask.bet_id, fact.stake_minor, ask.at))
            else:
                wallet.decide(PayReturns(fact.account_id, ask.bet_id, fact.stake_minor, fact.returns_minor, ask.at))
    return Outcome(Settlement(ask.bet_id, bet.state.status, bet.state.returns_minor), bet)
