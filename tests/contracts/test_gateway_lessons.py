"""What went wrong in gateways elsewhere comes out right here: recovery at its edges, floods, and a write that hangs."""

import asyncio
import json
import socket
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from api.stream.gateway_parts import StreamLimits
from domain.fixture.facts import ClockAdvanced
from domain.slip.facts import SlipLeg
from infra.stream.server import PINGS_MAX
from tests.contracts.gateway_under_test import FIXTURE, MARKET, raw
from tests.contracts.test_gateway_bad_input import StuckSocket, handshake
from tests.journeys.process_tree import until
from tests.views.history import named

BOARD = f"fixture:{FIXTURE}"
LEG = SlipLeg(FIXTURE, MARKET, "home", (27, 20), 1)


def since(told):
    return {"recover": True, "epoch": told["subscribe"]["epoch"], "offset": told["subscribe"]["offset"]}


def test_who_comes_back_from_before_all_that_is_kept_is_shown_the_channel_anew(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway, "") as made:
            (told,) = await made.ask({"id": 2, "subscribe": {"channel": BOARD}})
        for minute in (1, 2):
            product.history.add(FIXTURE, ClockAdvanced(minute, "first_half", product.history.at()))
        async with product.gateway(began=product.log.head() - 1) as gateway, raw(gateway, "") as made:
            (again,) = await made.ask({"id": 2, "subscribe": {"channel": BOARD, **since(told)}})
            assert again["subscribe"]["recovered"] is False
            assert again["subscribe"]["data"]["snapshot"]["clock"]["minute"] == 2
            assert "publications" not in again["subscribe"]

    asyncio.run(story())


def test_an_empty_channel_has_its_epoch_from_the_start_and_recovers_before_and_after_its_first_publication_on_any_process(product):
    async def story():
        ann, ben = product.bettor(), product.bettor()
        product.history.follow(ben.account_id, ann.account_id)
        channel, token = f"feed:#{ben.account_id}", product.token(ben)
        async with product.gateway() as gateway, raw(gateway, token) as made:
            (told,) = await made.ask({"id": 2, "subscribe": {"channel": channel}})
            assert told["subscribe"]["data"]["snapshot"] == {"entries": []}
            assert told["subscribe"]["epoch"] == gateway.hub.positions.log
        async with product.gateway() as gateway, raw(gateway, token) as made:
            (before,) = await made.ask({"id": 2, "subscribe": {"channel": channel, **since(told)}})
            assert (before["subscribe"]["recovered"], before["subscribe"]["publications"]) == (True, [])
        slip_id = product.history.pick(ann.account_id, legs=(LEG,))
        async with product.gateway() as gateway, raw(gateway, token) as made:
            (after,) = await made.ask({"id": 2, "subscribe": {"channel": channel, **since(before)}})
            (missed,) = after["subscribe"]["publications"]
            assert after["subscribe"]["recovered"] is True
            assert [each["slip_id"] for each in missed["data"]["changes"]["entries"]] == [slip_id]

    asyncio.run(story())


@pytest.mark.parametrize(("limits", "expired", "code"), [({"ping_s": 0, "pong_s": 0}, False, 3012), ({"expired_s": 0}, True, 3005)])
def test_a_deadline_fires_for_a_socket_whose_writes_hang(product, limits, expired, code):
    async def story():
        async with product.gateway(slow_s=3_600, **limits) as gateway:
            stuck = StuckSocket()
            connection = gateway.open(stuck, "stuck")
            connection.receive(b'{"id":1,"connect":{}}')
            await asyncio.to_thread(until, lambda: connection.client_id, "it is connected")
            connection.is_paused, connection.paused_s = True, product.clock.monotonic_s()
            connection.expires_at_s = gateway.now_s() - 10 if expired else 0
            await asyncio.to_thread(until, lambda: stuck.code is not None, "it is closed")
            assert stuck.code == code
            gateway.closed(connection)

    asyncio.run(story())


def test_a_hundred_thousand_subscriptions_end_in_a_code_and_no_more_channels_than_the_limit(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway, "") as flooding, raw(gateway, "") as other:
            commands = [{"id": number + 2, "subscribe": {"channel": f"fixture:{named('flood', number)}"}} for number in range(100_000)]
            frames = ["\n".join(map(json.dumps, commands[first : first + 400])) for first in range(0, len(commands), 400)]
            with suppress(ConnectionClosed):
                for frame in frames:
                    await flooding.websocket.send(frame)
            await asyncio.to_thread(until, lambda: gateway.counts.disconnects, "the flood is over")
            assert gateway.counts.disconnects in ({3013: 1}, {3509: 1}), "too many requests, or before that too many that fail"
            assert len(gateway.hub.channels) <= StreamLimits().channels_max
            assert "subscribe" in (await other.ask({"id": 2, "subscribe": {"channel": BOARD}}))[0]

    asyncio.run(story())


def test_a_flood_of_pings_of_the_websocket_is_closed_by_its_code(product):
    async def story():
        async with product.gateway() as gateway, raw(gateway, "") as other:
            flooding = socket.create_connection(("127.0.0.1", gateway.port))
            flooding.sendall(handshake() + bytes([0x89, 0x80, 0, 0, 0, 0]) * (PINGS_MAX + 50))
            said = await asyncio.to_thread(all_of, flooding)
            assert bytes([0x0B, 0xC5]) + b"too many requests" in said, "3013"
            assert "subscribe" in (await other.ask({"id": 2, "subscribe": {"channel": BOARD}}))[0]

    asyncio.run(story())


def all_of(made):
    """What a socket is told until it is closed."""
    made.settimeout(60)
    said = b""
    while part := made.recv(65_536):
        said += part
    made.close()
    return said
