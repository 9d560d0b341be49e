"""A bet that is built from what somebody else shows, with a stake of one's own: an amount, units, or a share of one's balance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from commands.betting import place_bet
from commands.betting.place_bet import PlaceBet
from commands.betting.same_game import groups_now
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome
from commands.social.worst_odds import check_worst
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced
from domain.bet.lines import MULTIPLE
from domain.bet.settlement import odds_of
from domain.bet.stake_limit import STAKE_MINOR_MAX
from domain.ids import wallet_of
from domain.market.state import Market, quote
from domain.odds import Odds
from domain.refused import Refused
from domain.wallet.decider import WALLET, Wallet, WalletUnknown

PERCENT_MAX = 100
HUNDREDTHS = 100
UNITS_HUNDREDTHS_MAX = 100_000
UNIT_MINOR_MAX = 100_000_000


class TailStakeMalformed(Refused):
    """A tail has one stake: in minor units, as 0.01 to 1,000 units of a given size, or as 1 to 100 percent of the balance."""

    stake_minor: int | None
    percent_of_balance: int | None
    units_hundredths: int | None
    unit_minor: int | None


class StakeAsked(Protocol):
    """A command with one of three kinds of stake. Units are hundredths, of `unit_minor` each."""

    @property
    def stake_minor(self) -> int | None:
        """The stake as an amount."""
        ...

    @property
    def percent_of_balance(self) -> int | None:
        """The stake as a share of what the wallet has available."""
        ...

    @property
    def units_hundredths(self) -> int | None:
        """The stake in hundredths of a unit."""
        ...

    @property
    def unit_minor(self) -> int | None:
        """What a unit is."""
        ...


class BetAsked(StakeAsked, Protocol):
    """A command that places a bet with such a stake, at `worst_odds` of the whole bet or longer ones; None takes any."""

    @property
    def bet_id(self) -> str:
        """The bet to place: the idempotency key."""
        ...

    @property
    def account_id(self) -> str:
        """Whose bet it is."""
        ...

    @property
    def worst_odds(self) -> Odds | None:
        """The lowest odds that are taken."""
        ...

    @property
    def at(self) -> datetime:
        """When it was asked."""
        ...


def check_stake(ask: StakeAsked) -> None:
    """Refuse a command with no stake, or more than one.

    Raises:
        TailStakeMalformed: with what was asked.

    """
    percent, units, unit_minor = ask.percent_of_balance, ask.units_hundredths, ask.unit_minor
    is_one = sum(each is not None for each in (ask.stake_minor, percent, units)) == 1 and (units is None) == (unit_minor is None)
    is_share = percent is None or 1 <= percent <= PERCENT_MAX
    are_units = units is None or unit_minor is None or (1 <= units <= UNITS_HUNDREDTHS_MAX and 1 <= unit_minor <= UNIT_MINOR_MAX)
    if not (is_one and is_share and are_units):
        raise TailStakeMalformed(ask.stake_minor, percent, units, unit_minor)


def fixed_stake_minor(ask: StakeAsked) -> int | None:
    """Return the stake of a checked command in minor units, rounded down; None where it depends on the balance."""
    if ask.units_hundredths is not None and ask.unit_minor is not None:
        return ask.units_hundredths * ask.unit_minor // HUNDREDTHS
    return ask.stake_minor


def stake_minor_of(ask: StakeAsked, available_minor: int) -> int:
    """Return the stake of a checked command in minor units, given what the wallet has available; never more than a bet may have."""
    fixed = fixed_stake_minor(ask)
    if fixed is not None:
        return fixed
    assert ask.percent_of_balance is not None, "a stake is given in one of three ways"
    return min(available_minor * ask.percent_of_balance // PERCENT_MAX, STAKE_MINOR_MAX)


def wallet_to_bet_from(ask: BetAsked, streams: UnitOfWork) -> Wallet:
    """Return the wallet that the stake comes from.

    Raises:
        WalletUnknown: when the account has none.

    """
    wallet = streams.look(WALLET, wallet_of(ask.account_id)).state
    if not wallet.currency:
        raise WalletUnknown(ask.account_id)
    return wallet


def leg_now(market: Market, market_id: str, selection: str) -> AskedLeg:
    """Return a leg at what its market, which was read, offers now. Raises what `quote` refuses."""
    offered = quote(market, market_id, selection, market.version)
    return AskedLeg(market_id, selection, offered.current, offered.current_version)


def place(ask: BetAsked, wallet: Wallet, bet_type: str, legs: Sequence[AskedLeg], streams: UnitOfWork) -> Outcome:
    """Strike a bet on these legs, at the odds they name or not at all; those of one match in one line together, at their price of now.

    Raises:
        Refused: what the bet is refused for. OddsBelowWorst: last, when all the rest would do.

    """
    placing = PlaceBet(
        bet_id=ask.bet_id,
        account_id=ask.account_id,
        stake_minor=stake_minor_of(ask, wallet.available_minor),
        currency=wallet.currency,
        type=bet_type,
        legs=tuple(legs),
        accept="exact",
        at=ask.at,
        same_game=groups_now(legs, streams) if bet_type == MULTIPLE else (),
    )
    outcome = place_bet.place_bet(placing, streams)
    check_worst(ask.worst_odds, odds_of(outcome.receipt.placed))
    return outcome


def is_repeat(ask: BetAsked, placed: BetPlaced) -> bool:
    """Whether a bet is what was asked for. A percentage is not compared with that of the first request: the balance has changed."""
    is_at_stake = fixed_stake_minor(ask) in (None, placed.stake_minor)
    return placed.account_id == ask.account_id and is_at_stake and (ask.worst_odds is None or odds_of(placed) >= ask.worst_odds)
