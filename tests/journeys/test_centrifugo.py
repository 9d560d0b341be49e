"""A site whose sockets a Centrifugo holds, with the configuration that `slipstream stream --centrifugo-config` prints."""

import asyncio
import signal
from contextlib import AsyncExitStack

from infra.embedded.server import free_port
from tests.contracts.centrifugo_under_test import Centrifugo
from tests.contracts.gateway_under_test import subscribed
from tests.contracts.test_centrifugo_in_trouble import Shown, odds_are
from tests.journeys.process_tree import Person, Tree, open_match, until
from tests.journeys.sockets import in_a_thread, socket_of
from tests.journeys.test_gateways import listens, reprice, share


def test_a_site_puts_a_centrifugo_before_it_and_no_client_notices_even_as_the_process_behind_it_is_killed(
    tree: Tree, trader: Person, ada: Person
):
    eve, market = tree.bettor("evelyn", funds_minor=50_00), open_match(trader, "a centrifugo")
    slip_id = share(ada, market, "before a centrifugo")
    stream_port, centrifugo = free_port(), Centrifugo(tree.folder)
    settings = {
        "SLIPSTREAM_PUSH": "centrifugo",
        "SLIPSTREAM_STREAM_URL": centrifugo.url,
        "SLIPSTREAM_CENTRIFUGO_URL": centrifugo.api_url,
        "SLIPSTREAM_STREAM_PORT": str(stream_port),
        "SLIPSTREAM_METRICS_PORT": "0",
    }
    printed = tree.run("stream", "--centrifugo-config", env=settings)
    assert printed.returncode == 0, printed.stderr
    centrifugo.configure(printed.stdout)
    centrifugo.start()

    def start() -> None:
        tree.start("stream", name="behind", **settings)
        until(lambda: listens(tree, "behind", stream_port), "the process behind the Centrifugo listens")

    async def story() -> None:
        async with AsyncExitStack() as stack:
            made, events = await stack.enter_async_context(socket_of(tree, eve, centrifugo.port))
            board, money = [
                Shown(*(await subscribed(made, name))[1:]) for name in (f"fixture:{market['fixture_id']}", f"portfolio:#{eve.account_id}")
            ]
            _, slip_events, told = await subscribed(made, f"slip:{slip_id}")
            assert told.data["snapshot"]["slip_id"] == slip_id
            quoted = (await made.rpc("quote", {"market_id": market["market_id"]})).data["body"]
            home = next(each for each in quoted["selections"] if each["selection"] == "home")
            leg = {"market_id": market["market_id"], "selection": "home", "odds": home["odds"], "version": quoted["version"]}
            bet = {"type": "single", "stake_minor": 5_00, "currency": "EUR", "legs": [leg], "accept": "exact"}
            placed = (await made.rpc("place_bet", {"idempotency_key": "through it", "bet": bet})).data
            assert placed["status"] == 201, placed
            await money.until(lambda shown: [each["bet_id"] for each in shown["open"]["items"]] == [placed["body"]["bet_id"]])
            await in_a_thread(tree.end, "behind", signal.SIGKILL)
            await in_a_thread(reprice, trader, market, "2.47")
            paid = {"amount_minor": 7_00, "currency": "EUR", "reference": "while it is dead"}
            assert (await in_a_thread(eve.post, "/v1/wallet/deposits", paid)).status_code == 201
            assert (await in_a_thread(ada.put, f"/v1/blocks/{eve.account_id}")).status_code in (200, 201, 204)
            await in_a_thread(start)
            await board.until(odds_are("2.47"))
            await money.until(lambda shown: shown["available_minor"] == 52_00)
            assert (await slip_events.next("on_unsubscribed")).code in (2000, 102)
            await in_a_thread(reprice, trader, market, "2.48")
            await board.until(odds_are("2.48"))
            assert (await in_a_thread(eve.delete, "/v1/sessions/current")).status_code in (200, 204)
            assert (await events.next("on_disconnected")).code in (3500, 3503), "it may not even come back"

    try:
        start()
        asyncio.run(story())
    finally:
        centrifugo.end()
        if "behind" in tree.running:
            tree.end("behind")
