"""What a person does with the page and sees of it, and what a trader does to the matches on it."""

from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.journeys.process_tree import Person, grade, until
from tests.page.proxy import Proxy

WAIT_MS = 60_000
"""How long what a page comes to show is waited for: without a gateway the slowest parts of it read every 15 s."""
HTTP_OK, HTTP_ERROR = 200, 400
SAID_BY_BROWSER = ("Failed to load resource", "WebSocket connection to", "Chrome currently does not support the Push API")
HOME = {"home": "2.35", "draw": "3.4", "away": "2.5"}
TYPES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "match_result": ({}, HOME),
    "total_goals": ({"total": "2.5"}, {"over": "1.95", "under": "1.85"}),
    "both_teams_to_score": ({}, {"yes": "1.8", "no": "2"}),
    "match_winner": ({}, {"home": "1.6", "away": "2.3"}),
    "set_betting": ({"bestof": "3"}, {"2-0": "2.6", "2-1": "3.6", "1-2": "5", "0-2": "6"}),
    "total_games": ({"total": "22.5"}, {"over": "1.9", "under": "1.9"}),
    "money_line": ({}, {"home": "1.6", "away": "2.3"}),
    "point_spread": ({"hcp": "-4.5"}, {"home": "1.9", "away": "1.9"}),
    "total_points": ({"total": "220.5"}, {"over": "1.9", "under": "1.9"}),
    "race_winner": ({"places": "3", "place_terms": "1/4"}, {"arkle": "5", "denman": "2.5", "kauto": "2.2", "golden": "10"}),
    "race_place": ({"places": "3"}, {"arkle": "1.4", "denman": "1.15", "kauto": "1.1", "golden": "1.6"}),
}
NAMES = {
    "arkle": "Arkle",
    "denman": "Denman",
    "kauto": "Kauto",
    "golden": "Golden",
    "draw": "Draw",
    **{sets: sets.replace("-", ":") for sets in ("2-0", "2-1", "1-2", "0-2")},
    "over": "Over 2.5",
    "under": "Under 2.5",
    "yes": "Yes",
    "no": "No",
}


class World:
    """A trader who opens matches and moves prices."""

    _numbers = count(1)

    def __init__(self, trader: Person) -> None:
        self.trader = trader
        self._live: set[str] = set()

    def match(
        self, *, types: tuple[str, ...] = ("match_result",), live: bool = True, competition: str = "Cup", sport: str = "football"
    ) -> dict[str, Any]:
        """Open a match with markets, or a race; return it as the board shows it."""
        number = next(self._numbers)
        home, away = ("Ascot", f"Race {number}") if sport == "racing" else (f"Arsenal {number}", f"Bologna {number}")
        day = "01" if sport == "racing" else "11"
        fixture = {"sport": sport, "competition": competition, "home": home, "away": away, "kick_off": f"2026-06-{day}T19:00:00Z"}
        fixture_id = self._told(self.trader.post("/v1/trading/fixtures", fixture, idempotency_key=f"page fixture {number}"))["fixture_id"]
        if live:
            self._told(self.trader.put(f"/v1/trading/fixtures/{fixture_id}/kick-off"))
            self._live.add(fixture_id)
        for market_type in types:
            specifiers, prices = TYPES[market_type]
            names = {**NAMES, "home": home, "away": away}
            selections = [{"selection": name, "name": names[name], "odds": odds} for name, odds in prices.items()]
            market = {"fixture_id": fixture_id, "type": market_type, "specifiers": specifiers, "selections": selections, "grace_ms": 0}
            self._told(self.trader.post("/v1/trading/markets", market, idempotency_key=f"page market {number} {market_type}"))
        return self.shown(fixture_id)

    def shown(self, fixture_id: str) -> dict[str, Any]:
        """Wait until the board shows a match as it stands, and return it."""
        path = f"/v1/fixtures/{fixture_id}"
        shown = until(
            lambda: (seen := self.trader.get(path)).status_code == HTTP_OK and seen, "the board, which may have just begun, has it"
        )
        return dict(shown.json())

    def price(self, market: dict[str, Any], by: Person | None = None, **odds: str) -> None:
        """Move prices of a market, or agree with them; those left out are what the market opened with."""
        prices = {**TYPES[market["type"]][1], **odds}
        answer = (by or self.trader).put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": prices})
        assert answer.status_code == 200, answer.text  # beyond the bounds they would wait for a second trader

    def suspend(self, market: dict[str, Any], reason: str = "possible goal") -> None:
        self._told(self.trader.put(f"/v1/trading/markets/{market['market_id']}/suspension", {"reason": reason}))

    def end(self, fixture: dict[str, Any]) -> None:
        """The match is over, so that it leaves the live board."""
        score = {"regular_home": 0, "regular_away": 0, "final_home": 0, "final_away": 0}
        self._told(self.trader.put(f"/v1/trading/fixtures/{fixture['fixture_id']}/end", score))
        self._live.discard(fixture["fixture_id"])

    def result(self, market: dict[str, Any], second: Person, home: int, away: int) -> None:
        """The match of a market is over, and two traders give its result."""
        grade(self.trader, second, market, home, away)
        self._live.discard(market["fixture_id"])

    def end_all(self) -> None:
        """Every match is over: the board, which shows sixty at most, is the next file's."""
        for fixture_id in list(self._live):
            self.end({"fixture_id": fixture_id})

    def _told(self, answer: Any) -> dict[str, Any]:
        assert answer.is_success, answer.text
        return dict(answer.json())


