"""Requests to providers whose addresses others gave us: over kept connections, bounded for each, to public addresses alone."""

import asyncio
import ssl
from collections import OrderedDict, deque
from collections.abc import Callable

from domain.notification.push_subscription import PushEndpoint
from infra.delivery.connecting import connected_to
from infra.delivery.provider_connection import BODY_KEPT_BYTES, MaybeSent, NotSent, ProviderAnswer, ProviderConnection
from infra.delivery.provider_load import ProviderLoad
from infra.delivery.public_hosts import PublicHosts

ANSWERED_WITHIN_S = 10.0
ROOM_WITHIN_S = 1.0
"""For so long a request waits for others to the same provider; then it is for later."""
IDLE_S_MAX = 20.0
"""A connection that was idle for longer is not used again: its other end may be about to close it."""
PROVIDERS_MAX = 1_000
"""So many providers are known at a time; of those with nothing under way the one that was asked longest ago is forgotten."""
FAILED = (500, 502, 503, 504)


class _Provider:
    """A provider: its load, its idle connections, the last used first, and who waits for one."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self.load = ProviderLoad(monotonic_s)
        self.idle: list[ProviderConnection] = []
        self.waiting: deque[asyncio.Future[None]] = deque()

    def wake(self) -> None:
        """Let those go on who wait for room, as far as there is some; who has gone on is counted only when it runs."""
        free = self.load.room - self.load.under_way
        while self.waiting and free > 0:
            if not (waiting := self.waiting.popleft()).done():
                waiting.set_result(None)
                free -= 1


class ProviderConnections:
    """The connections of one process, used on one event loop."""

    def __init__(
        self,
        hosts: PublicHosts,
        monotonic_s: Callable[[], float],
        tls: ssl.SSLContext | None = None,
        answered_within_s: float = ANSWERED_WITHIN_S,
        body_kept_bytes: int = BODY_KEPT_BYTES,
    ) -> None:
        """`tls` is what certificates are checked with; those that the system trusts, where it is left out.

        `body_kept_bytes` is how much of the body of an answer is kept.
        """
        self._hosts, self._monotonic_s = hosts, monotonic_s
        self._answered_within_s, self._body_kept_bytes = answered_within_s, body_kept_bytes
        self._tls = tls or ssl.create_default_context()
        self._providers: OrderedDict[str, _Provider] = OrderedDict()

    async def post(self, endpoint: PushEndpoint, fields: str, body: bytes) -> ProviderAnswer:
        """Send a request with further header fields (lines that end in CR LF), and return what was answered. Redirects are not followed.

        Raises:
            PushEndpointNotAllowed: where the endpoint leads into a private network, or is not asked over https.
            NotSent: where the provider certainly took nothing.
            MaybeSent: where it may have.

        """
        provider = self._provider(endpoint.origin)
        load = provider.load
        if load.paused_s:
            raise NotSent("the push service did not answer and is not asked for a while", load.paused_s)
        await self._wait_for_room(provider)
        load.under_way += 1
        try:
            answer = await self._asked(provider, endpoint, fields, body)
        except (NotSent, MaybeSent):
            load.failed()
            raise
        finally:
            load.under_way -= 1
            provider.wake()
        if answer.status in FAILED:
            load.failed()
        else:
            load.answered()
        return answer

    async def close(self) -> None:
        """Close all connections that are idle."""
        for provider in self._providers.values():
            for connection in provider.idle:
                connection.close()
        self._providers.clear()

    def _provider(self, origin: str) -> _Provider:
        if origin not in self._providers:
            self._providers[origin] = _Provider(self._monotonic_s)
            self._forget()
        self._providers.move_to_end(origin)
        return self._providers[origin]

    def _forget(self) -> None:
        """Forget providers beyond the bound that have nothing under way."""
        for origin in list(self._providers)[: max(0, len(self._providers) - PROVIDERS_MAX)]:
            provider = self._providers[origin]
            if not provider.load.under_way and not provider.waiting:
                del self._providers[origin]
                for connection in provider.idle:
                    connection.close()

    async def _wait_for_room(self, provider: _Provider) -> None:
        try:
            async with asyncio.timeout(ROOM_WITHIN_S):
                while not provider.load.has_room:
                    waiting = asyncio.get_running_loop().create_future()
                    provider.waiting.append(waiting)
                    await waiting
        except TimeoutError:
            provider.waiting = deque(each for each in provider.waiting if not each.done())
            raise NotSent("too many are being sent to this push service", 1.0) from None
        if provider.load.paused_s:
            raise NotSent("the push service did not answer and is not asked for a while", provider.load.paused_s)

    async def _asked(self, provider: _Provider, endpoint: PushEndpoint, fields: str, body: bytes) -> ProviderAnswer:
        connection = self._idle(provider) or await connected_to(endpoint, self._hosts, self._tls, self._made)
        head = f"POST {endpoint.target} HTTP/1.1\r\nHost: {endpoint.authority}\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
        answer = await connection.ask(head.encode("ascii") + body, self._answered_within_s)
        if connection.is_usable:
            connection.idle_since_s = self._monotonic_s()
            provider.idle.append(connection)
        return answer

    def _made(self) -> ProviderConnection:
        return ProviderConnection(self._body_kept_bytes)

    def _idle(self, provider: _Provider) -> ProviderConnection | None:
        while provider.idle:
            connection = provider.idle.pop()
            if connection.is_usable and self._monotonic_s() - connection.idle_since_s < IDLE_S_MAX:
                return connection
            connection.close()
        return None
