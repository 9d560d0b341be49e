"""Requests to a provider over one kept HTTP/2 connection, that is opened anew when it was given up."""

import asyncio
import ssl
from collections.abc import Callable

from domain.notification.push_subscription import PushEndpoint
from infra.delivery.http2_connection import Fields, Http2Connection
from infra.delivery.provider_connection import NotSent, ProviderAnswer
from infra.delivery.provider_connections import ADDRESSES_TRIED_MAX, ANSWERED_WITHIN_S, CONNECTED_WITHIN_S
from infra.delivery.public_hosts import HostNotFound, PublicHosts

IDLE_S_MAX = 300.0
"""A connection that was idle for longer is not used again: what is between may have forgotten it."""


class Http2Provider:
    """The connection to one provider. For one event loop."""

    def __init__(
        self,
        endpoint: PushEndpoint,
        hosts: PublicHosts,
        monotonic_s: Callable[[], float],
        tls: ssl.SSLContext | None = None,
        answered_within_s: float = ANSWERED_WITHIN_S,
    ) -> None:
        """`tls` is what certificates are checked with; those that the system trusts, where it is left out."""
        self._endpoint, self._hosts, self._monotonic_s = endpoint, hosts, monotonic_s
        self._answered_within_s = answered_within_s
        self._tls = tls or ssl.create_default_context()
        self._tls.set_alpn_protocols(["h2"])
        self._connection: Http2Connection | None = None
        self._one_connects = asyncio.Lock()

    async def post(self, path: str, fields: Fields, body: bytes) -> ProviderAnswer:
        """Send a request with further fields, and return what was answered.

        Raises:
            PushEndpointNotAllowed: where the provider is in a private network, or is not asked over https.
            NotSent: where it certainly took nothing. MaybeSent: where it may have.

        """
        connection = await self._usable()
        named = (":method", "POST"), (":scheme", self._endpoint.scheme), (":authority", self._endpoint.authority), (":path", path)
        answer = await connection.ask((*named, *fields), body, self._answered_within_s)
        connection.used_s = self._monotonic_s()
        return answer

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    async def _usable(self) -> Http2Connection:
        async with self._one_connects:
            kept = self._connection
            if kept is not None and kept.is_usable and (kept.is_busy or self._monotonic_s() - kept.used_s < IDLE_S_MAX):
                return kept
            if kept is not None and not kept.is_busy:
                kept.close()
            self._connection = await self._connected()
            return self._connection

    async def _connected(self) -> Http2Connection:
        """Connect to the very addresses that were found public; the certificate is checked against the host's name."""
        endpoint = self._endpoint
        try:
            addresses = await self._hosts.addresses(endpoint)
        except HostNotFound:
            raise NotSent(f"{endpoint.host} has no address now") from None
        tls, name = (self._tls, endpoint.host.strip("[]")) if endpoint.scheme == "https" else (None, None)
        loop, why = asyncio.get_running_loop(), ""
        for address in addresses[:ADDRESSES_TRIED_MAX]:
            try:
                async with asyncio.timeout(CONNECTED_WITHIN_S):
                    transport, connection = await loop.create_connection(
                        lambda: Http2Connection(self._monotonic_s()), address, endpoint.port, ssl=tls, server_hostname=name
                    )
            except (OSError, TimeoutError) as error:  # of TLS, too
                why = f"{type(error).__name__}: {error}"[:200]
                continue
            agreed = transport.get_extra_info("ssl_object")
            if agreed is None or agreed.selected_alpn_protocol() == "h2":
                return connection
            connection.close()
            why = "the provider does not speak HTTP/2"
        raise NotSent(f"no connection: {why}")
