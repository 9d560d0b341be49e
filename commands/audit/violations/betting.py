"""What can be wrong with bets: how they were struck, how they came out, and when they were settled."""

from commands.audit.violation import Violation


class MarketMissing(Violation, frozen=True):
    """A bet was struck on a market that does not exist."""

    market_id: str


class LegOnOtherFixture(Violation, frozen=True):
    """A leg of a bet names another match than the one that its market is of."""

    market_id: str
    fixture_id: str
    fixture_of_market: str


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
    """What a bet promises to return is not the sum of its lines at its odds, rounded down once."""

    recorded_minor: int
    expected_minor: int


class BetOverLimit(Violation, frozen=True):
    """A bet could return more than was paid at most on a bet of its account when it was struck."""

    potential_returns_minor: int
    payout_minor_max: int


class LegMissing(Violation, frozen=True):
    """A leg came out that the bet does not have, or not on that market."""

    market_id: str


class LegResultedTwice(Violation, frozen=True):
    """A leg was given the result that it had already."""

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
    """A bet returned something else than the sum of its lines, each a unit times what its legs came to, rounded down once."""

    recorded_minor: int
    expected_minor: int


class CashOutDiffers(Violation, frozen=True):
    """A cash-out says something else than follows from its bet and from the offer that was accepted."""

    field: str
    recorded: str
    expected: str


class CashOutWithoutPrice(Violation, frozen=True):
    """A bet was cashed out while the price of one of its legs did not stand."""

    market_id: str
    why: str


class CashOutChanceWrong(Violation, frozen=True):
    """A cash-out was made of another chance than the prices of the market give."""

    market_id: str
    recorded_millionths: int
    expected_millionths: int


class CashOutAmountWrong(Violation, frozen=True):
    """A cash-out paid another amount than its formula gives."""

    recorded_minor: int
    expected_minor: int


class CashOutTooLate(Violation, frozen=True):
    """A cash-out was committed after its offer had ended, or the offer was to last longer than offers do."""

    expires_at: str
    late_ms: int


class ClosingOddsWrong(Violation, frozen=True):
    """A settlement names other closing odds than the last ones before play."""

    recorded: str
    expected: str


class OutcomeWrong(Violation, frozen=True):
    """The outcome of a settled bet is not the one that follows from its results and returns."""

    recorded: str
    expected: str


class SettledTwice(Violation, frozen=True):
    """Something happened to a bet after it was settled."""


class LegTwice(Violation, frozen=True):
    """Two legs of a bet are on one selection, or on two markets of the same match, so that one helps the other."""

    market_id: str


class LegsUnrelated(Violation, frozen=True):
    """Legs were struck together that no one grid of scores relates: of several matches or periods, on one market, or at another score."""

    types: tuple[str, ...]


class LegsContradictory(Violation, frozen=True):
    """Legs were struck together of which no score lets all win."""

    fixture_id: str


class JointChanceWrong(Violation, frozen=True):
    """The chance of legs that were struck together is not what the grid gives that their prices were computed from."""

    fixture_id: str
    recorded_millionths: int
    expected_millionths: int


class JointOddsWrong(Violation, frozen=True):
    """The odds of legs that were struck together are not what their chance and the margin give."""

    fixture_id: str
    recorded: str
    expected: str


class PricesVoid(Violation, frozen=True):
    """A bet was struck on prices that a gate had voided: something had happened since they were given."""

    market_id: str
    version: int
    marks: tuple[int, ...]
    gates: tuple[int, ...]


class BettingStoppedThere(Violation, frozen=True):
    """A bet was struck below a gate at which betting was stopped or over."""

    market_id: str
    gate_id: str
    status: str


class ProducerSilent(Violation, frozen=True):
    """A bet was struck on the prices of a producer whose session was over or whose lease had lapsed."""

    market_id: str
    producer: str
    silent_ms: int
    lease_ms: int


class OddsNotBest(Violation, frozen=True):
    """A bet was struck at the lower of two prices that its bettor had agreed to and that both could be had."""

    accept: str
    struck: str
    best: str


class SettlementNumberWrong(Violation, frozen=True):
    """A settlement is not numbered as the one after the last of its bet, or its reversal not as that last one."""

    settlement: int


class SettlementOverdue(Violation, frozen=True):
    """All legs of a bet have been out for longer than settling takes, and it is not settled."""

    bet_id: str
    due_for_s: int


class CorrectionOverdue(Violation, frozen=True):
    """The result of a market was corrected, and for longer than settling takes a bet has stood as it was told before."""

    bet_id: str
    market_id: str
    due_for_s: int


class LegNotTold(Violation, frozen=True):
    """A bet was settled although it was not told before of every leg on other markets than the last."""

    legs: int
    told: int


class ReversalWithoutCause(Violation, frozen=True):
    """A settlement was reversed although the market that it names says what the bet was settled by, or is none of the bet's."""

    market_id: str


class NotSettledAnew(Violation, frozen=True):
    """A settlement was reversed and the next one is not in the same append."""

    settlement: int


class ReversalOfAnother(Violation, frozen=True):
    """A reversal names another account, stake or returns than the settlement had."""

    settled: tuple[str, int, int]
    reversed: tuple[str, int, int]
