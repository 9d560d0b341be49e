"""Channels `exposure:#<account>`: the matches with most at risk, for as long as the account is a trader.

With them the bets that wait for a trader. What changes them are facts of bets. The view is then read again, at most twice a second for
all traders of this process together, by the question that answers `GET /v1/trading/exposure`. Who loses the role is told that the channel
is no more, and can open it no more.
"""

import asyncio
from typing import Any

import msgspec
import structlog

from api.channel_names import EXPOSURE, ChannelName, personal_channel
from api.stream.channel import Channel, Parts, Rendering
from api.stream.hub import Hub
from api.stream.trader_access import MayTrade
from api.view_reader import read_at
from commands.ports import StoreUnavailable
from domain.account.facts import RoleRevoked
from domain.bet.facts import BetPending
from domain.fact import Fact, Recorded
from projections.ports import ReadModels, ReadModelsUnavailable
from projections.trading import exposure, referrals
from projections.trading.exposure_queries import CurrencyExposure, ExposureList, exposures

FIXTURES_MAX = 50
"""So many matches are told of, those with most at risk."""
READ_EVERY_S = 0.5
WAIT_S, WAITS_MAX = 0.02, 100
"""How often, and how many times, the view is asked that is yet to reach a fact."""
UNAVAILABLE_ERRORS = (ReadModelsUnavailable, StoreUnavailable, TimeoutError)
REFERRALS = "referrals"
"""The name of the part that lists the bets that wait for a trader."""
OF_FIXTURE = "fixture:"
"""What the names of the parts begin with, before the id of the match."""
KEPT_MAX = 1_000

logger = structlog.get_logger()


class AtRisk(msgspec.Struct, frozen=True):
    """What is at risk on a match by currency; no `sums` where there is nothing any more, or more on enough others."""

    fixture_id: str
    sums: list[CurrencyExposure]


encode = msgspec.json.Encoder().encode
_told = msgspec.json.Decoder(AtRisk).decode
_all_told = msgspec.json.Decoder(dict[str, list[msgspec.Raw]]).decode


