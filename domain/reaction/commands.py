"""What may be asked of a reaction."""

from datetime import datetime

import msgspec


class GiveReaction(msgspec.Struct, frozen=True, gc=False):
    """Like, repost or save a slip (`kind` is like, repost or save).

    `for_followers` says that the slip is for followers alone, `account_age_days` how old the account is in whole days of the log's time.
    """

    kind: str
    account_id: str
    slip_id: str
    slip_author_id: str
    for_followers: bool
    account_age_days: int
    at: datetime


class WithdrawReaction(msgspec.Struct, frozen=True, gc=False):
    """Take a reaction back."""

    kind: str
    account_id: str
    slip_id: str
    at: datetime


ReactionCommand = GiveReaction | WithdrawReaction
