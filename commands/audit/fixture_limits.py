"""Checks limits of matches: set on one that is not over, by a trader, another one than stood; bets on the match are held against it."""

from typing import Any

from commands.audit.actors import check_trading
from commands.audit.auditor import Auditor, check_id, check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedFixtureLimit
from commands.audit.violation import ViolationFound
from commands.audit.violations import FixtureLimitOutOfPlace
from domain.fact import Recorded
from domain.fixture_limit.facts import FixturePayoutLimited
from domain.ids import fixture_limit_of

PAYOUT_MINOR_MAX = 1_000_000_000
"""What is paid on any bet; a limit of a match is below it."""
REASON_CHARACTERS_MAX = 120


def begun(state: AuditState, recorded: Recorded[Any], fact: FixturePayoutLimited) -> AuditedFixtureLimit:
    """Check the first limit of a match: its stream follows from the match; then as any further one."""
    check_id(recorded, fixture_limit_of(fact.fixture_id))
    limit = AuditedFixtureLimit(1, fixture_id=fact.fixture_id)
    limited(state, recorded, limit, fact)
    return limit


def limited(state: AuditState, recorded: Recorded[Any], limit: AuditedFixtureLimit, fact: FixturePayoutLimited) -> None:
    """Check FixturePayoutLimited, and keep the amount with the match: a match that is over has no bets to come."""
    check_trading(state, recorded, fact.actor)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    check_value(recorded, "fixture_id", fact.fixture_id[:60], allowed=fact.fixture_id == limit.fixture_id)
    fixture = state.of(AuditedFixture, fact.fixture_id)
    if fixture is None or fixture.status not in ("scheduled", "live"):
        status = "none" if fixture is None else fixture.status
        raise ViolationFound(FixtureLimitOutOfPlace, recorded, fixture_id=fact.fixture_id[:60], fixture=status)
    limit_minor, stood_minor = fact.payout_minor_max, fixture.payout_minor_max
    check_value(recorded, "payout_minor_max", limit_minor, allowed=0 <= limit_minor < PAYOUT_MINOR_MAX and limit_minor != stood_minor)
    fixture.payout_minor_max = limit_minor


AUDITOR = Auditor(
    aggregate="fixture_limit", holds=AuditedFixtureLimit, begins={FixturePayoutLimited: begun}, follows={FixturePayoutLimited: limited}
)
