"""The live board of an API: its list is asked for, what changes in its matches is pushed; without a gateway all of it is asked for."""

import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from api.cli.pushed_matches import Match, PushedMatches

MATCHES_MAX = 40
LIST_EVERY_S = 5.0
"""How often the list is asked for while its matches are pushed: for those that come and go."""
GAP_S = 0.05


class ApiUnavailable(Exception):  # noqa: N818  (named for what happened)
    """The API could not be reached."""

    def __init__(self, url: str) -> None:
        super().__init__(f"Nothing answers at {url}: start it with `slipstream up`, or name another address with --url.")


class LiveBoard:
    """The matches that are live, with their markets."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url
        self._pushed = PushedMatches(self.address)
        self._listed_s = 0.0

    def read(self) -> httpx.Response:
        """Return the board as the API shows it.

        Raises:
            ApiUnavailable: when nothing answers.

        """
        try:
            board = self._client.get("/v1/fixtures", params={"status": "live", "include": "markets", "limit": MATCHES_MAX})
            board.raise_for_status()
        except httpx.HTTPError:
            raise ApiUnavailable(self._url) from None
        return board

    def follow(self) -> None:
        """Have what changes pushed from now on, where there is a gateway."""
        self._pushed.start()

    def stop(self) -> None:
        """Leave the gateway."""
        self._pushed.stop()

    def look(self) -> list[Match]:
        """Return the matches as they are now.

        Raises:
            ApiUnavailable: when the list is due and nothing answers.

        """
        pushed = self._pushed.matches()
        if pushed is not None and time.monotonic() - self._listed_s < LIST_EVERY_S:
            return pushed
        board = self.read()
        self._listed_s = time.monotonic()
        matches: list[Match] = board.json()["items"]
        self._pushed.follow(matches, board.headers.get("slipstream-position", ""))
        return self._pushed.matches() or matches

    def wait(self, every_s: float) -> None:
        """Wait until there may be something new to see: until something is pushed, at most so long, and never for no time at all."""
        time.sleep(min(GAP_S, every_s))
        if self._pushed.matches() is None:
            time.sleep(max(0.0, every_s - GAP_S))
        else:
            self._pushed.wait(every_s)

    def address(self) -> str | None:
        """Return where the gateway of the API takes sockets, None where it has none; raises OSError where nobody tells."""
        try:
            told: dict[str, Any] = self._client.get("/v1/gateway").raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise OSError(str(error)) from error
        at = urlsplit(self._url)
        scheme = "wss" if at.scheme == "https" else "ws"
        if told.get("url"):
            return f"{scheme}://{at.netloc}{told['url']}" if told["url"].startswith("/") else str(told["url"])
        host = f"[{at.hostname}]" if ":" in (at.hostname or "") else at.hostname
        return f"{scheme}://{host}:{told['port']}{told['path']}" if told["port"] else None
