"""A bet goes by the socket where there is one and by HTTP where there is none: one request all the same, whatever becomes of its answer."""

import json
import signal

import pytest

from tests.journeys.process_tree import until
from tests.page.gateways import PUSHED, accepts
from tests.page.people import bet
from tests.page.screen import settled_bets

PLACE, PLACED = '"method":"place_bet"', '"status":201'


class ProxiedSocket:
    """What goes over the page's sockets. While it `loses` answers to bets, or is deaf to what is pushed, that does not come to the page."""

    def __init__(self, page):
        self.asked, self.lost, self.loses, self.is_deaf = [], 0, False, False
        page.route_web_socket("**/connection/websocket", self._route)

    def _route(self, socket):
        server = socket.connect_to_server()

        def sent(frame):
            self.asked += [json.loads(line)["rpc"]["data"] for line in frame.split("\n") if PLACE in line]
            server.send(frame)

        def came(frame):
            lines = frame.split("\n")
            if self.loses:
                self.lost += sum(PLACED in line for line in lines)
                lines = [line for line in lines if PLACED not in line]
            if self.is_deaf:
                lines = [line for line in lines if not line.startswith('{"push"')]
            if lines:
                socket.send("\n".join(lines))

        socket.on_message(sent)
        server.on_message(came)


@pytest.fixture
def opened(gateway, open_screen, ada):
    """A page on its socket, with a pick on its slip, and what goes over the socket."""
    assert "stream" in gateway.running

    def made(market, selection="home"):
        screen = open_screen(ada)
        frames = ProxiedSocket(screen.page)
        screen.open().page.wait_for_selector(PUSHED)
        screen.pick(market, selection)
        screen.ready()
        return screen, frames

    return made


def waits_for(screen, holds, what):
    """Wait for something that Playwright tells of: its loop runs while the page waits."""
    until(lambda: screen.page.wait_for_timeout(10) or holds(), what)


def one_request(frames, proxy):
    """All that was asked for, by socket and by HTTP, is one request: the same key and the same bytes; how often by each."""
    asked = {(data["idempotency_key"], json.dumps(data["bet"], separators=(",", ":"))) for data in frames.asked}
    asked |= {(each.key, each.body.decode()) for each in proxy.bets()}
    assert len(asked) == 1, asked
    return len(frames.asked), len(proxy.bets())


def test_a_bet_is_struck_or_refused_on_the_socket_without_a_request(world, opened, proxy, ada):
    market = world.match()["markets"][0]
    screen, frames = opened(market)
    screen.place.click()
    screen.says("Bet placed at 2.35")
    assert one_request(frames, proxy) == (1, 0)
    screen.page.wait_for_function("() => document.getElementById('money').textContent === '€90.00'")
    screen.pick(market, "draw")
    screen.ready()
    frames.is_deaf = True
    world.suspend(market)
    screen.place.click()
    waits_for(screen, lambda: len(frames.asked) == 2, "the second bet was sent")
    screen.says("the market is suspended")
    assert proxy.bets() == []
    assert [bet["stake_minor"] for bet in settled_bets(ada)] == [10_00]


def test_a_bet_whose_answer_dies_with_the_gateway_is_asked_for_over_http_and_is_one_bet(gateway, world, opened, proxy, ada):
    market = world.match()["markets"][0]
    screen, frames = opened(market)
    frames.loses = True
    screen.place.click()
    waits_for(screen, lambda: frames.lost, "the bet was struck, and its answer lost")
    world.price(market, home="2.1")
    gateway.end("stream", signal.SIGKILL)
    screen.says("Bet placed at 2.35")
    assert one_request(frames, proxy) == (1, 1)
    assert [bet["odds"] for bet in settled_bets(ada)] == ["2.35"]
    gateway.start("stream")
    accepts(gateway)


def test_a_bet_that_a_killed_gateway_never_read_and_http_loses_is_asked_for_on_the_next_socket_and_is_one_bet(
    gateway, world, opened, proxy, ada
):
    screen, frames = opened(world.match()["markets"][0])
    gateway.running["stream"].send_signal(signal.SIGSTOP)
    proxy.let("POST", "/v1/bets", "refuse")
    screen.place.click()
    waits_for(screen, lambda: frames.asked, "the bet was sent")
    gateway.end("stream", signal.SIGKILL)
    screen.says("Not known yet whether this bet was placed")
    gateway.start("stream")
    accepts(gateway)
    screen.page.wait_for_selector(PUSHED)
    screen.says("Bet placed at 2.35")
    by_socket, by_http = one_request(frames, proxy)
    assert (by_socket, by_http > 0) == (2, True)
    assert len(settled_bets(ada)) == 1


def test_an_answer_that_does_not_come_in_time_is_not_known_yet_and_is_asked_for_over_http(world, opened, proxy, ada):
    screen, frames = opened(world.match()["markets"][0])
    frames.loses = True
    screen.place.click()
    screen.says("Not known yet whether this bet was placed")
    screen.says("Bet placed at 2.35")
    assert one_request(frames, proxy) == (1, 1)
    assert len(settled_bets(ada)) == 1


def test_the_match_of_a_bet_that_the_page_does_not_show_is_named_by_a_call_on_the_socket(gateway, world, open_screen, proxy, ada, trader):
    assert "stream" in gateway.running
    screen = open_screen(ada).open("/bets")
    screen.page.wait_for_selector(PUSHED)
    fixture = world.match(live=False)
    market = fixture["markets"][0]
    bet(ada, market)
    screen.page.locator(".mine").get_by_text(f"{fixture['home']} v {fixture['away']}").locator("visible=true").first.wait_for()
    assert proxy.count("GET", f"/v1/fixtures/{fixture['fixture_id']}") == 1
    assert proxy.count("GET", f"/v1/markets/{market['market_id']}") == 0
    assert trader.put(f"/v1/trading/fixtures/{fixture['fixture_id']}/kick-off").is_success
    world.end(fixture)
