"""Connects to a provider: to addresses that were found public, with its certificate checked, over whichever protocol the caller speaks."""

import asyncio
import ssl
from collections.abc import Callable
from typing import TypeVar

from domain.notification.push_subscription import PushEndpoint
from infra.delivery.provider_connection import NotSent
from infra.delivery.public_hosts import HostNotFound, PublicHosts

CONNECTED_WITHIN_S = 5.0
ADDRESSES_TRIED_MAX = 2

Connection = TypeVar("Connection", bound=asyncio.Protocol)


def _nothing_amiss(_transport: asyncio.Transport) -> str:
    return ""


async def connected_to(
    endpoint: PushEndpoint,
    hosts: PublicHosts,
    tls: ssl.SSLContext,
    make: Callable[[], Connection],
    amiss: Callable[[asyncio.Transport], str] = _nothing_amiss,
) -> Connection:
    """Connect to the very addresses that were found public; the certificate is checked against the host's name.

    `make` makes the protocol's side of a connection; `amiss` says why one that was made is of no use, nothing where it is.

    Raises:
        PushEndpointNotAllowed: where the provider is in a private network, or is not asked over https. NotSent: where no address answered.

    """
    try:
        addresses = await hosts.addresses(endpoint)
    except HostNotFound:
        raise NotSent(f"{endpoint.host} has no address now") from None
    used, name = (tls, endpoint.host.strip("[]")) if endpoint.scheme == "https" else (None, None)
    loop, why = asyncio.get_running_loop(), ""
    for address in addresses[:ADDRESSES_TRIED_MAX]:
        try:
            async with asyncio.timeout(CONNECTED_WITHIN_S):
                transport, connection = await loop.create_connection(make, address, endpoint.port, ssl=used, server_hostname=name)
        except (OSError, TimeoutError) as error:  # of TLS, too
            why = f"{type(error).__name__}: {error}"[:200]
            continue
        why = amiss(transport)
        if not why:
            return connection
        transport.abort()
    raise NotSent(f"no connection: {why}")
