"""Real-time push through a Centrifugo: the same hub, told to that server instead of to sockets of this process.

The Centrifugo asks here whether its clients may subscribe, is answered with the snapshot, and hands on their calls. Who reads what is known
from it alone: as this process begins and every `READERS_S` it is asked which channels have subscribers, and who looks at slips. So a
process that is started again goes on where the last one ended: it publishes all of each channel that is read.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from api.auth.tokens import ProcessClock, Session
from api.channel_names import SLIP, ChannelName, channel_name
from api.stream import codes
from api.stream.channel import Subscription
from api.stream.channel_feed import NotSeen
from api.stream.gateway_parts import Call, SessionCheck
from api.stream.hub import LOOK_EVERY_S, TICK_S, Hub
from api.stream.proxied_requests import ProxiedRequest, disconnect, error, result
from api.stream.proxied_sessions import ProxiedSessions
from api.stream.server_api import PresentClient, ServerApi, ServerAway
from api.stream.told_channel import TellingViewer, ToldChannel, ToldChannelListener
from commands.ports import StoreUnavailable
from domain.refused import Refused
from projections.ports import ReadModelsUnavailable

READERS_S = 30.0
ENTERED_S = 15.0
"""How long after it was answered a subscription may take to be seen among the readers."""
AGAIN_S = 0.25
SECOND_S = 1.0
PRESENT_CHANNELS_MAX = 200
STRANGERS_PER_S = 200
"""How many accounts' connections are told in a second to connect again, since their sessions are not known."""

UNAVAILABLE = (StoreUnavailable, ReadModelsUnavailable, TimeoutError, Refused)
logger = structlog.get_logger()
Answered = Callable[[bytes], None]


