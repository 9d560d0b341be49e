"""Channels `slip:<id>`: a shared slip with its legs at the odds of the moment, its counts, and comments as they come.

Rows are kept and changed as those of the board are. What a fact does not say is read before anybody is told: the handle of who commented,
the text, and whether who tailed had tailed before. Whoever may see the slip no more is told so with the fact that ends it.
"""

import asyncio
from typing import Any, get_args

import structlog

from api.channel_names import SLIP, ChannelName
from api.sealed_text import SealedText, SealedTexts
from api.stream.board_feed import BoardFeed
from api.stream.channel import Channel, Subscription
from api.stream.channel_feed import NotSeen
from api.stream.hub import Hub
from api.stream.slip_reading import SlipReading
from api.stream.slip_rows import LEG, SlipRows, markets_of, rendering_of_slip
from api.stream.slip_sight import SlipSight
from api.stream.slip_viewers import SlipViewer, SlipViewers
from commands.ports import StoreUnavailable
from domain.bet.facts import BetCashedOut, BetLegResulted, BetSettled
from domain.comment.facts import CommentEdited, CommentFact, CommentPosted
from domain.fact import Fact, Recorded
from domain.follow.facts import Followed, FollowRequestDeclined, FollowRequested, FollowRequestWithdrawn, Unfollowed
from domain.ids import slip_of
from domain.moderation.facts import AccountShadowed, AccountUnshadowed
from domain.profile.facts import ProfileChanged
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipFact, SlipShared
from domain.tail.facts import SlipTailed
from projections.ports import Fields, ReadModels, ReadModelsUnavailable
from projections.social import cards, engagement, slips

SHADOWINGS = "shadowings"
"""What facts about shadowed accounts are kept under among the newest facts."""
BET_FACTS = (BetLegResulted, BetCashedOut, BetSettled)
COMMENT_FACTS = get_args(CommentFact)
ENGAGEMENT = (Reacted, ReactionWithdrawn, SlipTailed, CommentPosted, CommentEdited)
"""What need not be told at once under overload. That a comment is hidden or deleted is, and what is released again."""
FOLLOWS = (FollowRequested, FollowRequestWithdrawn, FollowRequestDeclined, Followed, Unfollowed)
"""Facts between two accounts that hide no comment and show none."""
SHADOW_FACTS = (AccountShadowed, AccountUnshadowed)


logger = structlog.get_logger()


