"""The state that the audit keeps of each kind of stream until it ends, changed in place and saved. Each counts its facts: `version`."""

from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec

from domain.bet.facts import BetPending
from domain.market.facts import MarketResulted, PriceError, VoidWindow
from domain.odds import Odds
from domain.score_model import ScoreModel
from domain.settling import RULES_OLDEST, LegResult
from domain.settling.folds import Ratio
from domain.settling.racing import NonRunner
from domain.settling.same_game import SameGame
from domain.settling.tennis import TennisScore


class Audited(msgspec.Struct, tag=True, tag_field="kind", gc=False):
    """A stream; `version` is the number of its facts so far."""

    version: int


class AuditedAccount(Audited, kw_only=True):
    """An account: the roles it has, those it had until when, and what shuts it out of betting: offices, closing, exclusion, time-out.

    The moments are in microseconds of log time, 0 where there is none. `is_shut` says that one of them may
    be so now. `sign_ins` and `tail_days` are the days that have a stream still remembered. `ended` are the sessions of this version that
    were signed out, with when they would have run out. `registered_us` is when its author said that it was registered.
    `places` are the newest that it signed in from.
    `reality_check_minutes` is what it chose, None for nothing yet.
    `limits` are its own, by kind and period: what counts before a moment, what counts from then on (0 for none), and the moment.
    `declined_deposit_limit` tells that it wanted none on deposits before the first one.
    `factor_units` is its stake factor in millionths. `withdrawals_held` tells that no money may go out.
    """

    currency: str
    registered_us: int = 0
    roles: tuple[str, ...] = ()
    had: dict[str, int] = {}
    offices: tuple[str, ...] = ()
    closed: bool = False
    timed_out_until_us: int = 0
    excluded_until_us: int = 0
    returns_from_us: int = 0
    sign_ins: tuple[str, ...] = ()
    tail_days: tuple[str, ...] = ()
    is_shut: bool = False
    limits: dict[str, tuple[int, int, int]] = {}
    declined_deposit_limit: bool = False
    sessions_version: int = 0
    ended: dict[str, int] = {}
    factor_id: str = ""
    reality_check_minutes: int | None = None
    places: tuple[str, ...] = ()
    factor_units: int = 1_000_000
    withdrawals_held: bool = False


class AuditedWallet(Audited, kw_only=True):
    """A wallet's ledger, as the movements give it.

    `staked`, `returned` and `paid_in` are all that ever was; `of_day`, `of_week` and `of_month` are these three as they were when the day
    at hand, its week and its month began. `day` is the newest one on which something moved, as an ordinal.
    """

    account_id: str
    currency: str
    available: int = 0
    reserved: int = 0
    owed: int = 0
    staked: int = 0
    returned: int = 0
    paid_in: int = 0
    day: int = 0
    of_day: tuple[int, int, int] = (0, 0, 0)
    of_week: tuple[int, int, int] = (0, 0, 0)
    of_month: tuple[int, int, int] = (0, 0, 0)


class AuditedFixture(Audited, kw_only=True):
    """A match: `status` is scheduled, live, ended or abandoned.

    `score` is the one at present, `half_time` and `full_time` those of the periods that are over, `regular` the one after 90 minutes as
    the end tells it. `confirmed` is below which the score cannot fall. Older logs graded markets before the end was told: `graded` holds
    every score that they were graded on, with the first such market. `markets` counts those without a result. `due_us` is when it
    should kick off: as planned, or when it was said to be announced where that is later; `announced_us` is when it was. `kick_off` is as it
    stands, and may be moved up to `moved_until`. The positions at which it was announced, kicked off and over are `announced_at`,
    `begun_at` and `over_at`, 0 for what was not yet; those at which it was moved are `moved_at`. `tennis` is the score in sets, games and
    points where that was told. Its prices may be shaded by `shading` thousandths; `payout_minor_max` is its limit, 0: none.
    """

    fixture_id: str
    sport: str
    competition: str
    due_us: int
    announced_us: int
    kick_off: datetime
    moved_until: datetime
    status: str = "scheduled"
    minute: int = 0
    period: int = 0
    score: tuple[int, int] = (0, 0)
    confirmed: tuple[int, int] = (0, 0)
    half_time: tuple[int, int] | None = None
    full_time: tuple[int, int] | None = None
    regular: tuple[int, int] | None = None
    tennis: TennisScore | None = None
    shading: int = 200
    payout_minor_max: int = 0
    over_us: int = 0
    announced_at: int = 0
    moved_at: list[int] = []
    begun_at: int = 0
    over_at: int = 0
    markets: int = 0
    graded: list[tuple[tuple[int, int], str]] = []


class AuditedFixtureLimit(Audited, kw_only=True):
    """The limit of a match; the amount is kept with the match."""

    fixture_id: str


class AuditedGate(Audited, kw_only=True):
    """A gate: open, stopped or over."""

    scope: str
    subject: tuple[str, ...]
    status: str = "open"


class AuditedProducer(Audited, kw_only=True):
    """A producer of prices: its session, and when it was last heard of, in log time; until when the prices of the one before held."""

    name: str
    session: int
    lease_ms: int
    heard_us: int
    before_until_us: int = 0


