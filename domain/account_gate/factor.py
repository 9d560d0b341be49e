"""The stake factor of an account: what traders multiply by the most that the book pays on a bet of that account."""

from collections.abc import Sequence

import msgspec

from domain.account_gate.commands import SetStakeFactor
from domain.account_gate.facts import StakeFactorSet
from domain.fact import micros
from domain.stake_factor import FACTOR_UNITS, factor_text, parse_factor
from domain.text import check_reason


class StakeFactor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A factor in millionths, and since which moment it counts, in microseconds; 0 where none was ever set."""

    units: int = FACTOR_UNITS
    since_us: int = 0

    @property
    def text(self) -> str:
        """The factor as a decimal: "0.25"."""
        return factor_text(self.units)


NO_FACTOR = StakeFactor()


def decide_factor(factor: StakeFactor, command: SetStakeFactor) -> Sequence[StakeFactorSet]:
    """Decide what setting a factor leads to. The factor that stands already is a repeat, whatever the reason.

    Raises:
        FactorMalformed, ReasonMalformed: in this order.

    """
    units = parse_factor(command.factor)
    if units == factor.units:
        return ()
    check_reason(command.reason)
    return (StakeFactorSet(command.account_id, factor_text(units), command.reason, command.actor, command.at),)


def evolve_factor(fact: StakeFactorSet) -> StakeFactor:
    """Return the factor after the fact."""
    return StakeFactor(parse_factor(fact.factor), micros(fact.at))
