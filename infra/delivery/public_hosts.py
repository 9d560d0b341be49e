"""Which servers may be asked at all, where somebody else says whom to ask: those that have public addresses, and no others."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from domain.notification.push_subscription import PushEndpoint, PushEndpointNotAllowed

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
LOOKED_UP_WITHIN_S = 5.0
LOOK_UPS_MAX = 64
"""So many hosts are looked up at a time; the resolver may hold a thread for longer than anybody waits."""
SITE_LOCAL = IPv6Network("fec0::/10")
"""Private until RFC 3879 gave it up; networks that still use it are there, and `ipaddress` calls it global."""
EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))
"""Networks whose last 32 bits are an IPv4 address that a gateway of the network may go on to."""


class HostNotFound(Exception):  # noqa: N818  (it is an outcome)
    """A host has no address now."""


class PublicHosts:
    """Looks hosts up, and refuses what leads into a private network. What it returns is connected to; nothing is looked up twice."""

    def __init__(self, exceptions: Collection[str] = (), look_up: LookUp | None = None) -> None:
        """`exceptions` are "host:port" of servers for development and tests, which may be private, and asked without TLS.

        `look_up` returns the addresses of a host, and raises OSError where it has none; the system's, where it is left out.
        """
        self._exceptions, self._look_up = frozenset(exceptions), look_up or SystemLookUps()

    async def addresses(self, endpoint: PushEndpoint) -> Sequence[str]:
        """Return the addresses of an endpoint's host.

        Raises:
            PushEndpointNotAllowed: where it is not asked over https, or has an address that is not public.
            HostNotFound: where it has none now.

        """
        is_exception = f"{endpoint.host}:{endpoint.port}" in self._exceptions
        if endpoint.scheme != "https" and not is_exception:
            raise PushEndpointNotAllowed(endpoint.host, "it is not https")
        try:
            async with asyncio.timeout(LOOKED_UP_WITHIN_S):
                found = await self._look_up(endpoint.host.strip("[]"), endpoint.port)
        except (OSError, TimeoutError, UnicodeError):
            raise HostNotFound(endpoint.host) from None
        if not is_exception and not all(map(is_public, found)):
            raise PushEndpointNotAllowed(endpoint.host, "its address is not public")
        return found

    async def check(self, endpoint: PushEndpoint) -> None:
        """Go on where an endpoint may be asked.

        Raises:
            PushEndpointNotAllowed: as from `addresses`, and where its host has no address.

        """
        try:
            await self.addresses(endpoint)
        except HostNotFound:
            raise PushEndpointNotAllowed(endpoint.host, "it has no address") from None


class SystemLookUps:
    """Asks the system's resolver, in threads of its own: names whose servers never answer hold up nothing else that waits for a thread.

    A host that is being looked up is not looked up beside that. For one event loop.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOK_UPS_MAX, "looking hosts up")
        self._under_way: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host; OSError where it has none."""
        place = host, port
        if place not in self._under_way:
            self._under_way[place] = found = asyncio.get_running_loop().run_in_executor(self._threads, _found, host, port)
            found.add_done_callback(lambda done: (self._under_way.pop(place), done.cancelled() or done.exception()))
        return await asyncio.shield(self._under_way[place])


def _found(host: str, port: int) -> Sequence[str]:
    return list(dict.fromkeys(str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, and every IPv4 address within it as well."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found in SITE_LOCAL:
        return False
    inner = _embedded(found) if isinstance(found, IPv6Address) else None
    return found.is_global and not found.is_multicast and not found.is_reserved if inner is None else is_public(str(inner))


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address within an IPv6 one: mapped, 6to4, or behind a NAT64."""
    if address.is_loopback or address.is_unspecified:
        return None
    if any(address in network for network in EMBEDDING):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
