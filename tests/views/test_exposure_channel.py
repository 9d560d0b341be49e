"""Whoever applies what `exposure:#<account>` pushes has what a fresh question shows; who is no trader, or not any more, sees nothing."""

import asyncio
import random

import msgspec
import pytest

from domain.account.facts import RoleRevoked
from domain.settling import VOID
from projections.trading import exposure_queries, referrals
from tests.views.edged import Edged
from tests.views.history import ANN, NOON, History, named
from tests.views.streaming import Streamed
from tests.views.test_exposure_view import BEN, M1, M3, begun, on

TOM, TIM = named("account", 91), named("account", 92)


@pytest.fixture(autouse=True)
def _no_gap(monkeypatch):
    monkeypatch.setattr("api.stream.exposure_feed.READ_EVERY_S", 0)


async def asked(streamed):
    """What a fresh question shows, by match."""
    found = await exposure_queries.exposures(streamed.reads)
    waiting = [item.bet_id for item in (await referrals.referrals(streamed.reads, 0)).items]
    return {item.fixture_id: msgspec.to_builtins(item.sums) for item in found.items} | ({"referrals": waiting} if waiting else {})


def shown(reader):
    waiting = {"referrals": reader.shown["referrals"]} if reader.shown["referrals"] else {}
    return {**{each["fixture_id"]: each["sums"] for each in reader.shown["at_risk"]}, **waiting}


async def caught_up(streamed, history, *, gateway_first=False):
    upto = history.log.head()
    if gateway_first:
        streamed.stream(upto)
        await asyncio.sleep(0)
    streamed.project(upto)
    streamed.stream(upto)
    feed = streamed.hub._feeds["exposure"]
    while feed._reading is not None:
        await asyncio.wait([feed._reading])


def go_on(history: History, rng: random.Random, opened: list[tuple[str, str]]) -> None:
    """A bet is struck, one that is open is void, or one is put to a trader, who may take a part of it or nothing."""
    if rng.random() < 0.2:
        bet_id = named("referred", history.log.head())
        history.pend(ANN, bet_id, 2_00, on(M1, "home"), 0, refer_s=60)
        if rng.random() < 0.5:
            history.take_pending(bet_id, 1_00) if rng.random() < 0.5 else history.refuse_pending(bet_id, "referral-declined")
        return
    if opened and rng.random() < 0.4:
        account_id, bet_id = opened.pop(rng.randrange(len(opened)))
        history.settle(account_id, bet_id, "void", 1_00, 1_00, VOID)
        return
    account_id, bet_id = rng.choice((ANN, BEN)), named("bet", history.log.head())
    legs = rng.choice(((M1,), (M3,), (M1, M3)))
    history.bet(account_id, bet_id, 1_00, *[on(market_id, rng.choice(("home", "draw", "away"))) for market_id in legs])
    opened.append((account_id, bet_id))


@pytest.mark.parametrize("seed", range(2))
def test_what_is_pushed_to_traders_is_what_a_fresh_question_shows_beside_a_gateway_and_an_edge(seed: int):
    history, rng, opened = begun(), random.Random(seed), []  # noqa: S311  (a story, not a secret)

    async def tell():
        streamed, pushed = Streamed(history), 0
        streamed.traders = {TOM, TIM}
        edged = Edged(streamed)
        await caught_up(streamed, history)
        await edged.settled()
        readers = [await streamed.reader_of(TOM, f"exposure:#{TOM}"), await edged.reader_of(TIM, f"exposure:#{TIM}")]
        for _ in range(20):
            go_on(history, rng, opened)
            await caught_up(streamed, history, gateway_first=rng.random() < 0.5)
            await edged.settled()
            for reader in readers:
                assert shown(reader) == await asked(streamed)
            pushed += len(readers[0].told)
        assert pushed > 20

    asyncio.run(tell())


def test_only_a_trader_may_open_the_channel_and_who_loses_the_role_is_told_no_more():
    history = begun()

    async def tell():
        streamed = Streamed(history)
        streamed.traders = {TOM, TIM}
        edged = Edged(streamed)
        await caught_up(streamed, history)
        await edged.settled()
        assert await streamed.reader_of(ANN, f"exposure:#{ANN}") is None
        assert await edged.reader_of(ANN, f"exposure:#{ANN}") is None
        readers = [await streamed.reader_of(TOM, f"exposure:#{TOM}"), await edged.reader_of(TIM, f"exposure:#{TIM}")]
        for account_id in (TOM, TIM):
            streamed.traders.discard(account_id)
            history.add(account_id, RoleRevoked("trader", "console", NOON))
        history.bet(ANN, named("bet", 1), 1_00, on(M1, "home"))
        await caught_up(streamed, history)
        await edged.settled()
        assert [(reader.again, reader.told, shown(reader)) for reader in readers] == [(True, [], {})] * 2
        assert await streamed.reader_of(TOM, f"exposure:#{TOM}") is None
        assert await edged.reader_of(TIM, f"exposure:#{TIM}") is None

    asyncio.run(tell())
