"""Requests to a provider over one kept HTTP/2 connection, that is opened anew when it was given up."""

import asyncio
import ssl
from collections.abc import Callable

from domain.notification.push_subscription import PushEndpoint
from infra.delivery.connecting import connected_to
from infra.delivery.http2_connection import Fields, Http2Connection
from infra.delivery.provider_connection import ProviderAnswer
from infra.delivery.provider_connections import ANSWERED_WITHIN_S
from infra.delivery.public_hosts import PublicHosts

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
            self._connection = await connected_to(self._endpoint, self._hosts, self._tls, self._made, _amiss)
            return self._connection

    def _made(self) -> Http2Connection:
        return Http2Connection(self._monotonic_s())


def _amiss(transport: asyncio.Transport) -> str:
    agreed = transport.get_extra_info("ssl_object")
    return "" if agreed is None or agreed.selected_alpn_protocol() == "h2" else "the provider does not speak HTTP/2"
