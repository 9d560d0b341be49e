"""A Centrifugo server as this process asks it to publish, and to end what an account may have no longer."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from api.stream.codes import DisconnectCode


class PresentClient(NamedTuple):
    """A connection that is subscribed to a channel, and its account, empty for anybody."""

    client_id: str
    account_id: str


class ServerApi(Protocol):
    """The server API of a Centrifugo. What is queued is carried out in order, and again until it is known that it was done."""

    @property
    def is_full(self) -> bool:
        """Whether so much is queued that publications should wait to be merged."""
        ...

    def publish(self, channel: str, data: bytes) -> None:
        """Queue a publication; `data` is JSON."""
        ...

    def unsubscribe(self, account_id: str, channel: str) -> None:
        """Queue the end of an account's subscriptions to a channel."""
        ...

    def disconnect(self, account_id: str, why: DisconnectCode, *, client_id: str = "", but: Sequence[str] = ()) -> None:
        """Queue the end of one connection of an account, or of all but those that are named."""
        ...

    async def channels(self) -> frozenset[str]:
        """Return the channels that have subscribers.

        Raises:
            ServerAway: when that cannot be told now.

        """
        ...

    async def present(self, channels: Sequence[str]) -> list[list[PresentClient]]:
        """Return who is subscribed to each of some channels.

        Raises:
            ServerAway: when that cannot be told now.

        """
        ...


class ServerAway(Exception):  # noqa: N818  (named for what is so)
    """The Centrifugo did not answer, or answered that it cannot."""
