"""What can be wrong with bets that wait in play before they are struck."""

from commands.audit.violation import Violation


class BetNotDelayed(Violation, frozen=True):
    """A bet in play was struck at once on a market that makes bets wait."""

    delay_s: int


class BetBeforeDelay(Violation, frozen=True):
    """A bet that waits was struck or refused before its delay was over."""

    delay_s: int
    early_ms: int


class BetNotAsAsked(Violation, frozen=True):
    """A bet was struck after its delay as another one than was asked for, or its stake was reserved a second time."""

    pending_at: int


class PriceNotChecked(Violation, frozen=True):
    """A bet was struck after its delay at a price that had been replaced by then."""

    market_id: str
    version: int
    standing: int


class RefusedWithoutCause(Violation, frozen=True):
    """A bet that waited was refused for what was not so."""

    reason: str
    market_id: str


class ReferralWithinLimit(Violation, frozen=True):
    """A bet waits for a trader that is not over the limit of its account."""

    potential_returns_minor: int
    payout_minor_max: int


class ReferralAnsweredWrong(Violation, frozen=True):
    """A trader answered a bet that was not put to one, a second time, too late, for more than was asked, or with nothing that follows."""

    taken_minor: int
    asked_minor: int
    late_ms: int


class DelayOverdue(Violation, frozen=True):
    """A bet still waits a minute after its delay was over."""

    bet_id: str
    over_for_s: int
