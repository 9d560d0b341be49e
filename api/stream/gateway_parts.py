"""What every connection of a gateway shares."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import ProcessClock, Session
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts

Call = Callable[[Session | None, bytes, Callable[[bytes], None]], None]


@dataclass(frozen=True)
class StreamLimits:
    """How much of everything: of connections, of channels a connection, of bytes that wait for a client that does not drain."""

    connections_max: int = 20_000
    connections_per_account_max: int = 64
    connections_per_address_max: int = 2_048
    channels_max: int = 512
    edge_channels_max: int = 200_000
    buffer_bytes_max: int = 1_048_576
    ping_s: int = 25
    pong_s: int = 8
    connect_s: int = 10
    slow_s: int = 5
    expired_s: int = 5


class SessionCheck(Protocol):
    """Tells whether sessions count."""

    async def counts(self, session: Session) -> bool:
        """Tell whether a session counts.

        Raises:
            StoreUnavailable, Overloaded, Stopping: when that cannot be told.

        """
        ...


class GatewayParts(Protocol):
    """The gateway, as its connections see it."""

    hub: Hub
    tokens: SocketTokens
    clock: ProcessClock
    counts: StreamCounts
    limits: StreamLimits
    methods: Mapping[str, Call]
    edge_methods: Mapping[str, Call]

    def now_s(self) -> int:
        """Return the time in Unix seconds."""
        ...

    def position_text(self) -> str:
        """Return where the gateway stands in the log."""
        ...

    def take_place(self, connection: Any) -> bool:
        """Count a connection as its account's; return whether there is a place for it."""
        ...

    async def counts_still(self, session: Session) -> bool:
        """Tell whether a session still counts."""
        ...

    def run(self, work: Coroutine[Any, Any, None], failed: Callable[[], object]) -> None:
        """Run something that waits; `failed` is called where it raised."""
        ...
