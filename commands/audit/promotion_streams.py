"""The state that the audit keeps of what the book gives away: free bets and bonuses, and what one member of staff gave alone."""

import msgspec

from commands.audit.streams import Audited
from domain.odds import Odds


class AuditedFreeBet(Audited, kw_only=True):
    """A free bet: whose, of how much, until when; which bets hold it, and which gave it back."""

    account_id: str
    amount: int
    currency: str
    expires_us: int
    held_by: tuple[str, ...] = ()
    given_back: tuple[str, ...] = ()


class AuditedGifts(Audited, kw_only=True):
    """What a member of staff gave an account alone: when each was committed, and how much it was."""

    given: tuple[tuple[int, int], ...] = ()


class AuditedBonus(Audited, kw_only=True):
    """A bonus: whose, on which terms, credited at which position, and its ledger as the movements give it.

    `status` is active, converted or expired, the latter two since the position `ended_at`. `counted` is how much of its stake each settled
    bet counts towards `wager`, and `wagered` their sum.
    """

    account_id: str
    currency: str
    wager: int
    odds_min: Odds
    stake_max: int
    expires_us: int
    position: int
    available: int
    reserved: int = 0
    owed: int = 0
    wagered: int = 0
    counted: dict[str, int] = msgspec.field(default_factory=dict)
    status: str = "active"
    ended_at: int = 0
