"""Every view that the projector keeps: what the packages register, together."""

from projections.accounts import registry as accounts
from projections.betting import registry as betting
from projections.ports import View
from projections.social import registry as social
from projections.trading import registry as trading

VIEWS: tuple[View, ...] = (*betting.VIEWS, *accounts.VIEWS, *trading.VIEWS, *social.VIEWS)
