"""A channel whose subscribers are a Centrifugo's: it is told once, by publications to that server, however many read it there.

The answer to a subscription holds a snapshot, and the subscription takes hold a moment after that answer was given. What was published in
between is not delivered to that client. So for `WINDOW_S` after an answer each publication holds all that changed since that snapshot, and
it is published once more a second after the answer and when the window is over, where anything changed.
"""

from collections import deque

from api.channel_names import SLIP, ChannelName
from api.stream.channel import Channel, Subscription
from api.stream.hub import TICK_S, Hub
from api.stream.server_api import ServerApi
from api.stream.slip_rows import COMMENT, WITHDRAWN

WINDOW_S = 10.0
REPEAT_S = 1.0
"""How long after an answer what changed since is published once more."""


class TellingViewer:
    """An account that looks at a slip through the Centrifugo: its right is watched here and ended there."""

    is_paused = False

    def __init__(self, told: "ToldChannel", account_id: str, now_s: float) -> None:
        self.account_id = account_id
        self.entered_s = now_s
        self.subscription: Subscription | None = None
        self._told = told

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Send nothing: what everybody is told reaches it, and what is hidden from anybody is not told."""

    def dropped(self, subscription: Subscription) -> None:
        """Look at its right anew; see `channel.Subscriber`."""
        del subscription
        self._told.leave(self)
        self._told.listener.viewer_dropped(self._told, self.account_id)

    def ended(self, subscription: Subscription) -> None:
        """End its subscriptions: it may see the slip no more."""
        del subscription
        self._told.leave(self)
        self._told.listener.viewer_ended(self._told, self.account_id)


class ToldChannelListener:
    """Hears of channels that cannot be told any more, and of accounts whose right to one changed or ended."""

    def channel_dropped(self, told: "ToldChannel") -> None:
        """Open the channel anew."""

    def viewer_dropped(self, told: "ToldChannel", account_id: str) -> None:
        """Look anew what an account may see."""

    def viewer_ended(self, told: "ToldChannel", account_id: str) -> None:
        """End an account's subscriptions."""


class ToldChannel:
    """A channel that is published to a Centrifugo: the hub's one subscriber of it, beside the accounts that look at a slip."""

    is_paused = False

    def __init__(self, name: ChannelName, channel: Channel, hub: Hub, server: ServerApi, listener: ToldChannelListener) -> None:
        self.name = name
        self.channel = channel
        self.listener = listener
        self.viewers: dict[str, TellingViewer] = {}
        self.entered_s = hub.monotonic_s()
        self._hub = hub
        self._server = server
        self._told = channel.sequence
        self._answers: deque[tuple[float, int]] = deque()
        self._repeat_at_s: float | None = None
        self._is_behind = False
        self._subscription = Subscription(channel, self, TICK_S)
        hub.subscribe(channel, self._subscription)

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Publish what changed; where too much waits already, later, with what changes until then."""
        del frame, may_wait
        if self._server.is_full:
            self._is_behind = True
        else:
            self._publish(min(self._told, self._window_floor()))

    def dropped(self, subscription: Subscription) -> None:
        """Begin anew: the channel is not kept up to date any more."""
        del subscription
        self.close()
        self.listener.channel_dropped(self)

    def ended(self, subscription: Subscription) -> None:
        """See `channel.Subscriber`: all of a channel never ends, it has no sight."""

    def answered(self) -> bytes:
        """Return the snapshot for a subscription, and repeat what changes until that takes hold."""
        now_s = self.entered_s = self._hub.monotonic_s()
        self._answers.append((now_s, self.channel.sequence))
        if self._repeat_at_s is None:
            self._repeat_at_s = now_s + REPEAT_S
        return self.channel.snapshot()

    def publish_image(self) -> None:
        """Publish all of it, for clients of whom it is not known what they have."""
        self._told = self.channel.sequence
        self._server.publish(self.channel.name, self.channel.snapshot())

    def look(self, now_s: float) -> None:
        """Publish what is due: what waited for room, what is to be repeated."""
        if self._is_behind and not self._server.is_full:
            self._is_behind = False
            self._publish(min(self._told, self._window_floor()))
        if self._repeat_at_s is None or now_s < self._repeat_at_s:
            return
        if self._server.is_full:
            return
        floor = self._window_floor()
        while self._answers and now_s - self._answers[0][0] >= WINDOW_S:
            self._answers.popleft()
        self._repeat_at_s = max(now_s + REPEAT_S, self._answers[0][0] + WINDOW_S) if self._answers else None
        self._publish(floor)

    def watch(self, account_id: str, viewer: TellingViewer, subscription: Subscription) -> None:
        """Watch an account's right to the channel."""
        viewer.subscription = subscription
        self.viewers[account_id] = viewer
        self._hub.subscribe(self.channel, subscription)

    def leave(self, viewer: TellingViewer) -> None:
        """Watch an account's right no more."""
        if self.viewers.get(viewer.account_id) is viewer:
            del self.viewers[viewer.account_id]
        if viewer.subscription is not None:
            self._hub.unsubscribe(viewer.subscription)

    def close(self) -> None:
        """Tell of the channel no more."""
        for viewer in list(self.viewers.values()):
            self.leave(viewer)
        self._hub.unsubscribe(self._subscription)

    def _window_floor(self) -> int:
        return self._answers[0][1] if self._answers else self.channel.sequence

    def _publish(self, since: int) -> None:
        """Publish what changed since a change; all of a slip instead where comments did that are hidden from somebody who looks at it."""
        self._told = self.channel.sequence
        data = self.channel.data_since(since)
        if data is None:
            return
        if self.name.kind == SLIP and self._hides_from_any(since):
            data = self.channel.snapshot()
        self._server.publish(self.channel.name, data)

    def _hides_from_any(self, since: int) -> bool:
        comments = [key for key, part in self.channel.parts.items() if part.sequence > since and key.startswith((COMMENT, WITHDRAWN))]
        return bool(comments) and any(each.subscription is not None and each.subscription.is_picky for each in self.viewers.values())
