"""What a careless or hostile client sends is answered by a named code, in bounded memory, and nobody else notices."""

import asyncio
import json
import socket
from contextlib import suppress

import httpx
import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from api.stream.frames import Command, FrameMalformed, commands_of
from commands.ports import StoreUnavailable
from domain.account.commands import EndSessions
from domain.fixture.facts import ClockAdvanced
from tests.contracts.gateway_under_test import FIXTURE, MARKET, client, raw, subscribed
from tests.journeys.process_tree import until
from tests.views.history import named

BOARD = f"fixture:{FIXTURE}"
CONNECT = {"id": 1, "connect": {}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
REQUESTS = st.dictionaries(st.sampled_from(["id", *Command.__struct_fields__]), JSON, max_size=3)
LINES = st.binary(max_size=60) | REQUESTS.map(lambda said: json.dumps(said).encode())


@settings(max_examples=150)
@given(st.lists(LINES, max_size=5).map(b"\n".join))
def test_any_frame_is_commands_or_malformed_and_nothing_else(frame):
    with suppress(FrameMalformed):
        assert all(isinstance(command, Command) for command in commands_of(frame))


def test_json_that_is_nested_too_deep_is_malformed():
    with pytest.raises(FrameMalformed):
        commands_of(b'{"id":1,"rpc":{"data":' + b"[" * 20_000 + b"]" * 20_000 + b"}}")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (["not json"], 3501),
        (["[]"], 3501),
        ([json.dumps({"id": -1, "connect": {}})], 3501),
        ([json.dumps({"id": 2, "subscribe": {"channel": BOARD}})], 3501),
        ([json.dumps({"connect": {}})], 3501),
        ([json.dumps(CONNECT), json.dumps(CONNECT)], 3501),
        ([json.dumps({"id": 1, "connect": {"token": "forged"}})], 3500),
        ([json.dumps({"id": 1, "connect": {"token": jwt.encode({"sub": "x"}, "another key that is long enough too", "HS256")}})], 3500),
        ([json.dumps(CONNECT), "\n".join(["{}"] * 513)], 3501),
        ([json.dumps(CONNECT), json.dumps({"id": 2, "subscribe": {}})], 3501),
        ([json.dumps(CONNECT), json.dumps({"id": 2, "history": {"limit": 1}})], 3501),
        ([json.dumps(CONNECT), json.dumps({"id": 2, "publish": {"channel": BOARD}})], 3501),
        ([json.dumps(CONNECT), json.dumps({"id": 2, "refresh": {}})], 3501),
        ([json.dumps(CONNECT), json.dumps({"id": 2, "subscribe": {"channel": BOARD, "delta": "no such"}})], 3501),
        ([json.dumps(CONNECT), json.dumps({"send": {"data": {}}})], 3508),
        ([json.dumps(CONNECT), "x" * 70_000], 1009),
        ([b"\x00binary"], 1003),
        ([[b"\xff", b"\xfe"]], 1007),
        ([["{" * 30_000, "{" * 30_000, "{" * 30_000]], 1009),
        ([json.dumps(CONNECT), *["\n".join([json.dumps({"id": 5, "ping": {}})] * 500)] * 6], 3013),
    ],
)
def test_what_is_wrong_is_closed_with_its_code(product, sent, code):
    async def story():
        async with product.gateway() as gateway, raw(gateway) as made:
            with suppress(Exception):
                for message in sent:
                    await made.websocket.send(message, text=True if isinstance(message, list) and code == 1007 else None)
            with suppress(Exception):
                await made.closed()
            assert made.websocket.close_code == code
            async with raw(gateway, "") as other:
                assert "subscribe" in (await other.ask({"id": 2, "subscribe": {"channel": BOARD}}))[0]

    asyncio.run(story())


