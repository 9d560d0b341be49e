"""The feed below `slipstream watch`: told of what changes without asking, and again after its gateway was killed."""

import signal
from collections.abc import Callable, Iterator

import httpx
import pytest

from api.cli.pushed_feed import PushedFeed
from infra.embedded.server import free_port
from tests.journeys.process_tree import Person, Tree, open_match, until
from tests.journeys.sockets import url_of
from tests.journeys.test_gateways import share, start_gateway


class Asked:
    """How often the page of the feed was asked for."""

    def __init__(self) -> None:
        self.pages = 0

    def note(self, request: httpx.Request) -> None:
        self.pages += request.url.path == "/v1/feed"


@pytest.fixture
def watching(tree: Tree) -> Iterator[Callable[[Person, int], tuple[PushedFeed, Asked]]]:
    opened: list[tuple[PushedFeed, httpx.Client]] = []

    def made(person: Person, port: int) -> tuple[PushedFeed, Asked]:
        asked = Asked()
        headers = {"authorization": person.client.headers["authorization"]}
        client = httpx.Client(base_url=tree.url, headers=headers, timeout=30, event_hooks={"request": [asked.note]})
        feed = PushedFeed(client, person.account_id, lambda: url_of(port))
        opened.append((feed, client))
        feed.start()
        return feed, asked

    yield made
    for feed, client in opened:
        feed.stop()
        client.close()


def shows(feed: PushedFeed, slip_ids: list[str], **members: object) -> None:
    """Wait until the feed shows these slips, the newest of them so."""

    def look() -> bool:
        found = feed.slips()
        return [each["slip_id"] for each in found] == slip_ids and all(found[0][name] == value for name, value in members.items())

    until(look, f"the feed shows {slip_ids} with {members}")


def pushed(feed: PushedFeed) -> None:
    until(lambda: feed.slips() is not None and feed.is_pushed(), "all that is shown is pushed")


def test_the_feed_below_the_board_is_pushed_and_is_again_after_its_gateway_was_killed(
    tree: Tree, trader: Person, ada: Person, watching: Callable[[Person, int], tuple[PushedFeed, Asked]]
):
    reader, port = tree.bettor("watcher"), free_port()
    market = open_match(trader, "watched feed")
    assert reader.put(f"/v1/follows/{ada.account_id}").status_code in (200, 201)
    first = share(ada, market, "watched first")
    start_gateway(tree, "watched", port)
    feed, asked = watching(reader, port)
    shows(feed, [first], likes=0)
    pushed(feed)
    pages = asked.pages
    assert reader.put(f"/v1/slips/{first}/like").is_success
    shows(feed, [first], likes=1)
    assert asked.pages == pages, "what is pushed is not asked for"
    second = share(ada, market, "watched second")
    shows(feed, [second, first], likes=0)
    pushed(feed)
    tree.end("watched", signal.SIGKILL)
    assert reader.put(f"/v1/slips/{second}/like").is_success
    shows(feed, [second, first], likes=1)
    assert not feed.is_pushed()
    start_gateway(tree, "watched", port)
    pushed(feed)
    pages = asked.pages
    assert reader.delete(f"/v1/slips/{second}/like").is_success
    shows(feed, [second, first], likes=0)
    assert asked.pages == pages
    tree.end("watched")
