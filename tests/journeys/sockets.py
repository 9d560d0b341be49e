"""Somebody with a socket, for a journey: the official client, with tokens that the API issues."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from centrifuge import Client

from infra.embedded.server import HOST
from tests.contracts.gateway_under_test import Events
from tests.journeys.process_tree import Person, Tree


async def in_a_thread(ask: Any, *arguments: Any) -> Any:
    """What HTTP answers, without holding up the sockets of this loop."""
    return await asyncio.to_thread(ask, *arguments)


def url_of(port: int) -> str:
    """The address of a gateway."""
    return f"ws://{HOST}:{port}/connection/websocket"


@asynccontextmanager
async def socket_of(tree: Tree, person: Person, port: int = 0) -> AsyncIterator[tuple[Client, Events]]:
    """A connected client of somebody, with its events; it connects again by itself."""
    events = Events()

    async def get_token() -> str:
        token = await in_a_thread(person.post, "/v1/gateway/tokens", {})
        return str(token.json()["token"])

    url = url_of(port or int(tree.env["SLIPSTREAM_STREAM_PORT"]))
    made = Client(url, events=events, get_token=get_token, min_reconnect_delay=0.1, max_reconnect_delay=0.3)
    try:
        await made.connect()
        await events.next("on_connected")
        yield made, events
    finally:
        closing = made._conn
        await made.disconnect()
        if closing is not None:
            await closing.wait_closed()
