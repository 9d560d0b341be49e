"""What may be asked of a free bet. `now_us` is the log's time as far as it is known: the commit comes then or later."""

from datetime import datetime

import msgspec


class GrantFreeBet(msgspec.Struct, frozen=True, gc=False):
    """Give an account a free bet. Its id is the idempotency key; whoever runs the command fills in `now_us`."""

    free_bet_id: str
    account_id: str
    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str
    actor: str
    at: datetime
    now_us: int = 0


class UseFreeBet(msgspec.Struct, frozen=True, gc=False):
    """Strike a bet with it instead of with own money."""

    free_bet_id: str
    account_id: str
    bet_id: str
    stake_minor: int
    currency: str
    at: datetime
    now_us: int = 0


class GiveFreeBetBack(msgspec.Struct, frozen=True, gc=False):
    """Give it back, since a settlement found its bet void."""

    free_bet_id: str
    bet_id: str
    settlement: int
    at: datetime


class TakeFreeBetAgain(msgspec.Struct, frozen=True, gc=False):
    """Undo that it was given back by a settlement, if it was."""

    free_bet_id: str
    bet_id: str
    settlement: int
    at: datetime


FreeBetCommand = GrantFreeBet | UseFreeBet | GiveFreeBetBack | TakeFreeBetAgain
