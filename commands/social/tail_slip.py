"""Tail a slip: the same bet at the odds of this moment, or the opposite one; the bet, its stake and the tail are one append.

The tailer names no odds: each leg is asked for as its market offers it now, and struck there or not at all, since the market is read.
Everything that a bet is refused for, a tail is refused for in the same words.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from commands.betting.place_bet import BetReceipt
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.own_stake import check_stake, is_repeat, leg_now, place, wallet_to_bet_from
from commands.social.visibility import see_slip
from domain.bet.commands import AskedLeg
from domain.bet.decider import BET, BetKeyReused
from domain.bet.facts import BetPending
from domain.bet.state import Bet
from domain.ids import tail_day_of, tail_of, wallet_of
from domain.market.decider import MARKET
from domain.market.state import Market
from domain.odds import Odds
from domain.refused import Refused
from domain.slip.decider import SLIP
from domain.slip.facts import SlipLeg, SlipShared
from domain.tail.commands import CountTail, RecordTail
from domain.tail.decider import TAIL, TAIL_DAY, OwnSlipTailed, check_side
from domain.wallet.decider import WALLET

SELECTIONS_OF_FADED = 2


class SlipSettled(Refused):
    """Every market of the slip has its result: there is nothing left to bet on."""

    slip_id: str


class FadeImpossible(Refused):
    """Only a slip with one leg, on a market with two selections, has an opposite side."""

    slip_id: str


class TailWouldWait(Refused):
    """A bet on this slip would wait in play before it is struck: it can be placed as a bet of one's own, not as a tail."""

    slip_id: str
    delay_s: int


class TailSlip(msgspec.Struct, frozen=True, gc=False):
    """Build one's own bet from a slip. `bet_id` is the idempotency key.

    The stake is one of three: `stake_minor`, hundredths of units of `unit_minor` each, or so many percent of the balance. `side` is tail or
    fade; `worst_odds` are the lowest odds of the whole bet that are taken, None takes any. `daily_cap_minor` is the most that the account
    stakes by tails on the day (UTC) of `at`, with this one; None is no cap.
    """

    bet_id: str
    account_id: str
    slip_id: str
    side: str
    stake_minor: int | None
    percent_of_balance: int | None
    worst_odds: Odds | None
    at: datetime
    units_hundredths: int | None = None
    unit_minor: int | None = None
    daily_cap_minor: int | None = None


def streams_of(ask: TailSlip) -> Sequence[StreamRef]:
    """Name the bet, the tail, the day's tails, the slip and the wallet; the markets follow from the slip."""
    return (
        StreamRef(BET, ask.bet_id),
        StreamRef(TAIL, tail_of(ask.bet_id)),
        StreamRef(TAIL_DAY, tail_day_of(ask.account_id, _day_of(ask))),
        StreamRef(SLIP, ask.slip_id),
        StreamRef(WALLET, wallet_of(ask.account_id)),
    )


def tail_slip(ask: TailSlip, streams: UnitOfWork) -> Outcome:
    """Strike the bet that a slip stands for, and say that it was built from it.

    Raises:
        BetKeyReused, TailKeyReused: when the key was used for another bet. A repeat with the same body is none of them.
        SideUnknown, TailStakeMalformed, SlipUnknown, OwnSlipTailed, SlipSettled, FadeImpossible, WalletUnknown: in this order.
        Refused: what the markets' quotes and then the bet are refused for.
        OddsBelowWorst, TailWouldWait, DailyCapReached: last, when all the rest would do.

    """
    bet = streams.look(BET, ask.bet_id).state
    if bet.placed is not None:
        return _repeated(ask, bet, streams)
    check_side(ask.side)
    check_stake(ask)
    shared = see_slip(streams, ask.account_id, ask.slip_id).shared
    assert shared is not None, "a slip that is seen was shared"
    if shared.author_id == ask.account_id:
        raise OwnSlipTailed(ask.slip_id)
    legs = _legs_now(ask, shared, streams)
    wallet = wallet_to_bet_from(ask, streams)
    outcome = place(ask, wallet, shared.type, legs, streams)
    if isinstance(outcome.receipt.placed, BetPending):
        raise TailWouldWait(ask.slip_id, outcome.receipt.placed.delay_s)
    day = _day_of(ask)
    stake_minor = outcome.receipt.placed.stake_minor
    count = CountTail(ask.account_id, day, ask.bet_id, stake_minor, ask.daily_cap_minor, ask.at)
    streams.load(TAIL_DAY, tail_day_of(ask.account_id, day)).decide(count)
    streams.load_new(TAIL, tail_of(ask.bet_id)).decide(_recorded(ask, shared.author_id))
    return outcome


def _day_of(ask: TailSlip) -> str:
    return ask.at.astimezone(UTC).date().isoformat()


def _legs_now(ask: TailSlip, shared: SlipShared, streams: UnitOfWork) -> tuple[AskedLeg, ...]:
    """Return the slip's legs, or their opposite, as their markets offer them now."""
    streams.need([(MARKET, leg.market_id) for leg in shared.legs])
    markets = [streams.read(MARKET, leg.market_id) for leg in shared.legs]
    if all(market.status == "resulted" for market in markets):
        raise SlipSettled(ask.slip_id)
    selections = [leg.selection for leg in shared.legs]
    if ask.side == "fade":
        selections = [_opposite(ask.slip_id, shared.legs, markets[0])]
    asked = zip(markets, shared.legs, selections, strict=True)
    return tuple([leg_now(market, leg.market_id, selection) for market, leg, selection in asked])


def _opposite(slip_id: str, legs: Sequence[SlipLeg], market: Market) -> str:
    if len(legs) != 1 or len(market.selections) != SELECTIONS_OF_FADED:
        raise FadeImpossible(slip_id)
    return next(selection for selection in market.selections if selection != legs[0].selection)


def _repeated(ask: TailSlip, bet: Bet, streams: UnitOfWork) -> Outcome:
    """Return the first answer."""
    placed = bet.placed
    assert placed is not None, "a repeat follows a bet"
    tail = streams.look(TAIL, tail_of(ask.bet_id)).state
    tailed = tail.tailed
    if tailed is None or not is_repeat(ask, placed):
        raise BetKeyReused(ask.bet_id)
    TAIL.decide(tail, _recorded(ask, tailed.slip_author_id))
    return Outcome(BetReceipt(ask.bet_id, placed), streams.load(BET, ask.bet_id), creates=True)


def _recorded(ask: TailSlip, author_id: str) -> RecordTail:
    return RecordTail(
        tailer_id=ask.account_id,
        slip_id=ask.slip_id,
        slip_author_id=author_id,
        bet_id=ask.bet_id,
        side=ask.side,
        at=ask.at,
        day=_day_of(ask),
    )
