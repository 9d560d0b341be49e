"""The types of bet that are taken, for whoever fills in a slip: the page learns them from here."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.http.openapi.document import problems
from domain.bet.lines import BET_TYPES, SINGLE, folds_of, line_count, name_of


class BetOfLegsShape(BaseModel):
    """A bet of so many legs: what people call it, the sizes of its folds (every combination of so many legs is a line), and its lines."""

    legs: int = Field(examples=[1])
    name: str = Field(examples=[name_of(SINGLE, 1)])
    folds: list[int] = Field(examples=[[1]])
    lines: int = Field(examples=[1])


class BetTypeShape(BaseModel):
    """A type of bet. A stake is spread evenly over the lines, and a line returns its part times the odds of all its legs."""

    type: str = Field(examples=[SINGLE])
    legs_min: int = Field(examples=[1])
    legs_max: int = Field(examples=[1])
    shapes: list[BetOfLegsShape]


class BetTypeList(BaseModel):
    """All types. Where several take as many legs, the first is the usual one.

    Round robins are listed with one size of fold; `roundrobin:2,3` is a bet as well, of doubles and trebles, and so is any other.
    """

    items: list[BetTypeShape]


def bet_types() -> APIRouter:
    """Return the route of the types of bet."""
    router = APIRouter(prefix="/v1", tags=["bets"])

    @router.get("/bet-types", operation_id="listBetTypes", response_model=BetTypeList, responses=problems())
    async def types() -> dict[str, Any]:
        """List the types of bet, each with its lines for every number of legs that it takes. They change with a release alone."""
        return {"items": [shown(name) for name in BET_TYPES]}

    return router


def shown(name: str) -> dict[str, Any]:
    """Return a type as it is listed."""
    known = BET_TYPES[name]
    legs = range(known.legs_min, known.legs_max + 1)
    shapes = []
    for count in legs:
        folds = list(folds_of(name, count))
        shapes.append({"legs": count, "name": name_of(name, count), "folds": folds, "lines": line_count(name, count)})
    return {"type": name, "legs_min": known.legs_min, "legs_max": known.legs_max, "shapes": shapes}
