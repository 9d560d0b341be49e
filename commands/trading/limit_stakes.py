"""Limits that traders set on the stakes of an account, and what its holder is told of them and of a hold on its withdrawals."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.accounts.hold_withdrawals import hold_of
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT
from domain.account_gate.commands import SetStakeFactor
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.factor import StakeFactor
from domain.bet.stake_limit import STAKE_MINOR_MAX, StakeLimit, largest_stake_minor, limit_of
from domain.fact import moment
from domain.fixture_limit.decider import FIXTURE_LIMIT
from domain.ids import account_gate_of, fixture_limit_of, wallet_of
from domain.market.decider import MARKET
from domain.market.payout_limit import lowest_payout_minor
from domain.odds import Odds
from domain.stake_factor import FACTOR_UNITS
from domain.unknown import AccountUnknown
from domain.wallet.decider import WALLET

STAKE_FACTOR = "stake_factor"
WITHDRAWAL_HOLD = "withdrawal_hold"


class FindRestrictions(msgspec.Struct, frozen=True, gc=False):
    """Ask how an account is restricted, its stakes on some markets or on any. Appends nothing.

    With `odds` it is told what the largest stake of a single is there.
    """

    account_id: str
    odds: Odds | None = None
    market_ids: tuple[str, ...] = ()


class Restriction(msgspec.Struct, frozen=True, gc=False):
    """What staff restricted, and since when.

    Of kind stake_factor, `factor` multiplies the most that is paid on a bet. Of kind withdrawal_hold, no money goes out, for the `reason`
    that is told. What a kind does not have is None.
    """

    kind: str
    factor: str | None
    since: datetime
    reason: str | None = None


class RestrictionsReceipt(msgspec.Struct, frozen=True, gc=False):
    """How an account is restricted; no `restrictions` where it is as anybody. Amounts are in its currency.

    `payout_minor_max` is the most that is paid on one of its bets, the stake included; `stake_minor_max` the largest stake of a single at
    the odds that were asked for, of any odds where none were. `markets_minor_max` is the lowest limit that traders set for the markets
    which were asked about, or for their matches, before the account's factor; None where none has one.
    """

    account_id: str
    currency: str
    restrictions: tuple[Restriction, ...]
    payout_minor_max: int
    stake_minor_max: int
    markets_minor_max: int | None = None


class StakeFactorReceipt(msgspec.Struct, frozen=True, gc=False):
    """The stake factor of an account and what it comes to: `since` is None where none was ever set."""

    account_id: str
    factor: str
    since: datetime | None
    payout_minor_max: int


def streams_of_factor(ask: SetStakeFactor) -> Sequence[StreamRef]:
    """Name the account, its gate, and the trader who asks."""
    return (
        StreamRef(ACCOUNT, ask.account_id),
        StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)),
        *actor_streams(ask.actor),
    )


def set_stake_factor(ask: SetStakeFactor, streams: UnitOfWork) -> Outcome:
    """Set the stake factor of an account; bets that are struck keep what they promise.

    Raises:
        ActorWithoutRole: when somebody asks who is no trader. AccountUnknown: when there is no such account.
        FactorMalformed, ReasonMalformed: what the gate's rules refuse.

    """
    check_role(streams, ask.actor, "trader", "admin")
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    gate.decide(ask)
    factor = gate.state.factor
    return Outcome(StakeFactorReceipt(ask.account_id, factor.text, _since(factor), limit_of(factor.units).payout_minor_max), gate)


def streams_of_restrictions(ask: FindRestrictions) -> Sequence[StreamRef]:
    """Name the account, its gate and its wallet, and the markets."""
    return (
        StreamRef(ACCOUNT, ask.account_id),
        StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)),
        StreamRef(WALLET, wallet_of(ask.account_id)),
        *[StreamRef(MARKET, market_id) for market_id in ask.market_ids],
    )


def find_restrictions(ask: FindRestrictions, streams: UnitOfWork) -> Outcome:
    """Tell how an account is restricted.

    Raises:
        AccountUnknown: when there is no such account.

    """
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    factor, hold = gate.state.factor, hold_of(gate.state.withdrawal_hold)
    markets = [streams.read(MARKET, market_id) for market_id in ask.market_ids]
    matches = sorted({fixture_limit_of(market.fixture_id) for market in markets if market.fixture_id})
    streams.need([(FIXTURE_LIMIT, each) for each in matches])
    limits = [streams.read(FIXTURE_LIMIT, each).payout_minor_max for each in matches]
    markets_minor_max = lowest_payout_minor([*[market.payout_minor_max for market in markets], *limits])
    limit = limit_of(factor.units, markets_minor_max)
    restricted = () if factor.units == FACTOR_UNITS else (Restriction(STAKE_FACTOR, factor.text, moment(factor.since_us)),)
    held = () if hold is None else (Restriction(WITHDRAWAL_HOLD, None, hold.since, hold.reason),)
    receipt = RestrictionsReceipt(
        account_id=ask.account_id,
        currency=streams.look(WALLET, wallet_of(ask.account_id)).state.currency,
        restrictions=(*restricted, *held),
        payout_minor_max=limit.payout_minor_max,
        stake_minor_max=_largest_minor(limit, ask.odds),
        markets_minor_max=markets_minor_max or None,
    )
    return Outcome(receipt, gate, at_head=True)


def _largest_minor(limit: StakeLimit, odds: Odds | None) -> int:
    if odds is None:
        return min(limit.payout_minor_max, STAKE_MINOR_MAX)
    return largest_stake_minor(limit, (odds.numerator, odds.denominator), 1)


def _since(factor: StakeFactor) -> datetime | None:
    return moment(factor.since_us) if factor.since_us else None


def _check_account(account_id: str, streams: UnitOfWork) -> None:
    if not streams.read(ACCOUNT, account_id).handle:
        raise AccountUnknown(account_id)
