"""What may be asked of a market. `actor` is the account or process that asks, `producer` the name of the producer whose prices they are.

`withdrawn` is what the selections would cost that are not offered: one that is neither priced nor there would cost what it did last.
`model` is what the prices were computed from, `cause` why a producer gives them, one of `domain.market.facts.CAUSES`; empty: a feed's.
"""

from datetime import datetime

import msgspec

from domain.market.facts import PriceError, Selection, VoidWindow
from domain.odds import Odds
from domain.quote import REFERRAL_S
from domain.score_model import ScoreModel
from domain.settling import LegResult
from domain.settling.racing import Order
from domain.settling.rules import MatchScore
from domain.settling.tennis import Sets

IN_PLAY_GRACE_MS = 500
"""The grace of a replaced price in play, unless its market says otherwise."""


class OpenMarket(msgspec.Struct, frozen=True, gc=False):
    """Offer a market on a fixture."""

    market_id: str
    fixture_id: str
    type: str
    specifiers: dict[str, str]
    selections: tuple[Selection, ...]
    prices: dict[str, Odds]
    grace_ms: int
    at: datetime
    in_play_grace_ms: int = IN_PLAY_GRACE_MS
    withdrawn: dict[str, Odds] = {}
    producer: str = ""
    actor: str = ""
    model: ScoreModel | None = None
    cause: str = ""


class PriceMarket(msgspec.Struct, frozen=True, gc=False):
    """Move the prices; a selection left out is withdrawn.

    The prices that stand already are no change, unless they were voided, or one trader alone had set them and this is another: who agrees.
    """

    market_id: str
    prices: dict[str, Odds]
    at: datetime
    withdrawn: dict[str, Odds] = {}
    producer: str = ""
    actor: str = ""
    model: ScoreModel | None = None
    cause: str = ""


class SuspendMarket(msgspec.Struct, frozen=True, gc=False):
    """Stop taking bets, at once. The same reason again is a repeat, another one is refused with the one that stands.

    With `non_runner`, a runner of a race is withdrawn, whether the market is suspended already or not.
    """

    market_id: str
    reason: str
    at: datetime
    actor: str = ""
    non_runner: str = ""


class LimitPayout(msgspec.Struct, frozen=True, gc=False):
    """Limit the most that is paid on a bet with a leg on the market, in minor units, for a reason; None takes the limit away.

    Bets over that which pay at most `referral_minor_max` may wait for a trader, up to `referral_s` seconds; with None no bet does.
    """

    market_id: str
    payout_minor_max: int | None
    reason: str
    at: datetime
    actor: str = ""
    referral_minor_max: int | None = None
    referral_s: int = REFERRAL_S


class ResumeMarket(msgspec.Struct, frozen=True, gc=False):
    """Take bets again, at new prices."""

    market_id: str
    prices: dict[str, Odds]
    at: datetime
    withdrawn: dict[str, Odds] = {}
    producer: str = ""
    actor: str = ""
    model: ScoreModel | None = None
    cause: str = ""


class SetBetDelay(msgspec.Struct, frozen=True, gc=False):
    """Have bets on the market in play wait for so many seconds before they are struck; 0: for none. The same again is a repeat."""

    market_id: str
    delay_s: int
    at: datetime
    actor: str = ""


class CloseMarket(msgspec.Struct, frozen=True, gc=False):
    """Stop taking bets for good."""

    market_id: str
    at: datetime
    actor: str = ""


class ResultMarket(msgspec.Struct, frozen=True, gc=False):
    """Grade the market by its rules on the fixture's score, or void it for a reason.

    Results and goals that come along, as a person typed them, must agree with that; they change nothing. A race is graded on the `order` of
    its runners instead.
    """

    market_id: str
    at: datetime
    void_reason: str = ""
    results: dict[str, LegResult] | None = None
    home: int | None = None
    away: int | None = None
    actor: str = ""
    order: Order = ()


class CorrectResult(msgspec.Struct, frozen=True, gc=False):
    """Grade a market that came out anew, on the goals that are told here, or void it; for a reason, and with a second trader's approval.

    `home` and `away` are the goals of regular time, `half_time` those at half time, where its type asks for them; of a race, `order` is how
    its runners finished. Of tennis, `sets` are the games of every set, and `retired` says that somebody gave up.
    """

    market_id: str
    home: int
    away: int
    reason: str
    at: datetime
    half_time: tuple[int, int] | None = None
    void_reason: str = ""
    actor: str = ""
    order: Order = ()
    sets: Sets = ()
    retired: bool = False


class TakeBackResult(msgspec.Struct, frozen=True, gc=False):
    """Take the result of that `number` back, which was a mistake: the one before it holds again; with a second trader's approval."""

    market_id: str
    number: int
    reason: str
    at: datetime
    actor: str = ""


class VoidBets(msgspec.Struct, frozen=True, gc=False):
    """Void the legs on the market of bets that were struck in a window of the log's time; with a second trader's approval."""

    market_id: str
    window: VoidWindow
    reason: str
    at: datetime
    actor: str = ""


class RestoreBets(msgspec.Struct, frozen=True, gc=False):
    """Take back that the bets of a window are void; with a second trader's approval."""

    market_id: str
    window: VoidWindow
    reason: str
    at: datetime
    actor: str = ""


class CorrectPrice(msgspec.Struct, frozen=True, gc=False):
    """Have legs that were struck at a price that was an obvious error pay the right odds; with a second trader's approval.

    `reason` says where the right odds are known from.
    """

    market_id: str
    error: PriceError
    reason: str
    at: datetime
    actor: str = ""


class RestorePrice(msgspec.Struct, frozen=True, gc=False):
    """Take back that a price was an error: its legs pay what they were struck at; with a second trader's approval."""

    market_id: str
    error: PriceError
    reason: str
    at: datetime
    actor: str = ""


class MarketContext(msgspec.Struct, frozen=True, gc=False):
    """What stands around a market when it is decided on, as the streams beside it say.

    `gates` and `marks` are its gates and their versions, `producer` and `session` the producer's stream and its session, `score` is the
    fixture's, whose prices may be shaded by `shading_thousandths_max`; with `is_approved`, a second trader agrees. `now_us` is the log's
    time, as far as it is known.
    """

    gates: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()
    producer: str = ""
    session: int = 0
    score: MatchScore = MatchScore()
    is_approved: bool = False
    shading_thousandths_max: int = 0
    now_us: int = 0


class InContext(msgspec.Struct, frozen=True, gc=False):
    """A command with what it must be decided by. No caller can give this: use cases make it of the streams they read."""

    command: (
        OpenMarket
        | PriceMarket
        | ResumeMarket
        | ResultMarket
        | CorrectResult
        | TakeBackResult
        | VoidBets
        | RestoreBets
        | CorrectPrice
        | RestorePrice
    )
    context: MarketContext


MarketCommand = OpenMarket | PriceMarket | SuspendMarket | ResumeMarket | CloseMarket | ResultMarket | LimitPayout | SetBetDelay
MarketDecision = SuspendMarket | CloseMarket | LimitPayout | SetBetDelay | InContext
