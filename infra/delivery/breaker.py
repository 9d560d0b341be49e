"""Cuts off a provider that is slow or down, for longer each time: nobody else waits for it."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

FAILURES_MAX = 5
"""So many failures in a row cut a provider off."""
PAUSE_S_FIRST, PAUSE_S_MAX = 1.0, 60.0


class ProviderState(NamedTuple):
    """How often a provider failed in a row, until when it is cut off (seconds of a clock that never goes back), for how long then."""

    failures: int = 0
    closed_until_s: float = 0.0
    pause_s: float = PAUSE_S_FIRST


class ProviderBreaker:
    """Knows which providers are cut off. After the pause one delivery is let through; what comes of it decides."""

    def __init__(self) -> None:
        self._states: dict[str, ProviderState] = {}

    def wait_s(self, provider: str, now_s: float) -> float:
        """Return for how long nothing is to be sent to a provider, 0 where it may be asked; who asks after a pause is the only one."""
        state = self._states.get(provider)
        if state is None or state.failures < FAILURES_MAX:
            return 0.0
        if now_s < state.closed_until_s:
            return state.closed_until_s - now_s
        self._states[provider] = state._replace(closed_until_s=now_s + state.pause_s)
        return 0.0

    def worked(self, provider: str) -> None:
        """Note that a provider answered, be it that it takes nothing for one address for now."""
        self._states.pop(provider, None)

    def failed(self, provider: str, now_s: float) -> None:
        """Note that a provider did not answer, or could not take anything."""
        state = self._states.get(provider, ProviderState())
        failures = state.failures + 1
        if failures < FAILURES_MAX:
            self._states[provider] = state._replace(failures=failures)
        else:
            self._states[provider] = ProviderState(failures, now_s + state.pause_s, min(PAUSE_S_MAX, state.pause_s * 2))

    @property
    def cut_off(self) -> int:
        """How many providers are cut off."""
        return sum(state.failures >= FAILURES_MAX for state in self._states.values())


def provider_of(channel: str, address: Mapping[str, str]) -> str:
    """Return who carries what is sent to an address: the host of a push service, or the channel's own provider."""
    return urlsplit(address.get("endpoint", "")).netloc or address.get("provider", "") or channel
