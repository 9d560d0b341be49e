"""What goes over the wire, as the OpenAPI document shows it: bodies are strict and take no unknown members; money is minor units."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.moments import MOMENT_EXAMPLE, moment_in
from domain.bet.lines import types_in_words
from domain.fixture.clock import MINUTE_MAX
from domain.fixture.decider import NAME_CHARACTERS_MAX
from domain.text import normal

ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
AN_ID = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
INT64_MAX = 9_223_372_036_854_775_807

Id = Annotated[str, Field(pattern=ID, examples=[AN_ID])]
AmountMinor = Annotated[int, Field(ge=-INT64_MAX, le=INT64_MAX, description="Whole minor units, 1250 is 12.50 EUR.", examples=[1250])]
Currency = Annotated[str, Field(max_length=60, description="ISO 4217.", examples=["EUR"])]
OddsText = Annotated[str, Field(max_length=40, description="Text: decimal, fractional, American.", examples=["2.35"])]
SelectionKey = Annotated[str, Field(max_length=60, examples=["home"]), AfterValidator(normal)]
Normal = AfterValidator(normal)
Text = Annotated[str, Field(max_length=300), Normal]
Name = Annotated[str, Field(max_length=NAME_CHARACTERS_MAX), Normal]
Goals = Annotated[int, Field(ge=-1_000, le=1_000, examples=[2])]


def _moment(value: Any) -> datetime:
    found = moment_in(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"Input should be an ISO 8601 time with its offset, like {MOMENT_EXAMPLE}")
    return found


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time", "examples": [MOMENT_EXAMPLE]})
]


class Body(BaseModel):
    """What a request carries."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewAccount(Body):
    """Register under a handle (3 to 30 letters, digits, underscores) that nobody else has."""

    handle: Text = Field(examples=["ada"])
    email: Text = Field(examples=["ada@example.com"])
    password: str = Field(max_length=1_000, examples=["correct horse battery"])
    currency: Currency | None = Field(None, description="Of the wallet; none takes the house's own.")


Code = Annotated[str, Field(max_length=40)]


class SignInBody(Body):
    """Who signs in."""

    handle: Text = Field(examples=["ada"])
    password: str = Field(max_length=1_000, examples=["correct horse battery"])
    code: Code | None = Field(None, examples=["492039"])


class CodeBody(Body):
    """A one-time code of the second factor, or a recovery code."""

    code: Code = Field(examples=["492039"])


class ConfirmationBody(CodeBody):
    """The first code of the second factor that was offered."""

    factor_id: Id


class PasswordBody(Body):
    """The password that stands, and the one that takes its place."""

    old: str = Field(max_length=1_000, examples=["correct horse battery"])
    new: str = Field(max_length=1_000, examples=["a longer horse battery"])


class TransferBody(Body):
    """Money in or out. `reference` is the caller's own name for this transfer and its idempotency key."""

    amount_minor: AmountMinor
    currency: Currency
    reference: str = Field(max_length=300, examples=["card-2026-0001"])


class PaymentBody(Body):
    """A payment that the provider received. `reference` is the provider's own name for it."""

    account_id: Id
    amount_minor: AmountMinor
    currency: Currency
    reference: str = Field(max_length=300, examples=["pi_3QK2eZ"])


class TimeOutBody(Body):
    """Until when to pause: in the future, at most 366 days away."""

    until: Moment


class ExclusionBody(Body):
    """Until when to be excluded, at least six months; null or left out is for ever."""

    until: Moment | None = None


class LegBody(Body):
    """One selection at the odds and the market version on the screen."""

    market_id: Id
    selection: SelectionKey
    odds: OddsText
    version: int = Field(ge=1, le=INT64_MAX, examples=[7])


class BetBody(Body):
    """A bet at the odds shown. `accept` says what to do when a price moved: exact refuses, better takes better, any takes what stands."""

    type: str = Field(max_length=60, examples=["single"], description=types_in_words())
    stake_minor: AmountMinor = Field(description="The whole stake, spread evenly over the lines of the bet.")
    currency: Currency
    legs: list[LegBody]
    accept: str = Field("exact", max_length=60, examples=["exact"], description="exact, better or any.")


class NewFixture(Body):
    """A match to come. On a neutral ground `home` is only named first."""

    sport: Text = Field(examples=["football"])
    competition: Text = Field(examples=["FIFA World Cup"])
    home: Text = Field(examples=["Mexico"])
    away: Text = Field(examples=["South Africa"])
    kick_off: Moment
    neutral: bool = False


class ClockBody(Body):
    """What the match clock shows."""

    minute: int = Field(ge=-1, le=MINUTE_MAX * 10, examples=[37])
    period: Text = Field(examples=["first_half"])


class ScoreBody(ClockBody):
    """The score as it stands, and when it came to stand."""

    home: Goals
    away: Goals


class EndBody(Body):
    """The score after 90 minutes and the final one; `shootout_winner` is home, away or empty."""

    regular_home: Goals
    regular_away: Goals
    final_home: Goals
    final_away: Goals
    shootout_winner: Text = ""


class ReasonBody(Body):
    """Why."""

    reason: Name = Field(examples=["goal"])


class NewSelection(Body):
    """An outcome to bet on and its first price."""

    selection: SelectionKey
    name: Name = Field(examples=["Mexico"])
    odds: OddsText


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
