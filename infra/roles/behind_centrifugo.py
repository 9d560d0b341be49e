"""`slipstream stream` with `SLIPSTREAM_PUSH=centrifugo`: it tells a Centrifugo what changed, and answers its questions.

Of several such processes one does so: what two of them publish of a channel would come in no order. The others wait until that one ends.
"""

import asyncio
import socket
from collections.abc import Sequence

import structlog

from api.auth.current_sessions import CurrentSessions
from api.stream.centrifugo import CentrifugoDelivery
from api.stream.hub import Hub
from api.stream.rpc import SocketCalls
from commands.ports import StoreUnavailable
from infra.clock import Clock
from infra.embedded.server import HOST
from infra.settings import Settings
from infra.stream.centrifugo_api import CentrifugoApi
from infra.stream.centrifugo_config import centrifugo_config
from infra.stream.centrifugo_requests import RequestsServer
from infra.stream.one_teller import OneTeller

LOOK_S = 0.25

logger = structlog.get_logger()


class BehindCentrifugo:
    """Tells a Centrifugo; for one event loop. It needs no sockets of clients, and answers the Centrifugo on the gateway's port."""

    def __init__(
        self,
        settings: Settings,
        hub: Hub,
        calls: SocketCalls,
        sessions: CurrentSessions,
        listener: socket.socket,
        log_id: str,
        teller: OneTeller,
    ) -> None:
        self._settings = settings
        self._parts = (hub, calls, sessions, log_id)
        self._listener = listener
        self._teller = teller
        self._delivery: CentrifugoDelivery | None = None
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def note_accounts(self, accounts: Sequence[str]) -> None:
        """Look again at the sessions of accounts that changed."""
        if self._delivery is not None:
            self._delivery.note_accounts(accounts)

    async def start(self) -> None:
        """Begin to tell, as soon as no other process does."""
        self._running = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Answer what is under way, and tell no more; the Centrifugo keeps its clients."""
        self._stopping.set()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)
        await asyncio.to_thread(self._teller.close)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if await self._is_this(otherwise=False):
                    await self._tell()
            except Exception:
                logger.exception("the Centrifugo could not be told, and is again in a moment")
            await self._pause()

    async def _tell(self) -> None:
        """Tell until this is stopped, or another process does so."""
        hub, calls, sessions, log_id = self._parts
        api_key, secret = self._settings.centrifugo_keys()
        api = CentrifugoApi(self._settings.centrifugo_url, api_key, hub.counts).start()
        delivery = self._delivery = CentrifugoDelivery(hub, api, sessions, calls.methods, Clock(), log_id)
        await delivery.start()
        server = RequestsServer(delivery, secret)
        serving = asyncio.ensure_future(server.serve([self._listener.dup()]))
        while not self._stopping.is_set() and not serving.done() and await self._is_this(otherwise=True):
            await self._pause()
        server.should_exit, self._delivery = True, None
        await asyncio.gather(serving, return_exceptions=True)
        await delivery.stop()
        await api.close()

    async def _is_this(self, *, otherwise: bool) -> bool:
        try:
            return await asyncio.to_thread(self._teller.is_this)
        except StoreUnavailable:
            return otherwise

    async def _pause(self) -> None:
        waiting = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([waiting], timeout=LOOK_S)
        waiting.cancel()


def config_of(settings: Settings) -> str:
    """Return the configuration file of the Centrifugo."""
    api_key, secret = settings.centrifugo_keys()
    host = HOST if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104  (read, not bound)
    own = f"http://{host}:{settings.stream_port_of(settings.http_port)}"
    return centrifugo_config(
        token_key=settings.token_key(),
        api_key=api_key,
        proxy_secret=secret,
        requests_url=settings.centrifugo_requests_url or own,
        origins=settings.stream_origins,
    )
