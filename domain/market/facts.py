"""What happens to a market.

A market's *version* is the number of facts in its stream, so every fact here makes a new one. The prices that stood at version v are
those of the last fact at or before v that carries prices.
"""

from datetime import datetime

import msgspec

from domain.fact import Fact, micros
from domain.odds import Odds
from domain.score_model import ScoreModel
from domain.settling import LegResult
from domain.settling.racing import NonRunner, Order
from domain.settling.tennis import Sets

CAUSES = ("goal", "clock", "liability", "trader", "feed")
"""Why prices are given: another score, by a goal or a point; time went on; what open bets would win; a trader; a producer, for any else."""


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """One outcome to bet on: `selection` is the key that legs and prices use, `name` is what people read."""

    selection: str
    name: str


class MarketOpened(Fact, frozen=True, tag="market.opened.v4"):
    """Bets are taken at these prices. `specifiers` say which market of its type it is, e.g. `{"total": "2.5"}`.

    `grace_ms` is how long after a price was replaced a bet on it is still struck before kick-off, `in_play_grace_ms` the same in play.
    A selection without a price is not offered. `gates` are the streams of the gates that the market stands below: of its fixture, its
    competition, its sport; logs before version 2 have the fixture's alone.

    What every fact with prices says of them: `marks`, the versions of the gates that they were given at (prices are void once a gate has
    moved on); `producer` and `session`, the stream of the producer that gave them and its session (prices are void when that has
    lapsed; empty: a trader's, who has no lease); `withdrawn`, what the selections would cost that are not offered at present, so that the
    prices can be judged as a whole book; `actor`, the account or process that asked; `model`, what they were computed from, None where that
    is not known: a trader's prices, those of most feeds, and all in logs before version 3; `cause`, one of `CAUSES`, empty in logs before
    version 4.
    """

    fixture_id: str
    type: str
    specifiers: dict[str, str]
    selections: tuple[Selection, ...]
    prices: dict[str, Odds]
    grace_ms: int
    at: datetime
    in_play_grace_ms: int = 0
    gates: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()
    producer: str = ""
    session: int = 0
    withdrawn: dict[str, Odds] = {}  # noqa: RUF012  (msgspec copies it)
    actor: str = ""
    model: ScoreModel | None = None
    cause: str = ""


class MarketPriced(Fact, frozen=True, tag="market.priced.v4"):
    """The prices are these now; a selection that is missing is withdrawn.

    `grace_ms` is how long a bet at the prices that these replace is still struck; None, in logs before version 2, is the market's own.
    """

    prices: dict[str, Odds]
    at: datetime
    grace_ms: int | None = None
    marks: tuple[int, ...] = ()
    producer: str = ""
    session: int = 0
    withdrawn: dict[str, Odds] = {}  # noqa: RUF012  (msgspec copies it)
    actor: str = ""
    model: ScoreModel | None = None
    cause: str = ""


class MarketSuspended(Fact, frozen=True, tag="market.suspended.v3"):
    """No bet is taken any more until prices come back; older prices are void, grace or not.

    `non_runner` is the runner of a race that was withdrawn, empty where none was, and `price` what it cost then, as Rule 4 counts that: on
    the places, times the places. Logs before version 3 have none.
    """

    reason: str
    at: datetime
    actor: str = ""
    non_runner: str = ""
    price: Odds | None = None


class MarketResumed(Fact, frozen=True, tag="market.resumed.v4"):
    """Bets are taken again, at new prices."""

    prices: dict[str, Odds]
    at: datetime
    marks: tuple[int, ...] = ()
    producer: str = ""
    session: int = 0
    withdrawn: dict[str, Odds] = {}  # noqa: RUF012  (msgspec copies it)
    actor: str = ""
    model: ScoreModel | None = None
    cause: str = ""


class MarketClosed(Fact, frozen=True, tag="market.closed.v2"):
    """No bet will ever be taken again; the result is awaited."""

    at: datetime
    actor: str = ""


