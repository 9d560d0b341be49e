"""The feed of whoever is signed in, pushed: which slips it has, and what changes of those that are shown.

The channel of the feed says that slips came or went, and then a page is read; likes, results and prices of the slips on it come by the
channels of the slips. What is not pushed, for want of a gateway, is asked for every few seconds.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from api.channel_names import FEED, SLIP, personal_channel
from api.cli.pushed_channels import Data, PushedChannels

SLIPS_SHOWN = 8
ASK_EVERY_S = 2.0
"""How often the feed is asked for while it is not pushed."""
PUSHED_EVERY_S = 60.0
"""How often it is while it is: for what home has of others, whom nobody follows."""
Slip = dict[str, Any]


class PushedFeed:
    """The newest slips of an account's feed, of a client that is signed in as the account."""

    def __init__(self, client: httpx.Client, account_id: str, address: Callable[[], str | None]) -> None:
        self._client = client
        self._own = personal_channel(FEED, account_id)
        self._lock = threading.Lock()
        self._slips: dict[str, Slip] = {}
        self._is_whole = self._has_failed = False
        self._after = ""
        self._read_s = -PUSHED_EVERY_S
        self._channels = PushedChannels(address, self._take, self._leave, self._token)
        self._channels.follow({self._own: ""})
        self.start, self.stop = self._channels.start, self._channels.stop

    def slips(self) -> list[Slip]:
        """Return the slips as they are now, newest first. Nothing is asked for while all of them are pushed."""
        every_s = ASK_EVERY_S
        if self._channels.are_on() and not self._has_failed:
            every_s = PUSHED_EVERY_S if self._is_whole else 0.0
        if time.monotonic() - self._read_s >= every_s:
            self._read()
        with self._lock:
            return list(self._slips.values())

    def is_pushed(self) -> bool:
        """Return whether all that is shown is pushed."""
        return self._is_whole and self._channels.are_on()

    def _read(self) -> None:
        """Read the page, at least as new as what was pushed; what cannot be read now is read later."""
        self._read_s, after = time.monotonic(), self._after
        self._is_whole = self._has_failed = True
        try:
            found = self._client.get("/v1/feed", params={"limit": SLIPS_SHOWN}, headers={"slipstream-after": after} if after else {})
            items: list[Slip] = found.raise_for_status().json()["items"]
        except (httpx.HTTPError, ValueError, KeyError):
            return
        self._has_failed = False
        with self._lock:
            known = self._slips
            self._slips = {}
            for slip in items:
                is_pushed = slip["slip_id"] in known and self._channels.is_on(f"{SLIP}:{slip['slip_id']}")
                self._slips[slip["slip_id"]] = known[slip["slip_id"]] if is_pushed else slip
            self._channels.follow({self._own: "", **dict.fromkeys((f"{SLIP}:{slip_id}" for slip_id in self._slips), "")})

    def _take(self, channel: str, data: Data | None) -> None:
        if data is None:
            return
        if channel == self._own:
            self._after, self._is_whole = data["position"], False
            return
        slip_id = channel.partition(":")[2]
        with self._lock:
            if slip_id in self._slips:
                self._slips[slip_id] = changed(self._slips[slip_id], data)

    def _leave(self, channel: str) -> None:
        """Read the page again where a slip may not be seen any more."""
        self._is_whole = self._is_whole and channel == self._own

    def _token(self) -> str:
        try:
            told: dict[str, str] = self._client.post("/v1/gateway/tokens", json={}).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise OSError(str(error)) from error
        return told["token"]


def changed(slip: Slip, data: Data) -> Slip:
    """Return a slip after a snapshot of its channel, or after changes that were pushed."""
    snapshot, changes = data.get("snapshot"), data.get("changes", {})
    if snapshot is not None:
        return {**slip, **snapshot, "bet": {**slip["bet"], **snapshot["bet"]}}
    legs = list(slip["bet"]["legs"])
    for leg in changes.get("legs", ()):
        legs[leg["leg"]] = {**legs[leg["leg"]], **leg}
    return {**slip, **changes.get("slip", {}), "bet": {**slip["bet"], **changes.get("bet", {}), "legs": legs}}
