"""What may be asked of a gate. `actor` is the account or process that asks."""

from datetime import datetime

import msgspec

from domain.gate.facts import Subject


class StopBetting(msgspec.Struct, frozen=True, gc=False):
    """Take no bets and no prices below the gate. The same reason again is a repeat, another one is refused with the one that stands."""

    scope: str
    subject: Subject
    reason: str
    at: datetime
    actor: str = ""


class ReopenBetting(msgspec.Struct, frozen=True, gc=False):
    """Let betting go on, at fresh prices."""

    scope: str
    subject: Subject
    at: datetime
    actor: str = ""


class VoidPrices(msgspec.Struct, frozen=True, gc=False):
    """Void every price that stands below the gate, because of `cause`."""

    scope: str
    subject: Subject
    cause: str
    at: datetime
    actor: str = ""


class EndBetting(msgspec.Struct, frozen=True, gc=False):
    """Take no bets and no prices below the gate ever again."""

    scope: str
    subject: Subject
    cause: str
    at: datetime
    actor: str = ""


GateCommand = StopBetting | ReopenBetting | VoidPrices | EndBetting