class AuditedOffer(msgspec.Struct, array_like=True, gc=False):
    """Prices that stood from a version on, computed from `model`; once replaced, they could be struck until `until_us`."""

    version: int
    prices: dict[str, Odds]
    marks: tuple[int, ...]
    producer: str
    session: int
    until_us: int | None = None
    replaced_us: int = 0
    model: ScoreModel | None = None


class AuditedMarket(Audited, kw_only=True):
    """A market; `offers` are the prices since the last suspension that may still be struck, newest last.

    It was opened at the position `opened_at`. `voided` is the version at or below which every price is void. `results` are those of result
    `number`, at the position `resulted_at` and the time `resulted_us`, None before the first, and `result` is that fact. `bets` counts the
    legs of open bets on it. Bets struck in its `windows` are void, legs at its `errors` pay the right odds; one
    that ever had any of them `is_windowed`, and is not forgotten.
    Of a race, `placed` are the results to be placed and `non_runners` those that were withdrawn; `book` is what every runner cost last.
    `closing` are the last prices of all selections that were given before play, None where that is forgotten; those from version
    `in_play_since` on may be of play, where bets wait `delay_s`. As of `AuditState.moves` = `seen_moves`: `marks` are the versions of its
    gates, `shut_by` the fixture or gate that keeps bets away. `payout_minor_max` is the most that is paid on a bet here, 0 where no
    trader set that. `alone` is the trader who set the standing prices by hand and whom no second one agreed with.
    """

    market_id: str
    fixture_id: str
    type: str
    specifiers: dict[str, str]
    selections: frozenset[str]
    gates: tuple[str, ...]
    grace_us: int
    in_play_grace_us: int
    opened_at: int = 0
    offers: list[AuditedOffer] = []
    status: str = "open"
    voided: int = 0
    bets: int = 0
    results: dict[str, LegResult] | None = None
    result: MarketResulted | None = None
    windows: tuple[VoidWindow, ...] = ()
    errors: tuple[PriceError, ...] = ()
    is_windowed: bool = False
    number: int = 0
    resulted_us: int = 0
    resulted_at: int = 0
    seen_moves: int = -1
    marks: tuple[int, ...] = ()
    shut_by: str = ""
    closing: dict[str, Odds] | None = {}
    in_play_since: int = 0
    payout_minor_max: int = 0
    referral_minor_max: int = 0
    referral_s: int = 0
    placed: dict[str, LegResult] = {}
    non_runners: dict[str, NonRunner] = {}
    book: dict[str, Odds] = {}
    delay_s: int = 0
    alone: str = ""

    @property
    def runners(self) -> AbstractSet[str]:
        """The selections without those that were withdrawn for good."""
        return self.selections - self.non_runners.keys() if self.non_runners else self.selections


class AuditedProposal(Audited, kw_only=True):
    """A proposal that is not decided, on a market, on a fixture or of a gift; the other ids are empty."""

    action: str
    market_id: str
    details: str
    proposed_by: str
    expires_us: int
    fixture_id: str = ""
    gift_id: str = ""


class AuditedLeg(msgspec.Struct, array_like=True, gc=False):
    """A leg of an open bet: `told` is its result, once a fact of the bet has it; `version` is the market's when it was struck.

    In an each-way bet `placed` is its result to be placed, and `place_terms` what that pays; `pence` is what Rule 4 takes off. `standing`
    are the lower odds that stood when it was struck at a replaced price, `right` those that it pays where it was struck at an obvious
    error, once a fact of the bet has that.
    """

    market_id: str
    selection: str
    odds: Odds
    told: LegResult | None = None
    version: int = 0
    placed: LegResult | None = None
    place_terms: Ratio | None = None
    pence: int = 0
    standing: Odds | None = None
    right: Odds | None = None

    @property
    def pays(self) -> Odds:
        """The odds that it pays."""
        return self.right or self.odds

    @property
    def is_out(self) -> bool:
        """Whether a fact of the bet has the leg's result."""
        return self.told is not None


class AuditedPendingBet(Audited, kw_only=True):
    """A bet that waits: whose, as `asked` for where, from when until when by the log's time, and what a trader takes (`taken`)."""

    account_id: str
    wallet_id: str
    stake: int
    position: int
    asked: BetPending
    since_us: int
    until_us: int
    taken: int | None = None


class AuditedBet(Audited, kw_only=True):
    """An open bet: whose, of which type, for how much, on what, struck at which position and time.

    `stake` is what is still open of it; `closed` was cashed out for `cashed_out`, in as many parts as `cash_outs` says.
    `settlement` is the number of its last settlement, `returns` what that paid, `closing` the closing odds that it named. `rules` is the
    version of the house rules that it was struck under, `each_way` the rule of an each-way bet, `free_bet_id` the free bet
    that is its stake, `bonus_id` the bonus that its stake is of, `same_game` its legs of one match.
    """

    account_id: str
    wallet_id: str
    type: str
    stake: int
    legs: list[AuditedLeg]
    position: int
    struck_us: int = 0
    settlement: int = 0
    returns: int = 0
    closing: tuple[Odds, ...] = ()
    rules: int = RULES_OLDEST
    each_way: str = ""
    closed: int = 0
    cashed_out: int = 0
    cash_outs: int = 0
    free_bet_id: str = ""
    same_game: tuple[SameGame, ...] = ()
    bonus_id: str = ""
