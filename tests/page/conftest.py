"""A running Slipstream, a proxy in front of it, and Debian's Chromium that looks at it. Without Chromium these tests are skipped."""

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.mailbox import FileMailbox
from infra.embedded.smtp import EmbeddedMailServer
from infra.embedded.valkey import EmbeddedValkey
from tests.journeys.process_tree import Person, Tree
from tests.page.gateways import accepts
from tests.page.people import follow, person
from tests.page.proxy import Proxy, proxied
from tests.page.screen import Screen, World
from tests.servers import fresh_database, server_folder

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)
CHROMIUM = os.environ.get("SLIPSTREAM_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
NAMES = count(1)
BEGIN = """
if (!localStorage.getItem("begun")) for (const [name, value] of Object.entries({begun: "yes", ...%s})) localStorage.setItem(name, value);
"""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; without it, or without Playwright, nothing is started."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[dev]'")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: scripts/install-system does it where it can, or apt-get install chromium")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator["object"]:
    """A browser for one file. Playwright runs an event loop in this thread meanwhile, and other files' tests run loops of their own."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


@pytest.fixture(scope="session")
def page_tree(chromium: str, postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    assert chromium
    folder: Path = tmp_path_factory.mktemp("page")
    with (
        fresh_database(postgres_server) as dsn,
        server_folder() as home,
        EmbeddedValkey(home / "valkey", snapshots=False) as valkey,
        EmbeddedMailServer(FileMailbox(folder / "data" / "mail")) as mail_url,
    ):
        running = Tree(dsn, valkey.start(), folder)
        running.env |= {"SLIPSTREAM_MAIL_URL": mail_url, "SLIPSTREAM_MAIL_PAGE": "1"}
        try:
            for role in ("api", "project", "settle"):
                running.start(role)
            yield running
        finally:
            running.end_all()


@pytest.fixture(scope="session")
def trader(page_tree: Tree) -> Person:
    return page_tree.bettor("page_trader", role="trader")


@pytest.fixture(scope="module")
def world(trader: Person) -> Iterator[World]:
    """Who opens matches and moves prices; what one file opened is over before the next."""
    opened = World(trader)
    yield opened
    opened.end_all()


@pytest.fixture(scope="module")
def strict_tree(page_tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """Another API of the same Slipstream, at which staff must have a second factor."""
    env = page_tree.env
    strict = Tree(env["SLIPSTREAM_DATABASE_URL"], env["SLIPSTREAM_REDIS_URL"], tmp_path_factory.mktemp("strict"))
    strict.env["SLIPSTREAM_STAFF_SECOND_FACTOR"] = "required"
    try:
        strict.start("api")
        yield strict
    finally:
        strict.end_all()


@pytest.fixture
def proxy(page_tree: Tree) -> Iterator[Proxy]:
    with proxied(page_tree.port) as running:
        yield running


@pytest.fixture
def strict_proxy(strict_tree: Tree) -> Iterator[Proxy]:
    with proxied(strict_tree.port) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(page_tree: Tree) -> Iterator[Tree]:
    """A gateway for one file alone; the other files' pages have none, and ask for everything."""
    page_tree.start("stream")
    accepts(page_tree)
    yield page_tree
    if "stream" in page_tree.running:
        page_tree.end("stream")


@pytest.fixture(scope="module")
def star(page_tree: Tree) -> Person:
    """Somebody with 10,000.00 EUR whom others follow, of one file alone."""
    return person(page_tree, "star", 10_000_00)


@pytest.fixture
def fan(page_tree: Tree, star: Person) -> Person:
    """Somebody with 100.00 EUR who follows the star."""
    found = person(page_tree, "fan")
    follow(found, star)
    return found


@pytest.fixture
def ada(page_tree: Tree) -> Person:
    """A bettor with 100.00 EUR, of this test alone."""
    return page_tree.bettor(f"page_ada_{next(NAMES)}", funds_minor=100_00)


@pytest.fixture
def open_screen(browser, proxy: Proxy) -> Iterator[object]:
    """Open a screen at an address: a browser of its own, signed in as `person` where one is given."""
    contexts: list[Any] = []
    screens: list[Screen] = []

    def opened(
        person: Person | None = None, *, at: Proxy = proxy, width: int = 1440, height: int = 900, theme: str = "light", **settings: str
    ) -> Screen:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, has_touch=width < 768)
        contexts.append(context)
        kept = {"slipstream.settings": json.dumps(settings)}
        if person is not None:
            kept["slipstream.session"] = json.dumps(session_of(person))
        context.add_init_script(BEGIN % json.dumps(kept))
        screens.append(Screen(context, context.new_page(), at))
        return screens[-1]

    yield opened
    for context in contexts:
        context.close()
    assert [trouble for screen in screens for trouble in screen.troubles()] == []


def session_of(person: Person) -> dict[str, object]:
    """What the page keeps of a session, of somebody who is signed in already."""
    account = person.get("/v1/account").json()
    token = person.client.headers["authorization"].removeprefix("Bearer ")
    return {"token": token, **{name: account[name] for name in ("handle", "account_id", "currency", "roles")}}
