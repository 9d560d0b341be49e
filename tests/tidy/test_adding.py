"""What it takes to add a command or a view: four files of the product, two of them new. Each is added to a copy, and used there."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.copied import ROOT, Copy

FILES_MAX = 4

USE_CASE = '''"""Greet the owner of an account."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT
from domain.refused import Refused


class NoOwner(Refused):
    """The account has no owner."""

    account_id: str


class Greet(msgspec.Struct, frozen=True):
    """Greet the owner of an account."""

    account_id: str


def streams_of(ask: Greet) -> Sequence[StreamRef]:
    """Return the account."""
    return (StreamRef(ACCOUNT, ask.account_id),)


def greet(ask: Greet, streams: UnitOfWork) -> Outcome:
    """Greet, or refuse where there is no such account."""
    account = streams.load(ACCOUNT, ask.account_id)
    if not account.version:
        raise NoOwner(ask.account_id)
    return Outcome(f"hello {account.state.handle}", account)
'''
ROUTE = '''"""Greetings."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, problems
from commands.accounts.greet import Greet, NoOwner


class GreetingShape(BaseModel):
    """A greeting."""

    salutation: str = Field(examples=["hello ada"])


def greetings(deps: RouteDependencies) -> APIRouter:
    """Return the route of greetings."""
    router = APIRouter(prefix="/v1", tags=["accounts"])

    @router.put(
        "/accounts/{account_id}/greeting", operation_id="greet", response_model=GreetingShape, responses=problems(NoOwner, *COMMANDED)
    )
    async def greet(account_id: str) -> GreetingShape:
        """Greet the owner of an account."""
        return GreetingShape(salutation=(await deps.queue.submit(Greet(account_id))).receipt)

    return router
'''
USE_COMMAND = """
import asyncio
from types import SimpleNamespace

import httpx
from fastapi import FastAPI

from api.async_command_queue import AsyncCommandQueue
from api.http.accounts import registry
from api.http.openapi.document import install
from api.http.problems import PROBLEMS
from commands.accounts.greet import Greet, NoOwner
from commands.accounts.open_account import OpenAccount
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from datetime import UTC, datetime
from infra.eventstore.memory import MemoryEventStore

ADA, BOB = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c12"
dispatcher = Dispatcher(MemoryEventStore(), USE_CASES).start()
dispatcher.call(OpenAccount(ADA, "ada", "ada@slipstream.example", "hash", "EUR", datetime(2026, 6, 1, tzinfo=UTC)))
try:
    dispatcher.call(Greet(BOB))
except NoOwner as refusal:
    assert PROBLEMS.problem_of(refusal, "/v1")["status"] == 404


class Deps:
    def __getattr__(self, _name):
        return None


