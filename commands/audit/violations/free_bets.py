"""What can be wrong with free bets, and with who gives them and bonuses."""

from commands.audit.violation import Violation


class FreeBetUsedTwice(Violation, frozen=True):
    """A bet was struck with a free bet that another bet was struck with."""

    bet_id: str
    used_by: str


class FreeBetTooLate(Violation, frozen=True):
    """A bet was struck with a free bet that had expired."""

    bet_id: str
    late_ms: int


class FreeBetWithoutBet(Violation, frozen=True):
    """A free bet was used, and no bet that names it was struck in the same append."""

    bet_id: str


class FreeBetDiffers(Violation, frozen=True):
    """A bet was struck with a free bet of another account, amount or currency."""

    bet: tuple[str, int, str]
    granted: tuple[str, int, str]


class FreeBetMovedMoney(Violation, frozen=True):
    """A free bet took money of the account's, or took back other than it had paid, or was not used in the append of its bet."""

    free_bet_id: str


class FreeBetGivenBackWrong(Violation, frozen=True):
    """A free bet is given back when its bet is void, and taken again when that is undone: never else, and never left out."""

    bet_id: str


class GiftNotShared(Violation, frozen=True):
    """A free bet or a bonus was given by one member of staff, and neither counted among what one gives alone nor approved by another."""

    actor: str
    amount_minor: int


class GiftCountedWrong(Violation, frozen=True):
    """What was counted of a gift is not what was given in the same append, or counts in another hour than it was committed in."""

    counted: tuple[str, str, int, str]
    given: tuple[str, str, int, str] | tuple[()]
    at: str


class GiftSumWrong(Violation, frozen=True):
    """What one member of staff gave an account alone within a day is another sum than was recorded, or above what one alone may give."""

    recorded_minor: int
    sum_minor: int
    alone_minor_max: int
