"""Notices through a channel, so many at a time: how many a second, how long each took, and how many were not taken."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from infra.delivery.port import DeliveryChannel, NoticeDelivery, Sent

WARM_UP, IN_FLIGHT = 500, 64


class Sending(NamedTuple):
    """What was measured: pushes a second, how long each took, and how many the service did not take."""

    per_s: float
    took_ms: Sequence[float]
    not_taken: int


async def sent_through(channel: DeliveryChannel, deliveries: Sequence[NoticeDelivery]) -> Sending:
    """Send all of them and close the channel; the first ones are sent before, to warm up, and are not counted."""
    took_ms = list[float]()
    not_taken = 0

    async def work(waiting: Iterator[NoticeDelivery]) -> None:
        nonlocal not_taken
        for delivery in waiting:
            began_s = time.perf_counter()
            outcome = await channel.send(delivery)
            took_ms.append((time.perf_counter() - began_s) * 1_000)
            not_taken += not isinstance(outcome, Sent)

    async def all_of(some: Sequence[NoticeDelivery]) -> None:
        waiting = iter(some)
        await asyncio.gather(*(work(waiting) for _ in range(IN_FLIGHT)))

    await all_of(deliveries[:WARM_UP])
    took_ms.clear()
    began_s = time.perf_counter()
    await all_of(deliveries)
    took_s = time.perf_counter() - began_s
    await channel.close()
    return Sending(len(deliveries) / took_s, took_ms, not_taken)