def test_commands_that_fail_say_why_and_the_connection_stays(product):
    session = product.bettor()
    other = product.bettor()
    expired = product.tokens.connection(session._replace(expires_at_s=1))[0]
    foreign = product.tokens.subscription(other, f"portfolio:#{other.account_id}")[0]
    asked = [
        ({"subscribe": {"channel": f"portfolio:#{other.account_id}"}}, 103),
        ({"subscribe": {"channel": f"inbox:#{other.account_id}"}}, 103),
        ({"subscribe": {"channel": f"portfolio:#{other.account_id}", "token": foreign}}, 103),
        ({"subscribe": {"channel": f"portfolio:#{session.account_id}", "token": "forged"}}, 103),
        ({"subscribe": {"channel": f"fixture:{named('fixture', 77)}"}}, 102),
        ({"subscribe": {"channel": "no such"}}, 102),
        ({"subscribe": {"channel": "fixture:" + "x" * 10_000}}, 107),
        ({"publish": {"channel": BOARD, "data": {}}}, 103),
        ({"history": {"channel": BOARD}}, 103),
        ({"presence": {"channel": BOARD}}, 103),
        ({"rpc": {"method": "no such"}}, 104),
        ({}, 104),
        ({"sub_refresh": {"channel": BOARD, "token": "x"}}, 103),
    ]

    async def story():
        async with product.gateway() as gateway, raw(gateway, product.token(session)) as made:
            for number, (command, code) in enumerate(asked, 2):
                (reply,) = await made.ask({"id": number, **command})
                assert (reply["id"], reply["error"]["code"]) == (number, code), command
            (first,) = await made.ask({"id": 90, "subscribe": {"channel": BOARD, "delta": "fossil"}})
            assert "delta" not in first["subscribe"]
            (twice,) = await made.ask({"id": 90, "subscribe": {"channel": BOARD}})
            assert twice["error"]["code"] == 105
            (shown,) = await made.ask({"id": 91, "presence": {"channel": BOARD}})
            assert shown["error"]["code"] == 108
            ping, quote = await made.ask({"id": 92, "ping": {}}, {"id": 93, "unsubscribe": {"channel": "never was"}})
            assert (ping, quote) == ({"id": 92, "ping": {}}, {"id": 93, "unsubscribe": {}})
        async with product.gateway() as gateway, raw(gateway) as made:
            (reply,) = await made.ask({"id": 1, "connect": {"token": expired}})
            assert reply["error"]["code"] == 109

    asyncio.run(story())


def test_channels_are_limited_and_the_limit_is_told(product):
    async def story():
        async with product.gateway(channels_max=2) as gateway, raw(gateway, "") as made:
            codes = []
            for number, channel in enumerate([BOARD, f"market:{MARKET}", f"fixture:{named('fixture', 2)}"], 2):
                (reply,) = await made.ask({"id": number, "subscribe": {"channel": channel}})
                codes.append(reply.get("error", {}).get("code"))
            assert codes == [None, None, 106]

    asyncio.run(story())


def test_a_request_that_is_no_upgrade_or_of_another_origin_is_refused(product):
    async def story():
        async with product.gateway() as gateway:
            address = gateway.url.replace("ws://", "http://")
            async with httpx.AsyncClient() as asking:
                assert (await asking.get(address)).status_code == 426
                assert (await asking.get(address.replace("/connection", "/other"))).status_code == 404
            for headers, subprotocols, status in (
                ({"Origin": "https://evil.example"}, None, 403),
                ({"Origin": "null"}, None, 403),
                ({}, ["centrifuge-protobuf"], 400),
            ):
                with pytest.raises(InvalidStatus) as refused:
                    async with raw(gateway, additional_headers=headers, subprotocols=subprotocols):
                        pass
                assert refused.value.response.status_code == status
            for origin in ("https://site.example", "http://127.0.0.1:8000"):
                async with raw(gateway, "", additional_headers={"Origin": origin}, subprotocols=["centrifuge-json"]) as made:
                    assert made.websocket.subprotocol == "centrifuge-json"

    asyncio.run(story())


def test_too_many_connections_are_refused_by_code(product):
    session = product.bettor()

    async def story():
        async with product.gateway(connections_per_address_max=2) as gateway, raw(gateway, ""), raw(gateway, ""), raw(gateway) as third:
            await third.closed()
            assert third.websocket.close_code == 3504
        token = product.token(session)
        async with product.gateway(connections_per_account_max=1) as gateway, raw(gateway, token), raw(gateway) as second:
            await second.websocket.send(json.dumps({"id": 1, "connect": {"token": token}}))
            await second.closed()
            assert second.websocket.close_code == 3504

    asyncio.run(story())


def test_who_says_nothing_or_never_pongs_or_outlives_the_token_is_closed(product):
    session = product.bettor()

    async def story():
        async with product.gateway(connect_s=0) as gateway, raw(gateway) as made:
            await made.closed()
            assert made.websocket.close_code == 3502
        async with product.gateway(ping_s=0, pong_s=0) as gateway, raw(gateway, "") as made:
            await made.closed()
            assert made.websocket.close_code == 3012
        async with product.gateway(expired_s=0) as gateway:
            short = session._replace(expires_at_s=gateway.now_s() + 2)
            async with raw(gateway, product.token(short)) as made:
                await made.closed()
                assert made.websocket.close_code == 3005

    asyncio.run(story())


