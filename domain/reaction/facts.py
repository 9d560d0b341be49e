"""What happens to a reaction. Its stream's id follows from kind, account and slip (`domain.ids.reaction_of`)."""

from datetime import datetime

from domain.fact import Fact


class Reacted(Fact, frozen=True, tag="reaction.given.v1"):
    """An account likes, reposts or saves a slip (`kind` is like, repost or save).

    `account_age_days` is how old the account was then, in whole days: young accounts move trending less.
    """

    kind: str
    account_id: str
    slip_id: str
    slip_author_id: str
    account_age_days: int
    at: datetime


class ReactionWithdrawn(Fact, frozen=True, tag="reaction.withdrawn.v1"):
    """The reaction is taken back."""

    kind: str
    account_id: str
    slip_id: str
    slip_author_id: str
    at: datetime


ReactionFact = Reacted | ReactionWithdrawn
