"""What one account sees of a slip: whether at all, and which of its comments."""

from api.stream.channel import Subscription
from api.stream.hub import Hub
from api.stream.slip_rows import COMMENT, ID_CHARACTERS, WITHDRAWN, SlipRows
from api.stream.slip_viewers import SlipViewer, recent_key
from projections.social import cards


class SlipSight:
    """A slip as an account sees it, as of every moment."""

    def __init__(self, rows: SlipRows, viewer: SlipViewer, hub: Hub) -> None:
        self.viewer = viewer
        self._rows = rows
        self._hub = hub

    @property
    def is_seen(self) -> bool:
        """Whether the account may see the slip."""
        card = self._rows.card
        return card is not None and cards.may_see(card, self.viewer.now)

    @property
    def hides_any(self) -> bool:
        """Whether some comments may be hidden from it; see `channel.Sight`."""
        now = self.viewer.now
        return bool(now.apart or now.muted or self.viewer.has_word or self.viewer.account_id in self._rows.withdrawn)

    def hides(self, key: str) -> bool:
        """Whether a comment is hidden from it: its author, or a word in it. That an account was shadowed is hidden from that account."""
        author_id = key[-ID_CHARACTERS:]
        if key.startswith(WITHDRAWN):
            return author_id == self.viewer.account_id
        if not key.startswith(COMMENT) or author_id == self.viewer.account_id:
            return False
        text = self._rows.texts.get(key[len(COMMENT) : len(COMMENT) + ID_CHARACTERS])
        return self.viewer.hides(author_id) or bool(text and self.viewer.has_word is not None and self.viewer.has_word(text))

    def may_recover(self, position: int) -> bool:
        """Whether it sees what it saw at a position: what it blocks, mutes and follows has not changed since."""
        recent = self._hub.recent
        return position >= recent.floor and not recent.of([recent_key(self.viewer.account_id)], position)

    def begun(self, subscription: Subscription) -> None:
        """Note a subscription, to be ended when the account may see the slip no more."""
        self.viewer.subscriptions.add(subscription)
