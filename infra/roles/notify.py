"""The role `slipstream notify`: turns facts into deliveries, and sends them by every channel that the settings open."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import structlog

from api.async_command_queue import AsyncCommandQueue
from api.cli.reports import DeadNotice
from api.http.social.opened_texts import opener_of
from api.http.social.promotion import is_promoted_to
from api.sealed_text import SealedText, SealedTexts
from commands.dispatch.dispatcher import Dispatcher
from commands.notifications.drop_addresses import DroppedAddress, drop_addresses
from domain.fact import micros, moment
from infra.clock import Clock
from infra.delivery.channels import CHANNELS_OPENED, ChannelParts
from infra.delivery.claims import ChannelClaims, LedgerReads
from infra.delivery.ledger import DeliveryLedger, LedgerFigures
from infra.delivery.port import DeliveryChannel
from infra.delivery.price_watch import PriceWatch
from infra.delivery.recheck import NoticeCheck
from infra.delivery.sender import ChannelSender
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.log.tail import Tail
from infra.log.topic_feed import TopicFeed
from infra.metrics.notifying import NotifyCollector
from infra.metrics.serving import registry_of, serving_metrics
from infra.process_managers.runner import run_with_backoff
from infra.processes.inherited_sockets import say_ready
from infra.readmodels.valkey_reads import reads_of
from infra.roles.shared import address_of, dispatching, stopping, watching
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable
from infra.servers import Servers
from infra.settings import Settings
from projections.ports import ReadModels
from projections.registry import VIEWS

logger = structlog.get_logger()


def notify(servers: Servers) -> None:
    """Tell people by every channel outside the page until told to stop. Several of these processes share the work."""
    settings = servers.settings
    with (
        servers.database() as dsn,
        servers.read_models() as redis_url,
        servers.recorder(dsn) as store,
        dispatching(store, settings) as dispatcher,
        watching(dsn, redis_url, VIEWS, servers.process_managers(), dispatcher, settings) as ready,
        closing(KeyTable(dsn, settings.text_secret())) as keys,
        closing(LedgerReads(dsn)) as reads,
        stopping() as stop,
        log_readers(servers, 2) as (for_deliveries, for_price_alerts),
    ):
        figures, collector = LedgerFigures(), NotifyCollector(reads)
        collector.tell_of_ledger(figures)
        with serving_metrics(settings, "notify", registry_of("notify", ready, collector)):
            texts = SealedTexts(KeyedSealer(keys, Clock().monotonic_s))
            told = threading.Thread(
                target=run_with_backoff,
                args=("deliveries", lambda: DeliveryLedger(dsn, for_deliveries(dsn), figures=figures), stop),
                name="notify: ledger",
                daemon=True,
            )
            told.start()
            watched = threading.Thread(
                target=run_with_backoff,
                args=("price alerts", lambda: PriceWatch(dsn, for_price_alerts(dsn), dispatcher), stop),
                name="notify: price alerts",
                daemon=True,
            )
            watched.start()
            say_ready()
            asyncio.run(_send(settings, dsn, dispatcher, reads_of(redis_url), texts, collector, stop))
            told.join()
            watched.join()


@contextmanager
def log_readers(servers: Servers, count: int) -> Iterator[Sequence[Callable[[str], Tail]]]:
    """Give what opens so many readers of the whole log: from PostgreSQL, or from all partitions of the topic, no members of any group.

    Each reads by itself, from where its own work stands. Of several processes the one whose turn it is reads. The others open no connection
    to Kafka.
    """
    settings = servers.settings
    if settings.backbone == "tail":
        yield [Tail] * count
        return
    with servers.kafka() as kafka_url:
        feeds = [TopicFeed(KafkaAddress.read(kafka_url), settings.kafka_topic) for _ in range(count)]
        try:
            yield [partial(KafkaReader, feed=feed, topic=settings.kafka_topic, homes=servers.homes().name) for feed in feeds]
        finally:
            for feed in feeds:
                feed.stop()


async def _send(
    settings: Settings,
    dsn: str,
    dispatcher: Dispatcher,
    reads: ReadModels,
    texts: SealedTexts,
    collector: NotifyCollector,
    stop: threading.Event,
) -> None:
    clock = Clock()
    with closing(Tail(dsn)) as tail:
        parts = ChannelParts(settings, clock, tail.identity(), settings.public_url or address_of(settings))
    opened = [channel for open_channel in CHANNELS_OPENED if (channel := open_channel(parts)) is not None]
    logger.info("notifications are sent", channels=[channel.name for channel in opened])
    senders = [sender_of(channel, dsn, dispatcher, reads, texts, clock, settings.notify_rate_per_s) for channel in opened]
    collector.tell_of_senders(senders)
    await asyncio.gather(*[sender.run(stop.is_set) for sender in senders])
    await asyncio.to_thread(stop.wait)


def sender_of(
    channel: DeliveryChannel,
    dsn: str,
    dispatcher: Dispatcher,
    reads: ReadModels,
    texts: SealedTexts,
    clock: Clock,
    rate_per_s: float,
) -> ChannelSender:
    """Return what sends by a channel."""
    queue = AsyncCommandQueue(dispatcher)

    async def is_promoted(account_id: str) -> bool:
        return await is_promoted_to(queue, account_id)

    async def open_addresses(sealed: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        return await texts.open_many([SealedText(account_id, text) for account_id, text in sealed])

    async def drop(account_id: str, address_id: str, why: str) -> None:
        await asyncio.to_thread(drop_addresses, dispatcher, [DroppedAddress(account_id, address_id, why)], clock.now())

    claims = ChannelClaims(dsn, channel.name, idempotent=channel.idempotent)
    check = NoticeCheck(reads, opener_of(texts), is_promoted)
    return ChannelSender(channel, claims, check, open_addresses, drop, clock, rate_per_s=rate_per_s)


def dead_notices(servers: Servers, channel: str, limit: int) -> list[DeadNotice]:
    """Return deliveries that failed for good, the oldest first."""
    with servers.database() as dsn, closing(LedgerReads(dsn)) as reads:
        return [
            DeadNotice(each.delivery_id, each.account_id, each.channel, each.notice_id, each.attempts, each.why, moment(each.done_us))
            for each in reads.dead(channel, limit)
        ]


def replay_notices(servers: Servers, delivery_ids: Sequence[str]) -> int:
    """Have deliveries that failed for good sent once more, within a day; return how many there were."""
    with servers.database() as dsn, closing(LedgerReads(dsn)) as reads:
        return reads.replay(delivery_ids, micros(Clock().now()))
