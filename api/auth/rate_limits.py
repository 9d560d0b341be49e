"""Rate limits: generous token buckets, so that one careless client takes nothing from the others."""

import math
from typing import Protocol

from api.refusals import TooManyRequests

KEYS_REMEMBERED_MAX = 100_000


class TokenBuckets(Protocol):
    """Token buckets by key, of this process or of all on the machine."""

    def take(self, key: str, now_s: float) -> None:
        """Take one token of a key at a monotonic time.

        Raises:
            TooManyRequests: when there is none, with the whole seconds until there is.

        """
        ...

    def give_back(self, key: str, now_s: float) -> None:
        """Put a token back: what it was taken for turned out not to count."""
        ...


class KnownKeys(Protocol):
    """Keys that were seen, as far as they are remembered."""

    def add(self, key: str, now_s: float) -> None:
        """Remember a key at a monotonic time."""
        ...

    def __contains__(self, key: str) -> bool:
        """Tell whether a key is remembered."""
        ...


def refused_until_one(left: float, per_s: float) -> TooManyRequests:
    """Return the refusal of who has less than one token left, with the whole seconds until there is one."""
    return TooManyRequests(max(1, math.ceil((1 - left) / per_s)))


class RateLimiter:
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
        left = self.taken(key, now_s)
        if left < 1:
            raise refused_until_one(left, self._per_s)

    def taken(self, key: str, now_s: float) -> float:
        """Take one token of a key where there is one; return what there was: less than 1 where none was taken."""
        left = self._left(key, now_s)
        self._buckets[key] = (left - 1 if left >= 1 else left, now_s)
        return left

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


class LocalFirst:
    """Takes from a small bucket of this process first, then from the bucket that all processes of the machine share.

    So occasional callers cost no access to the shared file, and the limit is exceeded at most by what the small buckets hold.
    """

    def __init__(self, local: RateLimiter, shared: TokenBuckets) -> None:
        self._local = local
        self._shared = shared

    def take(self, key: str, now_s: float) -> None:
        """Take one token of a key; see `TokenBuckets`."""
        if self._local.taken(key, now_s) < 1:
            self._shared.take(key, now_s)

    def give_back(self, key: str, now_s: float) -> None:
        """Put a token back; see `TokenBuckets`."""
        self._local.give_back(key, now_s)


class RememberedKeys:
    """Keys that this process has seen; the one not seen for longest is forgotten first."""

    def __init__(self, keys_max: int = KEYS_REMEMBERED_MAX) -> None:
        self._keys: dict[str, None] = {}
        self._keys_max = keys_max

    def add(self, key: str, _now_s: float) -> None:
        """Remember a key."""
        self._keys.pop(key, None)
        if len(self._keys) >= self._keys_max:
            del self._keys[next(iter(self._keys))]
        self._keys[key] = None

    def __contains__(self, key: str) -> bool:
        return key in self._keys


class SignInLimiter:
    """Counts wrong passwords: by address and handle, by address, and by handle.

    By address and handle, so that nobody can lock somebody else out; by address, so that nobody can try all handles; by handle, so that
    many addresses are not many more guesses. The last does not count where somebody signed in to the account before: its owner can sign
    in there, however many others guess.
    """

    def __init__(self, guesses: TokenBuckets, addresses: TokenBuckets, handles: TokenBuckets, known: KnownKeys | None = None) -> None:
        self._guesses = guesses
        self._addresses = addresses
        self._handles = handles
        self._known = RememberedKeys() if known is None else known

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

    def succeeded(self, address: str, handle: str, now_s: float) -> None:
        """Count an attempt no longer: it was right."""
        handle = handle.casefold()
        pair = f"{address} {handle}"
        self._addresses.give_back(address, now_s)
        self._guesses.give_back(pair, now_s)
        if pair not in self._known:
            self._handles.give_back(handle, now_s)
        self._known.add(pair, now_s)
