"""Bodies of requests of traders, as the OpenAPI document shows them."""

from typing import Annotated, Literal

from pydantic import Field

from api.bet_messages import INT64_MAX
from api.http.field_types import (
    AmountMinor,
    Body,
    Currency,
    Goals,
    Id,
    Moment,
    Name,
    OddsText,
    SelectionKey,
    Text,
)
from domain.fixture.clock import MINUTE_MAX
from domain.quote import REFERRAL_S, REFERRAL_S_MAX, REFERRAL_S_MIN


class NewFixture(Body):
    """A match to come. On a neutral ground `home` is only named first."""

    sport: Text = Field(examples=["football"])
    competition: Text = Field(examples=["FIFA World Cup"])
    home: Text = Field(examples=["Mexico"])
    away: Text = Field(examples=["South Africa"])
    kick_off: Moment
    neutral: bool = False


class KickOffBody(Body):
    """When a match will kick off now."""

    kick_off: Moment


class ClockBody(Body):
    """What the match clock shows."""

    minute: int = Field(ge=-1, le=MINUTE_MAX * 10, examples=[37])
    period: Text = Field(examples=["first_half"])


Count = Annotated[int, Field(ge=0, le=INT64_MAX, examples=[12])]
Side = Literal["home", "away", ""]


class GamesBody(Body):
    """What each side has: the games of a set, or the points of a game."""

    home: Goals
    away: Goals


SetsBody = list[GamesBody]
"""The games of each set, in order."""


class TennisBody(Body):
    """A score of tennis. `points` are those won in the game that is played, 3 being forty; `retired` is the side that gave up."""

    sets: SetsBody = Field(min_length=1, max_length=5, examples=[[{"home": 6, "away": 4}, {"home": 2, "away": 1}]])
    points: GamesBody = Field(default_factory=lambda: GamesBody(home=0, away=0), examples=[{"home": 2, "away": 0}])
    serving: Side = ""
    retired: Side = ""


class ScoreBody(ClockBody):
    """The score as it stands, and when it came to stand. Of tennis, `home` and `away` are the sets won, and `tennis` says the rest."""

    home: Goals
    away: Goals
    tennis: TennisBody | None = None


class EndBody(Body):
    """The score after 90 minutes and the final one; `shootout_winner` is home, away or empty."""

    regular_home: Goals
    regular_away: Goals
    final_home: Goals
    final_away: Goals
    shootout_winner: Text = ""


class NewSelection(Body):
    """An outcome to bet on and its first price."""

    selection: SelectionKey
    name: Name = Field(examples=["Mexico"])
    odds: OddsText


class BetDelayBody(Body):
    """How long a bet in play waits before it is struck: 0 to 12 seconds, 0 for not at all."""

    delay_s: int = Field(ge=-1, le=INT64_MAX, examples=[5])


class ShadingLimitBody(Body):
    """How far open bets shade the prices of a match at most: 0 to 300 thousandths of the logarithm of the odds, 0 for not at all."""

    limit_thousandths: int = Field(ge=-1, le=INT64_MAX, examples=[100])


class NewMarket(Body):
    """A market on a fixture. `specifiers` say which one of its type it is."""

    fixture_id: Id
    type: Text = Field(examples=["total_goals"])
    specifiers: dict[Text, Text] = Field(default_factory=dict, max_length=10, examples=[{"total": "2.5"}])
    selections: list[NewSelection] = Field(max_length=300)
    grace_ms: int | None = Field(
        None, ge=-1, le=INT64_MAX, description="How long a replaced price is still struck before kick-off; none takes the default."
    )
    in_play_grace_ms: int | None = Field(None, ge=-1, le=INT64_MAX, description="The same in play; none takes the default.")


class PricesBody(Body):
    """Prices by selection; a selection left out is withdrawn."""

    prices: dict[SelectionKey, OddsText] = Field(max_length=300, examples=[{"over": "1.95", "under": "1.9"}])


class PayoutLimitBody(Body):
    """The most that is paid on a bet with a leg on the market, in minor units; null takes the limit away.

    Bets over it that pay at most `referral_minor_max` may be put to a trader, who has `referral_s` seconds, 30 in play; null: none may.
    """

    payout_minor_max: int | None = Field(ge=1, le=10**15, examples=[250_000])
    reason: Text = Field(examples=["few know this league"])
    referral_minor_max: int | None = Field(None, ge=1, le=10**15, examples=[1_000_000])
    referral_s: int = Field(REFERRAL_S, ge=1, le=10**6, examples=[REFERRAL_S], description=f"{REFERRAL_S_MIN} to {REFERRAL_S_MAX}.")


class FixturePayoutLimitBody(Body):
    """The most that is paid on a bet with a leg on the match, in minor units; null takes the limit away."""

    payout_minor_max: int | None = Field(ge=1, le=10**15, examples=[250_000])
    reason: Text = Field(examples=["a rumour about the line-up"])


