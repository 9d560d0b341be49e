"""What a kind of channels is to the hub: how it is loaded, who may see it, and how facts change it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from api.channel_names import ChannelName
from api.stream.channel import Channel, Sight
from domain.fact import Fact, Recorded

if TYPE_CHECKING:
    from api.stream.hub import Hub


class NotSeen(Exception):  # noqa: N818  (named for what is so)
    """The account may not see the channel: to it there is none."""


class ChannelFeed(Protocol):
    """Keeps the state of some kinds of channels; what `rests_on` others begins anew when they do."""

    channels: frozenset[str]

    @property
    def rests_on(self) -> "Sequence[ChannelFeed]":
        """The feeds whose state it uses."""
        ...

    @property
    def kinds(self) -> frozenset[type[Fact]]:
        """The kinds of facts that it wants."""
        ...

    async def load(self, name: ChannelName, hub: "Hub") -> Channel | None:
        """Return a channel that is up to the hub's position, None where its subject does not exist.

        Raises:
            ReadModelsUnavailable, TimeoutError: when it cannot be told now.

        """
        ...

    async def admit(self, name: ChannelName, account_id: str, hub: "Hub") -> Sight | None:
        """Return what an account sees of a channel that is open, None where all of it is for everybody who may subscribe.

        Raises:
            NotSeen: where it may not see the channel.
            ReadModelsUnavailable, StoreUnavailable, TimeoutError: when it cannot be told now.

        """
        ...

    def apply(self, fact: Recorded, hub: "Hub") -> str | None:
        """Take a fact; return what it is kept under for whoever opens a channel about it, None where that needs none."""
        ...

    def finish(self, hub: "Hub") -> None:
        """Publish what waits for the end of a stretch."""
        ...

    def look(self, hub: "Hub") -> None:
        """Look whether time alone changed anything."""
        ...

    def begin_anew(self) -> None:
        """Forget everything: a fact could not be taken, so what is kept may be wrong. The channels are dropped by the hub."""
        ...

    def forget(self, name: ChannelName) -> None:
        """Forget a channel that nobody reads any more."""
        ...
