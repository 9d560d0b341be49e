"""Settle a bet's legs on a market: the bet and its payment are one append on two streams, with the market's result as a read.

A repeat appends nothing. Where the market's result was corrected, a settled bet is settled anew: the reversal of its last settlement and
the next settlement, with the postings of both, are one append. The postings are dated by the log's time as it is known, which is never
ahead of the commit, since what returns counts in the day, week and month of the account's limits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from commands.betting.bonuses import settle_bonus_bet
from commands.betting.free_bets import settle_free_bet
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.commands import ResultLegs
from domain.bet.decider import BET
from domain.bet.facts import BetPlaced, BetSettled, BetSettlementReversed
from domain.bet.state import Bet, BetUnknown
from domain.fact import moment
from domain.market.decider import MARKET
from domain.market.facts import MarketResulted, PriceError
from domain.market.price_errors import right_odds
from domain.market.state import Market, closing_odds
from domain.market.void_windows import is_void_at
from domain.odds import Odds
from domain.refused import Refused
from domain.settling import VOID
from domain.wallet.commands import PayReturns, RefundStake, ReverseSettlement
from domain.wallet.decider import WALLET


class MarketNotResulted(Refused):
    """The market has no result yet: its bets are not settled."""

    market_id: str


class SettleBet(msgspec.Struct, frozen=True, gc=False):
    """Settle a bet's legs on a market that has its result. `likely_account_id` only says which wallet to load ahead."""

    bet_id: str
    market_id: str
    at: datetime
    likely_account_id: str = ""


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """Where the bet stands after the legs came out: open while other legs are awaited."""

    bet_id: str
    status: str
    returns_minor: int


def streams_of(ask: SettleBet) -> Sequence[StreamRef]:
    """Name the bet, the market, and the wallet that is likely to be the bettor's."""
    named = (StreamRef(BET, ask.bet_id), StreamRef(MARKET, ask.market_id))
    return (*named, StreamRef(WALLET, remembered_wallet_of(ask.likely_account_id))) if ask.likely_account_id else named


def settle_bet(ask: SettleBet, streams: UnitOfWork) -> Outcome:
    """Bring the bet's legs on a market to its result as it stands; with the last ones, settle the bet and pay, refund or take the stake.

    Raises:
        BetUnknown, LegUnknown: when there is nothing to settle. MarketNotResulted: when it is not known how.

    """
    bet_id, market_id = ask.bet_id, ask.market_id
    bet = streams.load(BET, bet_id)
    placed = bet.state.placed
    if placed is None:
        raise BetUnknown(bet_id)
    market = streams.read(MARKET, market_id)
    if market.resulted is None:
        raise MarketNotResulted(market_id)
    closing, status = _closing(bet.state, placed, market_id, market, streams), bet.state.status
    void = bool(market.windows) and is_void(bet, market, streams)
    bet.decide(legs_of(bet_id, market_id, placed, market.resulted, ask.at, market.errors, closing, void=void))
    at = moment(streams.now_us) if streams.now_us else ask.at
    if placed.free_bet_id:
        settle_free_bet(placed, bet_id, bet.facts, at, streams)
        return Outcome(Settlement(bet_id, bet.state.status, bet.state.returns_minor), bet)
    if placed.bonus_id:
        settle_bonus_bet(placed, bet_id, bet.facts, at, streams, was_void=status == "void")
        return Outcome(Settlement(bet_id, bet.state.status, bet.state.returns_minor), bet)
    for fact in bet.facts:
        if isinstance(fact, BetSettled):
            wallet = streams.load(WALLET, remembered_wallet_of(placed.account_id))
            if isinstance(bet.facts[0], BetSettlementReversed):
                wallet.decide(_undoing(bet_id, bet.facts[0], at))
            if fact.outcome == "void":
                wallet.decide(RefundStake(fact.account_id, bet_id, fact.stake_minor, at, fact.settlement))
            else:
                wallet.decide(PayReturns(fact.account_id, bet_id, fact.stake_minor, fact.returns_minor, at, fact.settlement))
    return Outcome(Settlement(bet_id, bet.state.status, bet.state.returns_minor), bet)


def legs_of(
    bet_id: str,
    market_id: str,
    placed: BetPlaced,
    resulted: MarketResulted,
    at: datetime,
    errors: Sequence[PriceError] = (),
    closing: tuple[Odds, ...] = (),
    *,
    void: bool = False,
) -> ResultLegs:
    """Return what a bet is told of its legs on a market: its result, or that they are void, as of one struck in a window of such.

    Legs that were struck at a price among the errors are told the odds that they pay, too.
    """
    if void:
        return ResultLegs(bet_id, market_id, dict.fromkeys(resulted.results, VOID), at, closing, dict.fromkeys(resulted.placed, VOID))
    repriced = _right_odds(placed, market_id, errors) if errors else {}
    return ResultLegs(bet_id, market_id, resulted.results, at, closing, resulted.placed, resulted.non_runners, repriced)


def _right_odds(placed: BetPlaced, market_id: str, errors: Sequence[PriceError]) -> Mapping[int, Odds]:
    """Return the odds that legs on a market pay which were struck at an obvious error.

    Legs that were struck together have odds of their own, so that a bet with any stands as it was struck.
    """
    if placed.same_game:
        return {}
    of_market = [(number, leg) for number, leg in enumerate(placed.legs) if leg.market_id == market_id]
    found = {number: right_odds(errors, leg.selection, leg.version, leg.odds) for number, leg in of_market}
    return {number: right for number, right in found.items() if right is not None}


def is_void(bet: Stream[Bet], market: Market, streams: UnitOfWork) -> bool:
    """Say whether a bet was struck in a window of void ones. What is on its way is committed now at the earliest, after every window."""
    committed_us = bet.entry.committed_us(bet.state.struck_version)
    return is_void_at(market.windows, streams.now_us if committed_us is None else committed_us)


def _closing(bet: Bet, placed: BetPlaced, market_id: str, market: Market, streams: UnitOfWork) -> tuple[Odds, ...]:
    """Return the closing odds of all legs of a bet that is settled now; none where one leg has none, or is awaited.

    Legs of one match have none together: their product would not be what the bet was struck at. A market with a result gets no more
    prices, so nothing becomes a condition of the commit.
    """
    if len(placed.legs) == 1:  # as most bets are
        (leg,) = placed.legs
        of_it = closing_odds(market, leg.selection, leg.version)
        return () if of_it is None else (of_it,)
    if placed.same_game or any(result is None and leg.market_id != market_id for leg, result in zip(placed.legs, bet.results, strict=True)):
        return ()
    others = [leg.market_id for leg in placed.legs if leg.market_id != market_id]
    streams.need([(MARKET, other) for other in others])
    markets = {market_id: market, **{other: streams.look(MARKET, other).state for other in others}}
    found = [closing_odds(markets[leg.market_id], leg.selection, leg.version) for leg in placed.legs]
    closing = tuple([odds for odds in found if odds is not None])
    return closing if len(closing) == len(found) else ()


def _undoing(bet_id: str, fact: BetSettlementReversed, at: datetime) -> ReverseSettlement:
    return ReverseSettlement(fact.account_id, bet_id, fact.settlement, fact.stake_minor, fact.returns_minor, at)
