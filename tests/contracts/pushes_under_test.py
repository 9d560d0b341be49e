"""What tests of each channel of pushes send, and what comes of it."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import uvloop

from infra.delivery.port import NoticeDelivery, NoticeText, Outcome

FIELDS = {"kind": "comment", "title": "ann commented", "body": "Well ✓", "path": "/slips/1", "topic": "slip-1", "ttl": timedelta(hours=2)}


def message(**fields: Any) -> NoticeText:
    """Return a message: a comment on a slip, but for these fields."""
    return NoticeText(**{**FIELDS, **fields})


def sent(channel: Any, *deliveries: NoticeDelivery, run_on: Callable[[Coroutine[Any, Any, Any]], Any] = uvloop.run) -> list[Outcome]:
    """Return what came of each, sent one after the other over one channel, on the event loop of the product."""

    async def run() -> list[Outcome]:
        outcomes = [await channel.send(delivery) for delivery in deliveries]
        await channel.close()
        return outcomes

    return list(run_on(run()))