def test_a_sign_out_ends_the_connection(product):
    session = product.bettor()

    async def story():
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (made, events):
            await subscribed(made, f"portfolio:#{session.account_id}")
            product.dispatcher.call(EndSessions(session.account_id, session.session_id, session.version, "console", product.clock.now()))
            gateway.sessions.note([session.account_id], product.clock.monotonic_s())
            gateway.note_accounts([session.account_id])
            assert (await events.next("on_disconnected")).code == 3503
            async with raw(gateway) as again:
                await again.websocket.send(json.dumps({"id": 1, "connect": {"token": product.token(session)}}))
                await again.closed()
                assert again.websocket.close_code == 3500

    asyncio.run(story())


def test_a_sign_out_that_cannot_be_looked_at_for_now_ends_the_connection_a_moment_later(product):
    session = product.bettor()

    async def story():
        async with product.gateway() as gateway, client(gateway, product.token(session)) as (_, events):
            product.dispatcher.call(EndSessions(session.account_id, session.session_id, session.version, "console", product.clock.now()))
            gateway.sessions.note([session.account_id], product.clock.monotonic_s())
            asks, away = gateway.sessions.access_of, [1, 2]

            async def access_of(of):
                if away:
                    away.pop()
                    raise StoreUnavailable
                return await asks(of)

            gateway.sessions.access_of = access_of
            gateway.note_accounts([session.account_id])
            assert (await events.next("on_disconnected")).code == 3503

    asyncio.run(story())


class StuckSocket:
    """A socket that nobody reads: all that is sent stays."""

    def __init__(self):
        self.buffered_bytes, self.code, self.last_frame = 0, None, b""

    def send(self, frame, *, may_wait=False):
        del may_wait
        self.buffered_bytes += len(frame)
        self.last_frame = bytes(frame)

    def close(self, code, _reason):
        self.code = code


@pytest.mark.parametrize(("limits", "looks"), [({"slow_s": 0}, 1), ({"buffer_bytes_max": 5_000}, 0)])
def test_a_socket_that_stops_reading_is_conflated_then_closed_as_slow_and_delays_nobody(product, limits, looks):
    async def story():
        async with product.gateway(**limits) as gateway, client(gateway) as (made, _):
            _, events, _ = await subscribed(made, BOARD)
            stuck = StuckSocket()
            connection = gateway.open(stuck, "stuck")
            connection.receive(json.dumps(CONNECT).encode())
            await asyncio.to_thread(until, lambda: connection.client_id, "it is connected")
            connection.receive(json.dumps({"id": 2, "subscribe": {"channel": BOARD}}).encode())
            await asyncio.to_thread(until, lambda: b'"id":2' in stuck.last_frame, "it is subscribed")
            connection.is_paused = True
            sent = stuck.buffered_bytes
            for minute in range(20, 24):
                product.history.add(FIXTURE, ClockAdvanced(minute, "first_half", product.history.at()))
                await events.next("on_publication")
            assert stuck.buffered_bytes == sent, "nothing more is written to it"
            for number in range(20):
                connection.receive(json.dumps({"id": number + 3, "rpc": {"method": "quote", "data": {"market_id": MARKET}}}).encode())
            if looks:
                gateway.look_at_connections(product.clock.monotonic_s())
            await asyncio.to_thread(until, lambda: stuck.code, "it is closed")
            assert stuck.code == 3008
            product.history.add(FIXTURE, ClockAdvanced(33, "first_half", product.history.at()))
            assert (await events.next("on_publication")).pub.data["changes"]["fixture"]["clock"]["minute"] == 33
            gateway.closed(connection)

    asyncio.run(story())


def test_a_half_frame_holds_nothing_up_and_a_ping_between_fragments_is_answered(product):
    async def story():
        async with product.gateway() as gateway:
            half = socket.create_connection(("127.0.0.1", gateway.port))
            half.sendall(handshake() + text_frame(CONNECT)[:5])
            async with raw(gateway) as made:
                sending = made.websocket.send(pieces(made.websocket))
                await sending
                assert (await made.replies())[0]["connect"]["ping"] == 25
            half.close()

    asyncio.run(story())


async def pieces(websocket):
    text = json.dumps(CONNECT)
    yield text[:5]
    await websocket.ping(b"between")
    yield text[5:]


def handshake():
    fields = ("Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    lines = ("GET /connection/websocket HTTP/1.1", *fields, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "")
    return "\r\n".join(lines).encode()


def text_frame(command):
    body = json.dumps(command).encode()
    head = bytes([0x81, 0x80 | len(body)]) if len(body) < 126 else bytes([0x81, 0xFE]) + len(body).to_bytes(2, "big")
    return head + bytes(4) + body