class ExposureFeed:
    """Keeps what is at risk while a trader looks. For one event loop."""

    channels = frozenset({EXPOSURE})
    rests_on = ()
    kinds: frozenset[type[Fact]] = exposure.VIEW.consumes | referrals.VIEW.consumes | {RoleRevoked}

    def __init__(self, reads: ReadModels, may_trade: MayTrade) -> None:
        self._reads = reads
        self._may_trade = may_trade
        self._channels: dict[str, Channel] = {}
        self._loading: dict[str, bool] = {}
        self._needed = 0
        self._changed_at = 0
        self._reading: asyncio.Task[None] | None = None

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel of an account, None where it is no trader; see `channel_feed.ChannelFeed`."""
        account_id = name.subject_id
        self._loading[account_id] = True
        try:
            if not await self._may_trade(account_id):
                return None
            parts, position = await self._read()
            await hub.reached(position)
            if not self._loading[account_id]:
                return None
        finally:
            del self._loading[account_id]
        channel = Channel(personal_channel(EXPOSURE, account_id), RENDERING, hub.positions.text, tuple)
        channel.begin(parts, hub.position, hub.position, {})
        self._channels[account_id] = channel
        if self._changed_at > position:
            self._need(self._changed_at, hub)
        return channel

    async def admit(self, _name: ChannelName, _account_id: str, _hub: Hub) -> None:
        """All of it is for the account, which nobody else may subscribe as."""

    def apply(self, fact: Recorded[Any], hub: Hub) -> str | None:
        """Take a fact of a bet, or that a role was taken away."""
        if isinstance(fact.body, RoleRevoked):
            if fact.stream_id in self._loading:
                self._loading[fact.stream_id] = False
            channel = self._channels.pop(fact.stream_id, None)
            if channel is not None:
                hub.drop(channel)
            return None
        if isinstance(fact.body, BetPending) and not fact.body.refer_s:
            return None
        self._changed_at = fact.position
        if self._channels:
            self._need(fact.position, hub)
        return None

    def finish(self, hub: Hub) -> None:
        """Nothing waits for the end of a stretch."""

    def look(self, hub: Hub) -> None:
        """Time alone changes nothing."""

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        self._channels.clear()

    def forget(self, name: ChannelName) -> None:
        """Forget a trader who does not look any more."""
        self._channels.pop(name.subject_id, None)

    async def _read(self) -> tuple[Parts, int]:
        """Return what is at risk and which bets wait for a trader, and a position that it is true at, or later."""
        (found, waiting), position = await read_at(self._reads, _looked_up)
        at_risk = [(OF_FIXTURE + item.fixture_id, encode(AtRisk(item.fixture_id, item.sums))) for item in found.items]
        return [*at_risk, (REFERRALS, encode([item.bet_id for item in waiting.items]))], position

    def _need(self, position: int, hub: Hub) -> None:
        self._needed = max(self._needed, position)
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._keep(hub))

    async def _keep(self, hub: Hub) -> None:
        try:
            while self._needed and self._channels:
                await self._read_once(hub)
                await asyncio.sleep(READ_EVERY_S)
        except Exception as error:
            if isinstance(error, UNAVAILABLE_ERRORS):
                logger.warning("the exposure cannot be kept up to date and is loaded anew", error=str(error)[:200])
            else:
                logger.exception("the exposure cannot be kept up to date and is loaded anew")
            self._give_up(hub)
        finally:
            self._needed, self._reading = 0, None

    async def _read_once(self, hub: Hub) -> None:
        for _ in range(WAITS_MAX):
            needed = self._needed
            parts, position = await self._read()
            if position >= needed:
                self._needed = 0 if self._needed == needed else self._needed
                for channel in list(self._channels.values()):
                    _publish(channel, parts, hub)
                return
            await asyncio.sleep(WAIT_S)
        raise TimeoutError(f"the views have not reached {self._needed}, where a bet changed")

    def _give_up(self, hub: Hub) -> None:
        channels = list(self._channels.values())
        self._channels.clear()
        for channel in channels:
            hub.drop(channel)


async def _looked_up(reads: ReadModels) -> tuple[ExposureList, referrals.Referrals]:
    return await exposures(reads, limit=FIXTURES_MAX), await referrals.referrals(reads, 0, limit=FIXTURES_MAX)


def _publish(channel: Channel, parts: Parts, hub: Hub) -> None:
    """Tell what is otherwise than before; a match that is not there any more is told once, without sums."""
    gone = channel.parts.keys() - {key for key, _ in parts}
    said = [*parts, *[(key, encode(AtRisk(key.removeprefix(OF_FIXTURE), []))) for key in sorted(gone)]]
    data = channel.change(hub.position, said, by_time=True)
    if data is not None:
        hub.publish(channel, data)
    channel.forget(gone)


def _whole(parts: Parts) -> bytes:
    return _listed([(key, body) for key, body in parts if key == REFERRALS or _told(body).sums])


def _changes(parts: Parts) -> bytes:
    return _listed(parts)


def _listed(parts: Parts) -> bytes:
    at_risk = b",".join([body for key, body in parts if key != REFERRALS])
    waiting = b"".join([b',"referrals":%s' % body for key, body in parts if key == REFERRALS])
    return b'{"at_risk":[%s]%s}' % (at_risk, waiting)


def parts_of(body: bytes) -> Parts:
    """Return the parts of a change."""
    told = _all_told(body)
    at_risk = [(OF_FIXTURE + _told(each).fixture_id, bytes(each)) for each in told["at_risk"]]
    return [*at_risk, *([(REFERRALS, b"[%s]" % b",".join(map(bytes, told[REFERRALS])))] if REFERRALS in told else [])]


RENDERING = Rendering(_whole, _changes)
