"""A gateway whose log comes late, and a client that stops reading: everybody ends at what is so, and nobody else waits."""

import asyncio
import json
import socket
import threading

from domain.fixture.facts import ClockAdvanced
from infra.readmodels.memory import MemoryReads
from projections.betting import board
from projections.betting.board_gates import FIXTURES_KEY
from projections.partitions import partition_of_key
from tests.contracts.gateway_under_test import FIXTURE, OTHER_FIXTURE, Product, client, subscribed
from tests.contracts.test_gateway_bad_input import CONNECT, handshake, text_frame
from tests.journeys.process_tree import until
from tests.views.streaming import applied

BOARD = f"fixture:{FIXTURE}"


class HeldLog:
    """A log that is read only while nothing holds it."""

    def __init__(self, log):
        self._log = log
        self.may_read = threading.Event()
        self.may_read.set()

    def read_filtered(self, *asked):
        self.may_read.wait()
        return self._log.read_filtered(*asked)

    def wait(self, timeout_ms):
        self._log.wait(timeout_ms)


def test_a_gateway_far_behind_the_log_shows_nothing_old_to_who_comes_and_ends_where_the_log_does(monkeypatch):
    monkeypatch.setattr("api.stream.hub.Hub.reached.__defaults__", (0.2,))
    product = Product()
    log = HeldLog(product.log)
    product.history.kick_off(OTHER_FIXTURE)

    def advance(*minutes):
        for minute in minutes:
            for fixture_id in (FIXTURE, OTHER_FIXTURE):
                product.history.add(fixture_id, ClockAdvanced(minute, "first_half", product.history.at()))

    async def story():
        async with product.gateway(log=log) as gateway, client(gateway) as (made, _):
            _, events, told = await subscribed(made, BOARD)
            log.may_read.clear()
            await asyncio.sleep(0.3)
            advance(*range(20, 45))
            assert await MemoryReads(product.models).wait_for(board.VIEW, [partition_of_key(FIXTURES_KEY)], product.log.head(), 60_000)
            late = made.new_subscription(f"fixture:{OTHER_FIXTURE}", events=(late_events := type(events)()), min_resubscribe_delay=0.05)
            await late.subscribe()
            assert (await late_events.next("on_error")).error.code == 100, "what the views show is newer than what would be told"
            log.may_read.set()
            assert (await late_events.next("on_subscribed")).data["snapshot"]["clock"]["minute"] == 44
            shown, publications = told.data["snapshot"], 0
            while shown["clock"]["minute"] != 44:
                shown = applied(shown, (await events.next("on_publication")).pub.data["changes"])
                publications += 1
            assert publications <= 4, "what came late is conflated"

    try:
        asyncio.run(story())
    finally:
        log.may_read.set()
        product.close()


def test_a_real_socket_that_is_never_read_is_closed_as_slow_while_others_are_told():
    product = Product()

    def stuck(gateway):
        """A client that asks for more than any buffer of the system takes, and reads none of it."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        made.connect(("127.0.0.1", gateway.port))
        made.sendall(handshake() + text_frame(CONNECT) + text_frame({"id": 2, "subscribe": {"channel": BOARD}}))
        return made

    async def story():
        async with product.gateway(slow_s=0, buffer_bytes_max=10**9) as gateway, client(gateway) as (made, _):
            _, events, _ = await subscribed(made, BOARD)
            silent = await asyncio.to_thread(stuck, gateway)
            for minute in range(1, 30):
                product.history.add(FIXTURE, ClockAdvanced(minute, "first_half", product.history.at()))
                await events.next("on_publication")
            history = json.dumps({"id": 3, "history": {"channel": BOARD, "limit": -1}})
            for _ in range(8):
                await asyncio.to_thread(silent.sendall, text_frame_of("\n".join([history] * 200)))
            for minute in range(30, 46):
                product.history.add(FIXTURE, ClockAdvanced(minute, "first_half", product.history.at()))
                told = (await events.next("on_publication")).pub.data["changes"]["fixture"]["clock"]["minute"]
                assert told == minute, "nobody else waits"
            await asyncio.to_thread(until, lambda: gateway.counts.connections == 1, "the socket that is not read is closed")
            assert gateway.counts.disconnects == {3008: 1}
            silent.close()

    try:
        asyncio.run(asyncio.wait_for(story(), 60))
    finally:
        product.close()


def text_frame_of(text):
    body = text.encode()
    return bytes([0x81, 0xFE]) + len(body).to_bytes(2, "big") + bytes(4) + body
