"""How often one may ask: token buckets, generous, so that one careless client takes nothing from the others."""

import math

from api.refusals import TooManyRequests

KEYS_REMEMBERED_MAX = 100_000


class Buckets:
    """Token buckets by key: `per_s` come in, at most `burst` are kept. The key not seen for longest is forgotten first. For one thread."""

    def __init__(self, per_s: float, burst: float, *, keys_max: int = KEYS_REMEMBERED_MAX) -> None:
        self._per_s = per_s
        self._burst = burst
        self._keys_max = keys_max
        self._buckets: dict[str, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now_s: float) -> None:
        """Take one token of a key at a monotonic time.

        Raises:
            TooManyRequests: when there is none, with the whole seconds until there is.

        """
        left = self._left(key, now_s)
        enough = left >= 1
        self._buckets[key] = (left - 1 if enough else left, now_s)
        if not enough:
            raise TooManyRequests(max(1, math.ceil((1 - left) / self._per_s)))

    def give_back(self, key: str, now_s: float) -> None:
        """Put a token back: what it was taken for turned out not to count."""
        self._buckets[key] = (min(self._burst, self._left(key, now_s) + 1), now_s)

    def _left(self, key: str, now_s: float) -> float:
        """Return what a key has left, and forget it, so that it is put back as the one seen last; make room where there is none."""
        found = self._buckets.pop(key, None)
        if found is not None:
            return min(self._burst, found[0] + (now_s - found[1]) * self._per_s)
        if len(self._buckets) >= self._keys_max:
            del self._buckets[next(iter(self._buckets))]
        return self._burst


class SignIns:
    """Counts wrong passwords: by address and handle, by address, and by handle.

    By address and handle, so that nobody locks another out; by address, so that nobody tries them all; by handle, so that many addresses
    are not many more guesses. The last does not count where somebody signed in to the account before: its owner is let in there, however
    many others guess.
    """

    def __init__(self, guesses: Buckets, addresses: Buckets, handles: Buckets, *, known_max: int = KEYS_REMEMBERED_MAX) -> None:
        self._guesses = guesses
        self._addresses = addresses
        self._handles = handles
        self._known: dict[str, None] = {}
        self._known_max = known_max

    def begin(self, address: str, handle: str, now_s: float) -> None:
        """Count an attempt as wrong until it is known to be right: those under way at once count too.

        Raises:
            TooManyRequests: when that address guessed too often, or too many guessed that handle.

        """
        handle = handle.casefold()
        pair = f"{address} {handle}"
        self._addresses.take(address, now_s)
        self._guesses.take(pair, now_s)
        if pair not in self._known:
            self._handles.take(handle, now_s)

    def right(self, address: str, handle: str, now_s: float) -> None:
        """Count an attempt no longer: it was right."""
        handle = handle.casefold()
        pair = f"{address} {handle}"
        self._addresses.give_back(address, now_s)
        self._guesses.give_back(pair, now_s)
        if pair not in self._known:
            self._handles.give_back(handle, now_s)
        self._known.pop(pair, None)
        if len(self._known) >= self._known_max:
            del self._known[next(iter(self._known))]
        self._known[pair] = None
