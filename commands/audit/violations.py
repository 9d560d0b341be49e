"""What can be wrong with a log: one class each, its docstring the message, its fields the evidence."""

from commands.audit.violation import Violation


class PositionOutOfOrder(Violation, frozen=True):
    """Positions do not follow each other without a gap."""

    expected: int


class LogCutShort(Violation, frozen=True):
    """The log ends before the position that was given last."""

    head: int


class VersionOutOfOrder(Violation, frozen=True):
    """Versions of a stream do not follow each other from one."""

    version: int
    expected: int


class StreamBegunWrong(Violation, frozen=True):
    """A stream begins with a fact that nothing can begin with."""


class FactOutOfPlace(Violation, frozen=True):
    """A fact stands in a stream where it does not belong: of another kind of thing, or a second beginning."""

    holds: str


class StreamMisplaced(Violation, frozen=True):
    """The stream's id is not the one that follows from what its first fact says, so the same could be said twice."""

    expected: str


class ClaimedTwice(Violation, frozen=True):
    """A handle or an address that has an owner was claimed again."""


class HandleNotClaimed(Violation, frozen=True):
    """An account was registered under a handle that it had not claimed."""

    handle: str


class ReferenceUsedTwice(Violation, frozen=True):
    """A payment reference was used again."""


class AmountNotPositive(Violation, frozen=True):
    """Money moved by nothing or backwards."""

    amount_minor: int


class MoneyOfAnother(Violation, frozen=True):
    """The fact names another account than the wallet it is recorded in."""

    account_id: str
    wallet_account_id: str


class WalletBelowZero(Violation, frozen=True):
    """A wallet holds less than nothing."""

    available_minor: int
    reserved_minor: int


class BalanceWrong(Violation, frozen=True):
    """The recorded balance is not what the movements give: money appeared or vanished."""

    recorded_minor: int
    ledger_minor: int


class StakeWithoutBet(Violation, frozen=True):
    """A stake was reserved and the next fact is not its bet."""

    bet_id: str


class StakeNotReserved(Violation, frozen=True):
    """A bet was struck and the fact before it did not reserve its stake."""


class StakeDiffers(Violation, frozen=True):
    """A bet and the reservation of its stake name different accounts, amounts or currencies."""

    bet: tuple[str, int, str]
    reserved: tuple[str, int, str]


class PaymentWithoutSettlement(Violation, frozen=True):
    """A wallet was paid, refunded or charged for a bet and the next fact is not that bet's settlement."""

    bet_id: str


class PaymentMissing(Violation, frozen=True):
    """A bet was settled and the fact before it did not move its money."""


class PaymentDiffers(Violation, frozen=True):
    """What a wallet was paid is not what the bet returned, in the way that its outcome asks for."""

    settled: tuple[str, str, int, int]
    paid: tuple[str, str, int, int]


class MoneyWithoutReference(Violation, frozen=True):
    """Money came in or went out and the next fact is not the use of its payment reference."""

    reference: str


class TransferNotMoved(Violation, frozen=True):
    """A payment reference was used and the fact before it did not move its money."""


class TransferDiffers(Violation, frozen=True):
    """A payment reference and the movement under it name different accounts, directions, amounts or currencies."""

    recorded: tuple[str, str, int, str, str]
    moved: tuple[str, str, int, str, str]


class FixtureMissing(Violation, frozen=True):
    """A market was opened on a fixture that does not exist."""

    fixture_id: str


class MarketOutOfOrder(Violation, frozen=True):
    """A market did what it cannot do in the state it is in."""

    status: str


class ScoreWrong(Violation, frozen=True):
    """A market was graded on another score than its fixture's after 90 minutes; named where the second of the two was said."""

    market_id: str
    graded_on: tuple[int, int]
    score: tuple[int, int]


class GradeWrong(Violation, frozen=True):
    """A market's results are not what the rules give for the score it was graded on."""

    selection: str
    recorded: str
    graded: str


class MarketMissing(Violation, frozen=True):
    """A bet was struck on a market that does not exist."""

    market_id: str


class BetAfterSuspension(Violation, frozen=True):
    """A bet was struck on a price that a committed suspension, close or result had voided."""

    market_id: str
    version: int
    market_version: int
    status: str


class BetAfterEnd(Violation, frozen=True):
    """A bet was struck on a match that was over."""

    market_id: str
    fixture: str


class VersionFromTheFuture(Violation, frozen=True):
    """A bet names a market version that did not exist yet."""

    market_id: str
    version: int
    market_version: int


class PriceStale(Violation, frozen=True):
    """A bet was struck on a price that had been replaced for longer than the market's grace window."""

    market_id: str
    version: int
    replaced_for_ms: int | None
    grace_ms: int


class OddsNotShown(Violation, frozen=True):
    """A bet's odds are not the price that stood at the version it names."""

    market_id: str
    selection: str
    version: int
    struck: str
    stood: str


class OddsNotAgreed(Violation, frozen=True):
    """A bet was struck at other odds than asked for, and its bettor had not agreed to that."""

    accept: str
    struck: str
    asked: str


class PotentialReturnsWrong(Violation, frozen=True):
    """What a bet promises to return is not its stake at its odds, rounded down once."""

    recorded_minor: int
    expected_minor: int


class LegMissing(Violation, frozen=True):
    """A leg came out that the bet does not have."""

    market_id: str


class LegResultedTwice(Violation, frozen=True):
    """A leg came out again."""

    market_id: str


class MarketNotResulted(Violation, frozen=True):
    """A leg was settled before its market came out."""

    market_id: str


class LegResultWrong(Violation, frozen=True):
    """A leg was settled with another result than its market's."""

    market_id: str
    selection: str
    settled: str
    resulted: str


class ResultsSoFarWrong(Violation, frozen=True):
    """The results that a multiple has so far are not those of the legs that came out, in the order of its legs."""

    recorded: str
    expected: str


class SettlementOfAnother(Violation, frozen=True):
    """A settlement names another account, stake or number of legs than its bet."""

    bet: tuple[str, int, int]
    settled: tuple[str, int, int]


class ReturnsWrong(Violation, frozen=True):
    """A bet returned something else than its stake times what its legs came to, rounded down once."""

    recorded_minor: int
    expected_minor: int


class OutcomeWrong(Violation, frozen=True):
    """A settled bet is called something else than its results and returns make it."""

    recorded: str
    expected: str


class SettledTwice(Violation, frozen=True):
    """Something happened to a bet after it was settled."""


class BooksDoNotBalance(Violation, frozen=True):
    """At the end of the log the sum over all accounts is not zero, or a wallet's reserve is not the stakes of its open bets."""

    account: str
    expected_minor: int
    found_minor: int


class ViewDiffers(Violation, frozen=True):
    """A read model does not say what the log says. `position` is where the view stood."""

    view: str
    key: str
    in_log: str
    in_view: str
