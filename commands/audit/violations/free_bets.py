"""What can be wrong with free bets."""

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