class MarketResulted(Fact, frozen=True, tag="market.resulted.v6"):
    """How each selection came out.

    `home` and `away` are the goals of regular time that it was graded on, `half_time` those at half time where its type asks for them;
    `void_reason` says why where nothing counts. `number` counts the results of this market from 1, and the void windows that are set once
    it has one: each further result corrects the one before, for `reason`, and is graded on the goals that it names, whatever the fixture's
    score was. Logs before version 3 have none.

    A race is graded on the `order` in which its runners finished; `placed` says how each came out to be placed, where the market pays
    places, and `non_runners` who was withdrawn, at which version and price: bets struck before are reduced by Rule 4. Logs before version 4
    have no races.

    Tennis is graded on the games of its `sets`, and on whether somebody `retired`; logs before version 5 have none.

    `takes_back` is the number of the result before, where that was wrong and this is the one before it again; 0 for any other. Logs before
    version 6 have none.
    """

    results: dict[str, LegResult]
    home: int
    away: int
    at: datetime
    void_reason: str = ""
    half_time: tuple[int, int] | None = None
    actor: str = ""
    number: int = 1
    reason: str = ""
    order: Order = ()
    placed: dict[str, LegResult] = {}  # noqa: RUF012  (msgspec copies it)
    non_runners: dict[str, NonRunner] = {}  # noqa: RUF012  (msgspec copies it)
    sets: Sets = ()
    retired: bool = False
    takes_back: int = 0


class VoidWindow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """From when until when bets that were struck are void, by the times of their commits: from `start` on, and before `end`."""

    start: datetime
    end: datetime

    def has(self, committed_us: int) -> bool:
        """Tell whether a moment of the log's time, in microseconds since 1970, is in the window."""
        return micros(self.start) <= committed_us < micros(self.end)


class MarketVoidWindowsSet(Fact, frozen=True, tag="market.void_windows_set.v1"):
    """Legs on this market of bets that were struck within one of these windows are void, whatever it comes out as; all others stand.

    `windows` are all that hold from now on, in their order: one more than before, or one less, for `reason`. They count when the market
    comes out. Where it has come out, `number` is the next one after its last result's, and bets are settled anew; else it is 0.
    """

    windows: tuple[VoidWindow, ...]
    number: int
    reason: str
    at: datetime
    actor: str = ""


class PriceError(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """A price that was an obvious error: of a selection at `odds`, given by the facts from version `first` to version `last`.

    `right` are the odds that were right then.
    """

    selection: str
    first: int
    last: int
    odds: Odds
    right: Odds

    def has(self, selection: str, version: int, odds: Odds) -> bool:
        """Tell whether a leg was struck at this price."""
        return selection == self.selection and self.first <= version <= self.last and odds == self.odds


class MarketPriceErrorsSet(Fact, frozen=True, tag="market.price_errors_set.v1"):
    """Legs on this market that were struck at one of these prices pay the odds that were right then; all others what they were struck at.

    `errors` are all that hold from now on, in their order: one more than before, or one less, for `reason`, which says where the right odds
    are known from. `rules` is the version of the rules by which they are obvious. They count when the market comes out. Where it has come
    out, `number` is the next one after its last result's, and bets are settled anew; else it is 0.
    """

    errors: tuple[PriceError, ...]
    number: int
    rules: int
    reason: str
    at: datetime
    actor: str = ""


class MarketPayoutLimited(Fact, frozen=True, tag="market.payout_limited.v2"):
    """At most `payout_minor_max` is paid from now on on a bet with a leg on this market, in minor units; 0: as much as on any market.

    An account's stake factor multiplies it. Bets that are struck keep what they promise. Prices stay as they are.

    A bet over that waits for a trader if its bettor asks for it: where it pays at most `referral_minor_max`, which no factor multiplies,
    and for at most `referral_s` seconds. 0: nobody is asked. Logs before version 2 have none.
    """

    payout_minor_max: int
    reason: str
    at: datetime
    actor: str = ""
    referral_minor_max: int = 0
    referral_s: int = 0


class MarketBetDelaySet(Fact, frozen=True, tag="market.bet_delay_set.v1"):
    """A bet on this market in play is struck `delay_s` seconds after it was asked for, or refused then; 0: at once.

    It holds for bets that are asked for from now on. Prices stay as they are.
    """

    delay_s: int
    at: datetime
    actor: str = ""


MarketFact = (
    MarketOpened
    | MarketPriced
    | MarketSuspended
    | MarketResumed
    | MarketClosed
    | MarketResulted
    | MarketVoidWindowsSet
    | MarketPriceErrorsSet
    | MarketPayoutLimited
    | MarketBetDelaySet
)