class SlipFeed:
    """Keeps slips that somebody reads. For one event loop."""

    channels = frozenset({SLIP})
    kinds: frozenset[type[Fact]] = frozenset({*get_args(SlipFact), *BET_FACTS, *SHADOW_FACTS, ProfileChanged, *engagement.VIEW.consumes})

    def __init__(self, reads: ReadModels, texts: SealedTexts, board: BoardFeed, viewers: SlipViewers) -> None:
        self.rests_on = (board, viewers)
        self._reads = reads
        self._texts = texts
        self._board = board
        self._viewers = viewers
        self._reading = SlipReading(reads, texts)
        self._slips: dict[str, SlipRows] = {}
        self._by_author: dict[str, set[str]] = {}
        viewers.listeners.append(self._viewer_changed)

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel of a slip, whoever may see it; see `channel_feed.ChannelFeed`."""
        slip_id = name.subject_id
        ((author,),) = await self._reads.many(slips.VIEW, [Fields(slips.authors_key(slip_id), [slip_id])])
        shared = [fact.body.author_id for fact in hub.recent.of([slip_id], 0) if isinstance(fact.body, SlipShared)]
        author_id = author.decode() if author is not None else next(iter(shared), None)
        if author_id is None:
            return None
        (of_card, (card_rows,)), (of_counts, (counts,)) = await asyncio.gather(
            self._reads.many_at(slips.VIEW, [cards.slip_fields(slip_id, author_id)]),
            self._reads.many_at(engagement.VIEW, [engagement.count_fields(slip_id)]),
        )
        at = max(of_card.values()), max(of_counts.values())
        await hub.reached(max(at))
        rows = SlipRows(slip_id, author_id, card_rows, counts)
        for fact in hub.recent.of([slip_id], at[0]):
            if isinstance(fact.body, SlipShared):
                rows.apply_card(fact)
        card = rows.card
        if card is None:
            return None
        rows.markets = dict(markets_of(card))
        try:
            await self._read_around(rows, card, hub)
            self._apply_newer(rows, at, hub)
            await self._reading.read(rows, hub)
            if min(at) < hub.recent.floor:
                raise TimeoutError("the views are further behind than the newest facts reach")  # noqa: TRY301  (as when they are away)
        except BaseException:
            self._let_go(rows)
            raise
        return self._begin(rows, hub)

    async def admit(self, name: ChannelName, account_id: str, hub: Hub) -> SlipSight:
        """Return what an account sees of a slip that is open; see `channel_feed.ChannelFeed`."""
        rows = self._slips.get(name.subject_id)
        if rows is None or not account_id:
            raise NotSeen
        viewer = await self._viewers.of(account_id, rows.author_id, hub)
        while rows.reading is not None:
            await asyncio.wait([rows.reading])
        sight = SlipSight(rows, viewer, hub)
        if not sight.is_seen:
            raise NotSeen
        return sight

    def apply(self, fact: Recorded[Any], hub: Hub) -> str | None:
        """Take a fact of a slip, of what people do with it, or of its author."""
        body = fact.body
        if isinstance(body, ProfileChanged):
            self._apply_to_cards(fact, body.account_id, hub)
            return body.account_id
        if isinstance(body, SHADOW_FACTS):
            self._apply_to_cards(fact, body.item.item_id, hub)
            for rows in self._slips.values():
                rows.note_shadow(fact)
                self._touch(rows, hub)
            return SHADOWINGS
        if type(body) in engagement.VIEW.consumes:
            rows_of = self._slips.get(body.slip_id)
            if rows_of is not None:
                rows_of.apply_engagement(fact)
                self._read_if_needed(rows_of, hub)
                self._touch(rows_of, hub, may_wait=isinstance(body, ENGAGEMENT))
            slip_id: str = body.slip_id
            return slip_id
        slip_id = slip_of(fact.stream_id) if isinstance(body, BET_FACTS) else fact.stream_id
        rows_of = self._slips.get(slip_id)
        if rows_of is not None:
            rows_of.apply_card(fact)
            self._card_changed(rows_of, hub)
        return slip_id

    def finish(self, hub: Hub) -> None:
        """Nothing waits for the end of a stretch."""

    def look(self, hub: Hub) -> None:
        """Time alone changes nothing here but prices, which the board tells."""

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        for rows in list(self._slips.values()):
            self._let_go(rows)

    def forget(self, name: ChannelName) -> None:
        """Forget a slip that nobody reads any more."""
        rows = self._slips.get(name.subject_id)
        if rows is not None:
            self._let_go(rows)

    async def _read_around(self, rows: SlipRows, card: cards.Card, hub: Hub) -> None:
        """Read what stands around a slip: its matches, the end of a bet that was over when it was shared, its caption in the clear."""

        def told(*, at_once: bool, by_time: bool) -> None:
            self._touch(rows, hub, at_once=at_once, by_time=by_time)

        await self._board.watch(rows.slip_id, rows.markets, told, hub)
        ended = await cards.ended_before(self._reads, [card], self._board.matches(rows.markets))
        rows.ended_before = ended[card.slip_id].end if card.slip_id in ended else None
        (rows.caption,) = await self._texts.open_many([SealedText(rows.author_id, card.slip.caption)])

    def _apply_newer(self, rows: SlipRows, at: tuple[int, int], hub: Hub) -> None:
        """Keep the rows from now on, with the newest facts that are not in what was read."""
        self._slips[rows.slip_id] = rows
        self._by_author.setdefault(rows.author_id, set()).add(rows.slip_id)
        for fact in hub.recent.of([rows.slip_id, rows.author_id, SHADOWINGS], 0):
            if isinstance(fact.body, SHADOW_FACTS):
                rows.note_shadow(fact)
            if type(fact.body) in engagement.VIEW.consumes:
                if isinstance(fact.body, COMMENT_FACTS):
                    rows.unread[fact.stream_id] = None
                if fact.position > at[1]:
                    rows.apply_engagement(fact)
            elif fact.position > at[0]:
                rows.apply_card(fact)

    def _begin(self, rows: SlipRows, hub: Hub) -> Channel:
        """Begin the channel, with when each part changed last as far as the newest facts tell."""
        legs = {f"{LEG}{number}": leg for number, leg in enumerate(rows.legs)}
        of_board = self._board.touched(rows.markets, hub)
        touched = {key: max(of_board.get(leg.market_id, 0), of_board.get(leg.fixture_id, 0)) for key, leg in legs.items()}
        for fact in hub.recent.of([rows.slip_id, rows.author_id, SHADOWINGS], 0):
            touched |= dict.fromkeys(rows.parts_of(fact, legs), fact.position)
        channel = rows.channel = Channel(f"{SLIP}:{rows.slip_id}", rendering_of_slip, hub.positions.text, lambda: self._parts(rows))
        channel.begin(self._parts(rows), hub.position, hub.recent.floor, touched)
        return channel

    def _let_go(self, rows: SlipRows) -> None:
        self._board.unwatch(rows.slip_id, rows.markets)
        if self._slips.pop(rows.slip_id, None) is not None:
            of_author = self._by_author[rows.author_id]
            of_author.discard(rows.slip_id)
            if not of_author:
                del self._by_author[rows.author_id]

    def _parts(self, rows: SlipRows) -> list[tuple[str, bytes]]:
        return rows.parts(self._board.matches(rows.markets))

    def _apply_to_cards(self, fact: Recorded[Any], author_id: str, hub: Hub) -> None:
        for slip_id in list(self._by_author.get(author_id, ())):
            self._slips[slip_id].apply_card(fact)
            self._card_changed(self._slips[slip_id], hub)

    def _card_changed(self, rows: SlipRows, hub: Hub) -> None:
        """Tell of a card, and end the subscriptions of those who may see it no more."""
        if rows.channel is not None:
            for subscription in list(rows.channel.subscriptions.values()):
                _end_unseen(subscription)
        self._touch(rows, hub)

    def _viewer_changed(self, viewer: SlipViewer, fact: Recorded[Any], _hub: Hub) -> None:
        """End the subscriptions of an account that may see slips no more; begin those anew in which other comments are shown to it now."""
        for subscription in list(viewer.subscriptions):
            if isinstance(subscription.sight, SlipSight) and not _end_unseen(subscription) and not isinstance(fact.body, FOLLOWS):
                subscription.subscriber.dropped(subscription)

    def _touch(self, rows: SlipRows, hub: Hub, *, at_once: bool = False, by_time: bool = False, may_wait: bool = False) -> None:
        """Note that a slip may have changed; while something of it is read, it is told after that."""
        rows.may_wait = rows.may_wait and may_wait
        if rows.channel is None:
            return
        if not by_time:
            hub.note(rows.channel)
        if at_once and rows.reading is None:
            hub.flush_now(rows.channel)
        elif rows.reading is None:
            hub.touch(rows.channel, by_time=by_time, may_wait=may_wait)

    def _read_if_needed(self, rows: SlipRows, hub: Hub) -> None:
        if rows.channel is not None and rows.is_unread and rows.reading is None:
            rows.may_wait = True
            rows.reading = asyncio.ensure_future(self._read_then_tell(rows, rows.channel, hub))

    async def _read_then_tell(self, rows: SlipRows, channel: Channel, hub: Hub) -> None:
        try:
            await self._reading.read(rows, hub)
        except (ReadModelsUnavailable, StoreUnavailable, TimeoutError) as error:
            logger.warning("a slip cannot be kept up to date and is loaded anew", slip_id=rows.slip_id, error=str(error)[:200])
        except Exception:
            logger.exception("a slip cannot be kept up to date and is loaded anew", slip_id=rows.slip_id)
        rows.reading = None
        if rows.is_unread:
            self._let_go(rows)
            hub.drop(channel)
        else:
            rows.forget_oldest_comments()
            self._touch(rows, hub, may_wait=rows.may_wait)


def _end_unseen(subscription: Subscription) -> bool:
    """End a subscription of an account that may not see the slip; return whether it may not."""
    sight = subscription.sight
    if not isinstance(sight, SlipSight) or sight.is_seen:
        return False
    subscription.subscriber.ended(subscription)
    return True
