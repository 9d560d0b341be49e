"""Channels `inbox:#<account>`: how much of an account's inbox is new, as it changes.

What changes an inbox is a fact that tells the account something, what it marked or set, or what became of that which it was told of. Its
inbox is then read again, at most four times a second, and counted by the function that counts it for `GET /v1/notifications`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, get_args

import msgspec
import structlog

from api.channel_names import INBOX, ChannelName, personal_channel
from api.sealed_text import SealedText, SealedTexts
from api.stream.channel import Channel, Parts, Rendering
from api.stream.hub import Hub
from api.view_reader import read_at
from commands.ports import StoreUnavailable
from domain.bet.facts import BetPlaced
from domain.comment.facts import CommentFact
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureAbandoned, FixtureEnded
from domain.follow.facts import FollowFact
from domain.moderation.facts import AccountShadowed, AccountUnshadowed
from domain.mutes.facts import MutesFact
from domain.profile.facts import ProfileChanged
from domain.slip.facts import SlipFact
from projections.notifications import candidates, inbox, inbox_page, kick_offs
from projections.notifications.candidates import Candidate
from projections.notifications.inbox_page import InboxCounts
from projections.notifications.own import Own
from projections.ports import ReadModels, ReadModelsUnavailable

READS_AT_ONCE_MAX = 8
READ_EVERY_S = 0.25
WAIT_S, WAITS_MAX = 0.02, 100
"""How often, and how many times, a view is asked that is yet to reach a fact."""
LIFETIMES_LOOKED_AT_S = 60.0
UNAVAILABLE_ERRORS = (ReadModelsUnavailable, StoreUnavailable, TimeoutError)
WHOLE = ""
"""The one part of the channel."""

encode = msgspec.json.Encoder().encode
logger = structlog.get_logger()


class WatchedInbox:
    """The inbox of an account that somebody reads; `needed` is the position that a reading of it must have reached, 0 for none.

    `placed` are matches that the account has bet on since, by the position of the bet: a kick-off of theirs changes the inbox.
    """

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.names: frozenset[str] = frozenset({account_id})
        self.channel: Channel | None = None
        self.needed = 0
        self.placed: dict[str, int] = {}
        self.looked_s = 0.0
        self.reading: asyncio.Task[None] | None = None


class InboxFeed:
    """Keeps the counts of inboxes that somebody reads. For one event loop."""

    channels = frozenset({INBOX})
    rests_on = ()
    kinds: frozenset[type[Fact]] = inbox.VIEW.consumes | frozenset(
        {*get_args(SlipFact), *get_args(CommentFact), *get_args(FollowFact), *get_args(MutesFact)}
        | {ProfileChanged, AccountShadowed, AccountUnshadowed, FixtureAbandoned, FixtureEnded, *kick_offs.VIEW.consumes}
    )

    def __init__(self, reads: ReadModels, texts: SealedTexts) -> None:
        self._reads = reads
        self._texts = texts
        self._inboxes: dict[str, WatchedInbox] = {}
        self._by_name: dict[str, set[WatchedInbox]] = {}
        self._places = asyncio.Semaphore(READS_AT_ONCE_MAX)
        self._changed_at = 0
        self._loading: set[str] = set()

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel of an account; see `channel_feed.ChannelFeed`."""
        watched = WatchedInbox(name.subject_id)
        self._loading.add(watched.account_id)
        try:
            counts, position = await self._read(watched, hub)
            await hub.reached(position)
        finally:
            self._loading.discard(watched.account_id)
        rendering = Rendering(body_of, body_of)
        channel = watched.channel = Channel(personal_channel(INBOX, watched.account_id), rendering, hub.positions.text, tuple)
        channel.begin([(WHOLE, encode(counts))], hub.position, hub.position, {})
        self._inboxes[watched.account_id] = watched
        self._index(watched, watched.names)
        if self._changed_at > position:
            self._need(watched, self._changed_at, hub)
        return channel

    async def admit(self, _name: ChannelName, _account_id: str, _hub: Hub) -> None:
        """All of it is for the account, which nobody else may subscribe as."""

    def apply(self, fact: Recorded[Any], hub: Hub) -> str | None:
        """Take a fact that may change inboxes."""
        if isinstance(fact.body, BetPlaced):
            self._placed(fact, fact.body)
            return None
        self._changed_at = fact.position
        for watched in {each for name in concerned(fact) for each in self._by_name.get(name, ())}:
            self._need(watched, fact.position, hub)
        return None

    def _placed(self, fact: Recorded[Any], placed: BetPlaced) -> None:
        """Find the inbox of whoever bets by the matches too: until one kicks off there is nothing to be read again."""
        if placed.account_id in self._loading:
            self._changed_at = fact.position
        watched = self._inboxes.get(placed.account_id)
        if watched is not None:
            watched.placed |= {leg.fixture_id: fact.position for leg in placed.legs if leg.fixture_id}
            self._index(watched, watched.names | watched.placed.keys())

    def finish(self, hub: Hub) -> None:
        """Nothing waits for the end of a stretch."""

    def look(self, hub: Hub) -> None:
        """Read inboxes again now and then: time alone ends mutes, pauses, and what notices have to say."""
        now_s = hub.monotonic_s()
        for watched in list(self._inboxes.values()):
            if now_s - watched.looked_s > LIFETIMES_LOOKED_AT_S:
                watched.looked_s = now_s
                self._need(watched, hub.position, hub)

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        for watched in list(self._inboxes.values()):
            self._forget(watched)

    def forget(self, name: ChannelName) -> None:
        """Forget an account that nobody reads any more."""
        watched = self._inboxes.get(name.subject_id)
        if watched is not None:
            self._forget(watched)

    def _forget(self, watched: WatchedInbox) -> None:
        self._inboxes.pop(watched.account_id, None)
        self._index(watched, frozenset())
        if watched.reading is not None and watched.reading is not asyncio.current_task():
            watched.reading.cancel()

    def _index(self, watched: WatchedInbox, names: frozenset[str]) -> None:
        """Find the inbox by these names from now on."""
        for name in watched.names - names:
            found = self._by_name.get(name, set())
            found.discard(watched)
            if not found:
                self._by_name.pop(name, None)
        for name in names:
            self._by_name.setdefault(name, set()).add(watched)
        watched.names = names

    async def _read(self, watched: WatchedInbox, hub: Hub) -> tuple[InboxCounts, int]:
        """Return the counts of an inbox, and a position that they are true at, or later; find it by what is in it."""

        async def ask(reads: ReadModels) -> tuple[tuple[Own, list[Candidate]], list[str]]:
            found = candidates.candidates(reads, watched.account_id, hub.now_us(), self._opened)
            return await asyncio.gather(found, kick_offs.fixtures_of(reads, watched.account_id))

        ((own, found), on), position = await read_at(self._reads, ask)
        watched.placed = {fixture_id: placed_at for fixture_id, placed_at in watched.placed.items() if placed_at > position}
        about = {watched.account_id, *own.preferences.bells(), *on, *watched.placed}
        names = frozenset(about).union(*[each.names for each in found])
        if watched.account_id in self._inboxes:
            self._index(watched, names)
        else:
            watched.names = names
        return inbox_page.counts_of(own, inbox_page.told(own, found, hub.now_us())), position

    async def _opened(self, sealed: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        return await self._texts.open_many([SealedText(account_id, text) for account_id, text in sealed])

    def _need(self, watched: WatchedInbox, position: int, hub: Hub) -> None:
        watched.needed = max(watched.needed, position)
        if watched.reading is None and self._inboxes.get(watched.account_id) is watched:
            watched.reading = asyncio.ensure_future(self._keep(watched, hub))

    async def _keep(self, watched: WatchedInbox, hub: Hub) -> None:
        try:
            while watched.needed:
                async with self._places:
                    await self._read_once(watched, hub)
                await asyncio.sleep(READ_EVERY_S)
            watched.reading = None
        except UNAVAILABLE_ERRORS as error:
            logger.warning("an inbox cannot be kept up to date and is loaded anew", error=str(error)[:200])
            self._give_up(watched, hub)
        except Exception:
            logger.exception("an inbox cannot be kept up to date and is loaded anew")
            self._give_up(watched, hub)

    async def _read_once(self, watched: WatchedInbox, hub: Hub) -> None:
        for _ in range(WAITS_MAX):
            needed = watched.needed
            counts, position = await self._read(watched, hub)
            if position >= needed:
                watched.needed = 0 if watched.needed == needed else watched.needed
                self._publish(watched, counts, hub)
                return
            await asyncio.sleep(WAIT_S)
        raise TimeoutError(f"the views have not reached {watched.needed}, where the inbox changed")

    def _publish(self, watched: WatchedInbox, counts: InboxCounts, hub: Hub) -> None:
        if watched.channel is None or self._inboxes.get(watched.account_id) is not watched:
            return
        data = watched.channel.change(hub.position, [(WHOLE, encode(counts))], by_time=True)
        if data is not None:
            hub.publish(watched.channel, data)

    def _give_up(self, watched: WatchedInbox, hub: Hub) -> None:
        self._forget(watched)
        if watched.channel is not None:
            hub.drop(watched.channel)


def concerned(fact: Recorded[Any]) -> Iterable[str]:
    """Return the names of the accounts, slips and comments that a fact is about, and of those whom it tells something."""
    body = fact.body
    named = [getattr(body, name, "") for name in ("account_id", "author_id", "slip_id")]
    if isinstance(body, FollowFact):
        named += [getattr(body, name) for name in body.__struct_fields__[:2]]
    if isinstance(body, AccountShadowed | AccountUnshadowed):
        named.append(body.item.item_id)
    return {fact.stream_id, *named, *inbox.recipients(fact)} - {""}


def body_of(parts: Parts) -> bytes:
    """Return the counts, which are the one part."""
    return parts[-1][1]
