"""Who looks at slips: whom an account follows, blocks and mutes, kept while it has a subscription that depends on it.

The rows are those of the view, changed by the view's own `project`, so that an open subscription ends with the fact that ends the right
to it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args
from weakref import WeakSet, WeakValueDictionary

from api.channel_names import ChannelName
from api.sealed_text import SealedText, SealedTexts
from api.stream.channel import Channel, Subscription
from api.stream.hub import Hub
from domain.fact import Fact, Recorded
from domain.follow.facts import FollowFact
from domain.mutes.facts import MutesFact
from domain.partitions import partition_of
from domain.whole_words import finder
from projections.changes import Rank, Unrank
from projections.ports import Ask, RankedRow, ReadModels, Scores
from projections.social import follows
from projections.social.follows import BLOCKED_BY, BLOCKS, FOLLOWING, MUTES, key_of
from projections.social.own_mutes import VIEW as MUTES_VIEW
from projections.social.own_mutes import own_mutes
from projections.social.relations import FOLLOWING_MAX, Viewer, viewer_asks, viewer_of

KINDS: frozenset[type[Fact]] = frozenset(get_args(FollowFact | MutesFact))
READ = (FOLLOWING, MUTES, BLOCKS, BLOCKED_BY)
"""The lists of an account that decide what it sees, in the order of `relations.viewer_asks`."""
FOR_EVER_US = 2**63


def recent_key(account_id: str) -> str:
    """Return what facts about an account's relations are kept under among the newest facts."""
    return f"viewer:{account_id}"


def two_of(fact: FollowFact) -> tuple[str, str]:
    """Return the two accounts that a fact is about."""
    names = fact.__struct_fields__[:2]
    return getattr(fact, names[0]), getattr(fact, names[1])


class SlipViewer:
    """An account that looks at slips. `mutes_words`: some texts are not shown to it, whoever wrote them."""

    def __init__(self, account_id: str, lists: Mapping[str, dict[str, int]], now_us: Callable[[], int]) -> None:
        self.account_id = account_id
        self.lists = {key_of(kind, account_id): lists[kind] for kind in READ}
        self._following = lists[FOLLOWING]
        self.has_word: Callable[[str], bool] | None = None
        self.mutes_threads = False
        self.subscriptions: WeakSet[Subscription] = WeakSet()
        self._now_us = now_us
        self._made: Viewer | None = None
        self._holds_until_us = 0

    @property
    def now(self) -> Viewer:
        """What decides at this moment which slips it is shown."""
        if self._made is None or self._now_us() >= self._holds_until_us:
            rows = [[RankedRow(member.encode(), score, ()) for member, score in found.items()] for found in self.lists.values()]
            now_us = self._now_us()
            self._made = viewer_of(self.account_id, rows, now_us)
            ends = [score * 1_000 for score in self.lists[key_of(MUTES, self.account_id)].values() if score * 1_000 > now_us]
            self._holds_until_us = min([FOR_EVER_US, *ends])
        return self._made

    def changes_by(self, fact: Recorded) -> bool:
        """Whether a fact between two accounts changes whom it follows, blocks or mutes, or who blocks it."""
        return any(isinstance(change, Rank | Unrank) and change.key in self.lists for change in follows.VIEW.project(fact))

    @property
    def mutes_anybody(self) -> bool:
        """Whether it mutes accounts, or did until a while ago."""
        return bool(self.lists[key_of(MUTES, self.account_id)])

    def mutes_ended_us(self, now_us: int) -> int:
        """Return when the last of its mutes ended that time alone ended, 0 for none."""
        ends = [score * 1_000 for score in self.lists[key_of(MUTES, self.account_id)].values()]
        return max([0, *[end_us for end_us in ends if end_us <= now_us]])

    def is_following(self, account_id: str) -> bool:
        """Whether it follows an account."""
        return account_id in self._following

    @property
    def following(self) -> Collection[str]:
        """The accounts that it follows."""
        return self._following

    @property
    def mutes_words(self) -> bool:
        """Whether words or threads are muted: lists are then made for this account alone."""
        return self.has_word is not None or self.mutes_threads

    def hides(self, author_id: str) -> bool:
        """Whether it is shown nothing of an account."""
        now = self.now
        return author_id in now.apart or author_id in now.muted

    def apply(self, fact: Recorded) -> bool:
        """Change its lists as the view does; return whether one changed."""
        changed = False
        for change in follows.VIEW.project(fact):
            if isinstance(change, Rank | Unrank) and (found := self.lists.get(change.key)) is not None:
                member = change.member if isinstance(change.member, str) else change.member.decode()
                if isinstance(change, Rank):
                    found[member] = change.score
                else:
                    found.pop(member, None)
                changed = True
        self._made = None
        return changed


