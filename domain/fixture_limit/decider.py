"""The limit of a match: an amount below what is paid on any bet, set and taken away for a reason."""

from collections.abc import Sequence

import msgspec

from domain.aggregate import Aggregate
from domain.fixture_limit.commands import FixtureLimitCommand
from domain.fixture_limit.facts import FixtureLimitFact, FixturePayoutLimited
from domain.refused import Refused
from domain.settling import HOUSE_RULES, RULES_CURRENT
from domain.text import check_reason

PAYOUT_MINOR_MAX = HOUSE_RULES[RULES_CURRENT].payout_minor_max
"""What is paid on any bet at most; a limit is below it."""


class FixtureLimitMalformed(Refused):
    """A limit of a match is a whole amount above nothing and below what is paid on any bet."""

    fixture_id: str
    payout_minor_max: int
    any_minor_max: int


class FixtureLimit(msgspec.Struct, frozen=True, gc=False):
    """The most that is paid on a bet with a leg on the match, before account factors, in minor units; 0 where no trader limits it."""

    payout_minor_max: int = 0


def decide(limit: FixtureLimit, command: FixtureLimitCommand) -> Sequence[FixtureLimitFact]:
    """Decide what setting a limit leads to. The one that stands already is a repeat, whatever the reason; None takes it away.

    Raises:
        FixtureLimitMalformed, ReasonMalformed: in this order.

    """
    payout_minor_max = command.payout_minor_max
    if payout_minor_max is not None and not (type(payout_minor_max) is int and 0 < payout_minor_max < PAYOUT_MINOR_MAX):
        raise FixtureLimitMalformed(command.fixture_id, payout_minor_max, PAYOUT_MINOR_MAX)
    if (payout_minor_max or 0) == limit.payout_minor_max:
        return ()
    check_reason(command.reason)
    return (FixturePayoutLimited(command.fixture_id, payout_minor_max or 0, command.reason, command.at, command.actor),)


def evolve(_: FixtureLimit, fact: FixtureLimitFact) -> FixtureLimit:
    """Return the limit after the fact."""
    return FixtureLimit(fact.payout_minor_max)


FIXTURE_LIMIT = Aggregate("fixture_limit", FixtureLimit(), decide, evolve, (FixturePayoutLimited,), snapshot=FixtureLimit, shared="gates")