async def ask():
    app = FastAPI()
    deps = Deps()
    deps.queue = AsyncCommandQueue(dispatcher)
    for router in registry.routers(SimpleNamespace(deps=deps, auditing=None), None):
        app.include_router(router)
    install(app)
    operation = app.openapi()["paths"]["/v1/accounts/{account_id}/greeting"]["put"]
    assert operation["responses"]["200"]["content"]["application/json"]["example"] == {"salutation": "hello ada"}
    assert "no-owner" in operation["responses"]["404"]["content"]["application/problem+json"]["examples"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        answer = await client.put(f"/v1/accounts/{ADA}/greeting")
        assert (answer.status_code, answer.json()) == (200, {"salutation": "hello ada"})


asyncio.run(ask())
dispatcher.stop()
"""
VIEW = '''"""Handles by account.

    {pNN}:handles:<account>   hash: handle
"""

from collections.abc import Sequence

from domain.account.facts import AccountRegistered
from domain.fact import Recorded
from projections.changes import Change, Put
from projections.partitions import tag_of
from projections.ports import View


def project(recorded: Recorded) -> Sequence[Change]:
    """Return the row of a new account."""
    match recorded.body:
        case AccountRegistered(handle=handle):
            return (Put(f"{tag_of(recorded.stream_id)}:handles:{recorded.stream_id}", "handle", handle.encode()),)
        case _:
            return ()


VIEW = View("handles", 1, project)
'''
VIEW_ROUTE = '''"""Handles, as the view has them."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.http.openapi.document import VIEWED, problems
from api.http.request_parameters import After
from api.http.view_reader import HttpViewReader
from domain.unknown import AccountUnknown
from projections.accounts import handles
from projections.partitions import tag_of
from projections.ports import Fields


class HandleShape(BaseModel):
    """What an account is called."""

    called: str = Field(examples=["ada"])


def handles_of_accounts(view_reader: HttpViewReader) -> APIRouter:
    """Return the route of handles."""
    router = APIRouter(prefix="/v1", tags=["accounts"])

    @router.get(
        "/handles/{account_id}", operation_id="getHandle", response_model=HandleShape, responses=problems(*VIEWED, AccountUnknown)
    )
    async def handle(account_id: str, after: After = None) -> Response:
        """Return what an account is called."""

        async def ask() -> Any:
            fields = Fields(f"{tag_of(account_id)}:handles:{account_id}", ("handle",))
            ((found,),) = await view_reader.reads.many(handles.VIEW, [fields])
            if found is None:
                raise AccountUnknown(account_id)
            return {"called": found.decode()}

        return await view_reader.answer(handles.VIEW, after, ask)

    return router
'''
USE_VIEW = """
import asyncio
from types import SimpleNamespace
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI

from api.http.betting import registry
from api.http.openapi.document import install
from api.http.view_reader import HttpViewReader
from api.positions import Positions
from api.read_loop import ReadLoop
from commands.accounts.open_account import OpenAccount
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from infra.eventstore.memory import MemoryEventStore
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.registry import VIEWS


class Deps:
    def __getattr__(self, _name):
        return None


store, models, reader = MemoryEventStore(), MemoryModels(), ReadLoop().start()
dispatcher = Dispatcher(store, USE_CASES).start()
ADA = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
dispatcher.call(OpenAccount(ADA, "ada", "ada@slipstream.example", "hash", "EUR", datetime(2026, 6, 1, tzinfo=UTC)))
Projector(store, models, VIEWS).catch_up()


async def ask():
    app = FastAPI()
    view_reader = HttpViewReader(MemoryReads(models), reader, Positions(store.identity()))
    for router in registry.routers(SimpleNamespace(deps=Deps()), view_reader):
        app.include_router(router)
    install(app)
    operation = app.openapi()["paths"]["/v1/handles/{account_id}"]["get"]
    assert operation["responses"]["200"]["content"]["application/json"]["example"] == {"called": "ada"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        answer = await client.get(f"/v1/handles/{ADA}")
        assert (answer.status_code, answer.json()) == (200, {"called": "ada"}), answer.text


asyncio.run(ask())
dispatcher.stop()
"""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_new_command_touches_four_files(copy: Copy):
    copy.add("commands/accounts/greet.py", USE_CASE)
    copy.change(
        "commands/accounts/registry.py",
        ("    change_roles,\n", "    change_roles,\n    greet,\n"),
        (
            "USE_CASES: dict[type, UseCase] = {",
            "USE_CASES: dict[type, UseCase] = {\n    greet.Greet: UseCase(greet.greet, greet.streams_of),",
        ),
    )
    copy.add("api/http/accounts/greetings.py", ROUTE)
    copy.change(
        "api/http/accounts/registry.py",
        ("STATUSES: dict[type[Refused], int] = {", "STATUSES: dict[type[Refused], int] = {\n    NoOwner: 404,"),
        ("from domain.refused import Refused", "from commands.accounts.greet import NoOwner\nfrom domain.refused import Refused"),
        ("    return (", "    from api.http.accounts.greetings import greetings\n\n    return (greetings(deps), "),
    )
    copy.run(USE_COMMAND)
    copy.keeps_its_contracts()
    assert len(copy.touched) <= FILES_MAX


def test_a_new_view_touches_four_files(copy: Copy):
    copy.add("projections/accounts/handles.py", VIEW)
    copy.change(
        "projections/accounts/registry.py",
        ("import alerts, statement", "import alerts, handles, statement"),
        ("(statement.VIEW, alerts.VIEW)", "(statement.VIEW, alerts.VIEW, handles.VIEW)"),
    )
    copy.add("api/http/betting/handles.py", VIEW_ROUTE)
    copy.change(
        "api/http/betting/registry.py",
        (
            "    return (",
            "    from api.http.betting.handles import handles_of_accounts\n\n    return (handles_of_accounts(view_reader), ",
        ),
    )
    copy.run(USE_VIEW)
    copy.keeps_its_contracts()
    assert len(copy.touched) <= FILES_MAX


def test_no_registration_hides_another():
    script = """
from api.http import problems
from api.http.accounts import registry as a
from api.http.audit import registry as b
from api.http.betting import registry as c
from api.http.trading import registry as d
from api.http.social import registry as h
from api.http.notifications import registry as j
from commands import registry
from commands.accounts import registry as e
from commands.betting import registry as f
from commands.trading import registry as g
from commands.social import registry as i
from commands.notifications import registry as k
from projections.registry import VIEWS

assert len(registry.USE_CASES) == sum(len(package.USE_CASES) for package in (e, f, g, i, k))
of_packages = [kind for package in (a, b, c, d, h, j) for kind in package.STATUSES]
assert len(of_packages) == len(set(of_packages)) and set(of_packages) <= set(problems.STATUSES)
assert len({view.name for view in VIEWS}) == len(VIEWS)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
