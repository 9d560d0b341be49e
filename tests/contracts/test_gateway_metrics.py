"""What a gateway tells of itself is what happened: every figure of its page after a story of which all is known."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from domain.fact import micros
from domain.fixture.facts import ClockAdvanced
from domain.market.facts import MarketPriced
from infra.stream.metrics import StreamCollector
from tests.contracts.gateway_under_test import FIXTURE, MARKET, client, raw, subscribed
from tests.contracts.test_gateway_bad_input import StuckSocket
from tests.journeys.process_tree import until
from tests.views.history import MARKS, priced

BOARD = f"fixture:{FIXTURE}"
HOUR_S = 3_600


def test_connections_subscriptions_deliveries_and_what_was_conflated_or_dropped_are_counted(product):
    async def story():
        async with product.gateway(slow_s=HOUR_S) as gateway, client(gateway) as (made, _), raw(gateway, "") as other:
            registry = CollectorRegistry()
            registry.register(StreamCollector(gateway.counts))

            def figure(name, **labels):
                return registry.get_sample_value(f"slipstream_stream_{name}", labels)

            _, events, _ = await subscribed(made, BOARD)
            await other.ask({"id": 2, "subscribe": {"channel": BOARD}}, {"id": 3, "subscribe": {"channel": f"market:{MARKET}"}})
            await other.replies()
            assert (figure("connections"), figure("subscriptions"), figure("deliveries_total")) == (2, 3, 0)
            assert figure("commands_total") >= 4

            product.history.add(FIXTURE, ClockAdvanced(20, "first_half", product.history.at()))
            await events.next("on_publication")
            await other.replies()
            assert (figure("deliveries_total"), figure("conflated_total"), figure("dropped_total")) == (2, 0, 0)
            assert figure("position") == product.log.head()

            stuck = StuckSocket()
            connection = gateway.open(stuck, "stuck")
            connection.receive(b'{"id":1,"connect":{}}')
            await asyncio.to_thread(until, lambda: connection.client_id, "it is connected")
            connection.receive(b'{"id":2,"subscribe":{"channel":"%s"}}' % BOARD.encode())
            await asyncio.to_thread(until, lambda: figure("subscriptions") == 4, "it is subscribed")
            connection.is_paused, stuck.buffered_bytes = True, 12_345
            product.history.add(FIXTURE, ClockAdvanced(21, "first_half", product.history.at()))
            await events.next("on_publication")
            assert figure("deliveries_total") == 4
            assert figure("conflated_total") >= 1
            gateway.look_at_connections(product.clock.monotonic_s())
            assert figure("buffered_bytes") == 12_345
            connection.paused_s = product.clock.monotonic_s() - HOUR_S - 1
            gateway.look_at_connections(product.clock.monotonic_s())
            assert figure("disconnects_total", code="3008") == 1
            gateway.closed(connection)
            assert (figure("connections"), figure("subscriptions")) == (2, 3)

            gateway.hub.drop(next(each for each in gateway.hub.channels.values() if each.name == BOARD))
            assert figure("dropped_total") == 2

    asyncio.run(story())


def test_the_latency_is_measured_from_the_commit_of_the_oldest_fact_in_a_publication(product):
    async def story():
        async with product.gateway() as gateway, client(gateway) as (made, _):
            await subscribed(made, f"market:{MARKET}")
            hub, counts = gateway.hub, gateway.counts
            channel = next(each for each in hub.channels.values() if each.name == f"market:{MARKET}")
            before, sum_s = sum(counts.ages), counts.age_sum_s
            channel.flushed_s = product.clock.monotonic_s() + 3_600
            for odds in ("5.10", "5.20"):
                product.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), product.history.at(), marks=MARKS))
            await hub.reached(product.log.head())
            first = product.log.read(product.log.head() - 2, 1)[0]
            assert (sum(counts.ages), channel.since_us) == (before, first.committed_us)
            hub.now_us = lambda: first.committed_us + 150_000
            channel.flushed_s = 0.0
            hub.flush()
            assert sum(counts.ages) == before + 1, "one publication, whatever it holds"
            assert counts.age_sum_s - sum_s == pytest.approx(0.15)
            hub.now_us = lambda: micros(product.clock.now())
            product.history.add(FIXTURE, ClockAdvanced(30, "first_half", product.history.at()))
            await hub.reached(product.log.head())
            assert (sum(counts.ages), channel.since_us) == (before + 1, 0), "nobody reads the match"

    asyncio.run(story())