class ReferralApprovalBody(Body):
    """The stake that the trader takes, at most what was asked for; null takes all of it."""

    stake_minor: int | None = Field(None, ge=1, le=10**15, examples=[1_500])


class SuspensionBody(Body):
    """Why the market is suspended; `non_runner` is the runner of a race that is withdrawn."""

    reason: Text = Field(examples=["line-ups"])
    non_runner: Text = Field("", examples=[""])


FinishingOrder = list[list[SelectionKey]]
"""The first first."""


class HalfTime(Body):
    """Goals at half time."""

    home: Goals
    away: Goals


class CorrectionBody(Body):
    """The goals that a result is corrected to: of regular time, and at half time for types that ask for them; or why nothing counts."""

    home: Goals
    away: Goals
    half_time: HalfTime | None = None
    void_reason: Text = ""
    reason: Text
    order: FinishingOrder = Field(default_factory=list, max_length=40, examples=[[]], description="Of a race: how its runners finished.")
    sets: SetsBody = Field(default_factory=list, max_length=5, examples=[[]], description="Of tennis: the games of each set.")
    retired: bool = Field(False, description="Of tennis: whether somebody gave up.")


class ResultBody(Body):
    """How each selection came out, and on which goals: both follow from the score, and must agree with it where they are there.

    `void_reason` says why where nothing counts.
    """

    results: dict[SelectionKey, Literal["won", "lost", "void", "half_won", "half_lost"]] | None = Field(
        None, max_length=300, examples=[{"over": "won", "under": "lost"}]
    )
    home: Goals | None = None
    away: Goals | None = None
    void_reason: Text = ""
    order: FinishingOrder = Field(
        default_factory=list, max_length=40, examples=[[]], description="Of a race: its runners as they finished, those that tied together."
    )


class TakingBackBody(Body):
    """Why a result is taken back, and the number of that result; 0 is the one that stands."""

    reason: Text = Field(examples=["entered for another match"])
    number: int = Field(0, ge=0, le=10**6, examples=[0])


class VoidWindowBody(Body):
    """From when until when bets that were struck are void, by the times of their commits: before `end`. It has to be over."""

    start: Moment
    end: Moment
    reason: Text = Field(examples=["a goal that nobody saw"])


class PriceErrorBody(Body):
    """A price that was an obvious error: of a selection at `odds`, from one version of the market to another, as its price history says.

    `right_odds` were right then, for a reason that says where that is known from. Without `last_version` it is one version alone.
    """

    selection: SelectionKey
    odds: OddsText = Field(examples=["12.00"])
    right_odds: OddsText = Field(examples=["1.20"])
    first_version: int = Field(ge=1, le=INT64_MAX, examples=[7])
    last_version: int | None = Field(None, ge=1, le=INT64_MAX, examples=[7])
    reason: Text = Field(examples=["three others stood at 1.20"])


class PreviewedMoneyBody(Body):
    """What is at stake in one currency; see `PreviewedMoneyShape`."""

    currency: Currency
    bets: Count
    stake_minor: AmountMinor
    settled: Count
    change_minor: AmountMinor
    below_zero: Count
    owed_minor: AmountMinor
    paid_minor_max: AmountMinor
    taken_minor_max: AmountMinor


class PreviewBody(Body):
    """What a proposal would do, as it was shown."""

    version: int = Field(ge=0, le=INT64_MAX, examples=[7])
    upto: int = Field(ge=0, le=INT64_MAX, examples=[4217])
    money: list[PreviewedMoneyBody] = Field(max_length=300)


class ApprovalBody(Body):
    """The preview that the trader was shown, where the proposal moves money; null where it does not."""

    preview: PreviewBody | None = None


class FreeBetBody(Body):
    """A free bet: its stake, in the currency of the account's wallet, until when it may be used, and why it is given."""

    amount_minor: AmountMinor
    currency: Currency
    expires_at: Moment
    reason: Name = Field(examples=["welcome"])


class BonusBody(Body):
    """A bonus in the currency of the account's wallet: its amount and terms, until when it may be staked, and why it is given."""

    amount_minor: AmountMinor
    currency: Currency
    times: int = Field(ge=-INT64_MAX, le=INT64_MAX, examples=[5], description="How often the amount is to be staked: 1 to 10 times.")
    odds_min: OddsText = Field(examples=["1.50"], description="The shortest odds of a bet whose stake counts.")
    stake_minor_max: AmountMinor = Field(description="The largest single stake from it.")
    expires_at: Moment
    reason: Name = Field(examples=["welcome"])


class StakeFactorBody(Body):
    """The factor as text: above nothing, at most 10, with at most six decimals; 1 is as for anybody."""

    factor: Text = Field(examples=["0.25"])
    reason: Name = Field(examples=["bets on prices that are late"])
