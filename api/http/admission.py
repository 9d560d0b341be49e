"""How often one account may ask: a token bucket each, generous, so that one careless client takes nothing from the others."""

from api.http.refusals import TooManyRequests

KEYS_REMEMBERED_MAX = 100_000


class Buckets:
    """Token buckets by key: `per_s` come in, at most `burst` are kept. For one thread."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now_s: float) -> None:
        """Take one token of a key at a monotonic time.

        Raises:
            TooManyRequests: when there is none, with the whole seconds until there is.

        """
        found = self._buckets.get(key)
        if found is None:
            if len(self._buckets) >= KEYS_REMEMBERED_MAX:
                del self._buckets[next(iter(self._buckets))]
            left = self._burst
        else:
            left = min(self._burst, found[0] + (now_s - found[1]) * self._per_s)
        if left < 1:
            raise TooManyRequests(max(1, round((1 - left) / self._per_s)))
        self._buckets[key] = (left - 1, now_s)
