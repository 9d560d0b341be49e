"""What can be wrong between two accounts, and with what they show of themselves."""

from commands.audit.violation import Violation


class FollowOutOfOrder(Violation, frozen=True):
    """Something happened between two accounts that could not happen as they stood: a follow twice, a request across a block."""

    standing: str


class FollowedUnasked(Violation, frozen=True):
    """A private account was followed that had not accepted a request."""

    followed_id: str


class RequestToPublic(Violation, frozen=True):
    """An account that is not private was asked whether it may be followed."""

    followed_id: str


class ProfileUnchanged(Violation, frozen=True):
    """A profile was changed to what it was."""


class MuteOutOfOrder(Violation, frozen=True):
    """A thread or a word was muted that was muted like that already, or unmuted that was not muted."""

    standing: str


class AlertNotReached(Violation, frozen=True):
    """An account was told of a price that was not offered, or that was less than it wanted."""

    market_id: str
    wanted: str
    version: int


class AlertReachedBefore(Violation, frozen=True):
    """An account asked to be told of a price that was offered already."""

    market_id: str
    odds: str
    offered: str


class NotificationUnchanged(Violation, frozen=True):
    """An account said of its notifications what stood already."""

    standing: str