class Screen:
    """One tab of a browser."""

    def __init__(self, context: Any, page: Any, proxy: Proxy) -> None:
        self.context = context
        self.page = page
        self._proxy = proxy
        self.errors: list[str] = []
        self._failed: list[tuple[int, str, str]] = []
        self._provoked = [(401, "/v1/gateway/tokens")]  # asked for in the background, with a session that may just have ended
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("response", self._answered)
        page.on("requestfailed", self._unanswered)

    def provokes(self, status: int, path: str = "/v1/") -> "Screen":
        """What is asked of paths that begin so is refused with a status, which is what the test is about."""
        self._provoked.append((status, path))
        return self

    def troubles(self) -> list[str]:
        """Return the page's errors, what its console said, and failed requests that neither the test nor the proxy provoked."""
        unprovoked = [
            f"{method} {path} {status or 'failed'}"
            for status, method, path in self._failed
            if (method, path) not in self._proxy.troubled
            and not any(status == code and path.startswith(start) for code, start in self._provoked)
        ]
        return self.errors + unprovoked

    def _said(self, message: Any) -> None:
        """Note an error in the console. Refused requests are noted as requests, and of sockets most files' pages have no gateway to reach."""
        if message.type == "error" and not message.text.startswith(SAID_BY_BROWSER):
            self.errors.append(f"console: {message.text}")

    def _answered(self, answer: Any) -> None:
        """Note a refusal; a read that a busy machine tells to come back is none, and the page asks again.

        Nor is why a bet cannot be cashed out, of which there is always a reason here: the prices of these tests are one trader's.
        """
        status, method, path = answer.status, answer.request.method, self._path(answer.url)
        is_no_offer = (status, method) == (409, "GET") and path.endswith("/cash-out")
        if status >= HTTP_ERROR and (status, method) != (503, "GET") and not is_no_offer:
            self._failed.append((status, method, path))

    def _unanswered(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # which is what becomes of requests when a page is left
            self._failed.append((0, request.method, self._path(request.url)))

    def _path(self, url: str) -> str:
        return urlsplit(url).path

    def open(self, path: str = "/") -> "Screen":
        self.page.goto(self._proxy.url + path)
        return self

    def price(self, market: dict[str, Any], selection: str) -> Any:
        """The button of a price that can be seen."""
        return self.page.locator(f'.price[data-key="{market["market_id"]} {selection}"]:visible')

    def pick(self, market: dict[str, Any], selection: str) -> None:
        self.price(market, selection).click()
        self.pressed(market, selection, is_picked=True)

    def pressed(self, market: dict[str, Any], selection: str, *, is_picked: bool) -> None:
        """Wait until a price is picked, or is not."""
        self.page.wait_for_function(
            "([key, state]) => document.querySelector(`.price[data-key='${key}']`).ariaPressed === state",
            arg=[self.key(market, selection), str(is_picked).lower()],
        )

    @staticmethod
    def key(market: dict[str, Any], selection: str) -> str:
        return f"{market['market_id']} {selection}"

    def card(self, slip_id: str) -> Any:
        """The card of a slip that can be seen."""
        return self.page.locator(f".post:visible:has(a[href='/slips/{slip_id}'])")

    @property
    def place(self) -> Any:
        return self.page.locator(".slip form button[type=submit]")

    @property
    def slip(self) -> Any:
        return self.page.locator(".slip")

    def ready(self) -> "Screen":
        """Wait until the slip can be placed."""
        self.page.wait_for_selector(".slip[data-stands=ready]")
        return self

    def stands(self, state: str) -> None:
        self.page.wait_for_selector(f".slip[data-stands={state}]")

    def says(self, text: str) -> None:
        """Wait until the page says this somewhere that can be seen."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()


def settled_bets(person: Person) -> list[dict[str, Any]]:
    """All bets of somebody who has a page, open ones first: signing in again comes after all that the page wrote."""
    person.sign_in(person.handle)
    return [bet for status in ("open", "settled") for bet in person.get("/v1/bets", status=status).json()["items"]]
