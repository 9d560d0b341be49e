"""Every kind of channel that a gateway has."""

from collections.abc import Sequence

from api.sealed_text import SealedTexts
from api.stream.board_feed import BoardFeed
from api.stream.channel_feed import ChannelFeed
from api.stream.exposure_feed import ExposureFeed
from api.stream.following_feed import FollowingFeed
from api.stream.inbox_feed import InboxFeed
from api.stream.portfolio_feed import PortfolioFeed
from api.stream.slip_feed import SlipFeed
from api.stream.slip_viewers import SlipViewers
from api.stream.trader_access import MayTrade
from projections.ports import ReadModels


def all_feeds(reads: ReadModels, texts: SealedTexts, may_trade: MayTrade) -> Sequence[ChannelFeed]:
    """Return the feeds, each after those that it rests on; `may_trade` tells who is a trader."""
    board, viewers = BoardFeed(reads), SlipViewers(reads, texts)
    of_people: Sequence[ChannelFeed] = [
        SlipFeed(reads, texts, board, viewers),
        FollowingFeed(reads, texts, viewers),
        InboxFeed(reads, texts),
    ]
    return [viewers, board, PortfolioFeed(reads), ExposureFeed(reads, may_trade), *of_people]
