"""The connections of one server: how many there are, from which addresses, and which one is closed when a limit is reached."""

from collections.abc import Container, Iterable
from enum import Enum
from itertools import chain, islice
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Count

from api.client_address import TrustedProxies, address_of
from infra.httpserver.limits import PROBES_MAX, Limits


class Admission(Enum):
    """What a new connection may do: ask anything, ask probes only, or nothing."""

    WHOLE = "whole"
    PROBES = "probes"
    NONE = "none"


class ClientConnection(Protocol):
    """What is known of a connection here."""

    address: str

    @property
    def loss(self) -> int:
        """How much is lost when it is closed now: `NOTHING_LOST` and up, `REQUEST_LOST` where a request is being answered."""
        ...

    def make_room(self) -> None:
        """Close, since another one needs the place."""
        ...


NOTHING_LOST, REQUEST_LOST = 0, 9
LOOKED_AT_MAX = 256
"""Of the connections that might make room, how many are looked at, so that a flood of new ones costs little each."""


class ConnectionFigures:
    """The metrics of connections, for /metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.open = Gauge("slipstream_http_connections", "Connections open now.", registry=registry)
        self.limit = Gauge("slipstream_http_connections_limit", "Connections that may be open at once.", registry=registry)
        self.files = Gauge("slipstream_http_files_limit", "Files that the process may open.", registry=registry)
        self.refused = Count(
            "slipstream_http_connections_refused",
            "Connections beyond a limit: those that may only ask probes (limited), and those closed at once (closed).",
            ["how"],
            registry=registry,
        )
        self.closed = Count(
            "slipstream_http_connections_closed",
            "Connections closed by the server before their time: a deadline passed, or room was needed.",
            ["why"],
            registry=registry,
        )
        self.refused_requests = Count(
            "slipstream_http_requests_refused_unread", "Requests refused before any route, by problem.", ["problem"], registry=registry
        )


class Connections:
    """Counts connections. Where a limit is reached, an old one without a request under way makes room, first of those that never asked.

    Of an address at its limit, one of its own connections goes; nobody else pays for it. Addresses of trusted proxies have no limit of
    their own. Connections that may only ask probes stand beside the limit in a reserve, where one makes room for another and for nobody
    else: a flood cannot close the connection of a probe that is about to ask.
    """

    def __init__(self, limits: Limits, proxies: TrustedProxies, figures: ConnectionFigures) -> None:
        self._limits = limits
        self._proxies = proxies
        self._figures = figures
        self._all: dict[Any, None] = {}
        self._never_asked: dict[Any, None] = {}
        self._by_address: dict[str, dict[Any, None]] = {}
        self._for_probes: dict[Any, None] = {}
        figures.open.set_function(lambda: len(self._all))
        figures.limit.set(limits.connections_max)

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, connection: ClientConnection) -> Admission:
        """Count a connection in, and say what it may do."""
        address = connection.address
        mine = self._by_address.setdefault(address, {})
        admission = Admission.WHOLE
        if len(mine) >= self._limits.connections_per_address_max and not self._proxies.trusts(address):
            admission = self._make_room(mine)
        if admission is Admission.WHOLE and len(self._all) - len(self._for_probes) >= self._limits.connections_max:
            admission = self._make_room(chain(islice(self._never_asked, LOOKED_AT_MAX), self._all), self._for_probes)
        if admission is Admission.NONE:
            self._figures.refused.labels("closed").inc()
            if not mine:
                del self._by_address[address]
            return admission
        if admission is Admission.PROBES:
            self._figures.refused.labels("limited").inc()
            self._for_probes[connection] = None
        self._all[connection] = None
        self._never_asked[connection] = None
        self._by_address.setdefault(address, mine)[connection] = None
        return admission

    def note_asked(self, connection: ClientConnection) -> None:
        """Note that a connection sent a whole request."""
        self._never_asked.pop(connection, None)

    def release(self, connection: ClientConnection) -> None:
        """Count a connection out."""
        self._all.pop(connection, None)
        self._never_asked.pop(connection, None)
        self._for_probes.pop(connection, None)
        mine = self._by_address.get(connection.address)
        if mine is not None:
            mine.pop(connection, None)
            if not mine:
                del self._by_address[connection.address]

    def every(self) -> list[Any]:
        """Return the connections, the oldest first."""
        return list(self._all)

    def _make_room(self, candidates: Iterable[Any], spared: Container[Any] = ()) -> Admission:
        if self._close_cheapest(candidates, spared):
            return Admission.WHOLE
        if len(self._for_probes) < PROBES_MAX or self._close_cheapest(self._for_probes):
            return Admission.PROBES
        return Admission.NONE

    def _close_cheapest(self, candidates: Iterable[Any], spared: Container[Any] = ()) -> bool:
        looked_at = [each for each in islice(candidates, 2 * LOOKED_AT_MAX) if each not in spared]
        cheapest = min(looked_at, key=lambda connection: connection.loss, default=None)
        if cheapest is None or cheapest.loss >= REQUEST_LOST:
            return False
        self.release(cheapest)
        cheapest.make_room()
        self._figures.closed.labels("room").inc()
        return True


def peer_of(client: tuple[str, int] | None) -> str:
    """Return what limits by address count: the address of the peer, its network in IPv6."""
    return address_of(client[0] if client else None)
