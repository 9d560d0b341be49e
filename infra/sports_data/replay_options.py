"""What may be wrong with the options of a replay, in one line for the operator; and the matches that are played with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from commands.trading.replay.offer import PlayedMatch
from commands.trading.replay.options import LIMITS, ReplayOptions
from infra.operator_errors import Failure


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


def check_options(options: ReplayOptions) -> None:
    """Refuse options that no replay could keep to.

    Raises:
        OptionOutOfRange: for the first that is beyond its limits.

    """
    for option, (least, most) in LIMITS.items():
        value = getattr(options, option)
        if not least <= value <= most:
            raise OptionOutOfRange(option.replace("_", "-"), value, least, most)


def programme_of(matches: Sequence[PlayedMatch], options: ReplayOptions) -> Sequence[PlayedMatch]:
    """Return the matches that a replay plays, in order.

    Raises:
        OptionOutOfRange, NothingToReplay: in this order.

    """
    check_options(options)
    begin = datetime.combine(options.first_day, time(tzinfo=UTC))
    programme = [match for match in matches if match.kick_off >= begin]
    if not programme:
        raise NothingToReplay(options.first_day)
    return programme
