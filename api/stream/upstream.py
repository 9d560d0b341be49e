"""The gateway that an edge stands before, as the edge asks it and hears from it."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from api.stream.frames import NOTHING, Raw


class Publication(msgspec.Struct, frozen=True):
    """A publication, and the position in the log that it brings its channel to."""

    data: Raw = NOTHING
    offset: int = 0


class ChannelData(msgspec.Struct, frozen=True):
    """What the data of a subscription or a publication says: all of a channel, or what changed."""

    position: str = ""
    snapshot: Raw = NOTHING
    changes: Raw = NOTHING


class Subscribed(msgspec.Struct, frozen=True):
    """The answer to a subscription: what was missed, or all parts by name, with the position at which each changed last, back to a floor.

    It is `own` where it is told what is made for one account alone.
    """

    own: bool = False
    offset: int = 0
    recovered: bool = False
    data: ChannelData = ChannelData()
    floor: int = 0
    parts: tuple[tuple[str, int, Raw], ...] = ()
    publications: tuple[Publication, ...] = ()


class Stands(msgspec.Struct, frozen=True):
    """Up to which position all of a channel was told."""

    offset: int = 0


class Refusal(msgspec.Struct, frozen=True):
    """Why a command failed, or a subscription ended."""

    code: int = 0


class CallResult(msgspec.Struct, frozen=True):
    """The result of a call."""

    data: Raw = NOTHING


class Connected(msgspec.Struct, frozen=True):
    """The answer to an edge that connects: the log, and where the gateway stands in it."""

    class Data(msgspec.Struct, frozen=True):
        """What the gateway says of itself."""

        position: str = ""
        log: str = ""

    data: Data = Data()


class Pushed(msgspec.Struct, frozen=True):
    """What is said without being asked."""

    channel: str = ""
    pub: Publication | None = None
    unsubscribe: Refusal | None = None


class Message(msgspec.Struct, frozen=True):
    """A reply, or a push."""

    id: int = 0
    error: Refusal | None = None
    connect: Connected | None = None
    subscribe: Subscribed | None = None
    history: Stands | None = None
    rpc: CallResult | None = None
    push: Pushed | None = None


Answered = Callable[[Message | None], None]
"""Gets a reply, at once as it comes, before what comes behind it; None where the connection was lost or there is none."""


class Upstream(Protocol):
    """Takes commands."""

    def ask(self, method: str, request: bytes, answered: Answered) -> None:
        """Send a command; the request is JSON."""
        ...


class Edge(Protocol):
    """Hears."""

    def connected(self, told: Connected) -> None:
        """Go on after a connection was made, the first or another one."""
        ...

    def lost(self) -> None:
        """Note that the connection is lost; another one is tried for."""
        ...

    def pushed(self, push: Pushed) -> None:
        """Take what is said of a channel."""
        ...


class AccountsListener(Protocol):
    """Told of accounts on whose sessions something changed."""

    def note_accounts(self, accounts: Sequence[str]) -> None:
        """Look again whether their sessions count."""
        ...

    def note_all_accounts(self) -> None:
        """Look again at every session."""
        ...
