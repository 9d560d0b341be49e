"""What accounts see of slips on an edge: the right to a slip is kept upstream, and ends here with what is said there."""

from api.stream.channel import Channel, Subscription, Unread
from api.stream.slip_rows import WITHDRAWN


class EdgeViewer:
    """An account that may see a slip, as the gateway upstream says; with a channel of its own where something is hidden from it."""

    def __init__(self, name: str, account_id: str, channel: Channel | None, since: int) -> None:
        self.name = name
        self.account_id = account_id
        self.channel = channel
        self.since = since
        self.subscriptions: set[Subscription] = set()
        self.unread = Unread()

    @property
    def is_read(self) -> bool:
        """Whether a client of the account is still in the channel."""
        self.subscriptions = {each for each in self.subscriptions if each.subscriber in each.channel.subscriptions}
        return bool(self.subscriptions)


class EdgeSight:
    """What an account sees of a slip: all that is told here, but that it is shadowed."""

    def __init__(self, viewer: EdgeViewer, channel: Channel) -> None:
        self._viewer = viewer
        self._channel = channel
        self._hidden = WITHDRAWN + viewer.account_id

    @property
    def hides_any(self) -> bool:
        """Whether frames are made for it alone; see `channel.Sight`."""
        return self._hidden in self._channel.parts

    def hides(self, key: str) -> bool:
        """Whether a part is hidden from it."""
        return key == self._hidden

    def may_recover(self, position: int) -> bool:
        """Whether it sees what it saw at a position: its right was watched since then."""
        return position >= self._viewer.since

    def begun(self, subscription: Subscription) -> None:
        """Note a subscription, to be ended with the right."""
        self._viewer.subscriptions.add(subscription)
