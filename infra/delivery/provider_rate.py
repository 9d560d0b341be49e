"""Keeps what is sent to each provider within a rate."""


class ProviderRate:
    """A token bucket for each provider: as many at once as go in a second."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, provider: str, now_s: float) -> bool:
        """Return whether one more may be sent now."""
        tokens, at_s = self._left.get(provider, (max(1.0, self._per_s), now_s))
        tokens = min(max(1.0, self._per_s), tokens + (now_s - at_s) * self._per_s)
        if tokens < 1.0:
            self._left[provider] = tokens, now_s
            return False
        self._left[provider] = tokens - 1.0, now_s
        return True
