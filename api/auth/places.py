"""From where an account signs in, so that it can be told of a new place: a keyed hash, from which nobody reads an address.

A place is a network (24 bits of an IPv4 address, 48 of an IPv6 one: a street, not a home) and a browser by its family, without a version.
The account is hashed along with them, so that two people at one place have nothing in common. Without the key nobody can try addresses.
"""

import ipaddress
import re
from hashlib import blake2b

from api.client_address import UNKNOWN, unmapped

IPV4_PREFIX_BITS, IPV6_PREFIX_BITS = 24, 48
BROWSERS = ("Edg", "OPR", "SamsungBrowser", "FxiOS", "Firefox", "CriOS", "Chrome", "Safari")
"""By the name that a browser gives itself, each before those that it names as well: Chrome also says Safari."""
FAMILY_CHARACTERS_MAX = 40
_OTHER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


class SignInPlaces:
    """Names the places of one log's accounts. For any thread."""

    def __init__(self, key: str, log_id: str) -> None:
        self._key = blake2b(f"{log_id} {key}".encode(), digest_size=32, person=b"sign-in places").digest()

    def of(self, account_id: str, host: str | None, user_agent: str) -> str:
        """Return the place of an account at an address, with the browser that says `user_agent` of itself: 32 hexadecimal digits."""
        said = "\n".join((account_id, network_of(host), browser_of(user_agent)))
        return blake2b(said.encode(), digest_size=16, key=self._key).hexdigest()


def network_of(host: str | None) -> str:
    """Return the network that an address is in, in full; "unknown" for what is no address."""
    try:
        address = unmapped(ipaddress.ip_address(host or ""))
    except ValueError:
        return UNKNOWN
    bits = IPV4_PREFIX_BITS if address.version == 4 else IPV6_PREFIX_BITS
    return str(ipaddress.ip_network((int(address).to_bytes(address.max_prefixlen // 8, "big"), bits), strict=False))


def browser_of(user_agent: str) -> str:
    """Return the family of a browser, or the first name that another program gives itself; empty where it says none."""
    for family in BROWSERS:
        if f"{family}/" in user_agent:
            return family
    found = _OTHER.search(user_agent)
    return found[0][:FAMILY_CHARACTERS_MAX] if found else ""
