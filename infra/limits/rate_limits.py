"""The rate limits of the API: how often accounts and addresses may ask, guess and register, shared by the processes of a machine."""

from pathlib import Path
from typing import NamedTuple

from api.auth.rate_limits import LocalFirst, RateLimiter, SignInLimiter, TokenBuckets
from infra.limits.shared_buckets import SharedBuckets, SharedKeys

REQUESTS_PER_S = 5_000.0
"""What one account may ask a second; four times that at once."""
GUESSES_PER_S, GUESSES_BURST = 0.1, 10.0
"""Wrong passwords for one handle from one address."""
MISSES_PER_S, MISSES_BURST = 5.0, 300.0
"""Wrong passwords for any handle from one address, behind which a whole company may sit."""
HANDLE_GUESSES_PER_S, HANDLE_GUESSES_BURST = 0.1, 100.0
"""Wrong passwords for one handle from all addresses that it was never signed in from."""
SIGN_UPS_PER_S, SIGN_UPS_BURST = 2.0, 200.0
"""New accounts from one address."""
ADDRESS_REQUESTS_PER_S, ADDRESS_REQUESTS_BURST = 1_000.0, 4_000.0
"""Requests from one address to what is not answered from memory; bets and boards do not count."""
SOCIAL_WRITES_PER_S, SOCIAL_WRITES_BURST = 5.0, 1_200.0
"""What one account may do among people: follow, block, like, comment, share. The burst takes in everybody followed elsewhere before."""
MAILS_PER_S, MAILS_BURST = 5 / 3_600, 5.0
"""Mails that are asked for to one address, or by one account."""
LOCAL_PART = 1 / 16
"""The part of a limit of requests that each process gives by itself, without looking at what the others gave."""


class RateLimits(NamedTuple):
    """Requests of accounts and of addresses, wrong passwords, new accounts, what is done among people, mails."""

    accounts: TokenBuckets
    addresses: TokenBuckets
    sign_ins: SignInLimiter
    sign_ups: TokenBuckets
    social_writes: TokenBuckets
    mails: TokenBuckets


def shared_rate_limits(folder: Path) -> RateLimits:
    """Return limits that every process with this folder shares.

    Passwords, registrations and what is done among people are counted exactly. Requests are let through by each process up to a sixteenth
    of the limit: whoever asks now and then costs a look into this process's own memory.
    """

    def shared(name: str, per_s: float, burst: float) -> SharedBuckets:
        return SharedBuckets(folder / f"limits_{name}", per_s, burst)

    def local_first(name: str, per_s: float, burst: float) -> LocalFirst:
        return LocalFirst(RateLimiter(per_s * LOCAL_PART, burst * LOCAL_PART), shared(name, per_s, burst))

    return RateLimits(
        accounts=local_first("accounts", REQUESTS_PER_S, 4 * REQUESTS_PER_S),
        addresses=local_first("addresses", ADDRESS_REQUESTS_PER_S, ADDRESS_REQUESTS_BURST),
        sign_ins=SignInLimiter(
            shared("guesses", GUESSES_PER_S, GUESSES_BURST),
            shared("misses", MISSES_PER_S, MISSES_BURST),
            shared("handles", HANDLE_GUESSES_PER_S, HANDLE_GUESSES_BURST),
            SharedKeys(folder / "limits_known"),
        ),
        sign_ups=shared("sign_ups", SIGN_UPS_PER_S, SIGN_UPS_BURST),
        social_writes=shared("social_writes", SOCIAL_WRITES_PER_S, SOCIAL_WRITES_BURST),
        mails=shared("mails", MAILS_PER_S, MAILS_BURST),
    )
