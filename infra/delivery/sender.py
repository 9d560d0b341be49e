"""Sends the deliveries of one channel: claims them, looks at each again, notes the attempt, sends, and keeps what became of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import structlog

from commands.ports import StoreUnavailable
from domain.fact import micros
from domain.notification.kinds import EMAIL
from infra.clock import Clock
from infra.delivery.attempts import AttemptResult, result_of
from infra.delivery.breaker import ProviderBreaker, provider_of
from infra.delivery.claims import ChannelClaims, FallenDelivery, QuietDelivery
from infra.delivery.port import DeliveryChannel, Gone, Later, NoticeDelivery, Outcome, Sent, Unknown
from infra.delivery.provider_rate import ProviderRate
from infra.delivery.recheck import NoticeCheck, RecheckedNotice
from infra.delivery.rows import DIGEST, LedgerRow
from infra.delivery.sender_figures import SenderFigures
from projections.notifications.standing import StandingAddress
from projections.ports import ReadModelsUnavailable

IN_FLIGHT_MAX = 64
PER_PROVIDER_MAX = 32
"""Of those under way, so many at most are with one provider: one that hangs leaves room for the others."""
SEND_S_MAX = 60.0
IDLE_S, IDLE_S_MAX, UPKEEP_EVERY_S, FORGET_EVERY_S = 0.05, 0.2, 0.5, 600.0
"""An idle channel asks again after a while, longer each time that there was nothing."""
PAUSE_S = 0.5
LATE_US = 50_000
BUSY_US = 200_000
ADDRESS_GONE = "the address was removed, is not confirmed, or cannot be opened any more"

OpenAddresses = Callable[[Sequence[tuple[str, str]]], Awaitable[Sequence[str | None]]]
"""Opens sealed addresses, each given with its account; None for each that cannot be opened any more."""
DropAddress = Callable[[str, str, str], Awaitable[None]]
"""Removes an address: account, address and why."""

logger = structlog.get_logger()


class AdmittedDelivery(NamedTuple):
    """A delivery that may be sent, with who carries it."""

    row: LedgerRow
    provider: str
    delivery: NoticeDelivery


class ChannelSender:
    """Sends for one channel. For one event loop; several, here and elsewhere, share the work by what they claim."""

    def __init__(
        self,
        channel: DeliveryChannel,
        claims: ChannelClaims,
        check: NoticeCheck,
        open_addresses: OpenAddresses,
        drop_address: DropAddress,
        clock: Clock,
        *,
        rate_per_s: float,
    ) -> None:
        self._channel, self._claims, self._check = channel, claims, check
        self._open_addresses, self._drop_address, self._clock = open_addresses, drop_address, clock
        self._rate = ProviderRate(rate_per_s)
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._done: list[AttemptResult] = []
        self._upkeep_at_s = self._forget_at_s = 0.0
        self.breaker = ProviderBreaker()
        self.figures = SenderFigures()

    @property
    def name(self) -> str:
        """The name of the channel."""
        return self._channel.name

    async def run(self, is_stopping: Callable[[], bool]) -> None:
        """Send until told to stop; then wait for what is with providers. Nothing that happens to servers ends this."""
        told, idle_s = "", IDLE_S
        while not is_stopping():
            try:
                if await self.turn():
                    idle_s = IDLE_S
                else:
                    await self._idle(idle_s)
                    idle_s = min(2 * idle_s, IDLE_S_MAX)
                told = ""
            except (StoreUnavailable, ReadModelsUnavailable, TimeoutError) as error:
                logger.warning("deliveries are paused", channel=self.name, reason=str(error)[:200])
                await asyncio.sleep(PAUSE_S)
            except Exception as error:
                logger.exception("deliveries failed and go on", channel=self.name, exc_info=str(error) != told)
                told = str(error)
                await asyncio.sleep(PAUSE_S)
        while self._under_way or self._done:
            await self._idle(IDLE_S)
            try:
                await self._record()
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)
        await self.close()

    async def close(self) -> None:
        """Give up the channel and the ledger."""
        await self._channel.close()
        await asyncio.to_thread(self._claims.close)

    async def turn(self) -> int:
        """Keep what became of attempts, claim what there is room for and send it; return how much was claimed or kept.

        Raises:
            StoreUnavailable, ReadModelsUnavailable: what is claimed then is claimed anew after a while.

        """
        recorded = await self._record()
        await self._keep_up()
        room = IN_FLIGHT_MAX - len(self._under_way)
        if room <= 0:
            return recorded
        rows, items, addresses = await asyncio.to_thread(self._claims.claim, room, self._now_us())
        if rows:
            self._before_looking()
            try:
                await self._send_all(rows, items, addresses)
            except (StoreUnavailable, ReadModelsUnavailable):
                await asyncio.to_thread(self._claims.put_off, rows, self._now_us() + BUSY_US)
                raise
        return recorded + len(rows)

    async def _send_all(
        self, rows: Sequence[LedgerRow], items: Mapping[str, Sequence[LedgerRow]], addresses: Mapping[str, StandingAddress]
    ) -> None:
        now_us = self._now_us()
        reached = [row for row in rows if row.address_id in addresses]
        opened = await self._open_addresses([(row.account_id, addresses[row.address_id].sealed) for row in reached])
        fields = {row.delivery_id: found for row, text in zip(reached, opened, strict=True) if (found := _fields(text)) is not None}
        verdicts = await asyncio.gather(*[self._check.look(row, items.get(row.delivery_id, ()), now_us) for row in rows])
        fallen, late, ready, busy = list[FallenDelivery](), list[LedgerRow](), list[AdmittedDelivery](), list[LedgerRow]()
        quiet = list[QuietDelivery]()
        for row, verdict in zip(rows, verdicts, strict=True):
            if verdict.is_late:
                late.append(row)
            elif row.delivery_id not in fields:
                fallen += [FallenDelivery(each.delivery_id, "channel", ADDRESS_GONE) for each in (row, *items.get(row.delivery_id, ()))]
            elif verdict.quiet_until_us:
                quiet.append(QuietDelivery(row.delivery_id, verdict.quiet_until_us, verdict.why))
            elif verdict.message is None:
                fallen += _fallen(row, verdict)
            else:
                fallen += [FallenDelivery(delivery_id, *reason) for delivery_id, reason in verdict.items.items()]
                address = fields[row.delivery_id]
                delivery = NoticeDelivery(row.delivery_id, row.account_id, address, verdict.message)
                ready.append(AdmittedDelivery(row, provider_of(self.name, address), delivery))
        ready, busy = self._admitted(ready)
        if fallen:
            await asyncio.to_thread(self._claims.suppress, fallen, now_us)
            self.figures.suppressed.update(each.rule for each in fallen)
        if quiet:
            await asyncio.to_thread(self._claims.hold, quiet)
        if late:
            await asyncio.to_thread(self._claims.put_off, late, now_us + LATE_US)
        if busy:
            await asyncio.to_thread(self._claims.put_off, busy, now_us + BUSY_US)
        if ready:
            noted, folded = await asyncio.to_thread(self._claims.attempt, [each.row for each in ready], self._now_us())
            self.figures.folded += folded
            self._before_sending()
            for each in ready:
                if each.row.delivery_id in noted:
                    self._under_way[asyncio.create_task(self._send(each))] = each.provider

    def _admitted(self, ready: Sequence[AdmittedDelivery]) -> tuple[list[AdmittedDelivery], list[LedgerRow]]:
        """Return what may go to its provider now, and what has to wait: for room, for its rate, or until it works again."""
        now_s, busy = time.monotonic(), list[LedgerRow]()
        with_provider, admitted = Counter(self._under_way.values()), list[AdmittedDelivery]()
        for each in ready:
            has_room = with_provider[each.provider] < PER_PROVIDER_MAX
            if has_room and not self.breaker.wait_s(each.provider, now_s) and self._rate.take(each.provider, now_s):
                with_provider[each.provider] += 1
                admitted.append(each)
            else:
                busy.append(each.row)
        return admitted, busy

    async def _send(self, ready: AdmittedDelivery) -> None:
        try:
            outcome = await self._outcome(ready)
            self._note(ready, outcome)
            if isinstance(outcome, Gone):
                await self._drop(ready.row)
            self._done.append(result_of(ready.row, outcome, self._now_us()))
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._under_way.pop(task, None)

    async def _drop(self, row: LedgerRow) -> None:
        """Switch an address off; where the log is away, until it is not: else the next delivery would find it out again."""
        while True:
            try:
                await self._drop_address(row.account_id, row.address_id, "bounced" if self.name == EMAIL else "gone")
            except StoreUnavailable as error:
                logger.warning("an address is not switched off yet", channel=self.name, reason=str(error)[:200])
                await asyncio.sleep(PAUSE_S)
            else:
                return

    async def _outcome(self, ready: AdmittedDelivery) -> Outcome:
        try:
            async with asyncio.timeout(SEND_S_MAX):
                return await self._channel.send(ready.delivery)
        except TimeoutError:
            why = f"no answer within {SEND_S_MAX:g} s"
        except Exception as error:
            logger.exception("a channel failed", channel=self.name, delivery_id=ready.row.delivery_id)
            why = f"{type(error).__name__}: {error}"[:200]
        return Later(why) if self._channel.idempotent else Unknown(why)

    def _note(self, ready: AdmittedDelivery, outcome: Outcome) -> None:
        if isinstance(outcome, Unknown) or (isinstance(outcome, Later) and not outcome.of_address):
            self.breaker.failed(ready.provider, time.monotonic())
        else:
            self.breaker.worked(ready.provider)
        self.figures.outcomes[type(outcome).__name__.lower()] += 1
        if isinstance(outcome, Sent):
            row = ready.row
            since_us = max(row.at_us, row.due_us) if not row.attempts else row.at_us
            self.figures.sent_after(max(0, self._now_us() - since_us) / 1_000_000)

    async def _record(self) -> int:
        results, self._done = self._done, []
        if results:
            self._before_recording()
            try:
                await asyncio.to_thread(self._claims.record, results, self._now_us())
            except BaseException:
                self._done = results + self._done
                raise
        return len(results)

    async def _keep_up(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._upkeep_at_s:
            self._upkeep_at_s = now_s + UPKEEP_EVERY_S
            kept = await asyncio.to_thread(self._claims.upkeep, self._now_us())
            self.figures.suppressed["lifetime"] += kept.expired
            self.figures.outcomes["unknown"] += kept.unknown
        if now_s >= self._forget_at_s:
            self._forget_at_s = now_s + FORGET_EVERY_S
            await asyncio.to_thread(self._claims.forget, self._now_us())

    async def _idle(self, idle_s: float) -> None:
        """Wait until something under way is done, or a little while."""
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=idle_s, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(idle_s)

    def _now_us(self) -> int:
        return micros(self._clock.now())

    def _before_looking(self) -> None:
        """Do nothing; a seam where tests kill."""

    def _before_sending(self) -> None:
        """Do nothing; a seam where tests kill."""

    def _before_recording(self) -> None:
        """Do nothing; a seam where tests kill."""


def _fallen(row: LedgerRow, verdict: RecheckedNotice) -> list[FallenDelivery]:
    own = [] if row.kind != DIGEST else [FallenDelivery(delivery_id, *reason) for delivery_id, reason in verdict.items.items()]
    return [*own, FallenDelivery(row.delivery_id, verdict.rule, verdict.why)]


def _fields(text: str | None) -> dict[str, str] | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        return None
