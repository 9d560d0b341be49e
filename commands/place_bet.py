"""Place a bet: the bet and its stake are one append on two streams, with every leg's market as a read."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.streams import Streams
from commands.use_case import Outcome, Touch
from domain.bet.commands import AskedLeg, StrikeBet
from domain.bet.decider import BET, check_shape
from domain.bet.facts import BetPlaced
from domain.market.decider import MARKET
from domain.market.state import quote
from domain.quote import Quote
from domain.wallet.commands import ReserveStake
from domain.wallet.decider import WALLET


class PlaceBet(msgspec.Struct, frozen=True, gc=False):
    """Strike a bet for an account at the odds it was shown. `bet_id` is the idempotency key; `at` is when the command arrived.

    `wallet_id` follows from the account (`domain.ids.wallet_of`) and is carried because deriving it costs as much as deciding.
    """

    bet_id: str
    account_id: str
    wallet_id: str
    stake_minor: int
    currency: str
    type: str
    legs: tuple[AskedLeg, ...]
    accept: str
    at: datetime


class BetReceipt(msgspec.Struct, frozen=True, gc=False):
    """What a bettor is told: the bet as it was struck, whatever became of it since."""

    bet_id: str
    placed: BetPlaced


def touches(ask: PlaceBet) -> Sequence[Touch]:
    """Name the streams: the bet, which is new unless this is a retry, the wallet, the markets."""
    return (
        Touch(BET, ask.bet_id),
        Touch(WALLET, ask.wallet_id),
        *[Touch(MARKET, leg.market_id) for leg in ask.legs],
    )


def place_bet(ask: PlaceBet, streams: Streams) -> Outcome:
    """Strike the bet and reserve its stake.

    Raises:
        Refused: what the shape of the bet, the markets' quotes, the bet and the wallet refuse, in this order. A repeat with the same
            body is none of them.

    """
    bet = streams.load_new(BET, ask.bet_id)
    at = ask.at
    offered: tuple[Quote, ...] = ()
    if bet.state.placed is None:
        check_shape(ask.stake_minor, ask.type, len(ask.legs), ask.accept)
        offered = tuple([quote(streams.read(MARKET, leg.market_id), leg.market_id, leg.selection, leg.version, at) for leg in ask.legs])
    if bet.decide(StrikeBet(ask.bet_id, ask.account_id, ask.stake_minor, ask.currency, ask.type, ask.legs, offered, ask.accept, at)):
        wallet = streams.load(WALLET, ask.wallet_id)
        wallet.decide(ReserveStake(ask.account_id, ask.bet_id, ask.stake_minor, ask.currency, at))
    placed = bet.state.placed
    assert placed is not None, "a decided bet is struck"
    return Outcome(BetReceipt(ask.bet_id, placed), bet, creates=True)