class CentrifugoDelivery(ToldChannelListener):
    """All that a Centrifugo is told and asks. For one event loop."""

    def __init__(
        self, hub: Hub, server: ServerApi, sessions: SessionCheck, methods: Mapping[str, Call], clock: ProcessClock, log_id: str
    ) -> None:
        self.hub = hub
        self._server = server
        self._sessions = sessions
        self._methods = methods
        self._clock = clock
        self._log_id = log_id
        self._told: dict[str, ToldChannel] = {}
        self._clients = ProxiedSessions()
        self._again: dict[str, set[str]] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._readers_s = 0.0

    async def start(self) -> None:
        """Take over what is read; return when all of it was published, or will be once the Centrifugo answers."""
        self._readers_s = self._clock.monotonic_s() + READERS_S
        await self._look_at_readers()
        self._run(self._look())

    async def stop(self) -> None:
        """End what is under way; the Centrifugo keeps its clients."""
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        for told in self._told.values():
            told.close()

    def connect(self, _asked: ProxiedRequest) -> bytes:
        """Answer about somebody who connects without a token: anybody may."""
        return result(b'{"user":"","data":{"position":"%s"}}' % self.hub.positions.text(self.hub.position).encode())

    async def subscribe(self, asked: ProxiedRequest) -> bytes:
        """Answer whether a client may subscribe: with the snapshot, or with the code that a gateway refuses with."""
        name, session = channel_name(asked.channel), asked.session
        if name is None:
            return error(codes.UNKNOWN_CHANNEL)
        if name.is_personal and name.subject_id != asked.user:
            return error(codes.PERMISSION_DENIED)
        try:
            if not await self._is_current(asked, session):
                return disconnect(codes.INVALID_TOKEN)
            told = await self._enter(name, asked.user)
        except NotSeen:
            return error(codes.UNKNOWN_CHANNEL)
        except UNAVAILABLE:
            return error(codes.INTERNAL)
        if told is None:
            return error(codes.UNKNOWN_CHANNEL)
        return result(b'{"data":%s}' % told.answered())

    async def rpc(self, asked: ProxiedRequest) -> bytes:
        """Carry out a call of a client; the answer is what a gateway answers."""
        call, session = self._methods.get(asked.method), asked.session
        if call is None:
            return error(codes.METHOD_NOT_FOUND)
        try:
            if not await self._is_current(asked, session):
                return disconnect(codes.INVALID_TOKEN)
        except UNAVAILABLE:
            return error(codes.INTERNAL)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        call(session, bytes(asked.data) or b"{}", lambda body: None if future.done() else future.set_result(body))
        return result(b'{"data":%s}' % await future)

    def note_accounts(self, accounts: Sequence[str]) -> None:
        """Look again whether the sessions of accounts that changed still count; their connections end otherwise."""
        for account_id in accounts:
            if self._clients.of(account_id):
                self._run(self._look_at_sessions(account_id))

    def channel_dropped(self, told: ToldChannel) -> None:
        """Open a channel anew, and tell all of it; see `ToldChannelListener`."""
        if self._told.get(told.channel.name) is told:
            del self._told[told.channel.name]
        self._again.setdefault(told.channel.name, set()).update(told.viewers)

    def viewer_dropped(self, told: ToldChannel, account_id: str) -> None:
        """Look anew what an account may see, and tell all of the slip: other comments are shown to it now."""
        self._again.setdefault(told.channel.name, set()).add(account_id)

    def viewer_ended(self, told: ToldChannel, account_id: str) -> None:
        """End an account's subscriptions."""
        self._server.unsubscribe(account_id, told.channel.name)

    async def _is_current(self, asked: ProxiedRequest, session: Session | None) -> bool:
        """Whether the session of a client counts; note it for when its account changes."""
        if session is None:
            return True
        if asked.meta is not None and asked.meta.log not in ("", self._log_id):
            return False
        if session.session_id and not await self._sessions.counts(session):
            return False
        self._clients.note(asked.client, session, self._clock.monotonic_s())
        return True

    async def _enter(self, name: ChannelName, account_id: str) -> ToldChannel | None:
        """Return a channel that is told from now on, None where there is none; of a slip the account's right is watched.

        Raises:
            NotSeen: where the account may not see it. TimeoutError, and as `Hub.enter`: when that cannot be told now.

        """
        channel, sight = await self.hub.enter(name, account_id, 0)
        if channel is None:
            return None
        if not self.hub.has(channel):
            raise TimeoutError("the channel was given up meanwhile")
        told = self._told.get(channel.name)
        if told is None or told.channel is not channel:
            told = self._told[channel.name] = ToldChannel(name, channel, self.hub, self._server, self)
        if sight is not None:
            known = told.viewers.get(account_id)
            if known is not None:
                known.entered_s = self._clock.monotonic_s()
            else:
                viewer = TellingViewer(told, account_id, self._clock.monotonic_s())
                told.watch(account_id, viewer, Subscription(channel, viewer, TICK_S, sight))
        return told

    async def _look_at_sessions(self, account_id: str) -> None:
        """Close the connections of an account whose sessions ended."""
        for client_id, session in self._clients.of(account_id).items():
            if session.session_id and not await self._counts(session):
                self._clients.forget(client_id)
                self._server.disconnect(account_id, codes.SIGNED_OUT, client_id=client_id)

    def _meet_strangers(self) -> None:
        """Have clients connect again whose sessions are not known here, some at a time: what ended while nobody looked is found then."""
        for _ in range(min(STRANGERS_PER_S, len(self._clients.strangers))):
            account_id = self._clients.strangers.pop()
            self._server.disconnect(account_id, codes.INSUFFICIENT_STATE, but=list(self._clients.of(account_id)))

    async def _counts(self, session: Session) -> bool:
        """Tell whether a session counts, as soon as that can be told."""
        while True:
            try:
                return await self._sessions.counts(session)
            except UNAVAILABLE:
                await asyncio.sleep(AGAIN_S)

    async def _look(self) -> None:
        second_s = again_s = self._clock.monotonic_s()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                now_s = self._clock.monotonic_s()
                self.hub.look()
                for told in list(self._told.values()):
                    told.look(now_s)
                if self._again and now_s - again_s >= AGAIN_S:
                    again_s = now_s
                    await self._open_again()
                if now_s - second_s >= SECOND_S:
                    second_s = now_s
                    self.hub.look_at_time()
                    self._clients.forget_silent(now_s)
                    self._meet_strangers()
                if now_s >= self._readers_s:
                    self._readers_s = now_s + READERS_S
                    self._run(self._look_at_readers())
            except Exception:
                logger.exception("what is due for the Centrifugo could not be done")

    async def _open_again(self) -> None:
        """Open channels that were given up, and look again at accounts whose right may have changed; then tell all of each channel."""
        for text, accounts in list(self._again.items()):
            name = channel_name(text)
            del self._again[text]
            try:
                told = await self._open(name) if name is not None else None
                if told is not None:
                    await self._admit(told, accounts)
                    told.publish_image()
                else:
                    for account_id in accounts:
                        self._server.unsubscribe(account_id, text)
            except UNAVAILABLE:
                self._again.setdefault(text, set()).update(accounts)

    async def _open(self, name: ChannelName) -> ToldChannel | None:
        channel = await self.hub.open(name)
        if channel is None:
            return None
        told = self._told.get(channel.name)
        if told is None or told.channel is not channel:
            told = self._told[channel.name] = ToldChannel(name, channel, self.hub, self._server, self)
        return told

    async def _admit(self, told: ToldChannel, accounts: Sequence[str] | set[str]) -> None:
        """Watch the rights of accounts that look at a slip; end the subscriptions of those that have none."""
        for account_id in accounts:
            try:
                await self._enter(told.name, account_id)
            except NotSeen:
                self._server.unsubscribe(account_id, told.channel.name)

    async def _look_at_readers(self) -> None:
        """Take over channels that are read, leave those that nobody reads; see who looks at slips, and whose sessions are unknown."""
        try:
            read = await self._server.channels()
            now_s = self._clock.monotonic_s()
            for text, told in list(self._told.items()):
                if text not in read and now_s - told.entered_s > ENTERED_S:
                    del self._told[text]
                    told.close()
            names = {text: name for text in read if (name := channel_name(text)) is not None}
            for text in names.keys() - self._told.keys():
                self._again.setdefault(text, set())
            private = [text for text, name in names.items() if name.is_personal or name.kind == SLIP]
            for first in range(0, len(private), PRESENT_CHANNELS_MAX):
                some = private[first : first + PRESENT_CHANNELS_MAX]
                for text, present in zip(some, await self._server.present(some), strict=True):
                    self._look_at_present(text, names[text], present)
        except ServerAway as away:
            logger.warning("the Centrifugo does not say who reads what", error=str(away)[:200])
            self._readers_s = self._clock.monotonic_s() + SECOND_S

    def _look_at_present(self, text: str, name: ChannelName, present: Sequence[PresentClient]) -> None:
        now_s = self._clock.monotonic_s()
        for client in present:
            session = self._clients.of(client.account_id).get(client.client_id)
            if session is not None:
                self._clients.note(client.client_id, session, now_s)
            elif client.account_id:
                self._clients.strangers.add(client.account_id)
        if name.kind != SLIP:
            return
        told, accounts = self._told.get(text), {client.account_id for client in present}
        known = told.viewers if told is not None else {}
        if not accounts <= known.keys():
            self._again.setdefault(text, set()).update(accounts - known.keys())
        for account_id, viewer in list(known.items()):
            if told is not None and account_id not in accounts and now_s - viewer.entered_s > ENTERED_S:
                told.leave(viewer)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception:
                logger.exception("something could not be done for the Centrifugo")

        task = asyncio.ensure_future(guarded())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
