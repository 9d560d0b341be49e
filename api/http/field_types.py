"""The types of fields in requests and answers. Bodies are strict and take no unknown members; money is whole minor units."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema

from api.bet_messages import INT64_MAX
from api.moments import MOMENT_EXAMPLE, moment_in
from domain.bet.lines import BET_TYPES, ROUND_ROBIN_PATTERN, SINGLE, types_in_words
from domain.fixture.schedule import NAME_CHARACTERS_MAX
from domain.ids import ID_PATTERN
from domain.text import normal

EXAMPLE_ID = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"

Id = Annotated[str, Field(pattern=ID_PATTERN, examples=[EXAMPLE_ID])]
AmountMinor = Annotated[int, Field(ge=-INT64_MAX, le=INT64_MAX, description="Whole minor units, 1250 is 12.50 EUR.", examples=[1250])]
Currency = Annotated[str, Field(max_length=60, description="ISO 4217.", examples=["EUR"])]
OddsText = Annotated[str, Field(max_length=40, description="Text: decimal, fractional, American.", examples=["2.35"])]
_TYPES: list[JsonValue] = [{"enum": list[JsonValue](BET_TYPES)}, {"pattern": f"^{ROUND_ROBIN_PATTERN}$"}]
BetTypeName = Annotated[str, Field(max_length=60, examples=[SINGLE], description=types_in_words(), json_schema_extra={"anyOf": _TYPES})]
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


Code = Annotated[str, Field(max_length=40)]


class ReasonBody(Body):
    """Why."""

    reason: Name = Field(examples=["goal"])
