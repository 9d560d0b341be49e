"""What it takes to add a type of bet: one file. One is added to a copy of the product, and bet there from the request to the audit."""

import re
from pathlib import Path

from tests.tidy.copied import ROOT, Copy

ADDED = ("    MULTIPLE: BetType(2, LEGS_MAX, all_in_one, _fold_name),", '\n    "permed": BetType(3, 3, each_of(2, 3)),')
USE_TRIXIE = """
import asyncio
from datetime import timedelta
from types import SimpleNamespace

import httpx
from fastapi import FastAPI

from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.rate_limits import RateLimiter
from api.auth.tokens import Tokens
from api.http.betting import registry
from api.http.betting.bets import PATH, PlaceBetEndpoint, placing
from api.http.openapi.document import install
from api.positions import Positions
from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import FindAccess
from commands.audit.verify import verify
from commands.betting.settle_bet import SettleBet
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.fixture.commands import ChangeScore, EndFixture, KickOff, ScheduleFixture
from domain.ids import wallet_of
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import Selection
from domain.odds import parse
from infra.clock import Clock
from infra.eventstore.memory import MemoryEventStore
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import portfolio
from projections.registry import VIEWS

clock, store = Clock(), MemoryEventStore()
dispatcher = Dispatcher(store, USE_CASES).start()
do, at, ann = dispatcher.call, clock.now(), clock.new_id()
do(OpenAccount(ann, "ann", "ann@slipstream.example", "hash", "EUR", at))
do(MoveMoney("deposit", ann, 50_00, "EUR", "first", at))
sides, legs, fixtures = (Selection("home", "A"), Selection("draw", "Draw"), Selection("away", "B")), [], {}
for odds, draw, away in (("2", "3.4", "3.6"), ("3", "3.2", "2.4"), ("5", "3.8", "1.7")):
    fixture_id, market_id = clock.new_id(), clock.new_id()
    fixtures[market_id] = fixture_id
    do(ScheduleFixture(fixture_id, "football", "Friendly", "A", "B", at + timedelta(hours=1), False, at))
    prices = {"home": parse(odds), "draw": parse(draw), "away": parse(away)}
    version = do(OpenMarket(market_id, fixture_id, "match_result", {}, sides, prices, 3_000, at)).receipt.version
    legs.append({"market_id": market_id, "selection": "home", "odds": odds, "version": version})


class Deps:
    def __getattr__(self, _name):
        return None


async def bet_by_http():
    deps, limiter = Deps(), RateLimiter(1_000, 10_000)
    deps.clock, deps.queue, deps.positions = clock, AsyncCommandQueue(dispatcher), Positions(store.identity())
    tokens = Tokens("a key of the tests that is long enough to sign with", 3_600, clock, store.identity())
    deps.admission = Admission(tokens, CurrentSessions(deps.queue, clock, staff_need_second_factor=True), limiter, limiter, clock)
    token = tokens.issue(do(FindAccess(ann)).receipt)[0]
    app = FastAPI()
    for router in registry.routers(SimpleNamespace(deps=deps), None):
        app.include_router(router)
    app.mount("/", PlaceBetEndpoint(deps))
    install(app, [placing()])
    schema = app.openapi()["components"]["schemas"]["BetBody"]["properties"]["type"]
    assert "permed" in schema["anyOf"][0]["enum"] and "permed (3 legs)" in schema["description"], schema
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        (listed,) = [each for each in (await client.get("/v1/bet-types")).json()["items"] if each["type"] == "permed"]
        assert listed["shapes"] == [{"legs": 3, "name": "Permed", "folds": [2, 3], "lines": 4}], listed
        body = {"type": "permed", "stake_minor": 4_00, "currency": "EUR", "legs": legs}
        headers = {"authorization": f"Bearer {token}", "idempotency-key": "once"}
        answer = await client.post(PATH, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["type"], answer.json()["odds"], answer.json()["potential_returns_minor"]) == ("permed", "15.25", 61_00)
        uneven = await client.post(PATH, json={**body, "stake_minor": 4_01}, headers={**headers, "idempotency-key": "again"})
        assert (uneven.status_code, uneven.json()["lines"]) == (422, 4)
        return answer.json()["bet_id"]


bet_id = asyncio.run(bet_by_http())
settled = []
for (market_id, fixture_id), (home, away) in zip(fixtures.items(), ((1, 0), (0, 1), (1, 0)), strict=True):
    do(KickOff(fixture_id, at))
    do(ChangeScore(fixture_id, home, away, 7, "first_half", at))
    do(EndFixture(fixture_id, home, away, home, away, at))
    do(ResultMarket(market_id, at))
    settled.append(do(SettleBet(bet_id, market_id, at)).receipt)
assert [(each.status, each.returns_minor) for each in settled] == [("open", 0), ("open", 0), ("won", 10_00)], settled
Projector(store, models := MemoryModels(), VIEWS).catch_up()
shown = asyncio.run(portfolio.portfolio(MemoryReads(models), ann))
(bet,) = shown.settled.items
assert (bet.type, bet.status, bet.returns_minor, shown.available_minor) == ("permed", "won", 10_00, 50_00 - 4_00 + 10_00)
verified = verify(store)
assert verified.violation is None, verified.violation
dispatcher.stop()
"""
NAMES = re.compile(r"""["'`](single|multiple)["'`]""")
NAMED_IN = "domain/bet/lines.py"


def test_a_new_type_of_bet_touches_one_file(tmp_path: Path):
    copy = Copy(tmp_path)
    copy.change(NAMED_IN, (ADDED[0], ADDED[0] + ADDED[1]))
    copy.run(USE_TRIXIE)
    assert len(copy.touched) == 1


def test_no_other_file_of_the_product_names_a_type_of_bet():
    files = [path for room in ("domain", "commands", "projections", "api", "infra", "web") for path in (ROOT / room).rglob("*.*")]
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text() for path in files if path.suffix in (".py", ".js", ".html", ".sql", ".lua")
    }
    assert NAMED_IN in texts
    assert [name for name, text in texts.items() if NAMES.search(text)] == [NAMED_IN]