class SlipViewers:
    """The accounts that look at slips: a feed without channels of its own, on which others rest. For one event loop."""

    channels: frozenset[str] = frozenset()
    rests_on = ()
    kinds = KINDS

    def __init__(self, reads: ReadModels, texts: SealedTexts) -> None:
        self._reads = reads
        self._texts = texts
        self._viewers: WeakValueDictionary[str, SlipViewer] = WeakValueDictionary()
        self.listeners: list[Callable[[SlipViewer, Recorded, Hub], None]] = []

    async def of(self, account_id: str, author_id: str, hub: Hub) -> SlipViewer:
        """Return what an account may see, up to the hub's position; of `author_id` that is known however many it follows.

        Raises:
            ReadModelsUnavailable, StoreUnavailable, TimeoutError: when it cannot be told now.

        """
        known = self._viewers.get(account_id)
        following = known.lists[key_of(FOLLOWING, account_id)] if known is not None else {}
        if known is not None and (len(following) < FOLLOWING_MAX or author_id in following):
            return known
        asks: list[Ask] = [
            *viewer_asks(account_id),
            *[Scores(key_of(kind, account_id), [author_id]) for kind in (FOLLOWING, BLOCKS, BLOCKED_BY)],
        ]
        positions, answers = await self._reads.many_at(follows.VIEW, asks)
        muted_at = (await self._reads.positions(MUTES_VIEW, [partition_of(account_id)]))[partition_of(account_id)]
        mutes = await own_mutes(self._reads, account_id, hub.now_us())
        words = await self._texts.open_many([SealedText(account_id, word) for word in mutes.words])
        await hub.reached(max(positions.values()))
        if min(*positions.values(), muted_at) < hub.recent.floor:
            raise TimeoutError("the view is further behind than the newest facts reach")
        known = self._viewers.get(account_id)
        lists = {kind: {row.member.decode(): row.score for row in found} for kind, found in zip(READ, answers, strict=False)}
        for kind, (since,) in zip((FOLLOWING, BLOCKS, BLOCKED_BY), answers[len(READ) :], strict=True):
            if since is not None:
                lists[kind][author_id] = since
        made = SlipViewer(account_id, lists, hub.now_us)
        made.has_word = finder([word for word in words if word]) if mutes.words else None
        made.mutes_threads = bool(mutes.threads)
        newer = hub.recent.of([recent_key(account_id)], min(*positions.values(), muted_at))
        if any(fact.position > muted_at for fact in newer if isinstance(fact.body, MutesFact)):
            raise TimeoutError("words were muted since the view was read; ask again")
        for fact in newer:
            if isinstance(fact.body, FollowFact):
                made.apply(fact)
        if known is None:
            self._viewers[account_id] = made
            return made
        for key, found in made.lists.items():
            known.lists[key].update(found)
        return known

    def apply(self, fact: Recorded[Any], hub: Hub) -> str | None:
        """Take a fact about two accounts, or about what one mutes, and tell of those among them that look."""
        accounts = two_of(fact.body) if isinstance(fact.body, FollowFact) else (fact.body.account_id,)
        for account_id in accounts:
            hub.recent.add(recent_key(account_id), fact)
            viewer = self._viewers.get(account_id)
            if viewer is None:
                continue
            if isinstance(fact.body, FollowFact):
                if not viewer.apply(fact):
                    continue
            else:
                del self._viewers[account_id]
            for changed in self.listeners:
                changed(viewer, fact, hub)
        return None

    async def load(self, _name: ChannelName, _hub: Hub) -> Channel | None:
        """There are no channels of viewers."""
        return None

    async def admit(self, _name: ChannelName, _account_id: str, _hub: Hub) -> None:
        """There are no channels of viewers."""

    def finish(self, hub: Hub) -> None:
        """Nothing waits for the end of a stretch."""

    def look(self, hub: Hub) -> None:
        """A mute that ends is noticed when somebody asks."""

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        self._viewers.clear()

    def forget(self, name: ChannelName) -> None:
        """There are no channels of viewers."""
