"""Every view that the projector keeps: what the packages register, together."""

from projections.accounts import registry as accounts
from projections.betting import registry as betting
from projections.notifications import registry as notifications
from projections.ports import View
from projections.social import follows
from projections.social import registry as social
from projections.trading import registry as trading

VIEWS: tuple[View, ...] = (*betting.VIEWS, *accounts.VIEWS, *trading.VIEWS, *social.VIEWS, *notifications.VIEWS)


def views_of(*, pushed_followers_max: int) -> tuple[View, ...]:
    """Return the same, where authors with more followers are large: their slips are not pushed to timelines."""
    return tuple([follows.view_of(pushed_followers_max) if view is follows.VIEW else view for view in VIEWS])
