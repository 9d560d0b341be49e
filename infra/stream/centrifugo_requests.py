"""The HTTP endpoints that a Centrifugo asks: `POST /centrifugo/connect`, `/subscribe` and `/rpc`, with the shared secret."""

import hmac
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import msgspec
import structlog
import uvicorn

from api.stream.centrifugo import CentrifugoDelivery
from api.stream.frames import FRAME_BYTES_MAX
from api.stream.proxied_requests import decode_request

SECRET_HEADER = "x-slipstream-secret"  # noqa: S105  (the header's name)
BODY_BYTES_MAX = 2 * FRAME_BYTES_MAX
STOP_S = 5

logger = structlog.get_logger()
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class CentrifugoRequests:
    """The ASGI application of the endpoints."""

    def __init__(self, delivery: CentrifugoDelivery, secret: str) -> None:
        self._delivery = delivery
        self._secret = secret.encode()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answer a request."""
        status, body = await self._answer(scope, receive)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Event, receive: Receive) -> tuple[int, bytes]:
        secret = dict(scope["headers"]).get(SECRET_HEADER.encode(), b"")
        if not hmac.compare_digest(secret, self._secret):
            return 403, b"{}"
        kind = scope["path"].removeprefix("/centrifugo/")
        if scope["method"] != "POST" or kind not in ("connect", "subscribe", "rpc"):
            return 404, b"{}"
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
            if len(body) > BODY_BYTES_MAX or event["type"] == "http.disconnect":
                return 413, b"{}"
        try:
            asked = decode_request(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return 400, b"{}"
        try:
            if kind == "connect":
                return 200, self._delivery.connect(asked)
            return 200, await (self._delivery.subscribe(asked) if kind == "subscribe" else self._delivery.rpc(asked))
        except Exception:
            logger.exception("a question of the Centrifugo could not be answered", kind=kind)
            return 500, b"{}"


class RequestsServer(uvicorn.Server):
    """Serves the endpoints on the running loop, until `should_exit` is set; signals are the role's."""

    def __init__(self, delivery: CentrifugoDelivery, secret: str) -> None:
        config = uvicorn.Config(
            CentrifugoRequests(delivery, secret),
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_S,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the loop."""
        yield
