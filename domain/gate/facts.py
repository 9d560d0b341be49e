"""What happens to a gate.

A price is given at certain versions of its gates (`marks`), and is void as soon as one of them has moved on: so whatever happens here
voids all prices below the gate, and betting goes on only at prices that were given afterwards.

`scope` and `subject` say whose gate it is: ("fixture", [id]), ("competition", [sport, competition]), ("sport", [sport]). The stream's id
follows from them (`domain.ids.gate_of`).
"""

from datetime import datetime

from domain.fact import Fact

Subject = tuple[str, ...]


class BettingStopped(Fact, frozen=True, tag="gate.betting_stopped.v1"):
    """No bet and no price is taken below this gate until it is opened again."""

    scope: str
    subject: Subject
    reason: str
    actor: str
    at: datetime


class BettingReopened(Fact, frozen=True, tag="gate.betting_reopened.v1"):
    """Betting may go on, at fresh prices."""

    scope: str
    subject: Subject
    actor: str
    at: datetime


class PricesVoided(Fact, frozen=True, tag="gate.prices_voided.v1"):
    """Every price that stood is void, since something happened that changes what it is worth (`cause`, e.g. "goal")."""

    scope: str
    subject: Subject
    cause: str
    actor: str
    at: datetime


class BettingEnded(Fact, frozen=True, tag="gate.betting_ended.v1"):
    """No bet and no price will ever be taken below this gate again; `cause` is "ended" or "abandoned"."""

    scope: str
    subject: Subject
    cause: str
    actor: str
    at: datetime


GateFact = BettingStopped | BettingReopened | PricesVoided | BettingEnded
