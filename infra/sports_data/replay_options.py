"""How to replay: the options, their limits, and what is wrong with them in one line."""

from dataclasses import dataclass
from datetime import date

import msgspec

from domain.market.commands import IN_PLAY_GRACE_MS
from domain.producer.decider import LEASE_MS_MAX, LEASE_MS_MIN
from infra.operator_errors import Failure

LIMITS = {
    "speed": (0.01, 100_000.0),
    "matches": (1, 5_000),
    "ahead": (0, 1_000),
    "grace_ms": (0, 60_000),
    "in_play_grace_ms": (0, 60_000),
    "lease_ms": (LEASE_MS_MIN, LEASE_MS_MAX),
}
"""Option -> its least and its most."""


@dataclass(eq=False)
class OptionOutOfRange(Failure):
    """--{option} must be from {least} to {most}, not {value}."""

    option: str
    value: float
    least: float
    most: float


@dataclass(eq=False)
class NothingToReplay(Failure):
    """There is no match from {first_day} on; choose an earlier day."""

    first_day: date


class ReplayOptions(msgspec.Struct, frozen=True):
    """How to replay: `speed` is simulated seconds a real second, `matches` how many are live at once, `ahead` how many are on offer next.

    `first_day` is the day to begin with; with `loop` the matches start over, under other ids, when all are played.
    """

    speed: float = 60.0
    first_day: date = date.min
    matches: int = 4
    ahead: int = 8
    loop: bool = True
    grace_ms: int = 3_000
    in_play_grace_ms: int = IN_PLAY_GRACE_MS
    lease_ms: int = 10_000


def check_options(options: ReplayOptions) -> None:
    """Refuse options that no replay could keep to.

    Raises:
        OptionOutOfRange: for the first that is beyond its limits.

    """
    for option, (least, most) in LIMITS.items():
        value = getattr(options, option)
        if not least <= value <= most:
            raise OptionOutOfRange(option.replace("_", "-"), value, least, most)
