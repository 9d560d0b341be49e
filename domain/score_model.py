"""What the prices of a football market were computed from: the goals expected of both sides, and where the match stood."""

import msgspec

from domain.refused import Refused

MILLIONTHS = 1_000_000
GOALS_MAX = 99
MINUTES_MAX = 90
EXPECTED_MILLIONTHS_MAX = 20 * MILLIONTHS
RHO_MILLIONTHS_MAX = 20 * MILLIONTHS
EXPONENT_MILLIONTHS_MAX = 20 * MILLIONTHS


class ScoreModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """The grid of final scores behind a price, by its parameters, all of them whole numbers so that it is the same wherever it is read.

    `home_millionths` and `away_millionths` are the goals expected of each side in 90 minutes, before the match; `rho_millionths` is how low
    scores depend on each other; `exponent_millionths` is the margin's (see `domain.pricing.margin`). `minutes_gone`, `home` and `away` say
    where the match stood, `half_time` the goals at half time, None before it.
    """

    home_millionths: int
    away_millionths: int
    rho_millionths: int
    exponent_millionths: int
    minutes_gone: int = 0
    home: int = 0
    away: int = 0
    half_time: tuple[int, int] | None = None


class ScoreModelMalformed(Refused):
    """Prices name a model of scores that cannot be: goals, minute or margin are out of bounds."""

    market_id: str


def is_score_model(model: ScoreModel) -> bool:
    """Say whether a model's numbers are within their bounds."""
    first = (0, 0) if model.half_time is None else model.half_time
    return (
        0 < model.home_millionths <= EXPECTED_MILLIONTHS_MAX
        and 0 < model.away_millionths <= EXPECTED_MILLIONTHS_MAX
        and abs(model.rho_millionths) <= RHO_MILLIONTHS_MAX
        and 0 < model.exponent_millionths <= EXPONENT_MILLIONTHS_MAX
        and 0 <= model.minutes_gone <= MINUTES_MAX
        and 0 <= first[0] <= model.home <= GOALS_MAX
        and 0 <= first[1] <= model.away <= GOALS_MAX
    )


def check_score_model(market_id: str, model: ScoreModel | None) -> None:
    """Refuse a model that cannot be; none is none.

    Raises:
        ScoreModelMalformed: with the market.

    """
    if model is not None and not is_score_model(model):
        raise ScoreModelMalformed(market_id)
