"""A channel as its subscribers see it: parts that stand for what a fresh query would show, and when each last changed.

A change is told by the whole new value of the parts that changed. So whoever stands anywhere after the channel's floor gets all that it
missed in one publication, however often it changed: that is how slow readers are conflated and how lost connections recover.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from api.stream.frames import publication, push

HISTORY_MAX = 64
Parts = Sequence[tuple[str, bytes]]


class Sight(Protocol):
    """What a subscriber is shown of a channel whose parts are not for everybody."""

    @property
    def hides_any(self) -> bool:
        """Whether some parts may be hidden from it, so that its frames are made for it alone."""
        ...

    def hides(self, key: str) -> bool:
        """Whether a part is hidden from it."""
        ...

    def may_recover(self, position: int) -> bool:
        """Whether it may go on from a position: it sees what it saw there."""
        ...

    def begun(self, subscription: "Subscription") -> None:
        """Note a subscription that rests on it."""
        ...


class Subscriber(Protocol):
    """Who is told: a connection."""

    @property
    def is_paused(self) -> bool:
        """Whether it does not drain what was sent, so that more would only wait."""
        ...

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Send a frame; one that may wait is written with others within a moment."""
        ...

    def dropped(self, subscription: "Subscription") -> None:
        """Have the client subscribe again: the channel is not kept up to date any more."""
        ...

    def ended(self, subscription: "Subscription") -> None:
        """Tell the client that it may see the channel no more."""
        ...


class Subscription:
    """A connection in a channel: how far it was told, and how often it wants to be; `sight` where not all of it is for everybody."""

    __slots__ = ("__weakref__", "channel", "cursor", "expires_at_s", "join_leave", "sent_s", "sight", "subscriber", "tick_s")

    def __init__(self, channel: "Channel", subscriber: Subscriber, tick_s: float, sight: Sight | None = None) -> None:
        self.channel = channel
        self.subscriber = subscriber
        self.tick_s = tick_s
        self.sight = sight
        self.sent_s = 0.0
        self.cursor = channel.sequence
        self.join_leave = False
        self.expires_at_s = 0

    @property
    def is_picky(self) -> bool:
        """Whether its frames are made for it alone."""
        return self.sight is not None and self.sight.hides_any

    def missed(self) -> bytes | None:
        """Return a frame with all that changed since it was told last, None for nothing."""
        data = self.channel.data_since(self.cursor, self.sight)
        return self.channel.frame(data) if data is not None else None


class ChannelPart(NamedTuple):
    """Some of what a channel shows, as JSON, the change that made it so, and the position at which it did."""

    body: bytes
    sequence: int
    position: int


class Published(NamedTuple):
    """A publication as the history keeps it."""

    position: int
    data: bytes


class Rendering(NamedTuple):
    """How parts become JSON: all of them as a query shows them, and some as changes."""

    whole: Callable[[Parts], bytes]
    changes: Callable[[Parts], bytes]


class Unread:
    """Since when something has had no reader."""

    def __init__(self) -> None:
        self._since_s = 0.0

    def lasts(self, for_s: float, now_s: float, *, is_read: bool) -> bool:
        """Note whether it is read now; return whether it has had no reader for longer than that."""
        self._since_s = 0.0 if is_read else self._since_s or now_s
        return not is_read and now_s - self._since_s > for_s


class Channel:
    """What is kept of a channel while somebody reads it. `refresh` tells parts that may have changed since it was asked last.

    `since_us` is when the oldest fact was committed that changed it and was not told yet, in microseconds since 1970, 0 for none.
    `may_wait` says of one that is to be told that only engagement changed it.
    """

    def __init__(
        self, name: str, rendering: Rendering, position_text: Callable[[int], str], refresh: Callable[[], Iterable[tuple[str, bytes]]]
    ) -> None:
        self.name = name
        self.refresh = refresh
        self.rendering = rendering
        self.parts: dict[str, ChannelPart] = {}
        self.subscriptions: dict[Any, Subscription] = {}
        self.behind: set[Subscription] = set()
        self.history: deque[Published] = deque(maxlen=HISTORY_MAX)
        self.sequence = 0
        self.position = 0
        self.floor = 0
        self.flushed_s = 0.0
        self.since_us = 0
        self.may_wait = False
        self.unread = Unread()
        self._position_text = position_text

    def begin(self, parts: Parts, position: int, floor: int, touched: dict[str, int]) -> None:
        """Show these parts, as they stand at a position; `touched` is when they changed last, as far as is known back to `floor`."""
        self.position, self.floor = position, floor
        self.parts = {key: ChannelPart(body, 0, touched.get(key, 0)) for key, body in parts}

    def change(self, position: int, changed: Iterable[tuple[str, bytes]], *, by_time: bool = False) -> bytes | None:
        """Take new values of parts at a position; return the data to publish, None where all are as they were.

        What changed by time alone is told again to whoever recovers from this very position: the position cannot tell whether they know.
        """
        parts = self.parts
        news = [(key, body) for key, body in changed if (old := parts.get(key)) is None or old.body != body]
        self.position = max(position, self.position)
        if not news:
            return None
        self.sequence += 1
        for key, body in news:
            parts[key] = ChannelPart(body, self.sequence, position + by_time)
        data = self._data(b"changes", self.rendering.changes(news))
        self.history.append(Published(self.position, data))
        return data

    def frame(self, data: bytes) -> bytes:
        """Return a publication as it is pushed."""
        return push(self.name, "pub", publication(data, self.position))

    def data_since(self, sequence: int, sight: Sight | None = None) -> bytes | None:
        """Return what changed after a change of this process, as somebody sees it; None for nothing."""
        return self._changes([(key, part.body) for key, part in self.parts.items() if part.sequence > sequence], sight)

    def data_after(self, position: int, sight: Sight | None = None) -> bytes | None:
        """Return what changed after a position, None for nothing; the position is not below the floor."""
        return self._changes([(key, part.body) for key, part in self.parts.items() if part.position > position], sight)

    def snapshot(self) -> bytes:
        """Return all of it."""
        return self._data(b"snapshot", self.rendering.whole([(key, part.body) for key, part in self.parts.items()]))

    def history_of(self, after: int | None, limit: int, *, reverse: bool) -> list[Published] | None:
        """Return recent publications, after a position where one is given; None where they are no longer kept back to it."""
        found = list(self.history)
        if after is not None and not reverse:
            if after < (self.floor if len(found) < HISTORY_MAX else found[0].position):
                return None
            found = [each for each in found if each.position > after]
        elif after is not None:
            found = [each for each in found if each.position < after]
        if reverse:
            found.reverse()
        return found if limit < 0 else found[:limit]

    def forget(self, keys: Iterable[str]) -> None:
        """Keep some parts no longer; whoever stands before their last change begins anew."""
        for key in keys:
            part = self.parts.pop(key, None)
            self.floor = max(self.floor, part.position if part is not None else 0)

    def _changes(self, found: Parts, sight: Sight | None) -> bytes | None:
        if sight is not None and sight.hides_any:
            found = [(key, body) for key, body in found if not sight.hides(key)]
        return self._data(b"changes", self.rendering.changes(found)) if found else None

    def _data(self, kind: bytes, body: bytes) -> bytes:
        return b'{"position":"%s","%s":%s}' % (self._position_text(self.position).encode(), kind, body)
