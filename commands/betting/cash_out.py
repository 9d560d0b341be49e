"""Cash a bet out, whole or in part: the bet's fact and the movement of its money are one append on two streams.

An offer is kept nowhere. Whoever asks for one, and whoever accepts it, has it made from the same streams: the bet, the market of each open
leg with its gates, which become conditions of the append, and the leases of the producers of their prices. So nothing that a view shows
decides, and an acceptance is told only once it is committed. Who is excluded or timed out may take money out of risk; who acts for the
bookmaker may not, since whoever moves prices would say what an own bet is worth.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import account_gate_streams, check_no_office
from commands.betting.bonuses import cash_out_bonus_bet
from commands.betting.settle_bet import is_void
from commands.betting.standing_prices import all_below, check_below, delay_of
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.cash_out import check_cashable, offer_of
from domain.bet.commands import CashOutBet, PricedLeg
from domain.bet.decider import BET
from domain.bet.facts import BetCashedOut, BetPlaced, CashOutLeg, Leg
from domain.bet.state import Bet
from domain.fact import micros, moment
from domain.market.decider import MARKET
from domain.market.facts import MarketOpened
from domain.market.price_errors import right_odds
from domain.market.state import Market, quote
from domain.pricing import PricedMarket
from domain.pricing.chances import chance_millionths, has_one_winner
from domain.pricing.same_game import unshaded_millionths
from domain.refused import Refused
from domain.settling import HOUSE_RULES
from domain.settling.racing import pence_of
from domain.wallet.commands import PayCashOut
from domain.wallet.decider import WALLET


class CashOut(msgspec.Struct, frozen=True, gc=False):
    """Close a share of a bet for at least `asked_minor`, as offered under `asked_version`.

    `cash_out_id` follows from the bet and the key that it is asked for with.
    """

    bet_id: str
    account_id: str
    cash_out_id: str
    share_percent: int
    asked_minor: int
    asked_version: str
    at: datetime


class QuoteCashOut(msgspec.Struct, frozen=True, gc=False):
    """Ask what a share of a bet would be closed for now. Appends nothing."""

    bet_id: str
    account_id: str
    share_percent: int
    at: datetime


class CashOutMarketUnsupported(Refused):
    """From the prices of a market of this type nobody can tell what a bet on it is worth, so that there is no offer."""

    market_id: str
    type: str


class CashOutBookIncomplete(Refused):
    """A selection of the market has no price, so that the chances of the others are not known."""

    market_id: str


class CashOutPricedByHand(Refused):
    """One trader alone has set the prices of this market: it is offered once a second one gives the same, or a feed gives its own."""

    market_id: str


class CashOutLegVoid(Refused):
    """A leg was struck in a window of bets that are void: it is settled when its market comes out."""

    market_id: str


class CashOutWouldWait(Refused):
    """Bets on this match wait in play, so that there is no cash-out while it is played: who knows first would choose."""

    bet_id: str
    delay_s: int


class CashOutPriceWrong(Refused):
    """A leg was struck at a price that was an obvious error: it is settled at the right odds when its market comes out."""

    market_id: str


class CashOutReceipt(msgspec.Struct, frozen=True, gc=False):
    """What a bettor is told: the bet as it was struck, and the cash-out as it was committed, whatever became of the bet since."""

    bet_id: str
    currency: str
    fact: BetCashedOut


def streams_of(ask: CashOut | QuoteCashOut) -> Sequence[StreamRef]:
    """Name the bet, and the wallet where money may move; its markets are only known from the bet."""
    bet = StreamRef(BET, ask.bet_id)
    gate = account_gate_streams(ask.account_id)
    return (bet, gate) if isinstance(ask, QuoteCashOut) else (bet, gate, StreamRef(WALLET, remembered_wallet_of(ask.account_id)))


def quote_cash_out(ask: QuoteCashOut, streams: UnitOfWork) -> Outcome:
    """Return what may be taken now for a share of the bet.

    Raises:
        StaffDoNotBet: to whoever acts for the bookmaker.
        Refused: what the bet, its markets, their gates and producers, and the value of the bet refuse, in this order.

    """
    bet = streams.load(BET, ask.bet_id)
    placed = check_cashable(bet.state, ask.bet_id, ask.account_id, ask.share_percent)
    check_no_office(streams, ask.account_id)
    priced = _priced(ask.bet_id, bet, placed, streams)
    offer = offer_of(bet.state, placed, ask.bet_id, bet.version, priced, ask.share_percent, _log_time(ask.at, streams))
    return Outcome(offer, bet, at_head=True)


def cash_out(ask: CashOut, streams: UnitOfWork) -> Outcome:
    """Close a share of the bet and pay for it, before its offer ends. A repeat with the same key and body pays nothing more.

    Raises:
        Refused: as `quote_cash_out`; and where the offer is over, or is another one now, which is named then.

    """
    bet = streams.load(BET, ask.bet_id)
    done = _done(bet.state, ask)
    priced: Sequence[PricedLeg | None] = ()
    if done is None:
        placed = check_cashable(bet.state, ask.bet_id, ask.account_id, ask.share_percent)
        check_no_office(streams, ask.account_id)
        priced = _priced(ask.bet_id, bet, placed, streams)
    at = _log_time(ask.at, streams)
    what = (ask.bet_id, ask.account_id, ask.cash_out_id, ask.share_percent, ask.asked_minor, ask.asked_version)
    if bet.decide(CashOutBet(*what, bet.version, tuple(priced), at)):
        done = bet.state.cash_outs[-1]
        streams.not_after(micros(done.expires_at))
        _pay(bet.state, done, ask.bet_id, at, streams)
    assert done is not None, "what is decided is a cash-out, new or repeated"
    return Outcome(_receipt(ask.bet_id, bet, done), bet)


def _pay(bet: Bet, done: BetCashedOut, bet_id: str, at: datetime, streams: UnitOfWork) -> None:
    """Pay a cash-out into what the stake is of: cash, or a bonus."""
    assert bet.placed is not None, "what was cashed out was struck"
    if bet.placed.bonus_id:
        cash_out_bonus_bet(bet.placed, bet_id, done, at, streams)
        return
    wallet = streams.load(WALLET, remembered_wallet_of(done.account_id))
    wallet.decide(PayCashOut(done.account_id, bet_id, done.stake_minor, done.amount_minor, at, done.number))


def _done(bet: Bet, ask: CashOut) -> BetCashedOut | None:
    """Return the cash-out that was asked for with the same key before."""
    return next((done for done in bet.cash_outs if (done.cash_out_id, done.account_id) == (ask.cash_out_id, ask.account_id)), None)


def _receipt(bet_id: str, bet: Stream[Bet], done: BetCashedOut) -> CashOutReceipt:
    assert bet.state.placed is not None, "what was cashed out was struck"
    return CashOutReceipt(bet_id, bet.state.placed.currency, done)


def _log_time(at: datetime, streams: UnitOfWork) -> datetime:
    return moment(streams.now_us) if streams.now_us else at


def _priced(bet_id: str, bet: Stream[Bet], placed: BetPlaced, streams: UnitOfWork) -> Sequence[PricedLeg | None]:
    """Return what each open leg is worth by its market's prices, None for legs that came out.

    Raises:
        CashOutWouldWait: where a market of an open leg has bets wait now. And what the markets refuse.

    """
    legs = [leg if result is None else None for leg, result in zip(placed.legs, bet.state.results, strict=True)]
    streams.need([(MARKET, leg.market_id) for leg in legs if leg is not None])
    seen = [None if leg is None else streams.see(MARKET, leg.market_id) for leg in legs]
    try:
        for leg, market in zip(legs, seen, strict=True):
            if leg is not None and market is not None:
                quote(market.state, leg.market_id, leg.selection, market.version)
                check_below(leg.market_id, market.state, streams)
                if market.state.windows and is_void(bet, market.state, streams):
                    raise CashOutLegVoid(leg.market_id)
                if right_odds(market.state.errors, leg.selection, leg.version, leg.odds) is not None:
                    raise CashOutPriceWrong(leg.market_id)
    except StreamsNotCached:
        streams.need(all_below([market.state for market in seen if market is not None]))
        raise
    if any(market is not None and market.state.delay_s for market in seen):
        delay_s = delay_of([market for market in seen if market is not None], streams)
        if delay_s:
            raise CashOutWouldWait(bet_id, delay_s)
    return [
        None if leg is None or market is None else PricedLeg(market.state.fixture_id, _worth(leg, market.state, placed.rules))
        for leg, market in zip(legs, seen, strict=True)
    ]


def _worth(leg: Leg, market: Market, rules: int) -> CashOutLeg:
    """Return what a leg is worth by the prices of a market that stands open.

    Raises:
        CashOutMarketUnsupported, CashOutPricedByHand, CashOutBookIncomplete: in this order.

    """
    assert market.opened is not None, "a market that stands open was opened"
    if not has_one_winner(market.type, market.opened.specifiers):
        raise CashOutMarketUnsupported(leg.market_id, market.type)
    if market.sole_trader:
        raise CashOutPricedByHand(leg.market_id)
    millionths = chance_millionths(market.book, market.runners, leg.selection)
    if not millionths:
        raise CashOutBookIncomplete(leg.market_id)
    millionths = min(millionths, _before_shading(market, market.opened, leg.selection, millionths))
    pence = pence_of(HOUSE_RULES[rules].rule4_table, leg.version, market.non_runners) if market.non_runners else 0
    return CashOutLeg(leg.market_id, market.version, millionths, pence)


def _before_shading(market: Market, opened: MarketOpened, selection: str, millionths: int) -> int:
    """Return a selection's chance before open bets shaded its price: who moved that by bets of their own gains nothing by it."""
    model = market.offers[-1].model
    if model is None or not model.tilt_thousandths:
        return millionths
    unshaded = unshaded_millionths(model, PricedMarket(market.type, *opened.specifiers.items()), selection)
    return millionths if unshaded is None else unshaded
