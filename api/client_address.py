"""The client's address: that of the connection, or the one that a trusted proxy names in `X-Forwarded-For`."""

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

IPV6_PREFIX_BITS = 64
"""The network that a provider gives to one customer, who can use any IPv6 address in it."""
FORWARDED_HOPS_MAX = 20
UNKNOWN = "unknown"


class TrustedProxies:
    """Networks whose `X-Forwarded-For` is believed. Without any, the field is ignored.

    Addresses are read from the right, where each proxy adds the address that it saw: the first that is no trusted proxy's is the client's.
    Whatever stands further left was sent by the client and is ignored.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: list[Network] = [ipaddress.ip_network(network) for network in networks]

    def trusts(self, address: str) -> bool:
        """Whether an address is a trusted proxy's."""
        if not self._networks:
            return False
        try:
            found = unmapped(ipaddress.ip_address(address))
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in self._networks)

    def client_of(self, peer: str, forwarded: bytes | None) -> str:
        """Return the client's address. `forwarded` are the values of `X-Forwarded-For` in order, joined by commas."""
        if forwarded is None or not self.trusts(peer):
            return peer
        client = peer
        for hop in reversed(forwarded.decode("latin-1").split(",")[-FORWARDED_HOPS_MAX:]):
            try:
                client = str(unmapped(ipaddress.ip_address(hop.strip())))
            except ValueError:
                return client
            if not self.trusts(client):
                return client
        return client


def address_of(host: str | None) -> str:
    """Return whom a client's address stands for: itself, or its network in IPv6."""
    try:
        address = unmapped(ipaddress.ip_address(host or ""))
    except ValueError:
        return UNKNOWN
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address) >> 128 - IPV6_PREFIX_BITS << 128 - IPV6_PREFIX_BITS, IPV6_PREFIX_BITS)))


def check_networks(networks: Sequence[str]) -> tuple[str, ...]:
    """Return networks as they are written in full.

    Raises:
        ValueError: for what is no network, and for one that holds every address.

    """
    checked = []
    for text in networks:
        network = ipaddress.ip_network(text)
        if not network.prefixlen:
            raise ValueError(f"{text} would let everybody name any address")
        checked.append(str(network))
    return tuple(checked)


def unmapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for where it does."""
    return getattr(address, "ipv4_mapped", None) or address
