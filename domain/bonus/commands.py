"""What may be asked of a bonus. `now_us` is the log's time as far as it is known: the commit comes then or later."""

from datetime import datetime

import msgspec

from domain.odds import Odds


class CreditBonus(msgspec.Struct, frozen=True, gc=False):
    """Credit an account with a bonus. Its id is the idempotency key; whoever runs the command fills in `now_us`."""

    bonus_id: str
    account_id: str
    amount_minor: int
    currency: str
    times: int
    odds_min: Odds
    stake_minor_max: int
    expires_at: datetime
    reason: str
    actor: str
    at: datetime
    now_us: int = 0


class StakeBonus(msgspec.Struct, frozen=True, gc=False):
    """Set the stake of a bet aside from it."""

    bonus_id: str
    account_id: str
    bet_id: str
    stake_minor: int
    currency: str
    at: datetime
    now_us: int = 0


class SettleBonusBet(msgspec.Struct, frozen=True, gc=False):
    """Release a settled bet's stake, pay what it returns, and count the stake if it `counts` at all.

    `odds` are those that the whole bet was struck at. A void bet does not count, nor does one on several selections of one market.
    """

    bonus_id: str
    bet_id: str
    settlement: int
    stake_minor: int
    returns_minor: int
    odds: Odds
    counts: bool
    at: datetime


class CashOutBonusBet(msgspec.Struct, frozen=True, gc=False):
    """Release what was closed of an open bet's stake and pay what it was cashed out for."""

    bonus_id: str
    bet_id: str
    number: int
    stake_minor: int
    amount_minor: int
    at: datetime


class ReverseBonusBet(msgspec.Struct, frozen=True, gc=False):
    """Undo what a settlement of a bet did; the rest as in `SettleBonusBet`."""

    bonus_id: str
    bet_id: str
    settlement: int
    stake_minor: int
    returns_minor: int
    odds: Odds
    counts: bool
    at: datetime


class ExpireBonus(msgspec.Struct, frozen=True, gc=False):
    """Take off what is left of it, its time being over; one that was converted, or has expired already, stays as it is."""

    bonus_id: str
    at: datetime


BonusCommand = CreditBonus | StakeBonus | SettleBonusBet | CashOutBonusBet | ReverseBonusBet | ExpireBonus
