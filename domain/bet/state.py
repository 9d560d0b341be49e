"""Where a bet stands."""

import msgspec

from domain.bet.facts import PENDING, BetCashedOut, BetPending, BetPlaced, ReferralAnswered
from domain.odds import Odds
from domain.refused import Refused
from domain.settling import LegResult


class BetUnknown(Refused):
    """There is no such bet."""

    bet_id: str


class LegUnknown(Refused):
    """The bet has no leg on that market."""

    bet_id: str
    market_id: str


class BetIsPending(Refused):
    """The bet waits for its delay to end, or for a trader: it is not struck yet."""

    bet_id: str


class BetIsRefused(Refused):
    """The bet was refused after it had waited: it was never struck."""

    bet_id: str


class Bet(msgspec.Struct, frozen=True, gc=False):
    """Where a bet stands: `placed` is None until it is struck; `results` holds what its legs came out as, in their order.

    `settlement` is the number of its last settlement, 0 before the first. `places`, `deductions` and `repriced` as in `BetSettled`.
    `cash_outs` are those that were accepted, in their order. `pending` is what it began with where it had to wait; its status is pending
    then, until it is struck or refused; `answered` is what a trader said to it, where it was put to one, `reason` the slug of its refusal.
    """

    placed: BetPlaced | None = None
    results: tuple[LegResult | None, ...] = ()
    status: str = ""
    returns_minor: int = 0
    settlement: int = 0
    places: tuple[LegResult | None, ...] = ()
    deductions: tuple[int, ...] = ()
    cash_outs: tuple[BetCashedOut, ...] = ()
    pending: BetPending | None = None
    answered: ReferralAnswered | None = None
    reason: str = ""
    repriced: tuple[Odds | None, ...] = ()

    @property
    def struck_version(self) -> int:
        """The version at which it was struck: the first, or the one after all that it had to wait for."""
        return 1 + (self.pending is not None) + (self.answered is not None)

    @property
    def open_stake_minor(self) -> int:
        """The stake without what was cashed out."""
        assert self.placed is not None, "what has a stake was struck"
        return self.cash_outs[-1].stake_left_minor if self.cash_outs else self.placed.stake_minor

    @property
    def cashed_out_minor(self) -> int:
        """What all cash-outs paid."""
        return self.cash_outs[-1].cashed_out_minor if self.cash_outs else 0


def struck_of(bet: Bet, bet_id: str, account_id: str) -> BetPlaced:
    """Return an account's bet as it was struck.

    Raises:
        BetUnknown: for a bet of another account as for none. BetIsPending, BetIsRefused: for one that is not struck.

    """
    asked = bet.placed or bet.pending
    if asked is None or asked.account_id != account_id:
        raise BetUnknown(bet_id)
    if bet.placed is None:
        raise BetIsPending(bet_id) if bet.status == PENDING else BetIsRefused(bet_id)
    return bet.placed
