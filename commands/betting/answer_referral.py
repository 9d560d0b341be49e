"""Answer a bet that was put to a trader: it is struck for what they take of it, or refused, as at the end of a bet's delay.

Everything that placing asks for is asked again, but for the limit of the account, which the trader answers for. It is not struck before it
has waited for as long as any bet in play on its markets does, nor answered after its time is up.
"""

from collections.abc import Sequence

import msgspec

from commands.accounts.access import actor_streams
from commands.betting.referral import referral_limit
from commands.betting.standing_prices import delay_of
from commands.betting.waiting import PENDING_VERSION, check_due, checked_again, refuse_pending
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.stream import Seen, Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.trading.authority import check_trader
from domain.bet.commands import AnswerReferral, StrikeDelayed
from domain.bet.decider import BET, check_shape
from domain.bet.delay import struck_after_delay
from domain.bet.facts import BetPending
from domain.bet.referral import ReferralDeclined, ReferralOver, answered
from domain.bet.state import Bet
from domain.fact import moment
from domain.market.decider import MARKET
from domain.market.state import Market
from domain.refused import Refused
from domain.wallet.commands import ReleaseStake
from domain.wallet.decider import WALLET


class ReferralReceipt(msgspec.Struct, frozen=True, gc=False):
    """What became of a bet that a trader answered: its status, the stake that it was struck for, and why it was refused, by a slug."""

    bet_id: str
    status: str
    stake_minor: int
    reason: str = ""


def streams_of_answer(ask: AnswerReferral) -> Sequence[StreamRef]:
    """Name the bet and the trader; all else is only known from the bet."""
    return (StreamRef(BET, ask.bet_id), *actor_streams(ask.actor))


def answer_referral(ask: AnswerReferral, streams: UnitOfWork) -> Outcome:
    """Strike a bet that was put to a trader for what they take of it, or refuse it and release its stake.

    It is refused, too, where it can no longer be struck as its bettor asked for it.

    Raises:
        TraderUnknown: when the account is no trader's. BetUnknown: when no such bet was put to one.
        ReferralOver: when it is decided already, or the time is up. StakeOverAsked, StakeOutOfRange, StakeUneven: for the stake.
        BetDelayNotOver: when it has not waited for as long as bets in play on its markets do.

    """
    check_trader(streams, ask.actor)
    bet = streams.load(BET, ask.bet_id)
    if answers := answered(bet.state, ask):
        _answer(ask, bet, answers[0].stake_minor, streams)
    return Outcome(_receipt(ask.bet_id, bet.state), bet)


def _answer(ask: AnswerReferral, bet: Stream[Bet], stake_minor: int, streams: UnitOfWork) -> None:
    pending, at = bet.state.pending, moment(streams.now_us)
    assert pending is not None, "what is answered was asked"
    if not streams.is_within(bet.entry, PENDING_VERSION, pending.refer_s * 1_000):
        raise ReferralOver(ask.bet_id, bet.state.status)
    streams.hold(bet.entry, PENDING_VERSION, pending.refer_s * 1_000)
    strike, refusal = None, None
    if stake_minor:
        check_shape(stake_minor, pending.type, pending.legs, pending.accept, pending.each_way)
        _hold_delay(ask.bet_id, bet, pending, streams)
    try:
        if not stake_minor:
            raise ReferralDeclined
        strike = _taken(ask.bet_id, pending, streams)
        struck_after_delay(ask.bet_id, pending, strike, stake_minor)
    except Refused as why:
        refusal = why
    bet.decide(msgspec.structs.replace(ask, at=at, is_refused=refusal is not None))
    if refusal is not None:
        refuse_pending(ask.bet_id, bet, pending, refusal, at, streams)
        return
    bet.decide(strike)
    if stake_minor < pending.stake_minor:
        wallet = streams.load(WALLET, remembered_wallet_of(pending.account_id))
        wallet.decide(ReleaseStake(pending.account_id, ask.bet_id, pending.stake_minor - stake_minor, pending.at, at))


def _hold_delay(bet_id: str, bet: Stream[Bet], pending: BetPending, streams: UnitOfWork) -> None:
    """Make it a condition that the bet has waited for as long as any bet in play on its markets does by now."""
    markets = _markets(pending, streams)
    if any(market.state.delay_s for market in markets) and (delay_s := delay_of(markets, streams)):
        check_due(bet_id, bet, delay_s, streams)
        streams.delay(bet.entry, PENDING_VERSION, delay_s * 1_000)


def _taken(bet_id: str, pending: BetPending, streams: UnitOfWork) -> StrikeDelayed:
    """Return what is offered for the bet now, up to what a trader may have paid on it.

    Raises:
        Refused: what `checked_again` raises.

    """
    strike, limit = checked_again(bet_id, pending, moment(streams.now_us), streams), referral_limit(_markets(pending, streams))
    if limit is None or limit.payout_minor_max <= strike.limit.payout_minor_max:
        return strike
    return msgspec.structs.replace(strike, limit=limit)


def _markets(pending: BetPending, streams: UnitOfWork) -> list[Seen[Market]]:
    streams.need([(MARKET, leg.market_id) for leg in pending.legs])
    return [streams.see(MARKET, leg.market_id) for leg in pending.legs]


def _receipt(bet_id: str, bet: Bet) -> ReferralReceipt:
    placed = bet.placed
    return ReferralReceipt(bet_id, bet.status, 0 if placed is None else placed.stake_minor, bet.reason)
