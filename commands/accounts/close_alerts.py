"""Close alerts of an account's monitoring once somebody has looked at them. Its holder is told nothing of it."""

from collections.abc import Sequence

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT
from domain.ids import monitoring_of
from domain.monitoring.commands import CloseAlerts
from domain.monitoring.decider import MONITORING
from domain.unknown import AccountUnknown


class AlertsReceipt(msgspec.Struct, frozen=True, gc=False):
    """Up to which number an account's alerts are closed, and how many later ones are open."""

    account_id: str
    closed_upto: int
    open: int


def streams_of(ask: CloseAlerts) -> Sequence[StreamRef]:
    """Name the account, its monitoring, and whoever of the staff asks."""
    monitoring = StreamRef(MONITORING, monitoring_of(ask.account_id))
    return (StreamRef(ACCOUNT, ask.account_id), monitoring, *actor_streams(ask.actor))


def close_alerts(ask: CloseAlerts, streams: UnitOfWork) -> Outcome:
    """Close the alerts up to the one that was looked at; one that was raised meanwhile stays open.

    Raises:
        ActorWithoutRole: when it is asked for by who has neither the role compliance nor admin.
        AccountUnknown: when there is no such account.
        AlertUnknown, TooManyAlerts, ReasonMalformed: what the rules of monitoring refuse.

    """
    check_role(streams, ask.actor, "compliance", "admin")
    if not streams.read(ACCOUNT, ask.account_id).handle:
        raise AccountUnknown(ask.account_id)
    monitoring = streams.load(MONITORING, monitoring_of(ask.account_id))
    monitoring.decide(ask)
    state = monitoring.state
    return Outcome(AlertsReceipt(ask.account_id, state.closed, state.raised - state.closed), monitoring)
