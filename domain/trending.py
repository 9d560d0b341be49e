"""Trending with forward decay: what a like is worth halves every six hours, and a score that is given once compares for ever.

After Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay" (ICDE 2009): instead of all old likes losing worth, later ones weigh more. The
score is the logarithm of the sum, so that it grows by one step for each 1,024th of a half-life. All numbers are whole.
"""

from bisect import bisect_right

import msgspec

HALF_LIFE_US = 6 * 3600 * 1_000_000
STEPS = 1_024
"""Steps of a half-life, and of a doubling."""

LIKE = 1 << 16
"""What a like by an established account is worth on a slip that is not verified."""
VERIFIED = 3
"""How many times as much it is worth on a verified slip."""
YOUNG = ((1, 32), (7, 4), (30, 2))
"""Of an account that is younger than so many days, a like is worth so many times less."""

_UNIT = 1 << 32
_DECAY = tuple(round(_UNIT * 2 ** (-step / STEPS)) for step in range(STEPS))
_GROWTH = tuple(round(_UNIT * 2 ** (step / STEPS)) for step in range(STEPS))
HALVINGS_MAX = 64


class Heat(msgspec.Struct, frozen=True, array_like=True):
    """What the likes of a slip are worth together, as of a moment in microseconds since 1970."""

    worth: int = 0
    at_us: int = 0


def worth_of_like(account_age_days: int, *, is_verified: bool) -> int:
    """Return what a like is worth at the moment it is given."""
    divisor = next((divisor for days, divisor in YOUNG if account_age_days < days), 1)
    return LIKE * (VERIFIED if is_verified else 1) // divisor


def heated(heat: Heat, worth: int, at_us: int) -> Heat:
    """Return what all are worth together with one that is given at a moment, no earlier than the ones before."""
    steps = max(0, at_us - heat.at_us) * STEPS // HALF_LIFE_US
    halvings, rest = divmod(steps, STEPS)
    left = heat.worth * _DECAY[rest] // _UNIT >> min(halvings, HALVINGS_MAX)
    return Heat(left + worth, at_us)


def score_of(heat: Heat) -> int:
    """Return the score: of two slips, the one with the higher score is worth more at any moment after both."""
    if heat.worth <= 0:
        return 0
    doublings = heat.worth.bit_length() - 1
    mantissa = (heat.worth * _UNIT) >> doublings
    return heat.at_us * STEPS // HALF_LIFE_US + doublings * STEPS + bisect_right(_GROWTH, mantissa) - 1
