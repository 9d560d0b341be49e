"""What can be wrong with slips and tails."""

from commands.audit.violation import Violation


class SlipWithoutBet(Violation, frozen=True):
    """A slip is said to show a bet that was not placed before."""

    bet_id: str


class SlipDiffers(Violation, frozen=True):
    """A slip shows something else than the placement of its bet."""

    field: str
    placed: str
    shown: str


class SlipLegWrong(Violation, frozen=True):
    """A leg of a slip is on a market or a selection that does not exist, or on another fixture than its market."""

    market_id: str
    selection: str
    fixture_id: str


class PickTooLate(Violation, frozen=True):
    """A pick was shared on a market on which betting had ended."""

    market_id: str


class SlipOutOfOrder(Violation, frozen=True):
    """A slip was held while it was, or released while it was not, or changed to what it was."""

    standing: str


class SlipOfAnother(Violation, frozen=True):
    """A fact of a slip names another author than who shared it."""

    author_id: str
    named: str


class TailOfOwnSlip(Violation, frozen=True):
    """An account tailed a slip of its own."""

    slip_id: str


class TailWithoutBet(Violation, frozen=True):
    """A tail is not in the append of a bet of its tailer's."""

    bet_id: str


class TailNotCounted(Violation, frozen=True):
    """A tail is not counted for its day with the stake of its bet, or a stake is counted that is no tail's."""

    bet_id: str
    stake_minor: int


class TailCapExceeded(Violation, frozen=True):
    """A tail took what its account stakes by tails on a day above the daily cap that it named."""

    bet_id: str
    daily_cap_minor: int
    staked_minor: int


class TailDiffers(Violation, frozen=True):
    """A tail's bet is on other selections than the slip, or than the opposite of its one leg."""

    slip_id: str
    side: str
    expected: str
    struck: str


class DraftOutOfOrder(Violation, frozen=True):
    """A draft was published twice, or replaced by what it was."""

    standing: str
