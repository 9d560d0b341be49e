"""Matches as the gateway pushes them: from the position of the list that showed them, what is pushed is put over what is shown."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from api.channel_names import FIXTURE
from api.cli.pushed_channels import Data, PushedChannels

Match = dict[str, Any]
PREFIX = f"{FIXTURE}:"


class PushedMatches:
    """Matches that are kept up to date. `address` is as `PushedChannels` takes it."""

    def __init__(self, address: Callable[[], str | None]) -> None:
        self._lock = threading.Lock()
        self._matches: dict[str, Match] = {}
        self._channels = PushedChannels(address, self._take, lambda _: None)
        self.start, self.stop, self.wait = self._channels.start, self._channels.stop, self._channels.wait

    def follow(self, matches: Iterable[Match], position: str) -> None:
        """Keep these matches up to date from now on, and no others; they are as they were at a position of the log."""
        with self._lock:
            listed = {match["fixture_id"]: match for match in matches}
            self._matches = {
                key: self._matches[key] if key in self._matches and self._channels.is_on(PREFIX + key) else match
                for key, match in listed.items()
            }
            self._channels.follow({PREFIX + key: position for key in listed})

    def matches(self) -> list[Match] | None:
        """Return the matches as they are now; None while some of them are not pushed."""
        if not self._channels.are_on():
            return None
        with self._lock:
            return list(self._matches.values())

    def _take(self, channel: str, data: Data | None) -> None:
        fixture_id = channel.removeprefix(PREFIX)
        with self._lock:
            shown = self._matches.get(fixture_id)
            if shown is not None and data is not None:
                self._matches[fixture_id] = data.get("snapshot") or applied(shown, data["changes"])


def applied(match: Match, changes: Match) -> Match:
    """Return a match after changes that were pushed: its own members over those it has, each market by its id."""
    markets = {market["market_id"]: market for market in (*match["markets"], *changes.get("markets", ()))}
    return {**match, **changes.get("fixture", {}), "markets": list(markets.values())}
