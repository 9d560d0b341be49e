"""The stake of a bet that was built from what somebody else shows: an amount, units, or a share of one's own balance."""

from typing import Protocol

from domain.bet.decider import STAKE_MINOR_MAX
from domain.refused import Refused

PERCENT_MAX = 100
HUNDREDTHS = 100
UNITS_HUNDREDTHS_MAX = 100_000
UNIT_MINOR_MAX = 100_000_000


class TailStakeMalformed(Refused):
    """A tail has one stake: in minor units, as 0.01 to 1,000 units of a given size, or as 1 to 100 percent of the balance."""

    stake_minor: int | None
    percent_of_balance: int | None
    units_hundredths: int | None
    unit_minor: int | None


class StakeAsked(Protocol):
    """A command with one of three kinds of stake. Units are hundredths, of `unit_minor` each."""

    @property
    def stake_minor(self) -> int | None:
        """The stake as an amount."""
        ...

    @property
    def percent_of_balance(self) -> int | None:
        """The stake as a share of what the wallet has available."""
        ...

    @property
    def units_hundredths(self) -> int | None:
        """The stake in hundredths of a unit."""
        ...

    @property
    def unit_minor(self) -> int | None:
        """What a unit is."""
        ...


def check_stake(ask: StakeAsked) -> None:
    """Refuse a command with no stake, or more than one.

    Raises:
        TailStakeMalformed: with what was asked.

    """
    percent, units, unit_minor = ask.percent_of_balance, ask.units_hundredths, ask.unit_minor
    is_one = sum(each is not None for each in (ask.stake_minor, percent, units)) == 1 and (units is None) == (unit_minor is None)
    is_share = percent is None or 1 <= percent <= PERCENT_MAX
    are_units = units is None or unit_minor is None or (1 <= units <= UNITS_HUNDREDTHS_MAX and 1 <= unit_minor <= UNIT_MINOR_MAX)
    if not (is_one and is_share and are_units):
        raise TailStakeMalformed(ask.stake_minor, percent, units, unit_minor)


def fixed_stake_minor(ask: StakeAsked) -> int | None:
    """Return the stake of a checked command in minor units, rounded down; None where it depends on the balance."""
    if ask.units_hundredths is not None and ask.unit_minor is not None:
        return ask.units_hundredths * ask.unit_minor // HUNDREDTHS
    return ask.stake_minor


def stake_minor_of(ask: StakeAsked, available_minor: int) -> int:
    """Return the stake of a checked command in minor units, given what the wallet has available; never more than a bet may have."""
    fixed = fixed_stake_minor(ask)
    if fixed is not None:
        return fixed
    assert ask.percent_of_balance is not None, "a stake is given in one of three ways"
    return min(available_minor * ask.percent_of_balance // PERCENT_MAX, STAKE_MINOR_MAX)
