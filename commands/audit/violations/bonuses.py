"""What can be wrong with bonuses."""

from commands.audit.violation import Violation


class BonusTooLate(Violation, frozen=True):
    """A bet was struck from a bonus that had expired, or had become cash."""

    bet_id: str
    status: str
    late_ms: int


class BonusWithoutBet(Violation, frozen=True):
    """A bonus moved for a bet, and that was not struck, settled, reversed or cashed out so in the same append."""

    bet_id: str


class BonusStakeDiffers(Violation, frozen=True):
    """A bet was struck from a bonus of another account or currency, or for more than a stake from it may be."""

    bet: tuple[str, int, str]
    credited: tuple[str, int, str]


class BonusMixedWithCash(Violation, frozen=True):
    """Cash moved for a bet of a bonus, or did not where it had to: its stake, what it returned, or what was taken back of that."""

    bonus_id: str
    expected: str
    moved: str


class BonusNotPaid(Violation, frozen=True):
    """A bet of a bonus was settled, reversed or cashed out, and its bonus did not move by that, once, in the same append."""

    bonus_id: str


class BonusPaidElsewhere(Violation, frozen=True):
    """What a bet returned went elsewhere than to where its bonus stood then: the bonus, cash, or nobody."""

    recorded: str
    expected: str


class BonusBalanceWrong(Violation, frozen=True):
    """What a bonus holds after a movement, what it owes, or what of its movement repaid that is not what its movements give."""

    field: str
    recorded_minor: int
    expected_minor: int


class BonusCountWrong(Violation, frozen=True):
    """Another part of a stake was counted towards the requirement of a bonus than its terms say."""

    bet_id: str
    recorded_minor: int
    expected_minor: int


class BonusConvertedWrong(Violation, frozen=True):
    """A bonus becomes cash when its requirement is met: whole, once, not before, and not later."""

    wagered_minor: int
    wager_minor: int
    amount_minor: int


class BonusExpiredWrong(Violation, frozen=True):
    """A bonus is taken off whole, once, when its time is over, and not before."""

    status: str
    early_ms: int
    amount_minor: int


class BonusCashWithoutBonus(Violation, frozen=True):
    """A wallet got what a bonus held, and that was not converted so in the same append."""

    bonus_id: str


class BonusExpiryOverdue(Violation, frozen=True):
    """The time of a bonus is long over, and what is left of it was not taken off."""

    over_for_s: int
    amount_minor: int
