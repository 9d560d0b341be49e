"""What can be wrong with what was offered: fixtures, gates, producers, markets, and what needs two traders."""

from commands.audit.violation import Violation


class FixtureMissing(Violation, frozen=True):
    """A market was opened on a fixture that does not exist, or an account switched it."""

    fixture_id: str


class FixtureLimitOutOfPlace(Violation, frozen=True):
    """The limit of a match was set that did not exist, or was over."""

    fixture_id: str
    fixture: str


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


class FixtureOutOfOrder(Violation, frozen=True):
    """A fixture did what it cannot do in the state it is in: a second kick-off or end, goals after the whistle, an end before kick-off."""

    status: str


class FixtureOver(Violation, frozen=True):
    """A market or prices were offered on a match that was over."""

    fixture: str


class ClockWentBack(Violation, frozen=True):
    """The match clock went back."""

    clock: str
    before: str


class ScoreBelowConfirmed(Violation, frozen=True):
    """The score fell below one that a market had been graded on in play."""

    score: tuple[int, int]
    confirmed: tuple[int, int]


class ConfirmationWithoutResult(Violation, frozen=True):
    """A score was confirmed that no market was graded on in the same append."""


class ScoreNotConfirmed(Violation, frozen=True):
    """A market was graded in play, and its fixture's score was not confirmed in the same append."""

    market_id: str


class GateNotMoved(Violation, frozen=True):
    """Something happened to a fixture that voids its prices, and its gate does not say so in the same append."""

    gate_id: str


class GateMovedAlone(Violation, frozen=True):
    """A gate says that its fixture ended or that its score changed, and the fixture does not say so in the same append."""

    cause: str


class GateOutOfOrder(Violation, frozen=True):
    """A gate did what it cannot do in the state it is in."""

    status: str


class GatesWrong(Violation, frozen=True):
    """A market does not stand below the gates of its fixture, its competition and its sport."""

    expected: tuple[str, ...]


class MarksWrong(Violation, frozen=True):
    """Prices were not given at the versions that their market's gates had."""

    marks: tuple[int, ...]
    gates: tuple[int, ...]


class PricesBelowStoppedGate(Violation, frozen=True):
    """Prices were given below a gate at which betting was stopped or over."""

    gate_id: str
    status: str


class ProducerMissing(Violation, frozen=True):
    """Prices name a producer that does not exist."""

    producer: str


class SessionWrong(Violation, frozen=True):
    """Prices name another session than their producer's, or a producer's sessions do not follow each other from one."""

    session: int
    expected: int


class ShadedTooFar(Violation, frozen=True):
    """Prices are shaded further than the limit of their match allows."""

    tilt_thousandths: int
    limit_thousandths: int


class LeaseLapsed(Violation, frozen=True):
    """A heartbeat continues a session whose lease had lapsed."""

    silent_ms: int
    lease_ms: int


class PricesNotMoved(Violation, frozen=True):
    """Prices were given again although they stood, or graded types were priced for other selections than they have."""


class PricesOutOfBounds(Violation, frozen=True):
    """Prices beyond what one trader may give, or given by a producer beyond them: no second trader approved of them in the same append."""

    book: str


class ResultTooEarly(Violation, frozen=True):
    """A market came out before the score had decided it beyond change."""

    status: str
    score: tuple[int, int]


class ResultOfAbandoned(Violation, frozen=True):
    """A market of a match that was abandoned or never kicked off was graded: there is no score to grade it on."""

    status: str


class VoidNotAllowed(Violation, frozen=True):
    """A market was made void, its match was not abandoned, and no second trader had approved of it."""

    status: str


class ApprovalWithoutAction(Violation, frozen=True):
    """A proposal was approved, and what it had proposed did not happen in the same append."""

    action: str
    market_id: str


class ProposalOutOfOrder(Violation, frozen=True):
    """A proposal was decided twice, after it had expired, or by the trader who had made it."""

    standing: str


class PreviewWrong(Violation, frozen=True):
    """An approval was bound to something else than what the log had then, or to what could still change by further bets."""

    shown: str
    expected: str


class WindowNotApproved(Violation, frozen=True):
    """Bets of a window of time were made void, or not any more, without a second trader, in the same append, who approved of it."""


class PriceErrorNotApproved(Violation, frozen=True):
    """A price was said to be an obvious error, or not any more, without a second trader, in the same append, who approved of it."""


class TakenBackWrong(Violation, frozen=True):
    """A result was taken back, and what holds since is not the result before it."""

    number: int


class AbandonedTooEarly(Violation, frozen=True):
    """A match was abandoned as never played although it was played, or could still be."""

    status: str


class AbandonmentNotApproved(Violation, frozen=True):
    """A trader abandoned a match, and no other trader had approved of that in the same append."""

    actor: str


class KickOffOverdue(Violation, frozen=True):
    """A match should have kicked off long ago and was not abandoned, and a stake is still held on it."""

    fixture_id: str
    bet_id: str
    due_for_s: int


class ResultOverdue(Violation, frozen=True):
    """A match has been over for long, and a stake is still held on one of its markets that never came out."""

    market_id: str
    bet_id: str
    over_for_s: int


class ResultNumberWrong(Violation, frozen=True):
    """A market's result is not numbered as the one after its last."""

    number: int
    expected: int


class CorrectionNotApproved(Violation, frozen=True):
    """A result was corrected without a second trader, in the same append, who approved of it."""


class NothingCorrected(Violation, frozen=True):
    """A correction gives the same result as the one it corrects."""
