"""Pushes that wait together are one write: in order, none lost, and nothing that must go at once waits for them."""

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from domain.fixture.facts import ClockAdvanced
from domain.market.facts import MarketSuspended
from infra.stream.gathered_writes import GATHERED_BYTES_MAX, GatheredWrites, write_waiting
from tests.contracts.gateway_under_test import FIXTURE, MARKET, OTHER_FIXTURE, Product, Raw
from tests.contracts.test_gateway_bad_input import CONNECT

SOCKETS = 3
PUSHES = st.tuples(st.integers(0, SOCKETS - 1), st.sampled_from(["wait", "now", "large"]))


class Written:
    """A socket that notes what is written, as the server's does it."""

    def __init__(self, writes):
        self.waiting, self.waiting_bytes, self.frames, self._writes = [], 0, [], writes

    def write(self, frame):
        self.frames.append(frame)

    def send(self, frame, how):
        if how == "now":
            write_waiting(self, [frame])
        else:
            self._writes.add(self, frame)


@given(gather_s=st.sampled_from([0.0, 0.0005]), turns=st.lists(st.lists(PUSHES, max_size=8), max_size=6))
def test_whatever_is_pushed_comes_whole_and_in_order_in_no_more_writes_than_pushes(gather_s, turns):
    async def story():
        loop = asyncio.get_running_loop()
        writes = GatheredWrites(gather_s, loop.time)
        sockets = [Written(writes) for _ in range(SOCKETS)]
        sent = [[] for _ in sockets]
        for turn in turns:
            for number, how in turn:
                told = b"%d" % len(sent[number]) + b" " * (GATHERED_BYTES_MAX if how == "large" else 0)
                sent[number].append(told)
                sockets[number].send(told, how)
                if how == "now":
                    assert sockets[number].frames[-1].endswith(told), "what may not wait is written when it is sent"
                    assert not sockets[number].waiting, "with all before it"
            await asyncio.sleep(0)
        await asyncio.sleep(gather_s * 4)
        for each, told in zip(sockets, sent, strict=True):
            assert b"\n".join(each.frames) == b"\n".join(told)
            assert gather_s or len(each.frames) == len(told), "without gathering each is a write of its own"

    asyncio.run(story())


def test_a_push_after_a_pause_waits_for_no_time_and_those_of_one_turn_are_one_write():
    async def story():
        times_s = iter([10.0, 10.0, 10.0005, 10.0005])
        writes = GatheredWrites(3_600.0, lambda: next(times_s) * 1_000)
        written = Written(writes)
        for told in (b"first", b"second"):
            written.send(told, "wait")
        await asyncio.sleep(0)
        assert written.frames == [b"first\nsecond"], "at the end of the turn, an hour's gathering or not"
        written.send(b"third", "wait")
        await asyncio.sleep(0)
        assert written.frames == [b"first\nsecond"], "right behind a round of writes it waits for others"
        written.send(b"now", "now")
        assert written.frames == [b"first\nsecond", b"third\nnow"]

    asyncio.run(story())


def test_a_suspension_takes_what_waits_along_and_waits_for_nothing_itself():
    product = Product()

    async def story():
        async with product.gateway(gather_s=3_600.0) as gateway, connect(gateway.url) as websocket:
            await product.views_caught_up()
            asked = [{"id": 2 + n, "subscribe": {"channel": f"fixture:{each}"}} for n, each in enumerate((FIXTURE, OTHER_FIXTURE))]
            raw, told = Raw(websocket), 0
            await websocket.send("\n".join(json.dumps(each) for each in (CONNECT, *asked)))
            while told < 3:
                told += len(await raw.replies())
            for fixture_id in (FIXTURE, OTHER_FIXTURE):
                product.history.add(fixture_id, ClockAdvanced(44, "first_half", product.history.at()))
                await gateway.hub.reached(product.log.head(), 60)
            product.history.add(MARKET, MarketSuspended("possible goal", product.history.at()))
            [first], both = await raw.replies(), await raw.replies()
            assert [each["push"]["channel"] for each in (first, *both)] == [f"fixture:{each}" for each in (FIXTURE, OTHER_FIXTURE, FIXTURE)]
            assert both[1]["push"]["pub"]["data"]["changes"]["markets"][0]["status"] == "suspended"

    try:
        asyncio.run(story())
    finally:
        product.close()
