"""Reality checks of an account: how often they come is chosen, each is acknowledged, and both are told."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.commands import RealityCheckCommand
from domain.account.decider import ACCOUNT, ActorWithoutRole
from domain.account.reality_checks import RealityChecks
from domain.unknown import AccountUnknown


class FindRealityChecks(msgspec.Struct, frozen=True, gc=False):
    """Ask how often an account is told, and when it acknowledged that last. Appends nothing."""

    account_id: str


class RealityChecksReceipt(msgspec.Struct, frozen=True, gc=False):
    """What an account chose of reality checks, and the currency of its wallet."""

    account_id: str
    currency: str
    checks: RealityChecks


def streams_of(ask: RealityCheckCommand | FindRealityChecks) -> Sequence[StreamRef]:
    """Name the account."""
    return (StreamRef(ACCOUNT, ask.account_id),)


def check_reality(ask: RealityCheckCommand, streams: UnitOfWork) -> Outcome:
    """Choose the interval, or acknowledge a check.

    Raises:
        ActorWithoutRole: when somebody else asks. AccountUnknown: when there is no such account.
        RealityCheckIntervalUnknown: from the account's rules.

    """
    if ask.actor != ask.account_id:
        raise ActorWithoutRole(ask.actor, "the account's own")
    account = streams.load(ACCOUNT, ask.account_id)
    account.decide(ask)
    return Outcome(RealityChecksReceipt(ask.account_id, account.state.currency, account.state.reality_checks), account)


def find_reality_checks(ask: FindRealityChecks, streams: UnitOfWork) -> Outcome:
    """Tell an account's reality checks.

    Raises:
        AccountUnknown: when there is no such account.

    """
    account = streams.load(ACCOUNT, ask.account_id)
    if not account.state.handle:
        raise AccountUnknown(ask.account_id)
    return Outcome(RealityChecksReceipt(ask.account_id, account.state.currency, account.state.reality_checks), account)
