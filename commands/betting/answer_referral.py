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
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.trading.authority import check_trader
from domain.bet.commands import AnswerReferral
from domain.bet.decider import BET, check_shape, is_pending
from domain.bet.facts import BetPending
from domain.bet.referral import ReferralDeclined, ReferralOver
from domain.bet.state import Bet
from domain.fact import moment
from domain.market.decider import MARKET
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
    was_pending = is_pending(bet.state)
    at = moment(streams.now_us)
    if bet.decide(msgspec.structs.replace(ask, at=at)):
        pending, answer = bet.state.pending, bet.state.answered
        assert pending is not None, "what is answered was asked"
        assert answer is not None, "it was answered just now"
        assert was_pending, "what is answered was pending"
        if not streams.is_within(bet.entry, PENDING_VERSION, pending.refer_s * 1_000):
            raise ReferralOver(ask.bet_id, bet.state.status)
        streams.hold(bet.entry, PENDING_VERSION, pending.refer_s * 1_000)
        if answer.stake_minor:
            check_shape(answer.stake_minor, pending.type, len(pending.legs), pending.accept, pending.each_way)
            _strike(ask.bet_id, bet, pending, answer.stake_minor, streams)
        else:
            refuse_pending(ask.bet_id, bet, pending, ReferralDeclined(), at, streams)
    return Outcome(_receipt(ask.bet_id, bet.state), bet)


def _strike(bet_id: str, bet: Stream[Bet], pending: BetPending, stake_minor: int, streams: UnitOfWork) -> None:
    """Strike a bet that a trader takes, once it has waited as any bet in play on its markets does, or refuse it for what holds now."""
    at = moment(streams.now_us)
    streams.need([(MARKET, leg.market_id) for leg in pending.legs])
    markets = [streams.see(MARKET, leg.market_id) for leg in pending.legs]
    if delay_s := delay_of(markets, streams) if any(market.state.delay_s for market in markets) else 0:
        check_due(bet_id, bet, delay_s, streams)
        streams.delay(bet.entry, PENDING_VERSION, delay_s * 1_000)
    try:
        strike = checked_again(bet_id, pending, at, streams)
        limit = referral_limit(markets)
        if limit is not None and limit.payout_minor_max > strike.limit.payout_minor_max:
            strike = msgspec.structs.replace(strike, limit=limit)
        bet.decide(strike)
    except Refused as refusal:
        refuse_pending(bet_id, bet, pending, refusal, at, streams)
        return
    if stake_minor < pending.stake_minor:
        wallet = streams.load(WALLET, remembered_wallet_of(pending.account_id))
        wallet.decide(ReleaseStake(pending.account_id, bet_id, pending.stake_minor - stake_minor, pending.at, at))


def _receipt(bet_id: str, bet: Bet) -> ReferralReceipt:
    placed = bet.placed
    return ReferralReceipt(bet_id, bet.status, 0 if placed is None else placed.stake_minor, bet.reason)
