"""The server API of a Centrifugo over HTTP: what is queued goes in batches, in order, again until it is known that it was carried out.

A publication has an idempotency key, so one that was carried out though no answer came is not published twice.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import structlog

from api.stream.codes import DisconnectCode
from api.stream.metrics import StreamCounts
from api.stream.server_api import PresentClient, ServerAway

QUEUE_MAX = 2_000
"""From how many waiting commands on publications are merged, channel by channel, before they are queued."""
BATCH_COMMANDS_MAX, BATCH_BYTES_MAX = 256, 1_000_000
TIMEOUT_S = 5.0
RETRY_S = (0.05, 0.1, 0.2, 0.4, 0.8)
INTERNAL = 100

encode = msgspec.json.Encoder().encode
logger = structlog.get_logger()


class CommandReply(msgspec.Struct, frozen=True):
    """The reply to a command of a batch."""

    class Error(msgspec.Struct, frozen=True):
        """Why it was not carried out."""

        code: int = 0
        message: str = ""

    class Channels(msgspec.Struct, frozen=True):
        """The channels that have subscribers."""

        channels: dict[str, Any] = {}

    class Presence(msgspec.Struct, frozen=True):
        """Who is subscribed to a channel, by connection."""

        class Info(msgspec.Struct, frozen=True):
            """Whose connection it is."""

            user: str = ""

        presence: dict[str, Info] = {}

    error: Error | None = None
    channels: Channels | None = None
    presence: Presence | None = None


class BatchReply(msgspec.Struct, frozen=True):
    """The replies to a batch, in order."""

    replies: tuple[CommandReply, ...] = ()


_decode = msgspec.json.Decoder(BatchReply).decode


class CentrifugoApi:
    """Asks a Centrifugo at a URL, with its API key. For one event loop."""

    def __init__(self, url: str, key: str, counts: StreamCounts) -> None:
        self._client = httpx.AsyncClient(base_url=url.rstrip("/"), headers={"X-API-Key": key}, timeout=TIMEOUT_S, trust_env=False)
        self._counts = counts
        self._queue: deque[bytes] = deque()
        self._waiting = asyncio.Event()
        self._run_id, self._number = secrets.token_urlsafe(12), 0
        self._sending: asyncio.Task[None] | None = None

    def start(self) -> "CentrifugoApi":
        """Begin to send, on the running loop; return itself."""
        self._sending = asyncio.ensure_future(self._send_all())
        return self

    async def close(self) -> None:
        """Send no more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        await self._client.aclose()

    @property
    def is_full(self) -> bool:
        """Whether so much is queued that publications should wait to be merged."""
        return len(self._queue) >= QUEUE_MAX

    def publish(self, channel: str, data: bytes) -> None:
        """Queue a publication; see `server_api.ServerApi`."""
        self._number += 1
        key = b"%s-%d" % (self._run_id.encode(), self._number)
        self._add(b'{"publish":{"channel":%s,"data":%s,"idempotency_key":"%s"}}' % (encode(channel), data, key))

    def unsubscribe(self, account_id: str, channel: str) -> None:
        """Queue the end of an account's subscriptions to a channel."""
        self._add(encode({"unsubscribe": {"user": account_id, "channel": channel}}))

    def disconnect(self, account_id: str, why: DisconnectCode, *, client_id: str = "", but: Sequence[str] = ()) -> None:
        """Queue the end of one connection of an account, or of all but those that are named."""
        told = {"user": account_id, "client": client_id, "whitelist": list(but), "disconnect": {"code": why.code, "reason": why.reason}}
        self._add(encode({"disconnect": told}))

    async def channels(self) -> frozenset[str]:
        """Return the channels that have subscribers; see `server_api.ServerApi`."""
        (reply,) = await self._ask([{"channels": {}}])
        return frozenset(reply.channels.channels if reply.channels is not None else ())

    async def present(self, channels: Sequence[str]) -> list[list[PresentClient]]:
        """Return who is subscribed to each of some channels; see `server_api.ServerApi`."""
        replies = await self._ask([{"presence": {"channel": channel}} for channel in channels])
        found = [reply.presence.presence if reply.presence is not None else {} for reply in replies]
        return [[PresentClient(client_id, info.user) for client_id, info in each.items()] for each in found]

    async def _ask(self, commands: Sequence[dict[str, Any]]) -> Sequence[CommandReply]:
        replies = await self._batch([encode(command) for command in commands])
        failed = next((reply.error for reply in replies if reply.error is not None), None)
        if failed is not None:
            raise ServerAway(f"{failed.code} {failed.message}")
        return replies

    def _add(self, command: bytes) -> None:
        self._queue.append(command)
        self._counts.server_queued = len(self._queue)
        self._waiting.set()

    async def _send_all(self) -> None:
        failures = 0
        while True:
            await self._waiting.wait()
            batch = self._first()
            try:
                replies = await self._batch(batch)
            except ServerAway as away:
                self._counts.server_failures += 1
                if not failures:
                    logger.warning("the Centrifugo takes nothing now, what there is to tell waits", error=str(away)[:200])
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            failures = 0
            done = next((number for number, reply in enumerate(replies) if _may_succeed_later(reply)), len(batch))
            for number in range(done):
                self._queue.popleft()
                self._note(batch[number], replies[number])
            if done < len(batch):
                self._counts.server_failures += 1
                await asyncio.sleep(RETRY_S[0])
            self._counts.server_queued = len(self._queue)
            if not self._queue:
                self._waiting.clear()

    def _first(self) -> list[bytes]:
        """Return the commands that go next: the first, and as many more as a request holds."""
        batch, size = [self._queue[0]], len(self._queue[0])
        for number in range(1, min(BATCH_COMMANDS_MAX, len(self._queue))):
            size += len(self._queue[number])
            if size > BATCH_BYTES_MAX:
                break
            batch.append(self._queue[number])
        return batch

    def _note(self, command: bytes, reply: CommandReply) -> None:
        if reply.error is not None:
            self._counts.server_failures += 1
            logger.error(
                "the Centrifugo refuses a command", code=reply.error.code, error=reply.error.message, command=command[:100].decode()
            )
        elif command.startswith(b'{"publish"'):
            self._counts.server_publications += 1

    async def _batch(self, commands: Sequence[bytes]) -> Sequence[CommandReply]:
        """Have commands carried out one after the other.

        Raises:
            ServerAway: when it is not known whether that was done.

        """
        body = b'{"commands":[%s]}' % b",".join(commands)
        try:
            answer = await self._client.post("/api/batch", content=body, headers={"Content-Type": "application/json"})
            answer.raise_for_status()
            replies = _decode(answer.content).replies
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise ServerAway(str(error) or type(error).__name__) from None
        if len(replies) != len(commands):
            raise ServerAway(f"{len(replies)} replies to {len(commands)} commands")
        return replies


def _may_succeed_later(reply: CommandReply) -> bool:
    return reply.error is not None and reply.error.code == INTERNAL
